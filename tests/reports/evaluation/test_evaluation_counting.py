from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.reports.evaluation.counting import Clusters
from assay.reports.evaluation.figures import NOTHING, figure, proportion_figures
from assay.reports.statistics import clustered

rows = st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.booleans()), min_size=0, max_size=40)


@given(rows)
def test_any_subset_is_counted_as_the_statistics_say(told):
    group = np.array([g for g, _, _ in told], np.int64)
    right = np.array([r for _, r, _ in told], bool)
    inside = np.flatnonzero([i for _, _, i in told])
    found = Clusters.number(group)
    ours = found.share(right, inside)
    reference = clustered.share(right[inside], group[inside])
    assert (ours.n, ours.rows) == (reference.n, reference.rows)
    assert ours.total == pytest.approx(reference.total)
    assert found.weights(inside).sum() == pytest.approx(ours.n)
    assert found.share(right).n == len(found) == np.unique(group).size


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(2, 4))
def test_copies_change_neither_n_nor_value_nor_interval(right, copies):
    once = Clusters.number(np.arange(len(right))).share(np.array(right))
    again = Clusters.number(np.tile(np.arange(len(right)), copies)).share(np.tile(np.array(right), copies))
    a, b = proportion_figures([once, again], 0.95)
    assert (a.n, a.value, a.low, a.high) == (b.n, b.value, b.low, b.high)
    assert b.rows == copies * a.rows


def test_clusters_are_numbered_in_order_of_first_rows():
    assert Clusters.number(np.array([9, 4, 9, 7, 4])).of.tolist() == [0, 1, 0, 2, 1]


def test_copies_that_disagree_count_in_part_and_widen_the_interval():
    mixed, agreeing = proportion_figures(
        [
            Clusters.number(np.array([0, 0, 1, 2, 3])).share(np.array([True, False, True, True, True])),
            Clusters.number(np.arange(4)).share(np.array([True, True, True, True])),
        ],
        0.95,
    )
    assert mixed.n == 4
    assert mixed.value == pytest.approx(3.5 / 4)
    assert mixed.low < agreeing.low
    assert mixed.high == 1.0


def test_nothing_has_no_value():
    assert proportion_figures([Clusters.number(np.zeros(0, int)).share(np.zeros(0, bool))], 0.95) == [NOTHING]
    assert figure(0, 0, 0.0, 0.0, 1.0).value is None


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_value_lies_within_its_bounds(value, low, high):
    out = figure(3, 3, value, low, high)
    assert out.low <= out.value <= out.high


def test_intervals_cover_the_truth_at_their_confidence():
    rng = np.random.default_rng(1)
    for n, truth in ((20, 0.9), (50, 0.7), (200, 0.97)):
        hits = rng.binomial(n, truth, 2000)
        whole = Clusters.number(np.arange(n))
        figures = proportion_figures([whole.share(np.arange(n) < h) for h in hits], 0.95)
        covered = np.mean([f.low <= truth <= f.high for f in figures])
        assert covered >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 2000)
