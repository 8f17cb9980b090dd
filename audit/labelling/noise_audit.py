"""The share of wrong labels, by reading a few: a stratified list to check by hand, and the estimate from it.

No figure of a model tells the share: it must be read off. Rows are drawn from strata of suspicion, more of them where
labels are doubtful, and the estimate weighs each stratum by its size (Cochran 1977, chapter 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

EDGES = (0.02, 0.1, 0.3, 0.6)
"""Probabilities that part the strata."""
_LEAST = 15  # rows read in a stratum: fewer say next to nothing of it
_DRAWS = 40_000


@dataclass(frozen=True, slots=True)
class Stratum:
    """What was read of one stratum."""

    rows: int
    """Rows it has."""
    read: int
    """Rows of it that were checked."""
    wrong: int
    """Those of them whose label is wrong."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Share of wrong labels, with its interval."""

    value: float
    low: float
    high: float
    rows: int
    read: int
    wrong: int


def strata(chance: NDArray[np.float64]) -> NDArray[np.intp]:
    """Stratum of each row by the probability that its label is wrong."""
    return np.searchsorted(np.array(EDGES), chance, side="right")


def draw(chance: NDArray[np.float64], wanted: int, seed: int = 0) -> NDArray[np.intp]:
    """Rows to read, in random order.

    Each stratum gets a share by its size times the spread to expect in it (Neyman 1934), and no fewer than 15 rows.

    Args:
        chance: (rows,) probability that each label is wrong.
        wanted: rows to draw; all, if there are no more.
        seed: of the draw.
    """
    stratum = strata(chance)
    size = np.bincount(stratum, minlength=len(EDGES) + 1)
    take = _allocate(size, _spread(chance, stratum, size), min(wanted, chance.size))
    rng = np.random.default_rng(seed)
    picked = [rng.permutation(np.flatnonzero(stratum == h))[: take[h]] for h in range(size.size)]
    return rng.permutation(np.concatenate(picked))


def _spread(chance: NDArray[np.float64], stratum: NDArray[np.intp], size: NDArray[np.intp]) -> NDArray[np.float64]:
    """Standard deviation to expect in each stratum; the model may be wrong, so no stratum is taken for sure."""
    mean = np.bincount(stratum, chance, size.size) / np.maximum(size, 1)
    mean = np.clip(mean, 0.03, 0.97)
    found: NDArray[np.float64] = np.sqrt(mean * (1 - mean))
    return found


def _allocate(size: NDArray[np.intp], spread: NDArray[np.float64], wanted: int) -> NDArray[np.intp]:
    take = np.minimum(size, min(_LEAST, wanted // size.size))
    while take.sum() < wanted:
        room = take < size
        # The row that lowers the variance of the estimate most goes next.
        gain = np.where(room, (size * spread) ** 2 / np.maximum(take, 0.5) / (take + 1), -1)
        take[int(gain.argmax())] += 1
    return take


def estimate(found: Sequence[Stratum], level: float = 0.95, seed: int = 0) -> Rate:
    """Share of wrong labels among all rows of the strata.

    Each bound comes from draws in which a stratum's share has the beta distribution of Clopper and Pearson's bound on
    that side, Beta(k, n-k+1) below and Beta(k+1, n-k) above, and the rows not read are binomial given it (melding,
    Fay, Proschan and Brittain 2015). A stratum of which nothing was read may hold anything. (With Jeffreys' prior in
    each stratum the interval missed small rates: strata without an error all lift the lower bound.)

    Args:
        found: what was read of each stratum.
        level: of the interval.
        seed: of the draws from the posterior.
    """
    rng = np.random.default_rng(seed)
    total = sum(s.rows for s in found)
    low, high, value = np.zeros(_DRAWS), np.zeros(_DRAWS), 0.0
    for s in found:
        value += s.rows * (s.wrong / s.read if s.read else 0.5) / total
        low += s.wrong + _rest(rng, s, s.wrong, s.read - s.wrong + 1)
        high += s.wrong + _rest(rng, s, s.wrong + 1, s.read - s.wrong)
    tail = (1 - level) / 2
    bounds = float(np.quantile(low / total, tail)), float(np.quantile(high / total, 1 - tail))
    read, wrong = sum(s.read for s in found), sum(s.wrong for s in found)
    return Rate(value, min(bounds[0], value), max(bounds[1], value), total, read, wrong)


def _rest(rng: np.random.Generator, stratum: Stratum, wrong: int, right: int) -> NDArray[np.float64]:
    """Draws of how many of the rows not read are wrong, their share being beta distributed."""
    rest = stratum.rows - stratum.read
    if not wrong or not rest:
        return np.zeros(_DRAWS)
    share = rng.beta(wrong, right, _DRAWS) if right else np.ones(_DRAWS)
    return rng.binomial(rest, share).astype(np.float64)
