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

    Classes that are neither true nor predicted here are left out. Where there are more than ``most``, those with the
    most errors (as true or as predicted class) keep a line, and all others are one last line.

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
    here = np.union1d(scored.truth, scored.predicted).astype(np.int64)
    kept = _kept(scored, here, size, most)
    line = np.full(size, kept.size, np.int64)
    line[kept] = np.arange(kept.size)
    lines = kept.size + (here.size > kept.size)
    cells = line[scored.truth] * lines + line[scored.predicted]
    counts = np.bincount(cells, minlength=lines * lines).reshape(lines, lines)
    names = [scored.labels[c] for c in kept.tolist()]
    return {"classes": names, "others": int(here.size - kept.size), "rows": counts.tolist()}


def _kept(scored: Scored, here: NDArray[np.int64], size: int, most: int) -> NDArray[np.int64]:
    """Codes of the classes with a line, ascending, which is by name; a single class is not put among others."""
    if here.size <= most + 1:
        return here
    wrong = ~scored.right
    errors = np.bincount(scored.truth[wrong], minlength=size) + np.bincount(scored.predicted[wrong], minlength=size)
    support = np.bincount(scored.truth, minlength=size)
    order = np.lexsort((here, -support[here], -errors[here]))
    return np.sort(here[order[:most]])
