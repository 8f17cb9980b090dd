"""Exact bounds against scipy, and the guarantee that they give."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from assay.audit.slicing import power
from assay.reports.statistics import proportions


@given(
    st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.8, 0.95, 0.99])
)
def test_intervals_are_those_of_scipy(case: tuple[int, int], confidence: float) -> None:
    x, n = case
    wanted = binomtest(x, n).proportion_ci(confidence, "exact")
    low, high = proportions.interval(x, n, confidence)
    assert float(low) == pytest.approx(wanted.low, abs=1e-9)
    assert float(high) == pytest.approx(wanted.high, abs=1e-9)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.integers(1, 99))
def test_a_bound_clears_a_floor_exactly_when_the_p_value_does(case: tuple[int, int], percent: int) -> None:
    x, n = case
    floor = percent / 100
    p = float(proportions.p_at_least(x, n, floor))
    low = float(proportions.lower_bound(x, n, 0.95))
    if abs(p - 0.05) > 1e-9:
        assert (p <= 0.05) == (low >= floor)
    assert p == pytest.approx(binom.sf(x - 1, n, floor), abs=1e-12)
    assert float(proportions.p_at_most(x, n, floor)) == pytest.approx(binom.cdf(x, n, floor), abs=1e-12)


def test_arrays_broadcast_and_agree_with_the_scalar_functions_of_the_audit() -> None:
    x, n = np.array([0, 27, 50]), np.array([[40], [60]])
    x = np.minimum(x, n)
    low, high = proportions.lower_bound(x, n), proportions.upper_bound(x, n)
    assert low.shape == (2, 3)
    for i in range(2):
        for j in range(3):
            assert low[i, j] == pytest.approx(power.lower(int(x[i, j]), int(n[i, 0])))
            assert high[i, j] == pytest.approx(power.upper(int(x[i, j]), int(n[i, 0])))


def test_nothing_counted_gives_nothing() -> None:
    assert np.isnan(proportions.lower_bound(0, 0))
    assert np.isnan(proportions.upper_bound(0, 0))
    assert proportions.p_at_least(0, 0, 0.9) == 1
    assert proportions.p_at_most(0, 0, 0.9) == 1
    with pytest.raises(ValueError, match="nothing"):
        proportions.reaches(0, 0, 0.9)


def test_floors_are_compared_in_integers() -> None:
    assert proportions.exactly(0.9) == Fraction(9, 10)
    assert proportions.reaches(45, 50, 0.9)
    assert not proportions.reaches(44, 50, 0.9)
    # Three tenths in binary lie under 0.3 written out, and .7 over .7: neither changes the answer.
    assert all(
        proportions.reaches(3 * k, 10 * k, 0.3) and proportions.reaches(7 * k, 10 * k, 0.7) for k in range(1, 60)
    )
    assert not proportions.reaches(899_999_999_999, 10**12, 0.9)


@pytest.mark.parametrize("floor", [0.8, 0.85, 0.9, 0.95, 0.98, 0.99])
def test_a_model_under_the_floor_is_proven_good_at_most_one_time_in_twenty(floor: float) -> None:
    worst = 0.0
    for n in (20, 30, 50, 75, 100, 150, 200, 300, 500, 1000):
        x = np.arange(n + 1)
        passed = proportions.p_at_least(x, n, floor) <= 0.05
        worst = max(worst, float(binom.pmf(x, n, floor - 1e-9)[passed].sum()))
    assert worst <= 0.05
