import numpy as np
import pytest
from scipy.stats import binomtest

from assay.audit.labelling.overlap import exact_interval, overlaps


def test_a_pair_confused_both_ways_is_told():
    given = np.repeat([0, 1, 2], 100)
    best = given.copy().astype(np.int32)
    best[:40], best[100:135], best[200:240] = 1, 0, 0  # 2 is taken for 0, but 0 never for 2
    (pair,) = overlaps(given, best, 3, 0.1)
    assert (pair.classes, pair.confused, pair.shares) == ((0, 1), (40, 35), (0.4, 0.35))


def test_few_rows_are_not_enough():
    given = np.repeat([0, 1], 6)
    best = given.copy().astype(np.int32)
    best[:2], best[6:8] = 1, 0
    assert overlaps(given, best, 2, 0.1) == []


def test_false_pairs_are_rare_at_the_bound():
    rng = np.random.default_rng(0)
    told = 0
    for _ in range(200):
        given = np.repeat(np.arange(11), 60)
        # Every class is taken for each other one in 1 of 10 rows: just normal.
        best = rng.integers(11, size=given.size).astype(np.int32)
        told += bool(overlaps(given, best, 11, 0.1))
    assert told / 200 <= 0.05


@pytest.mark.parametrize(("hits", "size"), [(0, 10), (3, 10), (10, 10), (40, 100)])
def test_interval_is_clopper_and_pearsons(hits, size):
    want = binomtest(hits, size).proportion_ci()
    assert exact_interval(hits, size) == pytest.approx((want.low, want.high), abs=1e-9)
