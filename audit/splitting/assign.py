"""Which part each unit goes to: by its hash, class by class, so that a row that is added moves few others.

Within a stratum (a class, and what slices it is in) units stand in order of their hash, and each part takes a stretch
of rows of its share: systematic sampling from a start that the stratum's own hash sets, so that strata of a few rows
are rounded at random and not all to one side. Where a row is added, a stretch shifts by a share of a row: few units
change sides. A unit of several labels cannot be in the right stratum for all; what is off is then mended by moving
units that stand near a border.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.splitting.units import scattered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.audit.splitting.units import Units

NEAR = 0.25
"""Units that stand at most so far from a border, as a share of a part, may be moved to balance classes."""
SLACK, SLACK_OF_ALL = 0.1, 0.01
"""What a part may be off, as a share of what it should have of a class or of all rows, before units are moved."""
MOST_MOVES, CANDIDATES = 400, 20_000
"""Of balancing: moves at most, and units looked at."""


def positions(units: Units, shares: Sequence[float], seed: int) -> NDArray[np.float64]:
    """(units,) where each unit stands in its stratum, 0..1 by rows; units larger than a part stand last."""
    strata, start = _strata(units, seed)
    total = np.bincount(strata, weights=units.size).astype(np.float64)
    # A unit larger than the smallest part of its stratum would burst it; the last part (train) takes it.
    large = (units.size > 1) & (units.size > min(shares) * total[strata])
    order = np.lexsort((units.place, large, strata))
    ordered = strata[order]
    size = units.size[order].astype(np.float64)
    done = np.cumsum(size) - size
    done -= done[np.searchsorted(ordered, ordered)]
    out = np.empty(strata.size, np.float64)
    out[order] = (done + start[ordered] * size) / total[ordered]
    return out


def _strata(units: Units, seed: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Number of each unit's stratum (its class, and the slices that it has rows of), and each stratum's start, 0..1."""
    slices = units.holds[:, len(units.names) : len(units.names) + units.critical]
    patterns = np.asarray((slices > 0).astype(np.float64) @ np.exp2(np.arange(slices.shape[1]))).ravel()
    kinds, pattern = np.unique(patterns, return_inverse=True)
    keys, strata = np.unique((units.label + 1) * kinds.size + pattern, return_inverse=True)
    # By its name, not its number: a class that is added changes nothing for the others.
    told = [f"{units.names[k // kinds.size - 1] if k >= kinds.size else ''}|{kinds[k % kinds.size]}" for k in keys]
    marks = [int.from_bytes(sha256(one.encode("utf-8", "surrogatepass")).digest()[:8], "little") for one in told]
    return strata.astype(np.int64), scattered(np.array(marks, np.uint64), seed)


def assign(units: Units, shares: Sequence[float], seed: int) -> NDArray[np.int64]:
    """(units,) part of each unit; ``shares`` of rows add up to 1, and the last part takes the large units."""
    where = positions(units, shares, seed)
    borders = np.cumsum(shares)[:-1]
    part = np.searchsorted(borders, where, side="right").astype(np.int64)
    _balance(units, part, where, np.asarray(shares))
    return part


def _balance(units: Units, part: NDArray[np.int64], where: NDArray[np.float64], shares: NDArray[np.float64]) -> None:
    """Move units near a border while that brings classes, slices and the whole nearer to their shares.

    What is made small is the sum over categories and parts of (rows - wanted)^2 / wanted, Pearson's chi-square, of
    what is off by more than the slack: each unit that is moved is one that may be elsewhere when rows are added.
    """
    from scipy.sparse import csr_matrix, hstack  # noqa: PLC0415 - heavy

    parts = shares.size
    holds = hstack([units.holds, csr_matrix(units.size[:, None].astype(np.float64))]).tocsr()
    wanted = np.asarray(holds.sum(axis=0)).ravel()[:, None] * shares[None, :]
    weight = 1 / np.maximum(wanted, 1)
    weight[-1] *= 10  # the whole counts for several classes
    now = np.zeros_like(wanted)
    for p in range(parts):
        now[:, p] = np.asarray(holds[part == p].sum(axis=0)).ravel()
    slack = np.maximum(1, SLACK * wanted)
    slack[-1] = np.maximum(1, SLACK_OF_ALL * wanted[-1])

    def off() -> NDArray[np.float64]:
        beyond: NDArray[np.float64] = np.sign(now - wanted) * np.maximum(0, np.abs(now - wanted) - slack)
        return beyond

    if not off().any():
        return
    borders = np.cumsum(shares)[:-1]
    distance = np.abs(where[:, None] - borders[None, :]).min(axis=1) if borders.size else np.ones(where.size)
    near = np.argsort(distance, kind="stable")[:CANDIDATES]
    near = near[distance[near] <= NEAR * shares.min()] if near.size == CANDIDATES else near
    mine = holds[near]
    squares = mine.multiply(mine).tocsr()
    own = part[near]
    rows = np.arange(near.size)
    for _ in range(MOST_MOVES):
        slope, curve = mine @ (2 * weight * off()), squares @ weight
        leave = -slope[rows, own] + curve[rows, own]
        gain = leave[:, None] + slope + curve
        gain[rows, own] = 0
        best = int(np.argmin(gain))
        unit, target = divmod(best, parts)
        if gain[unit, target] > -1e-9:  # noqa: PLR2004 - rounding of floats
            break
        moved = np.asarray(mine[unit].todense()).ravel()
        now[:, own[unit]] -= moved
        now[:, target] += moved
        own[unit] = target
    part[near] = own


def joined(
    units: Units, base: NDArray[np.int64], shares: Sequence[float], seed: int, *, balanced: bool
) -> NDArray[np.int64]:
    """(units,) parts after units were joined: one that lies in several goes to that of them where its class fits best.

    Putting all units anew would move others across the borders, and make new pairs to find.

    Args:
        units: the units now.
        base: (rows,) part of each row before.
        shares: of each part.
        seed: as for ``assign``.
        balanced: whether units may be moved where large ones have upset the shares.
    """
    votes = np.zeros((units.size.size, len(shares)), np.int64)
    np.add.at(votes, (units.of, base), 1)
    part: NDArray[np.int64] = votes.argmax(axis=1)
    torn = np.flatnonzero((votes > 0).sum(axis=1) > 1)
    label = units.label + 1
    sizes = np.bincount(label, weights=units.size)
    wanted = np.maximum(sizes[:, None] * np.asarray(shares)[None, :], 1e-9)
    settled = np.ones(units.size.size, np.bool_)
    settled[torn] = False
    now = np.zeros_like(wanted)
    np.add.at(now, (label[settled], part[settled]), units.size[settled])
    for unit in torn[np.lexsort((units.place[torn], -units.size[torn]))].tolist():
        one = label[unit]
        size = units.size[unit]
        worse = size * (2 * (now[one] - wanted[one]) + size) / wanted[one]  # what is added to chi-square
        part[unit] = int(np.where(votes[unit] > 0, worse, np.inf).argmin())
        now[one, part[unit]] += size
    if balanced:
        _balance(units, part, positions(units, [s for s in shares if s], seed), np.asarray(shares))
    return part
