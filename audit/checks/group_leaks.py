"""LEK004-LEK005: the same customer, thread, author or document in train and test; train rows later than test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.dataset import TRAIN, Dataset, Split
from assay.audit.errors import MissingInputError
from assay.audit.rules import Fix, Hit, Severity, rule
from assay.audit.times import DateOrder, Times, read_times
from assay.audit.wording import counted, percent, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Compared without case; white space and the signs -.?* alone are no value either.
_PLACEHOLDERS = (
    "unknown n/a na none null nil nan #n/a <na> undefined anonymous anon guest unassigned default missing other tbd"
    " 00000000-0000-0000-0000-000000000000"
)
# Real for some, placeholders for others: skipped if they stand in far more rows than any other group.
_ZEROS = ("0", "-1", "0.0", "-1.0")
_FAR_MORE = 5


def _sides(data: Dataset) -> tuple[Split, tuple[Split, ...]]:
    train, held_out = data.split(TRAIN), data.held_out
    if not train or not train.rows or not any(s.rows for s in held_out):
        raise MissingInputError("needs train and a held-out split; give one with --test FILE or --validation FILE")
    return train, tuple(s for s in held_out if s.rows)


@rule("LEK004", "group-leak", Severity.ERROR)
def group_leak(
    data: Dataset, *, placeholders: tuple[str, ...] = tuple(_PLACEHOLDERS.split()), max_share: float = 0.5
) -> Iterator[Hit]:
    """Find groups (a customer, a thread, an author, a document) that stand in train and in a held-out split.

    Why: rows of one group resemble each other in ways that new groups will not, so the held-out score
    tells how well the model knows these groups, not how well it will do on others.
    Fix: move the group's rows to one side, or split again with the group column (`assay split --group`).
    Options: placeholders are values that name no group, whatever their case; blank ones never do, and 0 and
    -1 do not if they stand in far more rows than any other group. A value in more than max_share of the
    rows is no group: it is not reported as a leak.
    """
    group = data.column("group")
    train, held_out = _sides(data)
    sizes, dominant = named_groups(group, train, held_out, placeholders, max_share)
    found = _shared(group, data.hashes(np.arange(len(data))), sizes, (train, *held_out))
    column = data.roles.group or "group"
    names = [s.name for s in held_out]
    for cluster, (value, first, rows, train_rows, where) in enumerate(found.iter_rows()):
        others = [f"{n:,} in {name}" for name, n in zip(names, where, strict=True) if n]
        said = ", ".join([f"{counted(train_rows, 'row')} in train", *others[:-1]])
        yield Hit(
            tuple(rows),
            f"{column} {quoted(value)} has {said} and {others[-1]}",
            {"group": value, "train_rows": train_rows, "splits": names, "rows": where},
            Fix("move", tuple(rows)),
            related=(first,) * len(rows),
            group=cluster,
            subject=value,
        )
    if dominant and found.is_empty():
        raise MissingInputError(
            f"{column} {quoted(dominant[0])} stands in {percent(dominant[1])} of the rows, which is no group, and no"
            " other value crosses; name another column with --group COLUMN, or add it to this rule's placeholders"
        )


def named_groups(
    group: pl.Series, train: Split, held_out: tuple[Split, ...], placeholders: tuple[str, ...], max_share: float
) -> tuple[pl.DataFrame, tuple[str, float] | None]:
    """Group values with their rows in train and in all; and the value that stands in too many rows, if any."""
    inside = [group.slice(s.start, s.rows) for s in (train, *held_out)]
    rows = sum(len(part) for part in inside)
    sizes = (
        pl.DataFrame({"value": pl.concat(inside), "train": np.arange(rows) < train.rows})
        .group_by("value")
        .agg(pl.len().alias("rows"), pl.col("train").sum())
        .with_columns(pl.col("value").str.strip_chars().alias("name"))
    )
    bare = pl.col("name").str.strip_chars("-.?*_ ") == ""
    named = sizes.filter(~(pl.col("name").is_null() | bare | pl.col("name").str.to_lowercase().is_in(placeholders)))
    named = named.group_by("name").agg(pl.col("rows", "train").sum())
    others = named.filter(~pl.col("name").is_in(_ZEROS))["rows"].max() or 0
    named = named.filter(~(pl.col("name").is_in(_ZEROS) & (pl.col("rows") > _FAR_MORE * pl.lit(others))))
    large = named.filter(pl.col("rows") > max_share * rows).sort("rows", "name", descending=[True, False])
    dominant = (large["name"][0], large["rows"][0] / rows) if large.height else None
    return named.filter(pl.col("rows") <= max_share * rows), dominant


def _shared(group: pl.Series, keys: NDArray[np.uint64], sizes: pl.DataFrame, splits: tuple[Split, ...]) -> pl.DataFrame:
    """Groups on both sides: value, a row in train, held-out rows, rows in train, rows in each held-out split.

    The row in train is the one with the smallest content hash, so that it does not depend on the order of rows.
    """
    train, held_out = splits[0], splits[1:]
    crossing = sizes.filter((pl.col("train") > 0) & (pl.col("train") < pl.col("rows"))).select("name", "train")
    indexed = pl.DataFrame({"name": group.str.strip_chars(), "row": np.arange(len(group)), "key": keys})
    inside = indexed.slice(train.start, train.rows).join(crossing, on="name", how="semi")
    firsts = inside.sort("key", "row").group_by("name", maintain_order=True).agg(pl.col("row").first().alias("first"))
    parts = [indexed.slice(s.start, s.rows).with_columns(pl.lit(i).alias("side")) for i, s in enumerate(held_out)]
    sides = [(pl.col("side") == i).sum() for i in range(len(held_out))]
    return (
        pl.concat(parts)
        .join(crossing, on="name")
        .group_by("name")
        .agg(pl.col("row").sort().alias("rows"), pl.col("train").first(), pl.concat_list(sides).alias("where"))
        .join(firsts, on="name")
        .sort(pl.col("rows").list.first())
        .select("name", "first", "rows", "train", pl.col("where"))
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """How a held-out split lies in time beside train."""

    split: Split
    start: int
    """Start of the split's period: the cut that puts the fewest rows on the wrong side."""
    first: int
    """Row at the start."""
    late: NDArray[np.int64]
    """Train rows after the start."""
    early: NDArray[np.int64]
    """Held-out rows before it."""
    late_share: float
    early_share: float
    """Of the rows with a time."""


@dataclass(frozen=True, slots=True, eq=False)
class _Clock:
    """The column of times as read."""

    column: str
    times: Times
    unread: float
    """Share of train and held-out rows whose time could not be read."""
    keys: NDArray[np.uint64]
    """Content hashes of the rows: of rows of one time, the one with the smallest is shown."""

    @property
    def aside(self) -> str:
        """What a message says about times that could not be read."""
        return f" ({percent(self.unread)} of the times could not be read)" if self.unread else ""

    def at(self, rows: NDArray[np.int64], micros: int) -> int:
        """The row of a time that is shown."""
        same = rows[self.times.micros[rows] == micros]
        return int(same[np.argmin(self.keys[same])])

    def known(self, split: Split) -> NDArray[np.int64]:
        """Rows of a split that have a time."""
        return np.flatnonzero(self.times.known[split.start : split.stop]) + split.start


@rule("LEK005", "time-leak", Severity.ERROR)
def time_leak(data: Dataset, *, overlap: float = 0.5, date_order: DateOrder = "auto") -> Iterator[Hit]:
    """Find train rows later than the start of a held-out split's period, and held-out rows older than it.

    Why: in use, a model meets only what comes after its training data; trained on rows from the test
    period it knows the events, prices and phrases that it is tested on, and the score flatters.
    Fix: move the late rows behind the cut or leave them out; if the split ignores time, split again by time
    (`assay split --time`), or switch this rule off where order in time does not matter.
    Options: overlap, 0 to 1: the period starts at the cut that leaves the smallest shares of train after it
    and of the split before it; where these shares add up to more, one finding says that the split ignores
    time. date_order says how to read dates such as 03/04/2024. Times without a zone are read as UTC.
    """
    column = data.column("time")
    train, held_out = _sides(data)
    clock = _read(column, data.hashes(np.arange(len(data))), (train, *held_out), date_order)
    for split in held_out:
        order = _order(clock, train, split)
        if order and order.late_share + order.early_share > overlap:
            yield _ignored(clock, train, order)
        elif order:
            yield from _misplaced(clock, order)


def _read(column: pl.Series, keys: NDArray[np.uint64], splits: tuple[Split, ...], order: DateOrder) -> _Clock:
    """Read the times of train and held-out splits; most of them must be readable."""
    times = read_times(column, order)
    known = np.concatenate([times.known[s.start : s.stop] for s in splits])
    if 2 * int(known.sum()) < len(known):
        raise MissingInputError(
            f"only {percent(float(known.mean()))} of column {column.name!r} could be read as times; write them as"
            " YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, or name another column with --time COLUMN"
        )
    return _Clock(column.name, times, float(1 - known.mean()), keys)


def _order(clock: _Clock, train: Split, split: Split) -> _Order | None:
    """Find the start of the split's period; None where one side has no times."""
    mine, other, micros = clock.known(train), clock.known(split), clock.times.micros
    if not len(mine) or not len(other):
        return None
    ours, theirs = np.sort(micros[mine]), np.sort(micros[other])
    late = 1 - np.searchsorted(ours, theirs, side="right") / len(ours)
    early = np.searchsorted(theirs, theirs, side="left") / len(theirs)
    cut = int(np.argmin(late + early))
    start = int(theirs[cut])
    return _Order(
        split=split,
        start=start,
        first=clock.at(other, start),
        late=mine[micros[mine] > start],
        early=other[micros[other] < start],
        late_share=float(late[cut]),
        early_share=float(early[cut]),
    )


def _ignored(clock: _Clock, train: Split, order: _Order) -> Hit:
    """One hit for a split that was not made by time: the latest train row against the earliest held-out row."""
    mine, other, split = clock.known(train), clock.known(order.split), order.split.name
    ours, theirs, show = clock.times.micros[mine], clock.times.micros[other], clock.times.show
    late, early = float((ours > theirs.min()).mean()), float((theirs < ours.max()).mean())
    message = (
        f"the split into train and {split} ignores time: {percent(late)} of train is later than the first row of"
        f" {split}, and {percent(early)} of {split} is earlier than the last row of train{clock.aside}"
    )
    evidence = {
        "column": clock.column,
        "split": split,
        "train_period": [show(ours.min()), show(ours.max())],
        "split_period": [show(theirs.min()), show(theirs.max())],
        "train_later_than_first": round(late, 6),
        "split_earlier_than_last": round(early, 6),
        "overlap": round(order.late_share + order.early_share, 6),
        "unread": round(clock.unread, 6),
    }
    last, first = clock.at(mine, int(ours.max())), clock.at(other, int(theirs.min()))
    return Hit((last,), message, evidence, related=(first,), subject=f"{split} ignores time")


def _misplaced(clock: _Clock, order: _Order) -> Iterator[Hit]:
    """One hit for the train rows after the start of the period, one for the held-out rows before it."""
    split, micros, show = order.split.name, clock.times.micros, clock.times.show
    start = show(order.start)
    shared = {"column": clock.column, "split": split, "period_start": start, "unread": round(clock.unread, 6)}
    if len(order.late):
        late, times = tuple(order.late.tolist()), micros[order.late]
        message = (
            f"{counted(len(late), 'row')} of train ({percent(order.late_share)}) {_are(late)} later than {start}, where"
            f" the period of {split} starts; the latest is of {show(times.max())}{clock.aside}"
        )
        older = int((micros[clock.known(order.split)] < times.max()).sum())
        evidence = {**shared, "rows": len(late), "share": round(order.late_share, 6), "latest": show(times.max())}
        evidence["split_rows_older_than_latest"] = older
        # The number is part of the identity: an accepted leak that grows is told again.
        subject = f"{counted(len(late), 'row')} of train later than {split}"
        yield Hit(late, message, evidence, Fix("move", late), (order.first,) * len(late), subject=subject)
    if len(order.early):
        early, times = tuple(order.early.tolist()), micros[order.early]
        message = (
            f"{counted(len(early), 'row')} of {split} ({percent(order.early_share)}) {_are(early)} earlier than"
            f" {start}, where its period starts: in the time of train; the earliest is of"
            f" {show(times.min())}{clock.aside}"
        )
        evidence = {**shared, "rows": len(early), "share": round(order.early_share, 6), "earliest": show(times.min())}
        subject = f"{counted(len(early), 'row')} of {split} earlier than its period"
        yield Hit(early, message, evidence, Fix("move", early), subject=subject)


def _are(rows: tuple[int, ...]) -> str:
    return "is" if len(rows) == 1 else "are"
