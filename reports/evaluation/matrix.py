"""The confusion matrix of the classes that matter most: rows of each true class by what they were taken for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.reports.evaluation.scored import Scored

MOST = 20
"""Classes with a line of their own; more than these nobody reads at a glance."""


def matrix(scored: Scored, most: int = MOST) -> dict[str, Any] | None:
    """Count rows by true and predicted class.

    Where there are more classes than ``most``, those with the most errors (as true or as predicted class) keep a line,
    and all others are one last line.

    Args:
        scored: the set.
        most: classes with a line of their own.

    Returns:
        ``classes``: names, in order; ``others``: how many classes are in the last line (0: there is none);
        ``rows``: (lines, lines) counts of rows, true class by predicted one. None where rows have several labels,
        or no row has one.
    """
    if scored.sets or not len(scored):
        return None
    size = len(scored.labels)
    kept = _kept(scored, size, most)
    line = np.full(size, kept.size, np.int64)
    line[kept] = np.arange(kept.size)
    lines = kept.size + (size > kept.size)
    cells = line[scored.truth] * lines + line[scored.predicted]
    counts = np.bincount(cells, minlength=lines * lines).reshape(lines, lines)
    names = [scored.labels[c] for c in kept.tolist()]
    return {"classes": names, "others": size - int(kept.size), "rows": counts.tolist()}


def _kept(scored: Scored, size: int, most: int) -> NDArray[np.int64]:
    """Codes of the classes with a line, ascending, which is by name."""
    if size <= most:
        return np.arange(size, dtype=np.int64)
    wrong = ~scored.right
    errors = np.bincount(scored.truth[wrong], minlength=size) + np.bincount(scored.predicted[wrong], minlength=size)
    support = np.bincount(scored.truth, minlength=size)
    order = np.lexsort((np.arange(size), -support, -errors))
    return np.sort(order[:most]).astype(np.int64)
