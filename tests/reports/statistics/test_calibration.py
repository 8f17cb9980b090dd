"""Calibration: a test that knows its size, and an error that knows its chance."""

from __future__ import annotations

import numpy as np
import pytest

from assay.reports.statistics import calibration


def drawn(rng: np.random.Generator, n: int, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    said = np.clip(rng.beta(6, 1.2, n), 0.3, 0.999)
    return rng.random(n) < said - shift, said


@pytest.mark.parametrize("n", [50, 200])
def test_a_calibrated_model_is_called_so_and_an_overconfident_one_is_not(n: int) -> None:
    rng = np.random.default_rng(5)
    fair = [calibration.in_the_large(*drawn(rng, n)) for _ in range(1500)]
    bold = [calibration.in_the_large(*drawn(rng, n, 0.15)) for _ in range(300)]
    assert np.mean([t.p_value <= 0.05 for t in fair]) == pytest.approx(0.05, abs=0.02)
    assert np.mean([t.p_value <= 0.05 and t.z < 0 for t in bold]) >= 0.8


def test_spiegelhalter_sees_what_the_mean_hides() -> None:
    rng = np.random.default_rng(6)
    said = np.where(rng.random(4000) < 0.5, 0.99, 0.51)  # truly .75 both
    right = rng.random(4000) < 0.75
    assert calibration.in_the_large(right, said).p_value > 0.01
    assert calibration.spiegelhalter(right, said).p_value < 1e-6
    fair = [calibration.spiegelhalter(*drawn(rng, 200)).p_value <= 0.05 for _ in range(1500)]
    assert np.mean(fair) == pytest.approx(0.05, abs=0.02)


def test_ece_of_a_perfect_model_is_large_at_small_n_and_its_null_says_so() -> None:
    rng = np.random.default_rng(7)
    found = [calibration.ece(*drawn(rng, 20), draws=200) for _ in range(200)]
    assert 0.10 <= np.mean([e.value for e in found]) <= 0.18
    assert np.mean([e.value for e in found]) == pytest.approx(np.mean([e.null_mean for e in found]), abs=0.01)
    assert np.mean([e.value > e.null_high for e in found]) <= 0.10


def test_nothing_and_certainty() -> None:
    empty = np.zeros(0, bool), np.zeros(0)
    assert calibration.ece(*empty) is None
    assert calibration.in_the_large(*empty) is None
    sure = calibration.in_the_large(np.array([True, False]), np.array([1.0, 1.0]))
    assert sure.p_value == 0  # said to be certain, and wrong
    assert calibration.in_the_large(np.array([True]), np.array([1.0])).p_value == 1
