"""Which labels are reported one by one, and which are summed up: warnings, the top of the ranking, and the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHOWN = 0.05
"""Share of the labelled texts, at the top of the ranking, whose doubtful labels are reported one by one."""
_LEAST_SHOWN = 10


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Units by how doubtful their labels are."""

    rank: NDArray[np.int64]
    """(units,) 1 for the most doubtful label."""
    certain: NDArray[np.bool_]
    """(units,) whether the label is reported as probably wrong."""
    doubtful: NDArray[np.bool_]
    """(units,) whether the label is reported as doubtful."""
    rest: NDArray[np.bool_]
    """(units,) whether the label is doubtful too, but only counted."""

    @property
    def reported(self) -> list[int]:
        """Units reported one by one, most doubtful first."""
        return self._ranked(self.certain | self.doubtful)

    @property
    def others(self) -> list[int]:
        """Units of the rest, most doubtful first."""
        return self._ranked(self.rest)

    def _ranked(self, wanted: NDArray[np.bool_]) -> list[int]:
        found = np.flatnonzero(wanted)
        order = np.argsort(self.rank[found], kind="stable")
        return [int(unit) for unit in found[order]]


def rank_labels(
    odds: NDArray[np.float64], certain: NDArray[np.bool_], doubtful: NDArray[np.bool_], top_share: float = SHOWN
) -> Ranking:
    """Rank labels; those that are certain are all reported, doubtful ones down to the last of the top share.

    Args:
        odds: (units,) logarithm of the odds that the label is wrong, rounded; equal ones rank in order of unit.
        certain: (units,) whether the label is probably wrong.
        doubtful: (units,) whether it is worth a look.
        top_share: share of the ranking whose doubtful labels are reported one by one.
    """
    order = np.argsort(-odds, kind="stable")
    rank = np.empty(odds.size, np.int64)
    rank[order] = np.arange(1, odds.size + 1)
    top = rank <= max(_LEAST_SHOWN, int(top_share * odds.size))
    return Ranking(rank, certain, doubtful & ~certain & top, doubtful & ~certain & ~top)
