"""Pairs of classes that out-of-sample predictions confuse both ways, with proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two classes, and how often the one is taken for the other."""

    classes: tuple[int, int]
    confused: tuple[int, int]
    """Units of the first taken for the second, and of the second taken for the first."""
    units: tuple[int, int]
    """Units of each."""
    p: float
    """Chance of as many in the rarer direction if the true share were at the bound, times the pairs tried (Holm)."""

    @property
    def shares(self) -> tuple[float, float]:
        """Share confused in each direction."""
        return self.confused[0] / self.units[0], self.confused[1] / self.units[1]


def overlaps(
    given: NDArray[np.intp], best: NDArray[np.int32], classes: int, bound: float, level: float = 0.05
) -> list[Overlap]:
    """Pairs whose confusion is over ``bound`` both ways, beyond chance whatever the number of pairs.

    Each direction is a one-sided binomial test, both must hold (intersection-union: the larger p counts), and Holm's
    procedure (1979) keeps the chance of any false pair under ``level`` over all pairs of classes.

    Args:
        given: (units,) label.
        best: (units,) most probable class by the text alone, out of sample.
        classes: how many there are.
        bound: share confused that is still taken for normal.
        level: chance of a false pair.
    """
    from scipy.stats import binom  # noqa: PLC0415 - heavy

    units = np.bincount(given, minlength=classes)
    wrong = np.flatnonzero(given != best)
    cells, times = np.unique(given[wrong] * classes + best[wrong], return_counts=True)
    confused = dict(zip(cells.tolist(), times.tolist(), strict=True))
    found = []
    for cell, there in confused.items():
        a, b = divmod(cell, classes)
        back = confused.get(b * classes + a, 0)
        if a < b and back:
            p = max(binom.sf(there - 1, units[a], bound), binom.sf(back - 1, units[b], bound))
            found.append((float(p), Overlap((a, b), (there, back), (int(units[a]), int(units[b])), 1.0)))
    found.sort(key=lambda f: (f[0], f[1].classes))
    pairs = classes * (classes - 1) // 2
    out, highest = [], 0.0
    for k, (p, pair) in enumerate(found):
        highest = max(highest, min(1.0, p * (pairs - k)))
        if highest > level:
            break
        out.append(Overlap(pair.classes, pair.confused, pair.units, highest))
    return out


def exact_interval(hits: int, size: int, level: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's (1934) interval for a share: covers at least ``level``."""
    from scipy.stats import beta  # noqa: PLC0415 - heavy

    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, size - hits + 1))
    high = 1.0 if hits == size else float(beta.ppf(1 - tail, hits + 1, size - hits))
    return low, high
