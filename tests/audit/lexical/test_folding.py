"""The folding kernel against its slow twin, and what counts as equal."""

import itertools

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assay.audit.lexical.folding import FoldTable, fold, fold_text

TABLE = FoldTable()
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def folded(texts: list[str]) -> list[str]:
    data, offsets = fold(pl.Series(texts, dtype=pl.String), TABLE)
    return [bytes(data[a:b]).decode() for a, b in itertools.pairwise(offsets)]


@given(st.lists(ANY_TEXT, min_size=1, max_size=8))
@example(["ﷺ", "½ ™", "İ", "ß", "\u0345a", "각", "க்ஷ", "สวัสดี", "你好。", "Å\u030a"])
def test_kernel_equals_its_slow_twin(texts: list[str]) -> None:
    assert folded(texts) == [fold_text(t) for t in texts]


def test_every_code_point_equals_the_slow_twin() -> None:
    points = [f"a{chr(c)}b" for c in range(1, 0x30000) if not 0xD800 <= c <= 0xDFFF]
    wrong = [t for t, got in zip(points, folded(points), strict=True) if got != fold_text(t)]
    assert wrong == []


@given(ANY_TEXT)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = folded([text])[0]
    assert folded([once])[0] == once


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Where is my parcel?", "where is my parcel"),
        ("don't", "don’t"),
        ("caf\u00e9", "cafe\u0301"),
        ("ｆｕｌｌ ｗｉｄｔｈ", "full width"),
        ("a\u200bb", "ab"),
        ("straße", "STRASSE"),
        ("one\u00a0two\n\nthree", "one two three"),
    ],
)
def test_equal_after_folding(left: str, right: str) -> None:
    assert folded([left]) == folded([right])


@pytest.mark.parametrize(
    ("left", "right"),
    [("C++", "C#"), ("$5", "5"), ("año", "ano"), ("5%", "5"), ("now here", "nowhere"), ("👍", "👎")],
)
def test_different_after_folding(left: str, right: str) -> None:
    assert folded([left]) != folded([right])
