from __future__ import annotations

import numpy as np
from scored_sets import make_scored

from assay.reports.evaluation.calibration import SIMULATED, calibrate


def drawn(rng, n, shift=0.0):
    said = np.clip(rng.beta(6, 1.2, n), 0.3, 0.999)
    right = rng.random(n) < said - shift
    return make_scored(np.zeros(n, int), (~right).astype(int), confidence=said)


def slices(n):
    return [(f"s{k}", "declared", np.arange(n)[k::5]) for k in range(5)]


def test_a_calibrated_model_is_rarely_accused_though_many_slices_are_tested():
    rng = np.random.default_rng(0)
    accused = sum(
        any(c.verdict in {"too confident", "not confident enough"} for c in calibrate(drawn(rng, 200), slices(200)))
        for _ in range(60)
    )
    assert accused <= 8  # 5 % of 60, and chance


def test_a_model_that_is_too_confident_is_told_so():
    rng = np.random.default_rng(1)
    found = calibrate(drawn(rng, 1000, shift=0.15), slices(1000))
    assert found[0].slice == "overall"
    assert found[0].verdict == "too confident"
    assert found[0].z < -3


def test_the_error_is_shown_beside_what_chance_would_show():
    rng = np.random.default_rng(2)
    few = calibrate(drawn(rng, 20), [])[0]
    assert 0.1 < few.ece_null < 0.35
    many = calibrate(drawn(rng, SIMULATED + 1), [])[0]
    assert many.ece_null < 0.07
    assert few.verdict != "no evidence of miscalibration" or few.n >= 20


def test_few_rows_are_not_enough_evidence():
    rng = np.random.default_rng(3)
    found = calibrate(drawn(rng, 200), [("tiny", "declared", np.arange(5))])
    assert next(c for c in found if c.slice == "tiny").verdict == "not enough evidence"


def test_without_probabilities_nothing_is_said():
    assert calibrate(make_scored([0, 1], [0, 1]), []) == ()
