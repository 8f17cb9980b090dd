from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import WORDS, examples, points, texts

from assay.train.examples import Examples
from assay.train.rungs import frozen, majority, names, nearest, tfidf


def told(count: int, seed: int = 0) -> Examples:
    words, labels = texts(count, seed)
    known = tuple(sorted(WORDS))
    return Examples((tuple(words),), np.array([known.index(x) for x in labels]), known, np.arange(count))


def test_words_that_tell_the_label_are_found():
    train, test = told(150), told(90, seed=1)
    assert (tfidf.predict(train, test) == test.y).mean() > 0.9


def test_blank_texts_fall_back_to_the_commonest_label():
    train = Examples((("", " ", "\n"),), np.array([1, 1, 0]), ("a", "b"), np.arange(3))
    assert tfidf.predict(train, train).tolist() == [1, 1, 1]


def test_one_text_of_a_pair_may_be_blank_everywhere():
    train = told(60)
    pair = Examples((train.texts[0], ("",) * 60), train.y, train.labels, train.rows)
    assert (tfidf.predict(pair, pair) == pair.y).mean() > 0.9


def test_several_labels_by_words():
    rng = np.random.default_rng(0)
    y = (rng.random((200, 3)) < 0.5).astype(np.int64)
    y[:, 2] = 1
    words = tuple(" ".join(w for w, has in zip(("apple", "pear", "plum"), row, strict=True) if has) for row in y)
    train = Examples((words,), y, ("apple", "pear", "plum"), np.arange(200))
    assert (tfidf.predict(train, train) == y).mean() > 0.99


def test_the_commonest_label_and_the_commonest_set():
    assert majority.predict(examples(np.array([0, 1, 1])), examples(np.array([0, 0]), ("a", "b"))).tolist() == [1, 1]
    several = examples(np.array([[1, 0], [1, 1], [1, 1]]))
    assert majority.predict(several, several.take(np.array([0]))).tolist() == [[1, 1]]


@given(seed=st.integers(0, 1000), count=st.integers(1, 40))
def test_neighbours_agree_with_sorting_all_by_similarity(seed, count):
    rng = np.random.default_rng(seed)
    y = rng.integers(3, size=count)
    vectors = points(np.minimum(y, 2), dims=8, seed=seed)
    others = points(rng.integers(3, size=7), dims=8, seed=seed + 1)
    train = examples(y, ("a", "b", "c"))
    got = nearest.predict(train, vectors, others)
    for row, answer in zip(others, got, strict=True):
        near = vectors @ row
        five = np.argsort(-near)[:5]
        votes = np.bincount(y[five], np.maximum(near[five], 1e-6), 3)
        assert votes[answer] == pytest.approx(votes.max())


def test_neighbours_of_rows_with_several_labels_need_more_than_half():
    y = np.array([[1, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    vectors = points(np.zeros(5, int), dims=8, spread=0.01)
    assert nearest.predict(examples(y), vectors, vectors[:1]).tolist() == [[1, 0]]


def test_a_head_is_fitted_on_the_rows_it_is_given():
    y = np.arange(100) % 4
    assert (frozen.predict(examples(y), points(y), points(y, seed=1)) == y).mean() > 0.95


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("card_arrival", "card arrival"),
        ("cardArrival", "card arrival"),
        ("CARD-ARRIVAL", "card arrival"),
        ("a/b", "a b"),
    ],
)
def test_labels_are_read_as_words(label, words):
    assert names.readable(label) == words


def test_numbers_and_letters_are_no_names():
    assert names.unreadable(["0", "c3", "#", "spam", "да", "x"]) == ["0", "c3", "#", "x"]
