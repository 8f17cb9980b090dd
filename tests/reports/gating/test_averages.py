from __future__ import annotations

import numpy as np
import pytest

from assay.reports.gating import claims
from assay.reports.gating.policy import Need
from assay.reports.gating.scopes import Measured
from assay.reports.statistics.clustered import Share

ALPHA, TRUE, CLASSES, ROWS = 0.05, 0.9, 20, 30


def drawn(rng):
    """A confusion matrix of a model that is right with probability TRUE in every class, wrong anywhere else."""
    matrix = np.zeros((CLASSES, CLASSES))
    for label in range(CLASSES):
        right = rng.binomial(ROWS, TRUE)
        matrix[label, label] = right
        others = np.delete(np.arange(CLASSES), label)
        np.add.at(matrix[label], rng.choice(others, ROWS - right), 1)
    return matrix


@pytest.mark.parametrize("metric", ["macro_f1", "macro_precision", "macro_recall"])
def test_a_model_at_the_floor_is_hardly_ever_proven_bad_nor_good(metric):
    need = Need("r", "overall", metric, "at_least", TRUE, 1 - ALPHA, 0, "block")
    rng = np.random.default_rng(0)
    bad, good, trials = 0, 0, 40
    for _ in range(trials):
        matrix = drawn(rng)
        share = Share(CLASSES * ROWS, float(matrix.trace()), CLASSES * ROWS)
        told = claims.absolute(need, Measured("average", share, matrix, metric), ALPHA, looks=False)
        good += told.p_pass <= ALPHA
        bad += told.p_fail <= ALPHA
    assert bad / trials <= 0.12
    assert good / trials <= 0.12
