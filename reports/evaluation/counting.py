"""Shares counted by clusters of near-duplicates, for many subsets of the same rows.

What is counted is said in ``assay.reports.statistics.clustered``; here it is made fast enough for hundreds of subsets
of a million rows: rows without a copy, which are most, are counted without sorting anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.reports.statistics.clustered import Share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.int64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Which rows stand for one."""

    of: Rows
    """(rows,) number of each row's cluster, counted in order of first rows."""
    copied: NDArray[np.int32]
    """(rows,) the same among clusters of several rows only; -1 for a row without a copy."""
    several: int
    """Clusters of several rows."""

    @classmethod
    def number(cls, group: Rows) -> Clusters:
        """Number the clusters of some rows.

        Args:
            group: (rows,) any numbers, equal within a cluster.
        """
        _, first, inverse, sizes = np.unique(group, return_index=True, return_inverse=True, return_counts=True)
        rank = np.empty(first.size, np.int64)
        rank[np.argsort(first, kind="stable")] = np.arange(first.size)
        many = sizes > 1
        dense = np.full(first.size, -1, np.int32)
        dense[many] = np.arange(int(many.sum()), dtype=np.int32)
        return cls(rank[inverse], dense[inverse], int(many.sum()))

    def __len__(self) -> int:
        """Clusters of all rows."""
        return int(self.of.max()) + 1 if self.of.size else 0

    def share(self, right: Bools, rows: Rows | None = None) -> Share:
        """Count a proportion over some rows, a cluster by those of its rows that are among them.

        Args:
            right: (all rows,) outcomes.
            rows: positions of the rows that count; None for all.
        """
        hits = right if rows is None else right[rows]
        if not self.several:
            return Share(hits.size, float(np.count_nonzero(hits)), hits.size)
        copied = self.copied if rows is None else self.copied[rows]
        twin = copied >= 0
        lone = hits.size - int(np.count_nonzero(twin))
        sizes = np.bincount(copied[twin], minlength=self.several)
        good = np.bincount(copied[twin], hits[twin], self.several)
        there = sizes > 0
        total = float(np.count_nonzero(hits & ~twin)) + float((good[there] / sizes[there]).sum())
        return Share(lone + int(there.sum()), total, hits.size)

    def weights(self, rows: Rows | None = None) -> NDArray[np.float64]:
        """(rows,) 1 / rows of the same cluster among some rows; they sum to the number of clusters."""
        copied = self.copied if rows is None else self.copied[rows]
        out = np.ones(copied.size)
        twin = copied >= 0
        if twin.any():
            sizes = np.bincount(copied[twin], minlength=self.several)
            out[twin] = 1.0 / sizes[copied[twin]]
        return out
