"""Lines of a file of predictions joined to the rows of the data: by id, by row number, or one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.errors import DataError
from assay.audit.reading.names import split_name
from assay.reports.evaluation.cells import place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset, Split
    from assay.audit.reading.table import Table

    Rows = NDArray[np.int64]

IDS, ROWS = ("id", "row_id", "example_id", "uid", "guid"), ("row", "row_number")
SHOWN = 3


def join(data: Dataset, splits: Sequence[Split], table: Table, path: str) -> tuple[Rows, tuple[str, ...]]:
    """The line of the file for every row of the data; -1 in splits that are not evaluated.

    A column ``split`` narrows each line to its split. Lines are joined by the data's id column (or ``id``), else by
    ``row`` (0-based, in the split's file), else in order, which needs as many lines as rows.

    Args:
        data: the data set.
        splits: those that need predictions.
        table: the file.
        path: its name, for messages.

    Returns:
        (frame rows,) lines, and what was assumed.

    Raises:
        DataError: rows without a prediction, lines without a row, or rows with several.
    """
    out = np.full(len(data), -1, np.int64)
    lines = _lines_of(splits, table, path)
    key = _key(data, table)
    if key is None:
        return _in_order(data, splits, lines, (table, path), out)
    kind, theirs, ours = key
    column = _as_key(table.frame[theirs], table, path)
    if None in lines:
        every = [np.arange(s.start, s.stop, dtype=np.int64) for s in splits]
        if kind == "row" and len(splits) > 1:
            raise _one_split(splits, path, "row numbers")
        groups = [(np.concatenate(every), lines[None])] if every else []
    else:
        groups = [(np.arange(s.start, s.stop, dtype=np.int64), lines[s.name]) for s in splits]
    for rows, those in groups:
        keys = pl.Series(data.places.row[rows]).cast(pl.String) if kind == "row" else _ids(data, ours, rows)
        known = keys if kind == "row" else data.frame[ours].cast(pl.String)
        out[rows] = _match(data, rows, keys, known, column.gather(those), those, table, (path, theirs))
    return out, ()


def _lines_of(splits: Sequence[Split], table: Table, path: str) -> dict[str | None, Rows]:
    """Lines by the split that they name; under None if they name none."""
    every = np.arange(table.frame.height, dtype=np.int64)
    names = {s.name for s in splits}
    if "split" not in table.frame.columns:
        return {None: every}
    told = table.frame["split"].cast(pl.String).fill_null("")
    spoken = told.replace_strict({v: split_name(v) for v in told.unique().to_list()}, return_dtype=pl.String)
    if not set(spoken.unique().to_list()) & names:
        known = ", ".join(sorted(names))
        raise DataError(
            f"no line of split {known}", path=path, column="'split'", cure="Leave the column out, or name the split"
        )
    return {s.name: (spoken == s.name).arg_true().to_numpy().astype(np.int64) for s in splits}


def _key(data: Dataset, table: Table) -> tuple[str, str, str] | None:
    """How lines name rows: ``id`` or ``row``, the column of the file, the column of the data."""
    columns, own = table.frame.columns, data.frame.columns
    if data.roles.id:
        theirs = next((c for c in (data.roles.id, *IDS) if c in columns), None)
        if theirs:
            return "id", theirs, data.roles.id
    shared = next((c for c in IDS if c in columns and c in own), None)
    if shared:
        return "id", shared, shared
    rows = next((c for c in ROWS if c in columns), None)
    return ("row", rows, rows) if rows else None


def _ids(data: Dataset, column: str, rows: Rows) -> pl.Series:
    """Ids of rows, which must name one row each.

    Raises:
        DataError: an id is missing or stands twice.
    """
    ids = data.frame[column].gather(rows).cast(pl.String)
    bad = ids.is_null() | ids.is_duplicated()
    if bad.any():
        row = data.row(int(rows[int(bad.arg_true()[0])]))
        problem = (
            f"the id {row.id!r} stands on several rows"
            if ids[int(bad.arg_true()[0])] is not None
            else "a row without an id"
        )
        cure = "Give each row an id of its own, or predictions by `row` (0-based)"
        raise DataError(
            f"{problem}, so predictions cannot be joined by it",
            path=row.path or "",
            line=row.line,
            column=repr(column),
            cure=cure,
        )
    return ids


def _as_key(column: pl.Series, table: Table, path: str) -> pl.Series:
    """Keys of the lines as strings; 7.0 is 7, as pandas makes floats of whole numbers.

    Raises:
        DataError: a line has no key.
    """
    if column.dtype.is_float():
        column = column.fill_nan(None)
        if (column.drop_nulls() == column.drop_nulls().round(0)).all():
            column = column.cast(pl.Int64)
    text = column.cast(pl.String)
    empty = text.is_null() | (text == "")
    if empty.any():
        at = int(empty.arg_true()[0])
        raise DataError(
            "a prediction without a row to go to", path=path, line=place(table, at), column=repr(column.name)
        )
    return text


def _match(  # noqa: PLR0913, PLR0917 - both sides of a join, and words for its errors
    data: Dataset,
    rows: Rows,
    keys: pl.Series,
    known: pl.Series,
    told: pl.Series,
    lines: Rows,
    table: Table,
    names: tuple[str, str],
) -> Rows:
    """The line of each row by equal keys, one to one; lines of rows that are not evaluated are left alone."""
    path, name = names
    twice = told.is_duplicated()
    if twice.any():
        second = int(told.is_first_distinct().not_().arg_true()[0])
        at = int(lines[second])
        first = int(lines[(told == told[second]).arg_true()[0]])
        before = place(table, first)
        words = f"{name} {told[second]!r} stands twice, first " + (f"at line {before}" if before else f"in row {first}")
        raise DataError(words, path=path, line=place(table, at), cure="Give one prediction a row")
    theirs = pl.DataFrame({"key": told, "line": lines})
    found = pl.DataFrame({"key": keys}).join(theirs, on="key", how="left", maintain_order="left")["line"]
    extra = told.is_in(known.implode()).not_()
    if extra.any():
        at = int(lines[int(extra.arg_true()[0])])
        count = int(extra.sum())
        problem = f"{name} {told[int(extra.arg_true()[0])]!r} is no row of the data" + (
            f", nor are {count - 1:,} more" if count > 1 else ""
        )
        raise DataError(
            problem, path=path, line=place(table, at), cure="Give predictions for exactly the rows of --data"
        )
    missing = found.is_null()
    if missing.any():
        some = keys.filter(missing)
        shown = ", ".join(repr(k) for k in some.head(SHOWN).to_list()) + (", ..." if len(some) > SHOWN else "")
        row = data.row(int(rows[int(missing.arg_true()[0])]))
        problem = f"{len(some):,} of {len(rows):,} rows have no prediction: {name} {shown} (the first is {row.place})"
        raise DataError(problem, path=path, cure="Give a prediction for every row of the data")
    return found.to_numpy().astype(np.int64)


def _in_order(
    data: Dataset, splits: Sequence[Split], lines: dict[str | None, Rows], file: tuple[Table, str], out: Rows
) -> tuple[Rows, tuple[str, ...]]:
    """Line by line, where the numbers agree."""
    table, path = file
    cure = "Give the file a column of ids (or `row`, 0-based), or one line for each row in the same order"
    if None in lines:
        if len(splits) > 1:
            raise _one_split(splits, path, "lines in order")
        pairs = [(splits[0], lines[None])]
    else:
        pairs = [(s, lines[s.name]) for s in splits if s.name in lines]
    for split, those in pairs:
        if those.size != split.rows:
            raise DataError(f"{those.size:,} predictions for {split.rows:,} rows of {split.name}", path=path, cure=cure)
        out[split.start : split.stop] = those
        _same_texts(data, split, those, table, path)
    why = "has neither ids nor row numbers" if data.roles.id else "and the data have no ids"
    return out, (f"{path} {why}: its lines were taken in the order of the rows",)


def _same_texts(data: Dataset, split: Split, lines: Rows, table: Table, path: str) -> None:
    """Where the file repeats the texts, they must be those of the rows that its lines are taken for."""
    for name in data.roles.text:
        if name in table.frame.columns and table.frame.schema[name] == pl.String:
            ours = data.frame[name].slice(split.start, split.rows).fill_null("")
            other = (table.frame[name].gather(lines).fill_null("") != ours).arg_true()
            if len(other):
                at = int(lines[int(other[0])])
                row = data.row(split.start + int(other[0]))
                problem = f"its text is not that of {row.place}, though both are row {row.row}"
                raise DataError(
                    problem,
                    path=path,
                    line=place(table, at),
                    column=repr(name),
                    cure="Sort the file as the data, or give ids",
                )


def _one_split(splits: Sequence[Split], path: str, what: str) -> DataError:
    names = ", ".join(s.name for s in splits)
    cure = "Add a column `split`, or ids that stand once in all of them"
    return DataError(f"{what} do not say which of {names} they mean", path=path, cure=cure)
