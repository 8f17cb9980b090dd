"""The evidence: kinds of change, and the places of the changed words."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.audit.lexical.differences import differences
from assay.audit.lexical.writing import WRITTEN, same_but, written

PAIRS = [
    ("I paid 20 dollars", "I paid 35 dollars", "number", ["20"], ["35"]),
    ("My card is not working", "My card is working", "negation", ["not"], []),
    ("delivery on Tuesday please", "delivery on Friday please", "date", ["Tuesday"], ["Friday"]),
    ("please ask Anna about it", "please ask Robert about it", "name", ["Anna"], ["Robert"]),
    ("I recieve the parcel", "I receive the parcel", "typo", ["recieve"], ["receive"]),
    ("Hello there friend", "Hello dear friend", "words", ["there"], ["dear"]),
    ("ça marche 👍 très bien", "ça marche 👍 vraiment bien", "words", ["très"], ["vraiment"]),
    ("Same. Text!", "same text", "spelling", [], []),
    ("我要退款", "我要换货", "words", ["退款"], ["换货"]),
]


@pytest.mark.parametrize(("left", "right", "kind", "gone", "came"), PAIRS)
def test_kind_and_places(left: str, right: str, kind: str, gone: list[str], came: list[str]) -> None:
    evidence = differences(pl.Series([left, right]), np.array([0]), np.array([1])).evidence(0)
    assert evidence["kind"] == kind
    assert [left[a:b] for a, b in evidence["left"]] == gone
    assert [right[a:b] for a, b in evidence["right"]] == came


def test_the_same_words_in_another_order() -> None:
    texts = pl.Series(["Hello. I want my money back. Where is it?", "Where is it? Hello. I want my money back."])
    assert differences(texts, np.array([0]), np.array([1])).kinds[0] == "order"


def test_many_changes_are_counted_beyond_those_told() -> None:
    left = " ".join(f"same{i} old{i}" for i in range(20))
    right = " ".join(f"same{i} new{i}" for i in range(20))
    evidence = differences(pl.Series([left, right]), np.array([0]), np.array([1])).evidence(0)
    assert len(evidence["left"]) == 8
    assert evidence["places"] == 20


WORD = st.text("abcdefgh é你", min_size=1, max_size=6)


@settings(max_examples=150)
@given(st.lists(WORD, max_size=25), st.lists(WORD, max_size=25))
def test_what_is_not_marked_is_equal(left: list[str], right: list[str]) -> None:
    texts = [" ".join(left), " ".join(right)]
    found = differences(pl.Series(texts), np.array([0]), np.array([1]))
    if found.counts[0] > 8:
        return
    rest = []
    for text, spans in zip(texts, (found.evidence(0)["left"], found.evidence(0)["right"]), strict=True):
        kept = list(text)
        for a, b in spans:
            kept[a:b] = " " * (b - a)
        rest.append("".join("".join(kept).split()))
    assert rest[0] == rest[1]


@pytest.mark.parametrize(
    ("left", "right", "how"),
    [
        ("a b", "a b", "identical"),
        ("a b", "a  b\n", "white space"),
        ("A b", "a b", "case"),
        ("caf\u00e9", "cafe\u0301", "Unicode form"),
        ("a, b!", "a b", "punctuation"),
    ],
)
def test_same_but(left: str, right: str, how: str) -> None:
    assert same_but(left, right) == how


PIECES = [
    "a",
    "A",
    "b",
    " ",
    "  ",
    "\t",
    "\x1d",
    "é",
    "É",
    "!",
    ".",
    "ﬁ",
    "fi",
    "ß",
    "SS",
    "İ",
    "\u00a0",
    "e\u0301",
    "ｗ",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6))
def test_columns_are_told_as_texts_one_by_one(pairs):
    texts = pl.Series([text for pair in pairs for text in pair], dtype=pl.String)
    left = np.arange(0, 2 * len(pairs), 2)
    assert [WRITTEN[code] for code in written(texts, left, left + 1).tolist()] == [same_but(*pair) for pair in pairs]
