"""Tails and tokens."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.errors import ConfigError
from assay.audit.realism import tokens
from assay.audit.realism.tails import tail_probability


def test_of_an_exponential_sample_the_stated_share_is_over_a_chance():
    values = np.random.default_rng(0).exponential(size=200_000)
    assert (tail_probability(values) <= 0.002).mean() == pytest.approx(0.002, rel=0.3)


def test_a_short_tail_has_nothing_far():
    values = np.random.default_rng(0).uniform(size=20_000)
    assert (tail_probability(values) <= 0.002).sum() == 0


def test_outliers_do_not_hide_each_other():
    values = np.concatenate([np.random.default_rng(0).normal(size=1_000), np.full(20, 9.0)])
    assert (tail_probability(values) <= 0.002)[-20:].all()


@given(st.lists(st.floats(0, 1), max_size=60))
def test_chances_fall_as_values_rise(values):
    values = np.array(values)
    chance = tail_probability(values)
    assert ((chance >= 0) & (chance <= 1)).all()
    order = np.argsort(values, kind="stable")
    assert (np.diff(chance[order])[np.diff(values[order]) > 0] <= 1e-12).all()


def test_tokens_are_estimated_by_words_digits_and_signs():
    texts = ["where is my parcel?", "", "06:01", "我的包裹"]
    assert tokens.estimate(pl.Series(texts)).tolist() == [2 + 5, 2, 2 + 3, 2 + 4]


def test_a_missing_tokenizer_is_an_error_with_its_name(tmp_path):
    with pytest.raises(ConfigError, match="nothing-here"):
        tokens.find_tokenizer(str(tmp_path / "nothing-here"))


def test_tokens_are_counted_by_a_tokenizer(tmp_path, rows_by_code):
    library = pytest.importorskip("tokenizers")
    made = library.Tokenizer(library.models.WordLevel({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))  # noqa: S106
    made.pre_tokenizer = library.pre_tokenizers.Whitespace()
    made.save(str(tmp_path / "tokenizer.json"))
    options = {"RLS006": {"max_tokens": 30, "tokenizer": str(tmp_path)}}
    found = rows_by_code(["a " * 31, "a " * 30, "antidisestablishmentarianism " * 8], None, options, ("RLS006",))
    assert found["RLS006"] == {0}
    assert rows_by_code(["a " * 31, "a"], None, {"RLS006": {"max_tokens": 30}}, ("RLS006",))["RLS006"] == {0}
