"""Counting clusters of near-duplicates, not rows.

Copies in a test set are no further evidence: each row twice at n = 200 lifts an exact bound's false promotion from
3 to 12 %. One cluster is one trial. Its outcome is the share of its rows that are right, so that a proportion is the
mean over clusters of that share: rows that have no copy count 1, a pair counts 1/2 each.

Where all rows of each cluster agree, as copies mostly do, the sum of outcomes is a whole number and bounds are exact.
Where they do not, the sum is rounded against the claim: down for lower bounds, up for upper ones. (A sum of independent
outcomes within 0..1 spreads no more than as many coins of the same mean: Hoeffding, JASA 58, 1963.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.reports.statistics import proportions

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WHOLE = 1e-9
"""Sums of thirds come out a little beside the whole number."""


@dataclass(frozen=True, slots=True)
class Share:
    """A proportion counted by clusters."""

    n: int
    """Clusters."""
    total: float
    """Sum over clusters of the share of right rows: a whole number where all copies agree."""
    rows: int

    @property
    def value(self) -> float | None:
        """Mean over clusters; None for n = 0."""
        return self.total / self.n if self.n else None

    @property
    def proven(self) -> int:
        """Successes that count for a lower bound: rounded down."""
        return int(np.floor(self.total + _WHOLE))

    @property
    def conceded(self) -> int:
        """Successes that count for an upper bound: rounded up."""
        return int(np.ceil(self.total - _WHOLE))

    def bounds(self, confidence: float) -> tuple[float | None, float | None]:
        """One-sided lower and upper bound at this confidence each; None for n = 0."""
        if not self.n:
            return None, None
        low = float(proportions.lower_bound(self.proven, self.n, confidence))
        return low, float(proportions.upper_bound(self.conceded, self.n, confidence))

    def interval(self, confidence: float) -> tuple[float | None, float | None]:
        """Two-sided interval."""
        return self.bounds(1 - (1 - confidence) / 2)


def share(right: NDArray[np.bool_], clusters: NDArray[np.int64] | None = None) -> Share:
    """Count a proportion.

    Args:
        right: (rows,) outcome of each row that counts.
        clusters: (rows,) number of each row's cluster; None if every row stands for itself.
    """
    if clusters is None:
        return Share(right.size, float(right.sum()), right.size)
    _, inverse, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    hits = np.bincount(inverse, weights=right, minlength=sizes.size)
    return Share(int(sizes.size), float((hits / sizes).sum()), right.size)


def weights(clusters: NDArray[np.int64]) -> NDArray[np.float64]:
    """(rows,) weight of each row: 1 / size of its cluster among these rows; they sum to the number of clusters."""
    _, inverse, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    out: NDArray[np.float64] = 1.0 / sizes[inverse]
    return out
