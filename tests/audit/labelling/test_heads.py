"""Leave-one-out in closed form against really leaving one out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.labelling.heads import _SMOOTHING, Bayes, Nearest, Ridge, Told


@pytest.fixture
def sparse():
    return pytest.importorskip("scipy.sparse").csr_array


def soft_targets(rng, units, classes):
    """Shares of one or two classes a unit."""
    out = np.zeros((units, classes), np.float32)
    first = rng.integers(classes, size=units)
    share = rng.choice([1.0, 0.75, 0.5], size=units).astype(np.float32)
    out[np.arange(units), first] += share
    out[np.arange(units), rng.integers(classes, size=units)] += 1 - share
    return out


def test_ridge_leaves_one_out(sparse):
    rng = np.random.default_rng(0)
    views = rng.normal(size=(30, 6)).astype(np.float32)
    targets = soft_targets(rng, 30, 3)
    head = Ridge([views])
    head.learn(sparse(targets), np.arange(30), targets.argmax(axis=1))
    got = head.scores(np.arange(30))
    design = np.hstack([views, np.ones((30, 1))])
    for row in range(30):
        rest = np.arange(30) != row
        gram = design[rest].T @ design[rest] + head._penalty * np.eye(7)
        want = design[row] @ np.linalg.solve(gram, design[rest].T @ targets[rest])
        np.testing.assert_allclose(got[row], want, atol=2e-4)


def naive_bayes(counts, targets, row):
    """Scores of a row by the other rows, the long way."""
    rest = np.arange(len(counts)) != row
    table = counts[rest].T @ targets[rest]
    total = targets[rest].T @ counts[rest].sum(axis=1) + _SMOOTHING * counts.shape[1]
    score = counts[row] @ np.log(table + _SMOOTHING) - counts[row].sum() * np.log(total)
    return (score + np.log(targets[rest].sum(axis=0) + 1)) / max(counts[row].sum(), 1)


@given(st.integers(0, 10_000))
def test_naive_bayes_leaves_one_out(seed):
    sparse = pytest.importorskip("scipy.sparse").csr_array
    rng = np.random.default_rng(seed)
    counts = rng.poisson(0.4, size=(20, 12)).astype(np.float32)
    counts = counts[:, (counts > 0).sum(axis=0) > 1]
    targets = soft_targets(rng, 20, 4)
    head = Bayes(sparse(counts))
    head.learn(sparse(targets), np.arange(20), targets.argmax(axis=1))
    got = head.scores(np.arange(20))
    for row in range(20):
        want = naive_bayes(counts.astype(np.float64), targets.astype(np.float64), row)
        np.testing.assert_allclose(got[row] - got[row].max(), want - want.max(), atol=1e-3)


def test_naive_bayes_is_the_same_with_a_sparse_table(sparse, monkeypatch):
    rng = np.random.default_rng(3)
    counts = sparse(rng.poisson(0.4, size=(40, 25)).astype(np.float32))
    targets = soft_targets(rng, 40, 5)
    found = []
    for cells in (10**9, 0):
        monkeypatch.setattr("assay.audit.labelling.heads._DENSE", cells)
        head = Bayes(counts)
        head.learn(sparse(targets), np.arange(40), targets.argmax(axis=1))
        score = head.scores(np.arange(40))
        found.append(score - score.max(axis=1, keepdims=True))
    np.testing.assert_allclose(found[0], found[1], atol=1e-3)


def test_neighbours_do_not_vote_for_themselves(sparse):
    index = np.array([[1, 2], [0, 2], [1, 0]], np.int32)
    head = Nearest(index, np.full((3, 2), 0.9, np.float32))
    targets = np.eye(3, dtype=np.float32)
    head.learn(sparse(targets), np.arange(3), np.arange(3))
    own = np.exp(head.scores(np.arange(3)))
    assert (own.argmax(axis=1) != np.arange(3)).all()
    np.testing.assert_allclose(own.sum(axis=1), 1, atol=1e-5)


def test_no_neighbour_is_no_vote(sparse):
    head = Nearest(np.array([[-1], [0]], np.int32), np.array([[0.0], [0.5]], np.float32))
    head.learn(sparse(np.eye(2, dtype=np.float32)), np.arange(2), np.arange(2))
    np.testing.assert_allclose(np.exp(head.scores(np.array([0]))), [[0.5, 0.5]], atol=1e-5)


def test_told_probabilities_stay():
    given_ = np.array([[0.2, 0.8], [0.0, 0.0]], np.float32)
    scores = Told(given_).scores(np.arange(2))
    assert scores[0].argmax() == 1
    assert scores[1, 0] == scores[1, 1]


def test_ridge_leaves_one_out_with_more_dimensions_than_rows(sparse):
    rng = np.random.default_rng(1)
    views = rng.normal(size=(40, 300)).astype(np.float32)
    targets = soft_targets(rng, 40, 3)
    weights = rng.choice([1.0, 0.25], 40)
    head = Ridge([views], weights=weights)
    head.learn(sparse(targets), np.arange(40), targets.argmax(axis=1))
    for penalty in (head._penalty, head._penalty / 1e4):  # a leverage of .9999 too must not let the own label through
        head._leverage = head._leverages(np.arange(40), penalty)
        head._solution = head._vectors @ (head._product / (head._values + penalty)[:, None])
        got = head.scores(np.arange(40))
        design = np.hstack([views, np.ones((40, 1))]).astype(np.float64)
        for row in range(40):
            rest = np.arange(40) != row
            part = design[rest] * weights[rest][:, None]
            gram = part.T @ design[rest] + penalty * np.eye(301)
            np.testing.assert_allclose(
                got[row], design[row] @ np.linalg.solve(gram, part.T @ targets[rest]), rtol=1e-4, atol=1e-6
            )


def test_a_penalty_that_fits_each_row_by_itself_is_not_chosen(sparse):
    rng = np.random.default_rng(2)
    views = rng.normal(size=(60, 400)).astype(np.float32)
    targets = soft_targets(rng, 60, 3)
    head = Ridge([views])
    head.learn(sparse(targets), np.arange(60), targets.argmax(axis=1))
    assert np.median(head._leverage) <= 0.9
