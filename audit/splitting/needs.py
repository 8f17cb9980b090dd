"""What every part must hold: some rows of each class, and the declared minimum of each slice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.audit.splitting.units import Units


@dataclass(frozen=True, slots=True)
class Need:
    """Rows of a category that a part must hold."""

    name: str
    category: int
    """Column of ``Units.holds``."""
    part: int
    rows: int
    critical: bool = False


def class_needs(units: Units, names: Sequence[str], parts: Sequence[int]) -> list[Need]:
    """A unit of each class in each part, the weightiest parts first, as far as the class has units to give."""
    having = np.asarray((units.holds[:, : len(names)] > 0).sum(axis=0)).ravel()
    return [
        Need(name, code, part, 1) for code, name in enumerate(names) for n, part in enumerate(parts) if having[code] > n
    ]


def mend(units: Units, part: NDArray[np.int64], needs: Sequence[Need]) -> None:
    """Move units until every need is met that can be, in place; critical ones first.

    A unit moves if the part that it leaves still meets its own needs. Of those that can, one that brings many of the
    wanted rows and few others moves first, and of equals the one with the smaller hash.
    """
    columns = {need.category: _column(units, need.category) for need in needs}
    asked = Counter[int]()
    for need in needs:
        asked[need.category] += need.rows
    # What cannot be met takes no rows from others: it keeps its share of each part, and is said to be short.
    needs = [need for need in needs if columns[need.category].sum() >= asked[need.category]]
    for need in sorted(needs, key=lambda n: (not n.critical, n.rows, n.category, n.part)):
        have = columns[need.category]
        missing = need.rows - int(have[part == need.part].sum())
        if missing <= 0:
            continue
        there = np.flatnonzero((have > 0) & (part != need.part))
        cost = units.size[there] - have[there]
        for unit in there[np.lexsort((units.place[there], -have[there], cost))].tolist():
            if missing <= 0:
                break
            if _may_leave(units, part, needs, columns, unit):
                part[unit] = need.part
                missing -= int(have[unit])


def fill(units: Units, part: NDArray[np.int64], parts: Sequence[int]) -> None:
    """Give each part a unit at least, in place: a small one from the part that has most.

    Raises:
        DataError: there are fewer units than parts.
    """
    if units.size.size < len(parts):
        problem = (
            f"{int(units.size.sum()):,} row(s) in {units.size.size:,} unit(s) cannot be split into {len(parts)} parts"
        )
        cure = "What is alike, and rows of one group, stay together; give more rows, or ask for fewer parts"
        raise DataError(problem, cure=cure)
    for wanting in parts:
        if not (part == wanting).any():
            most = max(parts, key=lambda p: int((part == p).sum()))
            there = np.flatnonzero(part == most)
            part[there[np.lexsort((units.place[there], units.size[there]))[0]]] = wanting


def _column(units: Units, category: int) -> NDArray[Any]:
    return np.asarray(units.holds[:, [category]].todense()).ravel()


def _may_leave(
    units: Units, part: NDArray[np.int64], needs: Sequence[Need], columns: dict[int, NDArray[Any]], unit: int
) -> bool:
    """Whether the part of a unit meets its needs without it."""
    inside = set(units.holds[unit].indices.tolist())
    for other in needs:
        if other.part == part[unit] and other.category in inside:
            have = columns[other.category]
            if have[part == other.part].sum() - have[unit] < other.rows:
                return False
    return True


def got(units: Units, part: NDArray[np.int64], needs: Sequence[Need]) -> tuple[tuple[Need, int], ...]:
    """Rows that each part has of what it needs."""
    columns = {need.category: _column(units, need.category) for need in needs}
    return tuple((need, int(columns[need.category][part == need.part].sum())) for need in needs)
