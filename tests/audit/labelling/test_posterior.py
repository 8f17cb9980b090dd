import tracemalloc

import numpy as np
import pytest

from assay.audit.labelling.calibration import fit_scale, log_softmax
from assay.audit.labelling.heads import Nearest, Ridge
from assay.audit.labelling.posterior import KEPT, judge
from assay.audit.neighbours.search import nearest

pytest.importorskip("scipy")


def blobs(units, classes, dims=16, spread=0.6, seed=0):
    """Unit vectors around class centres."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(classes, size=units)
    centre = rng.normal(size=(classes, dims))
    centre /= np.linalg.norm(centre, axis=1, keepdims=True)
    points = centre[codes] + spread * rng.normal(size=(units, dims)) / dims**0.5
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32), codes


def heads(vectors, k=10):
    near = nearest(vectors, k)
    return [Ridge([vectors]), Nearest(near.index, near.similarity)]


def flipped(codes, classes, rate, seed=1):
    rng = np.random.default_rng(seed)
    rows = rng.choice(codes.size, round(rate * codes.size), replace=False)
    noisy = codes.copy()
    noisy[rows] = (noisy[rows] + rng.integers(1, classes, rows.size)) % classes
    return noisy


@pytest.mark.parametrize("classes", [2, 10, 50])
def test_planted_errors_come_first_with_the_right_suggestion(classes):
    vectors, codes = blobs(1000, classes)
    noisy = flipped(codes, classes, 0.1)
    found = judge(heads(vectors), noisy, classes)
    wrong = noisy != codes
    top = np.argsort(-found.odds)[: wrong.sum()]
    assert wrong[top].mean() > 0.8
    sure = np.flatnonzero(found.odds > 0)
    assert (found.suggested[sure] == codes[sure]).mean() > 0.85
    assert wrong[sure].mean() > 0.85


def test_clean_labels_are_left_alone():
    vectors, codes = blobs(1000, 10, spread=0.3)
    found = judge(heads(vectors), codes, 10)
    assert (found.odds > 0).mean() < 0.002
    assert found.rate < 0.02


def test_same_input_same_judgement():
    vectors, codes = blobs(400, 5)
    noisy = flipped(codes, 5, 0.1)
    one, two = (judge(heads(vectors), noisy, 5).odds for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_probabilities_are_probabilities():
    vectors, codes = blobs(500, 60)
    found = judge(heads(vectors), codes, 60)
    assert found.final.index.shape == (500, KEPT + 1)
    np.testing.assert_array_equal(found.final.index[:, 0], codes)
    np.testing.assert_allclose(found.final.value.sum(axis=1), 1)
    assert (found.seen.value >= 0).all()
    assert (found.suggested != codes).all()


def test_memory_does_not_grow_with_units_times_classes():
    units, classes = 12_000, 3_000
    vectors, codes = blobs(units, classes, dims=24)
    index = np.random.default_rng(0).integers(units, size=(units, 10)).astype(np.int32)
    tracemalloc.start()
    judge([Ridge([vectors]), Nearest(index, np.full(index.shape, 0.5, np.float32))], codes, classes)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < units * classes * 8 / 0.6, peak  # float64 units by classes alone would be 288 MB; T takes 36
    assert peak < 450e6, peak


def test_temperature_is_found():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(4000, 5)).astype(np.float32)
    chance = np.exp(log_softmax(scores, 3.0).astype(np.float64))
    codes = np.array([rng.choice(5, p=p / p.sum()) for p in chance])
    assert fit_scale(scores, codes)[0] == pytest.approx(3.0, rel=0.1)


def test_temperature_through_a_noisy_channel_is_that_of_the_true_classes():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(6000, 4)).astype(np.float32)
    chance = np.exp(log_softmax(scores, 4.0).astype(np.float64))
    codes = np.array([rng.choice(4, p=p / p.sum()) for p in chance])
    noisy = flipped(codes, 4, 0.3)
    channel = np.full((4, 4), 0.1, np.float32)
    np.fill_diagonal(channel, 0.7)
    assert fit_scale(scores, noisy)[0] < 2.5
    assert fit_scale(scores, noisy, transition=channel)[0] == pytest.approx(4.0, rel=0.15)
