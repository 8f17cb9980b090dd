"""Texts that say nothing, judged against their set."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.realism.emptiness import find_empty
from assay.audit.realism.placeholders import PLACEHOLDERS, placeholder


def rows(texts, labels=None):
    codes = None if labels is None else np.unique(labels, return_inverse=True)[1].astype(np.int32)
    return find_empty(pl.Series(texts, dtype=pl.String), codes, min_letters=3, usual=0.01).rows.tolist()


PLACES = (  # noqa: SIM905 - shorter than a list
    "n/a|N.A.|NULL| none |nan|<null>|(no message)|[image]|{{name}}|#REF!|#N/A|xxx|XXXX xxxx|test|Test test 123|asdf|"
    "qwerty|lorem ipsum|hello world|TBD|to-do|[deleted]|See attached.|keine Angabe|ohne Betreff|sans objet|ninguno|"
    "нет данных|なし|无|테스트|اختبار"
).split("|")


@pytest.mark.parametrize("text", PLACES)
def test_placeholders_are_known_however_they_are_written(english, text):
    assert rows([*english, text]) == [len(english)]


@pytest.mark.parametrize("text", ["", " ", "\n\t", "...", "?!", "---", "\u200b", "\ufffd\ufffd", "@@@", "…"])
def test_texts_without_a_letter_or_a_digit_are_empty(english, text):
    assert rows([*english, text]) == [len(english)]


@pytest.mark.parametrize(
    "text", ["👍", "😀😀", ":-)", "<3", "❤️", "refund", "退款", "はい", "no!", "image of the lamp", "name"]
)
def test_short_answers_and_emoji_are_texts(english, text):
    assert rows([*english, "no", "ok", "yes", "退货", text]) == []


def test_a_short_word_is_empty_only_where_short_texts_are_rare(english):
    assert rows([*english * 3, "ok"]) == [3 * len(english)]
    assert rows([*english, "ok", "no", "hm", "ja"]) == []


def test_a_number_alone_is_empty_only_where_numbers_are_rare(english):
    assert rows([*english, "12345"]) == [len(english)]
    assert rows([*english, *map(str, range(20))]) == []


def test_a_class_of_short_answers_has_its_own_measure(english):
    answers = ["yes", "no", "ok", "yep", "sure", "nope", "none", "maybe", "hi", "later", "both", "never"]
    texts, labels = [*english * 3, *answers, "hi"], ["long"] * 3 * len(english) + ["answer"] * len(answers) + ["long"]
    assert rows(texts, labels) == [len(texts) - 1], "the greeting among long texts alone"


def test_many_placeholders_do_not_make_each_other_usual(english):
    junk = ["n/a", "null", "x", "test", "...", "a"]
    assert rows([*english * 10, *junk]) == list(range(10 * len(english), 10 * len(english) + len(junk)))


@given(st.lists(st.text(max_size=60), max_size=30))
def test_any_texts_can_be_judged(texts):
    found = rows(texts)
    assert found == sorted(set(found))
    assert {i for i, t in enumerate(texts) if not t.strip()} <= set(found)


def test_no_placeholder_is_a_sentence():
    assert not any(placeholder(s) for s in ("where is my refund", "the test failed", "is this a name", "no, thanks"))
    assert all(word == word.casefold() for words in PLACEHOLDERS.values() for word in words)
