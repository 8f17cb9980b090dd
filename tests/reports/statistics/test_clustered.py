"""Copies are no evidence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.reports.statistics import clustered


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 6)), min_size=1, max_size=60))
def test_copies_of_whole_rows_change_nothing(rows: list[tuple[bool, int]]) -> None:
    right = np.array([r for r, _ in rows])
    copies = [k for _, k in rows]
    many = clustered.share(np.repeat(right, copies), np.repeat(np.arange(len(rows)), copies))
    one = clustered.share(right)
    assert (many.n, many.proven, many.conceded) == (one.n, one.proven, one.conceded)
    assert many.bounds(0.95) == one.bounds(0.95)
    assert many.rows == sum(copies)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=1, max_size=80))
def test_bounds_hold_the_value_and_weights_count_clusters(rows: list[tuple[bool, int]]) -> None:
    right, groups = np.array([r for r, _ in rows]), np.array([g for _, g in rows])
    share = clustered.share(right, groups)
    low, high = share.bounds(0.95)
    assert share.n == len(set(groups.tolist()))
    assert low <= share.value <= high
    assert share.proven <= share.total + 1e-9 <= share.conceded + 2e-9
    assert clustered.weights(groups).sum() == pytest.approx(share.n)
    assert (clustered.weights(groups) * right).sum() == pytest.approx(share.total)


def test_nothing_counted() -> None:
    share = clustered.share(np.zeros(0, bool))
    assert share.value is None
    assert share.bounds(0.95) == (None, None)


def test_every_row_twice_promotes_falsely_no_more_often() -> None:
    rng = np.random.default_rng(3)
    right = rng.random((2000, 100)) < 0.8999
    twice, groups = np.repeat(right, 2, axis=1), np.repeat(np.arange(100), 2)
    by_row = [clustered.share(one).bounds(0.95)[0] >= 0.9 for one in twice]
    by_cluster = [clustered.share(one, groups).bounds(0.95)[0] >= 0.9 for one in twice]
    assert np.mean(by_cluster) <= 0.05
    assert np.mean(by_row) >= 0.08
