from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import examples

from assay.train.learning_curve import Curve, document, fit, nested_order, sizes_for, solve

SIZES = np.array([125, 250, 500, 1_000, 2_000, 4_000])


def drawn(errors: np.ndarray, n: int, seed: int, models: int = 1, sizes: np.ndarray = SIZES) -> Curve:
    """Rows that are wrong at some sizes: hard rows stay wrong longer, as in real data."""
    rng = np.random.default_rng(seed)
    hard = rng.random(n)
    jitter = rng.normal(0, 0.03, size=(len(sizes), models, n))
    return Curve(sizes, np.clip(hard + jitter, 0, 1) >= errors[:, None, None])


def law(sizes: np.ndarray, a: float, b: float, c: float) -> np.ndarray:
    return a + b * sizes.astype(float) ** -c


@given(a=st.floats(0, 0.2), b=st.floats(0.5, 3), c=st.sampled_from([0.3, 0.4, 0.5, 0.75, 1.0]))
def test_a_noiseless_law_is_found_again(a, b, c):
    errors = law(SIZES, a, b, c)
    found = solve(SIZES.astype(float), errors[None, :], np.full(6, 1e-6))
    ahead = found[0][0] + found[1][0] * 8_000.0 ** -found[2][0]
    assert ahead == pytest.approx(float(law(np.array([8_000]), a, b, c)[0]), abs=1e-3)


def test_forecasts_cover_what_twice_the_rows_would_bring():
    inside, level = [], []
    for seed in range(25):
        a, b, c = np.random.default_rng(seed).uniform([0.02, 1.0, 0.4], [0.1, 3.0, 0.6])
        told = fit(drawn(law(SIZES, a, b, c), 800, seed), 8_000, seed).forecast
        now, then = law(np.array([4_000, 8_000]), a, b, c)
        assert told is not None
        inside.append(told.gain_low <= now - then <= told.gain_high)
        level.append(told.low <= 1 - then <= told.high)
    assert np.mean(inside) >= 0.9
    assert np.mean(level) >= 0.9


def test_more_rows_never_cost_accuracy_in_the_forecast():
    told = fit(drawn(np.full(6, 0.3), 500, 0), 8_000).forecast
    assert told is not None
    assert 0 <= told.gain_low <= told.gain <= told.gain_high < 0.03


def test_no_error_seen_is_no_certainty():
    told = fit(Curve(SIZES, np.ones((6, 1, 100), bool)), 8_000).forecast
    assert told is not None
    assert told.value == 1
    assert told.low == pytest.approx(0.9638, abs=1e-3)
    assert told.gain_high == pytest.approx(0.0362, abs=1e-3)


@pytest.mark.parametrize(
    ("curve", "words"),
    [
        (Curve(np.array([20, 40, 80]), np.ones((3, 1, 100), bool)), "too rarely"),
        (Curve(SIZES, np.ones((6, 1, 30), bool)), "30 measured rows are too few"),
        (drawn(np.array([0.1, 0.6, 0.1, 0.6, 0.1, 0.6]), 400, 0), "power law"),
    ],
)
def test_where_evidence_is_thin_it_says_so(curve, words):
    told = fit(curve, 2 * int(curve.sizes[-1]))
    assert told.forecast is None
    assert words in told.why_not
    assert document(curve, told)["forecast"] is None


def test_sizes_are_halves_down_to_a_row_a_class():
    assert sizes_for(1_000, 3).tolist() == [31, 62, 125, 250, 500, 1_000]
    assert sizes_for(1_000, 200).tolist() == [250, 500, 1_000]
    assert sizes_for(30, 2).tolist() == [30]


@given(seed=st.integers(0, 100), size=st.integers(10, 99))
def test_every_beginning_of_a_draw_holds_the_classes_evenly(seed, size):
    y = np.repeat([0, 1, 2], [60, 30, 10])
    order = nested_order(examples(y), seed)
    assert sorted(order) == list(range(100))
    counts = np.bincount(y[order[:size]], minlength=3)
    assert np.abs(counts - size * np.array([0.6, 0.3, 0.1])).max() <= 1.5


def test_the_document_holds_each_size_with_its_interval():
    curve = drawn(law(SIZES, 0.05, 2, 0.5), 300, 0, models=3)
    told = document(curve, fit(curve, 8_000))
    assert [p["rows"] for p in told["points"]] == SIZES.tolist()
    assert all(p["accuracy"]["low"] < p["accuracy"]["value"] < p["accuracy"]["high"] for p in told["points"])
    assert all(p["lowest"] <= p["highest"] and p["draws"] == 3 for p in told["points"])
