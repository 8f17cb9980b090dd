"""One thing over and over."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.realism.repetition import repetition


def ratio(text):
    share, limit = repetition(pl.Series([text]))
    return float(share[0] / limit[0])


@pytest.mark.parametrize(
    "text", ["help help help help help help", "a" * 40, "where is it " * 6, "i i i i i i", "不好 " * 12]
)
def test_repeated_texts_are_over_the_limit(text):
    assert ratio(text) >= 1


@pytest.mark.parametrize(
    "text", ["ha ha ha", "very, very, very late again", "value value value.", "bye bye", "1 2 3 4 5 6 7 8 9"]
)
def test_emphasis_is_under_the_limit(text):
    assert ratio(text) < 1


@given(st.text(st.characters(categories=["L", "N"]), min_size=3, max_size=20), st.integers(6, 40))
def test_a_word_said_often_is_over_the_limit(word, times):
    assert ratio(" ".join([word] * times)) >= 1


def test_the_share_is_of_different_grams():
    share, _ = repetition(pl.Series(["abcdefghijklmnop"]))
    assert share[0] == 0
    text = "abcde" * 20
    different = {text[i : i + 5] for i in range(len(text) - 4)}
    assert repetition(pl.Series([text]))[0][0] == pytest.approx(1 - len(different) / (len(text) - 4))


def test_many_rows_are_judged_one_by_one():
    texts = ["help " * n + str(n) for n in range(1, 400)] * 60
    share, _ = repetition(pl.Series(texts))
    assert np.array_equal(share[:399], share[-399:])
