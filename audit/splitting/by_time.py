"""Splitting by time: train, then validation, then test, and no unit on two sides of a border."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.errors import MissingInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.audit.times import Times


_TRIES = 12
"""Of borders, so that the rows that are kept come near the shares."""


@dataclass(frozen=True, slots=True, eq=False)
class Periods:
    """Parts by time."""

    part: NDArray[np.int64]
    """(rows,) period of each row: 0 is the earliest; -1 for a row that is left out."""
    starts: tuple[int, ...]
    """First moment (microseconds) of each period but the first."""
    straddling: int
    """Units that had rows in several periods."""
    left_out: int
    """Rows left out, because most rows of their unit are in another period."""
    untimed: int
    """Rows whose time is not known; they follow their unit, else they are in the earliest period."""


def by_time(times: Times, unit: NDArray[np.int64], shares: Sequence[float]) -> Periods:
    """Parts of about the given shares of rows, each later than the one before.

    Args:
        times: of all rows.
        unit: (rows,) unit of each row; a unit that lies across a border stays in the period of most of its rows (the
            later one, of equals), and its other rows are left out: on either side they would leak.
        shares: of rows, the earliest period first, each over 0.

    Raises:
        MissingInputError: there are fewer different times than parts.
    """
    wanted = np.asarray(shares, np.float64)
    aimed, best, least = wanted, None, np.inf
    for _ in range(_TRIES):
        found = _settled(times, unit, wanted.size, _borders(times, aimed))
        kept = np.bincount(found.part[(found.part >= 0) & times.known], minlength=wanted.size)
        got = kept / max(1, kept.sum())
        off = float(np.abs(got - wanted).max())
        if off < least - 1e-9:
            best, least = found, off
        # Units across a border cost a short period more rows than a long one: the short one is made longer.
        aimed = aimed * (wanted / np.maximum(got, wanted / 4)) ** 0.5
        aimed = aimed / aimed.sum()
    return best or found


def _borders(times: Times, shares: NDArray[np.float64]) -> tuple[int, ...]:
    """First moment of each period but the first; equal moments are never parted."""
    moments, counts = np.unique(times.micros[times.known], return_counts=True)
    if moments.size < shares.size:
        raise MissingInputError(f"{moments.size} different time(s) cannot be split into {shares.size} parts")
    before = np.concatenate([[0], np.cumsum(counts)])
    starts: list[int] = []
    low = 0
    for n, share in enumerate(np.cumsum(shares)[:-1], 1):
        high = moments.size - (shares.size - n)  # each later part needs a moment of its own
        cut = int(np.argmin(np.abs(before[low + 1 : high + 1] - share * before[-1]))) + low + 1
        starts.append(int(moments[cut]))
        low = cut
    return tuple(starts)


def _settled(times: Times, unit: NDArray[np.int64], parts: int, starts: tuple[int, ...]) -> Periods:
    """Units put on one side each."""
    known = times.known
    part = np.searchsorted(np.array(starts, np.int64), times.micros, side="right").astype(np.int64)
    count = int(unit.max()) + 1 if unit.size else 0
    votes = np.zeros((count, parts), np.int64)
    np.add.at(votes, (unit[known], part[known]), 1)
    home = parts - 1 - np.argmax(votes[:, ::-1], axis=1)  # the later one, of equals
    home[votes.sum(axis=1) == 0] = 0
    out = np.where(known, part, home[unit])
    away = known & (part != home[unit])
    out[away] = -1
    straddling = int(((votes > 0).sum(axis=1) > 1).sum())
    return Periods(out, starts, straddling, int(away.sum()), int((~known).sum()))
