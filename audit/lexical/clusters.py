"""Connected components of verified pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.audit.kernels import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


@kernel
def _unite(left, right, parent):
    for e in range(left.size):
        i, j = left[e], right[e]
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        while parent[j] != j:
            parent[j] = parent[parent[j]]
            j = parent[j]
        if i < j:
            parent[j] = i
        else:
            parent[i] = j
    for i in range(parent.size):
        # Parents are never larger than their children: one ascending pass reaches every root.
        parent[i] = parent[parent[i]]


def components(rows: int, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each of ``rows`` rows the smallest row it is connected to (itself, if none)."""
    parent = np.arange(rows, dtype=np.int64)
    _unite(left, right, parent)
    return parent


def groups_of(labels: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Members of the groups of two and more, in order of group and row, and the bounds between groups."""
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    edges = (
        np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1], [True]]))
        if labels.size
        else np.zeros(1, np.int64)
    )
    sizes = np.diff(edges)
    keep = np.repeat(sizes > 1, sizes)
    return order[keep], np.concatenate([[0], np.cumsum(sizes[sizes > 1])])


SPARSE = 16
"""Rows of which fewer than one in so many are named are sorted; others are marked in a table."""


def rows_of(*rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Every row that stands in some arrays, once, in order."""
    given = [each for each in rows if each.size]
    low = min((int(each.min()) for each in given), default=0)
    high = max((int(each.max()) + 1 for each in given), default=0)
    if SPARSE * sum(each.size for each in given) < high - low:
        return np.unique(np.concatenate(given))
    named = np.zeros(high - low, np.bool_)
    for each in given:
        named[each - low] = True
    return np.flatnonzero(named) + low
