"""Which classes are taken for which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from assay.reports.evaluation.scored import Scored

MOST = 100


def confusions(scored: Scored) -> list[dict[str, Any]]:
    """Confused pairs, commonest first: rows, and their share of the true class's rows."""
    wrong = np.flatnonzero(~scored.right)
    size = len(scored.labels)
    cells = scored.truth[wrong].astype(np.int64) * size + scored.predicted[wrong]
    cell, counts = np.unique(cells, return_counts=True)
    support = np.bincount(scored.truth, minlength=size)
    order = np.lexsort((cell, -counts))[:MOST]
    return [
        {
            "label": scored.labels[c // size],
            "predicted": scored.labels[c % size],
            "rows": n,
            "of": int(support[c // size]),
            "share": round(n / int(support[c // size]), 10),
        }
        for c, n in zip(cell[order].tolist(), counts[order].tolist(), strict=True)
    ]
