"""Slices: parts of the data that matter, declared once, counted before training and scored after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from assay.audit.dataset import PRODUCTION, TRAIN, VALIDATION, memoised
from assay.audit.errors import ConfigError, MissingInputError
from assay.audit.features import alike
from assay.audit.rules import nearest
from assay.audit.scale.request import Scale
from assay.audit.slicing import conditions, functions
from assay.audit.slicing.defaults import propose
from assay.audit.slicing.properties import PROPERTIES
from assay.audit.slicing.request import Declared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from assay.audit import config_tables
    from assay.audit.dataset import Dataset, Split

Kind = Literal["where", "function", "by", "like", "property", "class", "length", "metadata"]
MOST_VALUES = 200
"""Values that ``by`` may have: more are an identity rather than slices."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the data: the same object is counted before training and scored after it."""

    name: str
    kind: Kind
    condition: str
    """What makes a row a member: SQL, ``module:name``, a property, or example texts joined by ``|``."""
    critical: bool = False
    min_train: int | None = None
    min_test: int | None = None
    declared: bool = True
    """False for a slice that Assay proposes because none is declared."""
    columns: tuple[str, ...] = ()
    """Columns that say who is a member; where a split has no value in one of them, it cannot be counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """Slices with their rows.

    A mask is a polars Boolean column: one bit a row, so that 200 slices of a million rows take 25 MB.
    """

    slices: tuple[Slice, ...]
    masks: tuple[pl.Series, ...]
    """(rows,) of each slice: true for a member, never null."""
    counts: NDArray[np.int64]
    """(slices, splits) members; -1 where a split cannot be counted."""
    declared: bool
    """Whether the configuration declared them; else Assay proposed them."""

    def rows(self, number: int, split: Split | None = None) -> NDArray[np.int64]:
        """Frame rows of a slice, of one split or of all."""
        low = split.start if split else 0
        mask = self.masks[number].slice(low, split.rows) if split else self.masks[number]
        return mask.arg_true().to_numpy().astype(np.int64) + low

    def __iter__(self) -> Iterator[tuple[int, Slice]]:
        """Slices with their numbers, critical ones first, else as declared."""
        order = sorted(range(len(self.slices)), key=lambda n: not self.slices[n].critical)
        return iter([(n, self.slices[n]) for n in order])


def declare(data: Dataset, declared: Declared) -> None:
    """Give a data set its declared slices, and find out early whether their conditions fit its columns.

    Raises:
        ConfigError: a condition is wrong; the message names the file, the line and the columns there are.
    """
    data.memo[Declared] = declared
    _resolved(data)


@memoised
def members(data: Dataset) -> Members:
    """The declared slices with their rows; the proposed ones (classes, lengths, columns of few values) if none is.

    Raises:
        ConfigError: a condition is wrong.
        MissingInputError: a slice needs a role that the data lack.
    """
    declared: Declared = data.memo.get(Declared, Declared())
    resolved = _resolved(data) if declared.slices else [_proposed(data, each) for each in propose(data)]
    masks = _masks(data, resolved, declared)
    slices = tuple(each for each, _ in resolved)
    return Members(slices, masks, _counts(data, slices, masks), bool(declared.slices))


@memoised
def cluster_counts(data: Dataset) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct texts: (slices, splits) of each slice, -1 where it cannot be counted, and (splits,) of each split.

    Near-duplicates are one: copies in a test set are no further evidence (by simulation, each row twice
    lifts an exact bound's false promotion from 3 to 12 %).
    """
    found, known = alike(data).found.group, members(data)
    counts = np.full_like(known.counts, -1)
    for n in range(len(known.slices)):
        for s, split in enumerate(data.splits):
            if known.counts[n, s] >= 0:
                counts[n, s] = np.unique(found[known.rows(n, split)]).size
    whole = np.array([np.unique(found[s.start : s.stop]).size for s in data.splits], np.int64)
    return counts, whole


def measured(data: Dataset) -> tuple[Split, ...]:
    """The splits that give a model's figures: all held-out ones but validation, or it alone if there is no other."""
    held_out = data.held_out
    return tuple(s for s in held_out if s.name != VALIDATION) or held_out


def minimum(each: Slice, split: str, min_train: int, min_test: int) -> int:
    """Rows that a slice needs in a split: as declared, else as the rule's option says."""
    own = each.min_train if split == TRAIN else each.min_test
    return own if own is not None else min_train if split == TRAIN else min_test


def _counts(data: Dataset, slices: tuple[Slice, ...], masks: tuple[pl.Series, ...]) -> NDArray[np.int64]:
    countable: dict[tuple[str, str], bool] = {}
    out = np.full((len(slices), len(data.splits)), -1, np.int64)
    for s, split in enumerate(data.splits):
        for n, each in enumerate(slices):
            for column in each.columns:
                if (column, split.name) not in countable:
                    countable[column, split.name] = _has_values(data, column, split)
            if all(countable[c, split.name] for c in each.columns):
                out[n, s] = int(masks[n].slice(split.start, split.rows).sum())
    return out


def _has_values(data: Dataset, column: str, split: Split) -> bool:
    """Whether a split says anything in a column: production traffic has no labels."""
    values = data.frame[column].slice(split.start, split.rows)
    return values.null_count() < split.rows or split.rows == 0


Resolved = tuple[Slice, Any]
"""A slice and what tells its members: an expression, or the declaration."""


@memoised
def _resolved(data: Dataset) -> list[Resolved]:
    declared: Declared = data.memo.get(Declared, Declared())
    out: list[Resolved] = []
    problems = []
    for n, each in enumerate(declared.slices):
        try:
            out += _resolve(data, each)
        except ConfigError as error:
            problems.append(f"{declared.place(n)}{error}" if declared.places else f"{declared.place(n)}: {error}")
    names = [s.name for s, _ in out]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems += [f"two slices are called {name!r}; a name is how the gate finds a slice" for name in twice]
    if problems:
        raise ConfigError("\n".join(problems))
    return out


def _resolve(data: Dataset, each: config_tables.Slice) -> list[Resolved]:
    """The slices of one declaration: one, or one a value with ``by``."""
    rest: dict[str, Any] = {"critical": each.critical, "min_train": each.min_train, "min_test": each.min_test}
    name = each.name or ""
    if each.where:
        expression = conditions.parse(each.where)
        frame, columns = with_text(data, conditions.columns(expression))
        conditions.check(expression, frame)
        return [(Slice(name, "where", each.where, columns=columns, **rest), expression)]
    if each.function:
        return [(Slice(name, "function", each.function, **rest), each)]
    if each.by:
        return [
            (Slice(told, "by", sql, columns=each.by, **rest), pl.sql_expr(sql)) for told, sql in _values(data, each)
        ]
    if each.like:
        return [(Slice(name, "like", " | ".join(each.like), columns=data.roles.text, **rest), each)]
    told = (each.property or "").replace("_", " ").strip().lower()
    if told not in PROPERTIES:
        near = nearest(told, list(PROPERTIES))
        raise ConfigError(f"no such property: {told!r}{near or ''}; known: {', '.join(PROPERTIES)}")
    return [(Slice(name, "property", told, columns=data.roles.text, **rest), each)]


def _values(data: Dataset, each: config_tables.Slice) -> Iterator[tuple[str, str]]:
    """Name and condition of every combination of values in the columns of ``by``, in order."""
    for column in each.by:
        if column not in data.frame.columns:
            near = nearest(column, data.frame.columns)
            raise ConfigError(f"no column {column!r}{near}; columns: {', '.join(data.frame.columns)}")
    found = data.frame.select(each.by).drop_nulls().unique().sort(each.by)
    if found.height > MOST_VALUES:
        columns = " and ".join(each.by)
        raise ConfigError(f"{columns} has {found.height:,} different values, more than {MOST_VALUES}: not slices")
    for row in found.rows():
        parts = [f"{c} = {v}" for c, v in zip(each.by, row, strict=True)]
        sql = [f"{conditions.name(c)} = {_sql(v)}" for c, v in zip(each.by, row, strict=True)]
        told = ", ".join(parts)
        yield (f"{each.name}: {told}" if each.name else told), " AND ".join(sql)


def _sql(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return repr(value) if isinstance(value, (int, float)) else conditions.literal(str(value))


def _proposed(data: Dataset, proposal: Any) -> Resolved:
    name, kind, sql = proposal
    expression = pl.sql_expr(sql)
    _, columns = with_text(data, conditions.columns(expression))
    return Slice(name, kind, sql, declared=False, columns=columns), expression


def with_text(data: Dataset, columns: tuple[str, ...]) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The frame for conditions, and the columns read.

    ``text`` is the text and ``label`` the label, whatever the file calls them, unless a column of that name is there.
    """
    frame = data.frame
    roles = {"text": data.roles.text, "label": (data.roles.label,) if data.roles.label else ()}
    read: list[str] = []
    for column in columns:
        if column in frame.columns or not roles.get(column):
            read.append(column)
            continue
        frame = frame.with_columns((data.text if column == "text" else data.column("label")).alias(column))
        read += [c for c in roles[column] if c]
    return frame, tuple(dict.fromkeys(read))


def _masks(data: Dataset, resolved: list[Resolved], declared: Declared) -> tuple[pl.Series, ...]:
    """Every condition in one pass over the columns; the other kinds one by one."""
    expressions = {n: e for n, (_, e) in enumerate(resolved) if isinstance(e, pl.Expr)}
    masks: dict[int, pl.Series] = {}
    if expressions:
        wanted = tuple(dict.fromkeys(c for e in expressions.values() for c in conditions.columns(e)))
        frame, _ = with_text(data, wanted)
        columns = [e.fill_null(value=False).alias(str(n)) for n, e in expressions.items()]
        try:
            found = _held(data, frame.select(wanted), columns)
        except pl.exceptions.PolarsError as error:
            raise ConfigError(f"a slice's condition cannot be evaluated: {str(error).splitlines()[0]}") from error
        masks |= {n: found[str(n)] for n in expressions}
    for n, (each, told) in enumerate(resolved):
        if n not in masks:
            masks[n] = _told(data, each, told, declared)
    return tuple(masks[n] for n in range(len(resolved)))


def _held(data: Dataset, frame: pl.DataFrame, columns: list[pl.Expr]) -> pl.DataFrame:
    """Boolean columns, by the engine in force."""
    scale: Scale = data.memo.get(Scale, Scale())
    if scale.engine == "memory" or not frame.width:
        return frame.lazy().select(columns).collect()
    from assay.audit.scale.slicing import masks  # noqa: PLC0415 - for what memory does not hold

    found = masks(data, scale, frame, columns)
    return pl.DataFrame([mask.alias(c.meta.output_name()) for c, mask in zip(columns, found, strict=True)])


def _told(data: Dataset, each: Slice, told: config_tables.Slice, declared: Declared) -> pl.Series:
    if each.kind == "property":
        key = ("property", each.condition)
        if key not in data.memo:
            data.memo[key] = PROPERTIES[each.condition].tell(data.text).fill_null(value=False)
        mask: pl.Series = data.memo[key]
        return mask
    if each.kind == "like":
        from assay.audit.slicing.like import like  # noqa: PLC0415 - encodes texts

        return like(data, told.like)
    return functions.apply(data, each.condition, declared.folder)


def production(data: Dataset) -> Split:
    """The split of production traffic.

    Raises:
        MissingInputError: there is none.
    """
    split = data.split(PRODUCTION)
    if split is None or not split.rows:
        raise MissingInputError("no production traffic; give it with --production FILE or [data] production")
    return split
