"""Expectations and tails against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.reports.discovery.strata import LOWEST, Strata, fit, log_tail


@given(st.integers(1, 60), st.floats(0.01, 0.6), st.floats(1, 500), st.data())
def test_one_class_is_a_beta_binomial(n, mean, strength, data):
    from scipy.special import logsumexp
    from scipy.stats import betabinom

    found = data.draw(st.integers(0, n))
    got = log_tail(found, np.array([n]), np.array([mean]), np.array([strength]))
    wanted = logsumexp(betabinom.logpmf(np.arange(found, n + 1), n, mean * strength, (1 - mean) * strength))
    assert got == pytest.approx(max(wanted, LOWEST), abs=1e-6)


def test_several_classes_by_simulation():
    rng = np.random.default_rng(0)
    own, mean, strength = np.array([30, 12, 50]), np.array([0.1, 0.4, 0.05]), np.array([40.0, 8.0, 200.0])
    rates = rng.beta(mean * strength, (1 - mean) * strength, (200_000, 3))
    totals = rng.binomial(own, rates).sum(axis=1)
    for found in (8, 12, 18):
        share = (totals >= found).mean()
        assert np.exp(log_tail(found, own, mean, strength)) == pytest.approx(share, rel=0.05)


def test_moments_are_those_of_the_tail():
    strata, rows = some_strata(1)
    own, wrong = strata.counts(rows)
    mean, variance = strata.moments(own[None], wrong[None])
    expected, weight, shift = (x[0] for x in strata._posterior(own[None], wrong[None]))
    touched = np.flatnonzero(own)
    tails = np.exp(
        [log_tail(k, own[touched], expected[touched], weight[touched]) for k in range(1, int(own.sum()) + 1)]
    )
    assert tails.sum() == pytest.approx(mean[0])
    second = (tails * (2 * np.arange(1, tails.size + 1) - 1)).sum()
    common = (own * shift).sum() ** 2
    assert second - mean[0] ** 2 + common == pytest.approx(variance[0])


@given(st.integers(0, 200), st.floats(-40, -1))
def test_what_cannot_be_proven_is_told_without_a_tail(seed, limit):
    strata, rows = some_strata(seed)
    own, wrong = strata.counts(rows)
    if strata.log_p(rows) <= limit and wrong.sum() >= 5:
        predicted = strata.predicted(rows) * own.sum()
        assert strata.provable(own[None], wrong[None], limit)[0] or wrong.sum() < 1.25 * predicted


def some_strata(seed):
    rng = np.random.default_rng(seed)
    of = rng.integers(0, 6, 400)
    rate = np.where(rng.random(400) < 0.3, rng.random(), 0.1)
    strata = Strata(of, rng.random(400) < rate, rng.random(400) < 0.9)
    return strata, np.flatnonzero(rng.random(400) < rng.random()).astype(np.int32)


def test_the_spread_of_rates_is_recovered():
    rng = np.random.default_rng(2)
    rates = rng.beta(2, 18, 400)
    sizes = rng.integers(50, 200, 400)
    prior = fit(rng.binomial(sizes, rates)[None], sizes[None])
    assert prior.mean[0, 0] == pytest.approx(0.1, abs=0.01)
    assert prior.strength[0, 0] == pytest.approx(20, rel=0.25)


def test_equal_rates_leave_little_spread():
    rng = np.random.default_rng(3)
    sizes = np.full(200, 100)
    prior = fit(rng.binomial(sizes, 0.1)[None], sizes[None])
    assert prior.strength[0, 0] > 200


def test_p_values_are_fair_under_the_null():
    """Slices of words drawn at random, classes of different rates: small p-values are as rare as they say."""
    rng = np.random.default_rng(4)
    small = []
    for _ in range(400):
        of = rng.integers(0, 12, 1_500)
        rates = rng.beta(2, 20, 12)
        strata = Strata(of, rng.random(1_500) < rates[of], np.ones(1_500, bool))
        bias = rng.random(12) ** 3  # a word that some classes have more often
        rows = np.flatnonzero(rng.random(1_500) < 0.3 * bias[of]).astype(np.int32)
        small.append(strata.log_p(rows))
    shares = [np.mean(np.array(small) <= np.log(level)) for level in (0.1, 0.02)]
    assert shares[0] <= 0.13
    assert shares[1] <= 0.04


def test_rows_set_aside_do_not_count():
    strata, rows = some_strata(5)
    rest = strata.without(rows)
    assert rest.counts(rows)[0].sum() == 0
    assert rest.sizes.sum() == strata.sizes.sum() - strata.counts(rows)[0].sum()
    assert strata.totals([rows])[0][0] == strata.counts(rows)[0].sum()
