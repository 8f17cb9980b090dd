"""F1 with bounds that hold at small n.

The percentile bootstrap's lower bound covers 68-87 % at n = 20 instead of 95 %. Here counts are drawn from their
Dirichlet posterior with half a row of prior in each cell (Jeffreys): its bound covers 95 % and more.

For one class the posterior needs no draws. F1 = 2 tp / (2 tp + fp + fn) = 2t / (1 + t) with t = tp / (tp + fp + fn),
and t of a Dirichlet is Beta(tp + 1/2, fp + fn + 1). Given tp + fp + fn, tp is binomial in t: with Clopper-Pearson
for t the bound is exact. That is what the gate uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from assay.reports.statistics import proportions

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Matrix = NDArray[np.float64] | NDArray[np.int64]

Average = Literal["macro", "micro", "weighted"]
Metric = Literal["f1", "precision", "recall"]
DRAWS = 2000
PRIOR = 0.5


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure between one-sided bounds; None where there is nothing to measure."""

    value: float | None
    low: float | None
    high: float | None


def f1(tp: ArrayLike, fp: ArrayLike, fn: ArrayLike) -> Floats:
    """F1 of classes; NaN for a class that neither stands in the rows nor is ever predicted."""
    tp, fp, fn = (np.asarray(v, np.float64) for v in (tp, fp, fn))
    below = 2 * tp + fp + fn
    return np.where(below > 0, 2 * tp / np.where(below > 0, below, 1), np.nan)


def class_bounds(tp: ArrayLike, fp: ArrayLike, fn: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """One-sided lower and upper bounds of each class's F1 from the Dirichlet(1/2) posterior; NaN where F1 is."""
    from scipy.special import betaincinv  # noqa: PLC0415 - heavy

    tp, fp, fn = (np.asarray(v, np.float64) for v in (tp, fp, fn))
    a, b = tp + PRIOR, fp + fn + 2 * PRIOR
    bounds = []
    for tail in (1 - confidence, confidence):
        t = betaincinv(a, b, tail)
        bounds.append(np.where(tp + fp + fn > 0, 2 * t / (1 + t), np.nan))
    # At the ends the posterior leaves no room for the value itself.
    value = f1(tp, fp, fn)
    return np.fmin(bounds[0], value), np.fmax(bounds[1], value)


def exact_class_bounds(tp: ArrayLike, errors: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """One-sided exact bounds of a class's F1 given how many rows concern it (tp + fp + fn); errors = fp + fn."""
    tp, n = np.asarray(tp, np.float64), np.add(tp, errors)
    low, high = proportions.lower_bound(tp, n, confidence), proportions.upper_bound(tp, n, confidence)
    return 2 * low / (1 + low), 2 * high / (1 + high)


def bound(
    matrix: Matrix,
    average: Average = "macro",
    confidence: float = 0.95,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Bound:
    """Average F1 of a confusion matrix with one-sided bounds; for a two-sided 95 % interval ask for 97.5 %.

    Args:
        matrix: (classes, classes) counts, true class by predicted class; cluster weights may make them fractions.
        average: macro, micro or weighted by true class.
        confidence: of each bound.
        draws: of the posterior.
        seed: same seed, same bounds.

    Classes that neither stand in the rows nor are predicted do not count. Micro F1 is accuracy: its bounds are exact.
    """
    counts = _alive(matrix)
    if not counts.size:
        return Bound(None, None, None)
    hits, total = float(counts.trace()), float(counts.sum())
    if average == "micro":
        low = proportions.lower_bound(np.floor(hits + 1e-9), total, confidence)
        high = proportions.upper_bound(np.ceil(hits - 1e-9), total, confidence)
        return Bound(hits / total, float(low), float(high))
    centre = value(counts, average)
    low, high = np.quantile(posterior(counts, average, draws=draws, seed=seed), [1 - confidence, confidence])
    return Bound(centre, min(float(low), centre), max(float(high), centre))


def value(matrix: Matrix, average: Average, metric: Metric = "f1") -> float:
    """Average of a metric over the classes of a confusion matrix; NaN for an empty one."""
    counts = _alive(matrix)
    if not counts.size:
        return float("nan")
    tp = np.diag(counts)
    return float(_average((tp, counts.sum(0) - tp, counts.sum(1) - tp), counts, average, metric))


def posterior(
    matrix: Matrix, average: Average, metric: Metric = "f1", *, draws: int = DRAWS, seed: int = 0
) -> NDArray[np.float64]:
    """(draws,) of an averaged metric given the counts; see ``bound``.

    A Dirichlet is gammas over their sum, and these metrics do not see the sum. Every confusion that was seen is one
    cell, its error counted at both of its classes; the prior of the cells never seen is half a row a class on either
    side: half a row in each of their many cells would drown the counts.
    """
    counts = _alive(matrix)
    tp = np.diag(counts)
    wrong = counts - np.diag(tp)
    rng = np.random.default_rng(seed)
    true, predicted = np.nonzero(wrong)
    seen = rng.standard_gamma(wrong[true, predicted], (draws, true.size))
    fp, fn = rng.standard_gamma(PRIOR, (draws, tp.size)), rng.standard_gamma(PRIOR, (draws, tp.size))
    for cell in range(true.size):
        fp[:, predicted[cell]] += seen[:, cell]
        fn[:, true[cell]] += seen[:, cell]
    return _average((rng.standard_gamma(tp + PRIOR, (draws, tp.size)), fp, fn), counts, average, metric)


def _alive(matrix: Matrix) -> Floats:
    """Counts of the classes that stand in the rows or are predicted."""
    counts = np.asarray(matrix, np.float64)
    alive = (counts.sum(0) + counts.sum(1)) > 0
    return np.asarray(counts[alive][:, alive], np.float64)


def _average(drawn: tuple[Floats, Floats, Floats], counts: Floats, average: Average, metric: Metric) -> Floats:
    """Average over classes of tp, fp and fn, (..., classes) each, as counted or as drawn.

    A class never predicted has precision 0, and one that no row has recall 0, as in scikit-learn.
    """
    tp, fp, fn = drawn
    support = tp + fn
    if average == "micro" or (average == "weighted" and metric == "recall"):
        return np.asarray(tp.sum(-1) / support.sum(-1), np.float64)
    below = {"f1": 2 * tp + fp + fn, "precision": tp + fp, "recall": support}[metric]
    there = {"f1": counts.sum(0) + counts.sum(1), "precision": counts.sum(0), "recall": counts.sum(1)}[metric] > 0
    each = there * (2 if metric == "f1" else 1) * tp / np.maximum(below, 1e-300)
    if average == "macro":
        return np.asarray(each.mean(-1), np.float64)
    return np.asarray((each * support).sum(-1) / support.sum(-1), np.float64)
