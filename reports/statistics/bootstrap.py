"""Paired bootstrap over clusters, for differences that have no exact interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.reports.statistics import fscore

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Codes = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Metric = Callable[[Codes, Codes, Floats], float]

DRAWS = 1000
PRIOR = 0.5


@dataclass(frozen=True, slots=True)
class Difference:
    """Candidate minus baseline."""

    n: int
    """Clusters."""
    value: float
    low: float
    high: float
    draws: NDArray[np.float64]
    """Of the difference."""


def difference(  # noqa: PLR0913 - what is compared, and how
    metric: Metric,
    labels: NDArray[np.int64],
    candidate: NDArray[np.int64],
    baseline: NDArray[np.int64],
    clusters: NDArray[np.int64] | None = None,
    *,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> Difference | None:
    """Difference of a metric between two models on the same rows, with one-sided bounds; None for no rows.

    Clusters are drawn with replacement by their Bayesian weights (Rubin, Annals of Statistics 9, 1981): smooth, so that
    a class with few rows never vanishes from a draw. Both models get the same weights: what is hard for both cancels.
    Rows alone would never show a loss that they happen not to hold: five rows without a difference would prove that
    there is none. Half a row of prior in each class for a loss and for a gain mends that, as in ``fscore``.

    Args:
        metric: (labels, predictions, weights) -> figure.
        labels: (rows,) true classes as codes.
        candidate: (rows,) classes predicted by the candidate.
        baseline: (rows,) classes predicted by the baseline.
        clusters: (rows,) near-duplicates that stand for one; None if every row stands for itself.
        confidence: of each bound.
        draws: of the bootstrap.
        seed: same seed, same bounds.
    """
    if not labels.size:
        return None
    groups = np.arange(labels.size) if clusters is None else clusters
    _, inverse, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    one = 1.0 / sizes[inverse]
    columns = [np.concatenate(pair) for pair in zip((labels, candidate, baseline), _unseen(labels), strict=True)]
    unseen = columns[0].size - labels.size
    rng = np.random.default_rng(seed)
    seen = np.empty(draws)
    for draw in range(draws):
        weight = one * rng.standard_exponential(sizes.size)[inverse]
        weight = np.concatenate([weight, rng.standard_gamma(PRIOR, unseen)])
        seen[draw] = metric(columns[0], columns[1], weight) - metric(columns[0], columns[2], weight)
    value = metric(labels, candidate, one) - metric(labels, baseline, one)
    low, high = np.quantile(seen, [1 - confidence, confidence])
    return Difference(int(sizes.size), value, min(float(low), value), max(float(high), value), seen)


def _unseen(labels: Codes) -> tuple[Codes, Codes, Codes]:
    """For each class a row that only the baseline has right and one that only the candidate has: label, said, said."""
    own = np.unique(labels)
    other = np.roll(own, 1) if own.size > 1 else own + 1
    return np.concatenate([own, own]), np.concatenate([other, own]), np.concatenate([own, other])


def averaged(name: str) -> Metric:
    """A metric averaged over the classes that are there: ``macro_f1``, ``weighted_precision``; macro if unsaid."""
    average, plain = name.split("_") if "_" in name else ("macro", name)

    def metric(labels: Codes, predictions: Codes, weights: Floats) -> float:
        size = int(max(labels.max(), predictions.max())) + 1
        matrix = np.bincount(labels * size + predictions, weights, size * size).reshape(size, size)
        return fscore.value(matrix, average, plain)  # type: ignore[arg-type]

    return metric


def grouped(name: str, own: NDArray[np.bool_]) -> Metric:
    """Recall, precision or F1 of some classes taken together.

    Args:
        name: the metric; an average's last word counts.
        own: (classes,) which they are.
    """
    plain = name.rsplit("_", maxsplit=1)[-1]

    def metric(labels: Codes, predictions: Codes, weights: Floats) -> float:
        true, said = own[labels], own[predictions]
        hits = float(weights[true & (labels == predictions)].sum())
        positives, called = float(weights[true].sum()), float(weights[said].sum())
        if plain == "recall":
            return hits / positives if positives else 0.0
        if plain == "precision":
            return hits / called if called else 0.0
        either = float(weights[true | said].sum())
        return 2 * hits / (hits + either) if either else 0.0

    return metric
