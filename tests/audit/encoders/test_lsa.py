"""Counts and latent semantic analysis, against scikit-learn."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.encoders.grams import count_grams
from assay.audit.encoders.lsa import reduce, tfidf

WORD = st.sampled_from(["pay", "Card", "lost", "é", "my", "x1", "_a"])


@given(st.lists(st.lists(WORD, max_size=8), min_size=1, max_size=12))
def test_counts_equal_scikit_learn(rows):
    text = pytest.importorskip("sklearn.feature_extraction.text")
    texts = [", ".join(row) for row in rows]
    matrix, names = count_grams(pl.Series(texts, dtype=pl.String))
    if not any(rows):
        assert matrix.shape == (len(rows), 0)
        return
    peer = text.CountVectorizer(ngram_range=(1, 2), token_pattern=r"(?u)\w+")  # noqa: S106
    theirs = peer.fit_transform(texts)
    order = [peer.vocabulary_[name] for name in names.to_list()]
    assert sorted(order) == list(range(theirs.shape[1]))
    assert (matrix != theirs[:, order]).nnz == 0


def test_scripts_without_spaces_are_counted_by_character():
    _, names = count_grams(pl.Series(["退款 abc", "東京"]))
    assert {"退", "款", "退 款", "款 abc", "東 京"} <= set(names.to_list())


def test_rows_without_words():
    matrix, names = count_grams(pl.Series(["", "?!", "one two"]))
    assert np.diff(matrix.indptr).tolist() == [0, 0, 3]
    assert names.to_list() == ["one", "two", "one two"]


def test_tfidf_equals_scikit_learn():
    text = pytest.importorskip("sklearn.feature_extraction.text")
    counts, _ = count_grams(pl.Series(["a b a", "b c", "c c c d", ""]))
    theirs = text.TfidfTransformer(sublinear_tf=True).fit_transform(counts)
    assert np.allclose(tfidf(counts).toarray(), theirs.toarray(), atol=1e-6)


def test_reduction_keeps_the_products_of_the_best_subspace():
    from scipy.sparse import csr_matrix

    random = np.random.default_rng(0)
    dense = np.abs(random.standard_normal((80, 5)) @ random.standard_normal((5, 60))).astype(np.float32)
    left, values, _ = np.linalg.svd(dense, full_matrices=False)
    best = left[:, :20] * values[:20]
    best /= np.linalg.norm(best, axis=1, keepdims=True)
    ours = reduce(csr_matrix(dense), 20)
    assert np.abs(ours @ ours.T - best @ best.T).max() < 1e-3


def test_words_that_keep_company_are_alike():
    texts = ["refund money back"] * 5 + ["reimburse money back"] * 5 + ["card stolen lost"] * 5
    vectors = reduce(tfidf(count_grams(pl.Series([*texts, "refund", "reimburse"]))[0]), 2)
    assert vectors[-1] @ vectors[-2] > 0.9


@pytest.mark.parametrize("texts", [[""], ["a"], ["a", "a"], ["a", "b"], ["", "", "x y z"]])
def test_small_sets(texts):
    vectors = reduce(tfidf(count_grams(pl.Series(texts))[0]), 4)
    length = np.linalg.norm(vectors, axis=1)
    assert vectors.shape == (len(texts), 4)
    assert np.isfinite(vectors).all()
    assert np.allclose(length[[bool(t) for t in texts]], 1, atol=1e-5)
    assert not length[[not t for t in texts]].any()
