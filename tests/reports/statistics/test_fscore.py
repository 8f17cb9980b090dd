"""F1 bounds: coverage at the sizes where the bootstrap fails."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from assay.reports.statistics import fscore


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=80))
def test_values_are_those_of_sklearn(pairs: list[tuple[int, int]]) -> None:
    true, said = np.array(pairs).T
    matrix = np.bincount(true * 4 + said, minlength=16).reshape(4, 4)
    for average in ("macro", "micro", "weighted"):
        for name, peer in (("f1", f1_score), ("precision", precision_score), ("recall", recall_score)):
            wanted = peer(true, said, average=average, zero_division=0)
            assert fscore.value(matrix, average, name) == pytest.approx(wanted)
        bound = fscore.bound(matrix, average, draws=200)
        assert bound.low <= bound.value <= bound.high


def test_the_posterior_of_one_class_is_the_closed_one() -> None:
    rng = np.random.default_rng(0)
    tp, fp, fn = 17, 3, 5
    drawn = rng.standard_gamma([tp + 0.5, fp + 0.5, fn + 0.5], (200_000, 3))
    f1 = 2 * drawn[:, 0] / (2 * drawn[:, 0] + drawn[:, 1] + drawn[:, 2])
    low, high = fscore.class_bounds(tp, fp, fn)
    assert float(low) == pytest.approx(np.quantile(f1, 0.05), abs=2e-3)
    assert float(high) == pytest.approx(np.quantile(f1, 0.95), abs=2e-3)


@pytest.mark.parametrize(("precision", "recall", "share"), [(0.9, 0.9, 0.2), (0.95, 0.8, 0.1), (0.9, 0.9, 0.5)])
def test_lower_bounds_of_a_class_hold_at_n_20(precision: float, recall: float, share: float) -> None:
    rng = np.random.default_rng(1)
    tp = share * recall
    fp, fn = tp * (1 - precision) / precision, share - tp
    truth = 2 * tp / (2 * tp + fp + fn)
    x = rng.multinomial(20, [tp, fp, fn, 1 - tp - fp - fn], 4000)
    some = x[:, :3].sum(1) > 0
    low, _ = fscore.class_bounds(*x[some, :3].T)
    exact, _ = fscore.exact_class_bounds(x[some, 0], x[some, 1] + x[some, 2])
    assert (low <= truth).mean() >= 0.95
    assert (exact <= truth).mean() >= 0.95
    resampled = [rng.multinomial(20, one / 20, 200) for one in x[:300]]
    naive = [np.quantile(2 * r[:, 0] / np.maximum(2 * r[:, 0] + r[:, 1] + r[:, 2], 1), 0.05) for r in resampled]
    assert np.mean(np.array(naive) <= truth) < 0.92  # what the percentile bootstrap covers


@pytest.mark.parametrize(("classes", "n"), [(3, 30), (8, 80), (20, 400)])
def test_lower_bounds_of_macro_f1_hold(classes: int, n: int) -> None:
    rng = np.random.default_rng(2)
    truth = np.full((classes, classes), 0.12 / (classes - 1)) + np.eye(classes) * (0.88 - 0.12 / (classes - 1))
    truth *= np.linspace(0.5, 1.5, classes)[:, None] / classes
    wanted = fscore.value(truth / truth.sum(), "macro")
    drawn = rng.multinomial(n, (truth / truth.sum()).ravel(), 300).reshape(-1, classes, classes)
    bounds = [fscore.bound(one, "macro", draws=300) for one in drawn]
    assert np.mean([b.low <= wanted for b in bounds]) >= 0.95


def test_same_seed_same_bounds_and_nothing_for_nothing() -> None:
    matrix = np.array([[8, 2], [1, 9]])
    assert fscore.bound(matrix) == fscore.bound(matrix)
    assert fscore.bound(np.zeros((2, 2))) == fscore.Bound(None, None, None)
    assert np.isnan(fscore.f1(0, 0, 0))
