"""Metrics of slices, worst first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.reports.evaluation.averages import averaged
from assay.reports.evaluation.classes import confusion, f1_figure
from assay.reports.evaluation.figures import Figure, proportion_figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.reports.evaluation.parts import Part
    from assay.reports.evaluation.scored import Scored
    from assay.reports.statistics.clustered import Share

    Rows = NDArray[np.int64]

LAST = 2.0
"""Sorts a slice without a value behind all others."""


@dataclass(frozen=True, slots=True)
class SliceScores:
    """One slice of one evaluated set."""

    name: str
    kind: str
    critical: bool
    condition: str
    figures: dict[str, Figure]
    """By metric; ``accuracy`` and ``recall`` are always there."""
    part: Part
    rows: Rows
    """Positions of its members in the evaluated set."""

    @property
    def accuracy(self) -> Figure:
        """The figure that slices are ranked by."""
        return self.figures["accuracy"]

    def entries(self) -> list[dict[str, Any]]:
        """One entry a metric, for ``evaluation.json``."""
        head = {"name": self.name, "kind": self.kind, "critical": self.critical}
        return [{**head, "metric": metric, **each.facts()} for metric, each in self.figures.items()]


def score_slices(scored: Scored, parts: Sequence[Part], confidence: float) -> tuple[SliceScores, ...]:
    """Score every slice; lowest accuracy first, those without rows last.

    What the metrics mean on a slice:

    - ``accuracy``: share of its rows that are right.
    - ``recall``: of its rows, those whose true class was predicted. Each row of a slice is a positive of its own class,
      so that it equals accuracy where rows have one class; it is what "recall of urgent refunds" asks for.
    - ``precision`` and ``f1``: only where the slice is the whole of one or several classes. Of all rows of the set that
      were called one of these classes, those that are right. A slice that cuts through a class has no false positives
      of its own: nobody knows which slice a row of another class was taken for.
    - ``macro_f1``: where it holds rows of several classes, but not all of any set of them: the mean F1 of the classes
      that are true or predicted within the slice.
    """
    every = [part.among(scored) for part in parts]
    accuracies = proportion_figures([scored.clusters.share(scored.right, rows) for rows in every], confidence)
    out = [
        SliceScores(
            part.name,
            part.kind,
            part.critical,
            part.condition,
            {"accuracy": accuracy, "recall": accuracy, **_more(scored, rows, confidence)},
            part,
            rows,
        )
        for part, rows, accuracy in zip(parts, every, accuracies, strict=True)
    ]
    return tuple(sorted(out, key=_worst_first))


def _worst_first(each: SliceScores) -> tuple[float, float, bool, str]:
    value, low = each.accuracy.value, each.accuracy.low
    return (LAST if value is None else value, LAST if low is None else low, not each.critical, each.name)


def _more(scored: Scored, rows: Rows, confidence: float) -> dict[str, Figure]:
    """Precision and F1, or macro F1, whichever means something."""
    if not rows.size or scored.sets:
        return {}
    size = len(scored.labels)
    here = np.bincount(scored.truth[rows], minlength=size)
    own = np.flatnonzero(here)
    every = np.bincount(scored.truth, minlength=size)
    # The whole set has nothing outside that could be taken for it.
    if np.array_equal(here[own], every[own]) and own.size < np.count_nonzero(every):
        return _whole_classes(scored, own, rows, confidence)
    if own.size == 1:  # among rows of one class no average over classes sees a false alarm
        return {}
    share = scored.clusters.share(scored.right, rows)
    return {"macro_f1": averaged(confusion(scored, rows), "macro", "f1", share, confidence)}


def _whole_classes(scored: Scored, own: Rows, rows: Rows, confidence: float) -> dict[str, Figure]:
    """Precision and F1 of a slice that holds all rows of its classes."""
    called = np.zeros(len(scored.labels), np.bool_)
    called[own] = True
    said = np.flatnonzero(called[scored.predicted])
    shares: list[Share] = [scored.clusters.share(scored.right, r) for r in (said, np.union1d(said, rows))]
    return {"precision": proportion_figures(shares[:1], confidence)[0], "f1": f1_figure(shares[1], confidence)}
