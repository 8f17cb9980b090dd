"""Evaluated sets without a data set behind them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from assay.audit.dataset import Split
from assay.reports.evaluation.counting import Clusters
from assay.reports.evaluation.scored import Scored

FIXTURE = Path(__file__).resolve().parents[3] / "fixtures" / "support_tickets"


def make_scored(truth, predicted, clusters=None, confidence=None, labels=None):
    """A scored set of codes, without a data set behind it."""
    truth, predicted = np.asarray(truth, np.int32), np.asarray(predicted, np.int32)
    size = int(max(truth.max(initial=0), predicted.max(initial=0))) + 1
    names = labels or tuple(f"c{n}" for n in range(size))
    group = np.arange(truth.size) if clusters is None else np.asarray(clusters)
    said = None if confidence is None else np.asarray(confidence, float)
    return Scored(
        Split("test", 0, truth.size),
        np.arange(truth.size),
        tuple(names),
        truth,
        predicted,
        said,
        said is not None,
        Clusters.number(group),
    )


WORDS = (
    "apple river stone cloud lamp paper train garden window button market winter copper silver basket harbour meadow"
    " pencil rocket saddle tunnel velvet walnut yellow zipper anchor bridge candle dragon engine"
)


def sentence(rng):
    return " ".join(rng.choice(WORDS.split(), 9, replace=False))
