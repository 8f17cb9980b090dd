"""Many claims, several attempts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control, norm
from sklearn.metrics import f1_score

from assay.reports.statistics import bootstrap, multiplicity


def test_holm_by_hand_and_under_the_null() -> None:
    assert multiplicity.holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])
    rng = np.random.default_rng(8)
    null = rng.random((1000, 20))
    wrong = np.mean([(multiplicity.holm(one) <= 0.05).any() for one in null])
    assert wrong <= 0.07
    assert (multiplicity.holm(null[0]) >= false_discovery_control(null[0]) - 1e-12).all()
    assert multiplicity.holm([]).size == 0


def test_all_attempts_together_spend_no_more_than_alpha() -> None:
    spent = [multiplicity.spent(0.05, j) for j in range(1, 10_000)]
    assert sum(spent) == pytest.approx(0.05, abs=1e-5)
    assert sum(spent) < 0.05
    with pytest.raises(ValueError, match="from 1"):
        multiplicity.spent(0.05, 0)


def test_bootstrap_of_a_difference_covers_and_never_proves_with_five_rows() -> None:
    rng = np.random.default_rng(9)
    metric = bootstrap.averaged("macro_f1")
    labels = np.array([0, 1, 2, 0, 1])
    same = bootstrap.difference(metric, labels, labels, labels)
    assert same.value == 0
    assert same.low < -0.05  # five rows without a difference prove nothing
    worse = []
    for seed in range(60):
        labels = rng.integers(0, 3, 300)
        candidate = np.where(rng.random(300) < 0.1, (labels + 1) % 3, labels)
        baseline = np.where(rng.random(300) < 0.1, (labels + 2) % 3, labels)
        found = bootstrap.difference(metric, labels, candidate, baseline, draws=200, seed=seed)
        wanted = f1_score(labels, candidate, average="macro") - f1_score(labels, baseline, average="macro")
        assert found.value == pytest.approx(wanted)
        worse.append(found.low > 0)
    assert np.mean(worse) <= 0.15
    assert norm.cdf(0) == 0.5


def test_bootstrap_counts_copies_once() -> None:
    rng = np.random.default_rng(10)
    labels = rng.integers(0, 2, 100)
    said, other = np.where(rng.random(100) < 0.2, 1 - labels, labels), labels
    metric = bootstrap.averaged("macro_f1")
    once = bootstrap.difference(metric, labels, said, other)
    twice = bootstrap.difference(
        metric, *(np.repeat(v, 2) for v in (labels, said, other)), np.repeat(np.arange(100), 2)
    )
    assert once.n == twice.n == 100
    assert twice.high - twice.low == pytest.approx(once.high - once.low, rel=0.15)
