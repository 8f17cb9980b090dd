"""Looking at a growing test set as often as one likes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from assay.reports.statistics import proportions, sequential


@pytest.mark.parametrize(("right", "n", "floor"), [(18, 20, 0.9), (95, 100, 0.9), (40, 50, 0.7), (0, 5, 0.5)])
def test_the_wager_is_the_integral(right: int, n: int, floor: float) -> None:
    def won(q: float) -> float:
        return q**right * (1 - q) ** (n - right) / (floor**right * (1 - floor) ** (n - right)) / (1 - floor)

    wanted = quad(won, floor, 1)[0]
    assert float(np.exp(sequential.log_e_over(right, n, floor))) == pytest.approx(wanted, rel=1e-6)


def test_fifty_looks_at_the_edge_rarely_promote_and_a_good_model_soon_does() -> None:
    rng = np.random.default_rng(4)
    looks = np.arange(20, 1001, 20)
    for truth, low, high in ((0.8999, 0.0, 0.05), (0.95, 0.95, 1.0)):
        right = (rng.random((1500, 1000)) < truth).cumsum(1)[:, looks - 1]
        passed = sequential.p_at_least(right, looks, 0.9) <= 0.05
        assert low <= passed.any(1).mean() <= high
    naive = proportions.p_at_least((rng.random((1500, 1000)) < 0.8999).cumsum(1)[:, looks - 1], looks, 0.9) <= 0.05
    assert naive.any(1).mean() > 0.12  # exact bounds at each look


def test_bounds_agree_with_p_values_and_mirror() -> None:
    low = float(sequential.lower_bound(190, 200, 0.95))
    assert float(sequential.p_at_least(190, 200, low - 1e-6)) <= 0.05 + 1e-6
    assert float(sequential.p_at_least(190, 200, low + 1e-3)) > 0.05
    assert float(sequential.upper_bound(10, 200, 0.95)) == pytest.approx(1 - low)
    assert low < float(proportions.lower_bound(190, 200, 0.95))
    assert np.isnan(sequential.lower_bound(0, 0))
    assert float(sequential.lower_bound(0, 10)) == 0


def test_extreme_counts_stay_finite() -> None:
    values = sequential.log_e_over([0, 1_000_000, 10], [1_000_000, 1_000_000, 1_000_000], 0.9)
    assert np.isfinite(values).all()
    assert values[1] > 0 > values[0]
