from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.reports.statistics import paired as judged
from assay.train.paired import compare, fewest_to_tell, mcnemar, tango


def test_mcnemar_is_a_coin():
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(6, 0) == pytest.approx(2 / 2**6)
    assert mcnemar(5, 5) == pytest.approx(1.0)
    assert fewest_to_tell() == 6


def test_known_values_of_tango():
    """Without a discordant pair the bounds are z^2 / (n + z^2), whatever the rest (Tango 1998)."""
    z2 = 3.841459
    for n in (10, 44, 500):
        assert tango(0, 0, n) == pytest.approx((-z2 / (n + z2), z2 / (n + z2)), abs=1e-5)


@given(gained=st.integers(0, 40), lost=st.integers(0, 40), rest=st.integers(0, 200))
def test_the_interval_holds_the_difference_and_turns_with_the_sides(gained, lost, rest):
    n = gained + lost + rest
    if not n:
        return
    low, high = tango(gained, lost, n)
    assert -1 <= low <= (gained - lost) / n <= high <= 1
    back = tango(lost, gained, n)
    assert back == pytest.approx((-high, -low), abs=1e-6)


def test_the_interval_covers_what_it_should():
    rng = np.random.default_rng(0)
    n, gain, loss = 80, 0.12, 0.05
    drawn = rng.multinomial(n, [gain, loss, 1 - gain - loss], 1_500)
    inside = [low <= gain - loss <= high for g, b, _ in drawn for low, high in [tango(int(g), int(b), n)]]
    assert np.mean(inside) >= 0.93


def test_the_verdict_needs_proof():
    n = 100
    ours, theirs = np.ones(n, bool), np.ones(n, bool)
    theirs[:5] = False
    assert compare(ours, theirs).verdict == "no evidence of a difference"
    theirs[:20] = False
    assert compare(ours, theirs).verdict == "better"
    assert compare(theirs, ours).verdict == "worse"


def test_no_rows_say_nothing():
    told = compare(np.zeros(0, bool), np.zeros(0, bool))
    assert (told.n, told.difference, told.low, told.high, told.p_value) == (0, None, None, None, 1.0)


def test_it_agrees_with_the_gate():
    """train may not import reports, so the interval is written twice: both must say the same."""
    for gained, lost, n in ((12, 2, 50), (0, 0, 30), (3, 9, 200), (7, 0, 7), (1, 0, 900)):
        low, high = judged.interval(lost, gained, n)
        assert tango(gained, lost, n) == pytest.approx((float(low), float(high)), abs=1e-5)
        assert mcnemar(gained, lost) == pytest.approx(float(judged.mcnemar(lost, gained)))
