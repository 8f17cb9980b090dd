"""Pairs of classes that out-of-sample predictions confuse both ways, with proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


CLOSE = 0.8
"""Cosine from which two texts nearly mean the same."""
_LEAST_CLOSE = 5  # units of a class with a close neighbor: fewer prove nothing


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


@dataclass(frozen=True, slots=True)
class Mixing:
    """How two classes mix among texts that nearly mean the same."""

    close: tuple[int, int]
    """Units of each class with a close neighbor in either class."""
    across: tuple[int, int]
    """Those of them whose nearest one is in the other class."""
    chance: tuple[float, float]
    """Share across if labels were drawn at random."""

    @property
    def overlap(self) -> bool:
        """Whether close texts of both classes mix at half the rate of random labels or more, and there are enough."""
        pairs = zip(self.close, self.across, self.chance, strict=True)
        return all(n >= _LEAST_CLOSE and 2 * k >= share * n for n, k, share in pairs)


def mixing(
    given: NDArray[np.intp], index: NDArray[np.int32], similarity: NDArray[np.float32], classes: tuple[int, int]
) -> Mixing:
    """Count close neighbors within and across two classes.

    Classes that a classifier mixes up may still be clear to a reader; then texts that nearly mean the same share a
    class. Where the classes themselves overlap, such texts are found in both.

    Args:
        given: (units,) label.
        index: (units, k) nearest other units, nearest first; -1 for none.
        similarity: (units, k) cosines.
        classes: two of them.
    """
    inside = np.isin(given[index], classes) & (index >= 0) & (np.round(similarity, 6) >= np.float32(CLOSE))
    units = [np.flatnonzero((given == c) & inside.any(axis=1)) for c in classes]
    nearest = [given[index[u, inside[u].argmax(axis=1)]] for u in units]
    sizes = [int((given == c).sum()) for c in classes]
    first, second = (int((n != c).sum()) for n, c in zip(nearest, classes, strict=True))
    share = sizes[1] / max(sum(sizes), 1)
    return Mixing((units[0].size, units[1].size), (first, second), (share, 1 - share))


def exact_interval(hits: int, size: int, level: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's (1934) interval for a share: covers at least ``level``."""
    from scipy.stats import beta  # noqa: PLC0415 - heavy

    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, size - hits + 1))
    high = 1.0 if hits == size else float(beta.ppf(1 - tail, hits + 1, size - hits))
    return low, high
