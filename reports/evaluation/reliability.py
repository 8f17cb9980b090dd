"""The points of a reliability diagram: what the model says, and how often it is right when it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from assay.reports.evaluation.figures import proportion_figures
from assay.reports.statistics.calibration import BINS

if TYPE_CHECKING:
    from assay.reports.evaluation.scored import Scored


def reliability(scored: Scored, confidence: float, bins: int = BINS) -> list[dict[str, Any]]:
    """Ten bins of equal width between 0 and 1, the same that the expected calibration error is made of.

    Args:
        scored: the set.
        confidence: of each two-sided interval (Clopper and Pearson, on clusters of near-duplicates).
        bins: how many.

    Returns:
        Of each bin that holds rows: ``from``, ``to``, ``confidence`` (its mean), and the share that is right as
        ``n``, ``rows``, ``value``, ``low``, ``high``. Nothing where there are no probabilities.
    """
    if scored.confidence is None or not scored.is_probability:
        return []
    place = np.minimum((scored.confidence * bins).astype(np.int64), bins - 1)
    held = [(b, np.flatnonzero(place == b)) for b in range(bins)]
    held = [(b, rows) for b, rows in held if rows.size]
    figures = proportion_figures([scored.clusters.share(scored.right, rows) for _, rows in held], confidence)
    out = []
    for (b, rows), figure in zip(held, figures, strict=True):
        weights = scored.clusters.weights(rows)
        said = float((weights * scored.confidence[rows]).sum() / weights.sum())
        edges = {"from": round(b / bins, 10), "to": round((b + 1) / bins, 10)}
        out.append({**edges, "confidence": round(said, 10), **figure.facts()})
    return out
