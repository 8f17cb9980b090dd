"""One topic, and what is far from it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from assay.audit.realism.topics import ONE_TOPIC, find_off_topic, measure_topic, share_of_new_words


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_unity_is_the_root_of_the_mean_cosine():
    vectors = unit(np.random.default_rng(0).normal(size=(50, 8)) + 1)
    known = measure_topic(vectors, np.ones(50, np.bool_))
    assert known.unity == pytest.approx(np.sqrt((vectors @ vectors.T).mean()), abs=1e-5)


def test_texts_of_one_direction_have_a_topic_and_scattered_ones_have_none():
    r = np.random.default_rng(1)
    scattered = r.normal(size=(500, 64))
    together = scattered + 8 * unit(r.normal(size=(1, 64)))
    everyone = np.ones(500, np.bool_)
    assert measure_topic(unit(together), everyone).unity > ONE_TOPIC > measure_topic(unit(scattered), everyone).unity


def test_rows_that_are_not_judged_make_no_difference():
    r = np.random.default_rng(2)
    vectors = unit(r.normal(size=(40, 8)) + 1)
    judged = np.arange(40) < 30
    changed = vectors.copy()
    changed[30:] = -1
    assert measure_topic(vectors, judged).unity == measure_topic(changed, judged).unity


def test_off_topic_needs_all_three():
    near, middle, unknown = np.full(200, 0.6), np.full(200, 0.5), np.zeros(200, np.float32)
    near[:4], middle[:4], unknown[:4] = 0.2, 0.05, 0.9
    near[1], middle[2], unknown[3] = 0.6, 0.5, 0.1
    everyone = np.ones(200, np.bool_)
    assert find_off_topic(near, middle, unknown, everyone).tolist() == [0]
    assert find_off_topic(near, middle, unknown, np.arange(200) > 0).tolist() == []


def test_no_vectors_are_no_topic():
    assert measure_topic(np.zeros((3, 4), np.float32), np.ones(3, np.bool_)).unity == 0


def test_misspelled_words_are_not_new():
    texts = pl.Series(["I prefer mastercard", "prefer a mastercard", "I prefer Mastecard", "sweat two onions"])
    assert share_of_new_words(texts, np.array([2, 3])).tolist() == [0.0, pytest.approx(11 / 14, abs=1e-3)]
    assert share_of_new_words(texts, np.zeros(0, np.int64)).size == 0
