"""The worst errors: critical, costly, confident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset
    from assay.reports.evaluation.scored import Scored
    from assay.reports.evaluation.slices import SliceScores

MOST = 50
TEXT = 2_000
"""Characters kept of a text."""


def worst_errors(
    scored: Scored, slices: Sequence[SliceScores], costs: NDArray[np.float64] | None, most: int = MOST
) -> NDArray[np.int64]:
    """Positions of the worst errors, worst first: in critical slices before others, then by cost, then by confidence.

    One row stands for its near-duplicates.
    """
    wrong = np.flatnonzero(~scored.right)
    _, first = np.unique(scored.clusters.of[wrong], return_index=True)
    wrong = wrong[np.sort(first)]
    critical = np.zeros(len(scored), np.int64)
    for each in slices:
        if each.critical:
            critical[each.rows] += 1
    cost = np.zeros(wrong.size) if costs is None else costs[scored.truth[wrong], scored.predicted[wrong]]
    said = np.zeros(wrong.size) if scored.confidence is None else scored.confidence[wrong]
    order = np.lexsort((wrong, -said, -cost, -(critical[wrong] > 0).astype(np.int64)))
    return wrong[order[:most]]


def failures(  # noqa: PLR0913, PLR0917 - what is known of an error
    data: Dataset,
    scored: Scored,
    slices: Sequence[SliceScores],
    costs: NDArray[np.float64] | None,
    nearest: Sequence[list[dict[str, Any]] | None],
    rows: NDArray[np.int64],
) -> list[dict[str, Any]]:
    """Errors for ``evaluation.json``.

    Args:
        data: the data set.
        scored: the set that they are errors of.
        slices: its slices.
        costs: (classes, classes) prices, if there are any.
        nearest: of each error, training rows as ``assay.reports.evaluation.training.describe`` tells them, or None.
        rows: positions of the errors, worst first.
    """
    inside = {each.name: set(each.rows[np.isin(each.rows, rows)].tolist()) for each in slices}
    names = [each.name for each in slices if each.kind == "declared"]
    critical = {each.name for each in slices if each.critical}
    out = []
    for at, like in zip(rows.tolist(), nearest, strict=True):
        index, truth, predicted = int(scored.index[at]), int(scored.truth[at]), int(scored.predicted[at])
        one = data.row(index)
        member = sorted(name for name in names if at in inside[name])
        out.append(
            {
                "split": one.split,
                "row": one.row,
                "line": one.line,
                "id": one.id,
                "text": data.text[index][:TEXT],
                "label": scored.labels[truth],
                "prediction": scored.labels[predicted],
                "confidence": None if scored.confidence is None else round(float(scored.confidence[at]), 6),
                "cost": None if costs is None else float(costs[truth, predicted]),
                "critical": [name for name in member if name in critical],
                "slices": member,
                "nearest_training_rows": like,
            }
        )
    return out
