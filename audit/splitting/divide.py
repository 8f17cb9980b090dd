"""From links to parts: units are made, put where their hash or time says, mended, and checked by the leak rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.errors import DataError
from assay.audit.splitting.assign import assign, joined
from assay.audit.splitting.by_time import Periods, by_time
from assay.audit.splitting.check import PARTS, Checked, check
from assay.audit.splitting.needs import Need, class_needs, fill, got, mend
from assay.audit.splitting.slices import MOST, Wanted
from assay.audit.splitting.units import Units, make_units, scattered

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset
    from assay.audit.rules import Settings
    from assay.audit.splitting.together import Together
    from assay.audit.times import Times

ROUNDS = 20
"""Checks of the result at most. What a check finds is linked, and goes to one of the parts that it is in."""
BALANCED = 10
"""Rounds after which the shares may be upset: balancing moves units, and so makes new pairs."""
TRAIN_PART, VALIDATION_PART, TEST_PART = range(len(PARTS))


@dataclass(frozen=True, slots=True)
class Shares:
    """What was asked for."""

    test: float = 0.2
    validation: float = 0.1
    seed: int = 0
    folds: int = 0

    @property
    def train(self) -> float:
        """What is left."""
        return 1 - self.test - self.validation


@dataclass(frozen=True, slots=True, eq=False)
class Divided:
    """Parts of the rows: one division, or one a fold."""

    parts: tuple[NDArray[np.int64], ...]
    """(rows,) index into ``PARTS`` of each row, for each fold; -1 for a row that is left out."""
    units: Units
    needs: tuple[tuple[Need, int], ...]
    """What each class and slice must have somewhere, and what it got. Parts are numbered as in ``PARTS``."""
    checked: tuple[Checked, ...]
    rounds: int
    together: Together
    periods: tuple[Periods, ...] = ()
    """Of each fold, where times decide."""
    base: NDArray[np.int64] | None = None
    """(rows,) part of each row, or its fold, where hashes decide."""


def divide(  # noqa: PLR0913 - what decides
    data: Dataset,
    together: Together,
    shares: Shares,
    slices: Sequence[Wanted],
    settings: Settings,
    *,
    times: Times | None,
    meaning: bool,
    step: Callable[[str], None],
) -> Divided:
    """Divide the rows so that the leak rules find nothing.

    Raises:
        DataError: a critical slice cannot get its minimum.
    """
    base: NDArray[np.int64] | None = None
    for number in range(1, ROUNDS + 1):
        step("dividing")
        made = _once(data, together, shares, slices, times, base, balanced=number <= BALANCED)
        base = made.base
        step("checking")
        checked = tuple(check(data, part, settings, meaning=meaning) for part in made.parts)
        left = np.concatenate([one.links[0] for one in checked])
        right = np.concatenate([one.links[1] for one in checked])
        root = together.units()
        new = root[left] != root[right]
        if not new.any() or number == ROUNDS:
            break
        together = together.joined((left[new], right[new]))
    if made.periods:
        _refuse_empty(made, shares)
    _refuse_unmet(made)
    return replace(made, checked=checked, rounds=number, together=together)


def _once(  # noqa: PLR0913, PLR0917 - as above
    data: Dataset,
    together: Together,
    shares: Shares,
    slices: Sequence[Wanted],
    times: Times | None,
    base: NDArray[np.int64] | None,
    *,
    balanced: bool,
) -> Divided:
    critical = min(sum(one.critical for one in slices), MOST)
    units = make_units(data, together.units(), [one.mask for one in slices], critical, shares.seed)
    if times is not None:
        return _in_time(units, shares, slices, times, together)
    if shares.folds:
        return _in_folds(units, shares, slices, together, base)
    order = [TEST_PART, VALIDATION_PART, TRAIN_PART] if shares.validation else [TEST_PART, TRAIN_PART]
    asked = [s for s in (shares.test, shares.validation, shares.train) if s]
    part_shares = (shares.train, shares.validation, shares.test)
    part = (
        np.array(order)[assign(units, asked, shares.seed)]
        if base is None
        else joined(units, base, part_shares, shares.seed, balanced=balanced)
    )
    weighty = [p for p in (TRAIN_PART, TEST_PART, VALIDATION_PART) if p in order]
    needs = [*class_needs(units, units.names, weighty), *_slice_needs(units, slices)]
    mend(units, part, needs)
    fill(units, part, weighty)
    return Divided((part[units.of],), units, got(units, part, needs), (), 0, together, base=part[units.of])


def _in_time(units: Units, shares: Shares, slices: Sequence[Wanted], times: Times, together: Together) -> Divided:
    if shares.folds:
        return _in_windows(units, shares, slices, times, together)
    order = [TRAIN_PART, VALIDATION_PART, TEST_PART] if shares.validation else [TRAIN_PART, TEST_PART]
    found = by_time(times, units.of, [s for s in (shares.train, shares.validation, shares.test) if s])
    part = np.where(found.part >= 0, np.array(order)[found.part], -1)
    return Divided((part,), units, _counted(units, part, slices), (), 0, together, (found,))


def _in_windows(units: Units, shares: Shares, slices: Sequence[Wanted], times: Times, together: Together) -> Divided:
    """Folds by time: each tests on the period after the one before it, and trains on all that is earlier."""
    apart = np.arange(units.of.size, dtype=np.int64)
    blocks = by_time(times, apart, [1 / (shares.folds + 1)] * (shares.folds + 1))
    parts, periods = [], []
    told: list[tuple[Need, int]] = []
    for f in range(1, shares.folds + 1):
        later = times.known & (blocks.part > f)
        known = replace(times, known=times.known & ~later)
        found = by_time(known, units.of, [f / (f + 1), 1 / (f + 1)])
        part = np.where(found.part == 1, TEST_PART, np.where(found.part == 0, TRAIN_PART, -1))
        part[later] = -1
        parts.append(part)
        told += _counted(units, part, slices)
        periods.append(replace(found, untimed=blocks.untimed))
    return Divided(tuple(parts), units, tuple(told), (), 0, together, tuple(periods))


def _counted(units: Units, part: NDArray[np.int64], slices: Sequence[Wanted]) -> tuple[tuple[Need, int], ...]:
    """What the slices got where times decide, row by row."""
    masks = {len(units.names) + n: one.mask for n, one in enumerate(slices)}
    needs = _slice_needs(units, slices)
    return tuple((need, int((masks[need.category] & (part == need.part)).sum())) for need in needs)


def _in_folds(
    units: Units, shares: Shares, slices: Sequence[Wanted], together: Together, base: NDArray[np.int64] | None
) -> Divided:
    equal = [1 / shares.folds] * shares.folds
    fold = (
        assign(units, equal, shares.seed) if base is None else joined(units, base, equal, shares.seed, balanced=False)
    )
    needs = class_needs(units, units.names, range(shares.folds))
    for n, one in enumerate(slices):
        needs += [Need(one.name, len(units.names) + n, f, one.min_test, one.critical) for f in range(shares.folds)]
    mend(units, fold, needs)
    fill(units, fold, range(shares.folds))
    parts = []
    told: list[tuple[Need, int]] = []
    for f in range(shares.folds):
        part = np.where(fold == f, TEST_PART, TRAIN_PART)
        if shares.validation:
            marks = (units.place * float(1 << 53)).astype(np.uint64)
            again = replace(units, place=scattered(marks, shares.seed + f + 1))
            rest = shares.validation / (1 - 1 / shares.folds)
            part[(assign(again, [rest, 1 - rest], shares.seed + f + 1) == 0) & (fold != f)] = VALIDATION_PART
        parts.append(part[units.of])
        told += got(units, part, _slice_needs(units, slices))
    return Divided(tuple(parts), units, tuple(told), (), 0, together, base=fold[units.of])


def _slice_needs(units: Units, slices: Sequence[Wanted]) -> list[Need]:
    first = len(units.names)
    return [
        Need(one.name, first + n, part, rows, one.critical)
        for n, one in enumerate(slices)
        for part, rows in ((TRAIN_PART, one.min_train), (TEST_PART, one.min_test))
        if rows
    ]


def _refuse_empty(made: Divided, shares: Shares) -> None:
    """Raise if times leave a part without a row."""
    wanted = [TRAIN_PART, TEST_PART, *([VALIDATION_PART] if shares.validation and not shares.folds else [])]
    for part in made.parts:
        for one in wanted:
            if not (part == one).any():
                cure = "Give more rows, or split with --no-time"
                raise DataError(
                    f"no row is left for {PARTS[one]} once units that lie across a border are parted", cure=cure
                )


def _refuse_unmet(made: Divided) -> None:
    """Raise if a critical slice has less than its minimum somewhere."""
    short = [(need, rows) for need, rows in made.needs if need.critical and rows < need.rows]
    if not short:
        return
    told = "; ".join(f"{n.name!r} has {rows:,} of {n.rows:,} rows in {PARTS[n.part]}" for n, rows in short)
    why = "the times decide where rows are" if made.periods else "its other rows are bound to rows of the other side"
    cure = "Collect more of them, or lower min_train and min_test in assay.toml"
    raise DataError(f"a critical slice cannot get its minimum ({why}): {told}", cure=cure)
