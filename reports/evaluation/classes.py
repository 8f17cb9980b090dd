"""Metrics of a whole set and of its classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from assay.reports.evaluation.averages import averaged
from assay.reports.evaluation.figures import NOTHING, Figure, figure, proportion_figures
from assay.reports.statistics import fscore

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.reports.evaluation.scored import Scored
    from assay.reports.statistics.clustered import Share

    Floats = NDArray[np.float64]

METRICS: tuple[Literal["precision", "recall", "f1"], ...] = ("precision", "recall", "f1")


def class_figures(scored: Scored, confidence: float) -> dict[str, dict[str, Figure]]:
    """Recall, precision, F1 and accuracy (one class against the rest) of every class that is true or predicted.

    Recall is counted on the rows of the class, precision on those predicted as it, F1 on both together. F1's bounds
    are of its Dirichlet(1/2) posterior (see ``assay.reports.statistics.fscore``), the others' are exact.
    """
    wide = _by_class(scored.truth, len(scored.labels))
    said = _by_class(scored.predicted, len(scored.labels))
    shares: list[Share] = []
    names: list[str] = []
    for code, name in enumerate(scored.labels):
        if not (wide[code].size or said[code].size):
            continue
        names.append(name)
        either = np.union1d(wide[code], said[code])
        shares += [scored.clusters.share(scored.right, rows) for rows in (wide[code], said[code], either)]
    exact = proportion_figures(shares, confidence)
    out = {}
    for at, name in enumerate(names):
        recall, precision = exact[3 * at : 3 * at + 2]
        out[name] = {"recall": recall, "precision": precision, "f1": f1_figure(shares[3 * at + 2], confidence)}
    return out


def f1_figure(either: Share, confidence: float) -> Figure:
    """F1 of one class out of the rows that are or were called it, of which ``either.total`` are both."""
    if not either.n:
        return NOTHING
    one_sided = 1 - (1 - confidence) / 2
    errors = either.n - either.total
    low, high = fscore.class_bounds(either.total, errors, 0.0, one_sided)
    return figure(either.n, either.rows, float(fscore.f1(either.total, errors, 0.0)), float(low), float(high))


def overall_figures(scored: Scored, confidence: float) -> dict[str, Figure]:
    """Accuracy, and precision, recall and F1 averaged over classes.

    Macro is the plain mean of classes, weighted the mean by true class, micro the figure of all decisions together,
    which is accuracy where each row has one class. Classes that are neither true nor predicted do not count.
    """
    share = scored.clusters.share(scored.right)
    accuracy = proportion_figures([share], confidence)[0]
    out = {"accuracy": accuracy}
    matrix = confusion(scored)
    for metric in METRICS:
        out[f"micro_{metric}"] = accuracy
        out[f"macro_{metric}"] = averaged(matrix, "macro", metric, share, confidence)
        # Recall weighted by true class is the share of right rows, whose bounds are exact.
        weighted = accuracy if metric == "recall" else averaged(matrix, "weighted", metric, share, confidence)
        out[f"weighted_{metric}"] = weighted
    return out


def confusion(scored: Scored, rows: NDArray[np.int64] | None = None) -> Floats:
    """Confusion matrix (classes, classes), true by predicted, of some rows; a cluster's rows weigh one together."""
    size = len(scored.labels)
    truth = scored.truth if rows is None else scored.truth[rows]
    predicted = scored.predicted if rows is None else scored.predicted[rows]
    cell = truth.astype(np.int64) * size + predicted
    counts = np.bincount(cell, scored.clusters.weights(rows), size * size).reshape(size, size)
    return counts.astype(np.float64, copy=False)


def _by_class(codes: NDArray[np.int32], size: int) -> list[NDArray[np.int64]]:
    """Positions of the rows of each class, ascending."""
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=size))
    return np.split(order, ends[:-1]) if size else []
