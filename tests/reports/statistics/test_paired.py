"""Tango's interval: its definition, limits, and its error at the margin computed without simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from scipy.special import gammaln, xlogy
from scipy.stats import binomtest, norm

from assay.reports.statistics import paired


def slow_score(b: int, c: int, n: int, d: float) -> float:
    """The score statistic from its definition: the likelihood maximised by search, not by a quadratic's root."""

    def loss(q: float) -> float:
        return -float(xlogy(b, q) + xlogy(c, q + d) + xlogy(n - b - c, 1 - 2 * q - d))

    q = minimize_scalar(loss, bounds=(max(0, -d), (1 - d) / 2), method="bounded", options={"xatol": 1e-12}).x
    return float((c - b - n * d) / np.sqrt(n * (2 * q + d - d * d)))


@pytest.mark.parametrize(("b", "c", "n"), [(2, 12, 50), (7, 3, 40), (1, 1, 30), (20, 25, 300)])
def test_the_bounds_are_where_the_likelihood_puts_them(b: int, c: int, n: int) -> None:
    z = norm.ppf(0.975)
    low = brentq(lambda d: slow_score(b, c, n, d) - z, -0.6, (c - b) / n - 1e-6)
    high = brentq(lambda d: slow_score(b, c, n, d) + z, (c - b) / n + 1e-6, 0.6)
    found = paired.interval(b, c, n)
    assert float(found[0]) == pytest.approx(low, abs=1e-5)
    assert float(found[1]) == pytest.approx(high, abs=1e-5)


def test_no_discordant_row_leaves_the_room_that_the_quantile_leaves() -> None:
    # With b = c = 0 the bound is -z^2 / (n + z^2).
    z2 = 1.6448536269514722**2
    for n in (10, 50, 133, 1000):
        assert float(paired.lower_bound(0, 0, n)) == pytest.approx(-z2 / (n + z2), abs=1e-9)


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n))))
def test_bounds_mirror_and_hold_the_value(case: tuple[int, int, int]) -> None:
    n, b, c = case
    if b + c > n:
        b, c = b // 2, c // 2
    low, high = paired.interval(b, c, n)
    assert -1 <= low <= (c - b) / n <= high <= 1
    mirrored = paired.interval(c, b, n)
    assert float(low) == pytest.approx(-float(mirrored[1]), abs=1e-9)


@given(st.integers(2, 120).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n // 2), st.integers(0, n // 2))))
def test_the_bound_clears_the_margin_when_the_p_value_does(case: tuple[int, int, int]) -> None:
    n, b, c = case
    p = float(paired.p_not_worse(b, c, n, 0.05))
    if abs(p - 0.05) > 1e-6:
        assert (p <= 0.05) == (float(paired.lower_bound(b, c, n)) >= -0.05)
    assert float(paired.p_worse(b, c, n, 0.05)) == pytest.approx(1 - p, abs=1e-9)


def false_promotion(n: int, margin: float, discordance: float, level: float) -> float:
    """Probability, summed over all outcomes, that a model exactly the margin worse is called not worse."""
    b, c = (each.ravel() for each in np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij"))
    b, c = b[b + c <= n], c[b + c <= n]
    only_baseline, only_candidate = (discordance + margin) / 2, max((discordance - margin) / 2, 0)
    rest = 1 - only_baseline - only_candidate
    log = gammaln(n + 1) - gammaln(b + 1) - gammaln(c + 1) - gammaln(n - b - c + 1)
    log += xlogy(b, only_baseline) + xlogy(c, only_candidate) + xlogy(n - b - c, rest)
    return float(np.exp(log)[paired.p_not_worse(b, c, n, margin) <= level].sum())


@pytest.mark.parametrize("n", [20, 50, 100, 200])
@pytest.mark.parametrize("margin", [0.02, 0.05])
def test_a_model_worse_by_the_margin_is_promoted_at_most_as_often_as_the_first_attempt_may(
    n: int, margin: float
) -> None:
    level = 0.05 * 6 / np.pi**2
    sizes = [false_promotion(n, margin, d, level) for d in (margin, 0.05, 0.1, 0.2) if d >= margin]
    assert max(sizes) <= 0.04


def test_mcnemar_is_a_fair_coin() -> None:
    for b, c in ((0, 0), (3, 9), (10, 10), (1, 0)):
        wanted = binomtest(b, b + c).pvalue if b + c else 1.0
        assert float(paired.mcnemar(b, c)) == pytest.approx(wanted)


def test_no_rows_prove_nothing() -> None:
    assert np.isnan(paired.lower_bound(0, 0, 0))
