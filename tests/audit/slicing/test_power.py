"""The figures of the planner against published tables, scipy and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, fisher_exact

from assay.audit.slicing import power

SHARES = st.floats(0.05, 0.99)


@pytest.mark.parametrize(
    ("floor", "rows"),
    [(0.80, (14, 22, 30, 50)), (0.90, (29, 46, 61, 103)), (0.95, (59, 93, 124, 208)), (0.98, (149, 236, 313, 523))],
)
def test_rows_that_prove_a_floor_with_errors(floor, rows):
    assert tuple(power.rows_needed(floor, errors) for errors in (0, 1, 2, 5)) == rows


@pytest.mark.parametrize(("floor", "truth", "rows"), [(0.90, 0.95, 203), (0.90, 0.97, 89), (0.95, 0.98, 260)])
def test_rows_that_prove_a_floor_four_times_in_five(floor, truth, rows):
    assert abs(power.rows_for_proof(floor, truth) - rows) <= 0.12 * rows  # power climbs in a saw-tooth


@pytest.mark.parametrize(
    ("rows", "drop"), [(20, 0.21), (30, 0.16), (50, 0.10), (100, 0.07), (200, 0.05), (500, 0.03), (1000, 0.02)]
)
def test_the_smallest_drop_that_shows(rows, drop):
    assert power.smallest_drop(rows)[0] == pytest.approx(drop, abs=0.012)


def test_too_few_rows_show_no_drop():
    assert np.isinf(power.smallest_drop(np.array([0]))).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.data())
def test_intervals_are_scipys(rows, data):
    hits = data.draw(st.integers(0, rows))
    expected = binomtest(hits, rows).proportion_ci(0.95, "exact")
    assert power.interval(hits, rows) == pytest.approx((expected.low, expected.high), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(5, 400), SHARES)
def test_power_is_what_the_binomial_says(rows, baseline):
    (drop,) = power.smallest_drop(rows, baseline)
    if np.isinf(drop):
        assert binom.cdf(0, rows, baseline) > 0.05
        return
    reject = max(c for c in range(-1, rows + 1) if binom.cdf(c, rows, baseline) <= 0.05)
    assert binom.cdf(reject, rows, baseline - drop) == pytest.approx(0.8, abs=1e-6)


def test_the_power_told_is_that_of_a_simulation():
    rng = np.random.default_rng(5)
    for rows, baseline in ((30, 0.95), (120, 0.9)):
        (drop,) = power.smallest_drop(rows, baseline)
        hits = rng.binomial(rows, baseline - drop, 40_000)
        level = binom.cdf(hits, rows, baseline) <= 0.05
        assert level.mean() == pytest.approx(0.8, abs=0.01)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.integers(40, 90), st.integers(0, 50), st.integers(50, 200))
def test_two_shares_differ_as_in_fishers_test(a, n, b, m):
    (p,) = power.differ([a], [n], [b], [m])
    more, less = (fisher_exact([[a, n - a], [b, m - b]], side).pvalue for side in ("greater", "less"))
    assert p == pytest.approx(min(1.0, 2 * min(more, less)), abs=1e-9)


def test_holm_is_never_milder_than_the_p_value_and_keeps_the_order():
    rng = np.random.default_rng(1)
    given_p = rng.random(50).tolist()
    corrected = power.holm(given_p)
    assert all(c >= p for c, p in zip(corrected, given_p, strict=True))
    order = np.argsort(given_p)
    assert (np.diff(np.array(corrected)[order]) >= 0).all()
    assert power.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
