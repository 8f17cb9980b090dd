"""Values of a file of predictions: strings and numbers, or an error that names the line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.reading.table import Table

MISSING = ("", "nan", "NaN", "NAN", "<NA>", "NA")
"""How tools write that there is no value; ``none`` and ``null`` may be classes."""


def place(table: Table, line: int) -> int | None:
    """Line of the file that a row starts at, where it has lines."""
    return int(table.line[line]) or None


def cure(table: Table, at: int, words: str) -> str:
    """A cure that names the row where the file has no lines."""
    return words if table.line[at] else f"{words}; it is row {at:,} (the first is 0)"


def numbers(table: Table, column: pl.Series, path: str) -> NDArray[np.float64]:
    """A column as finite numbers.

    Raises:
        DataError: one is missing, infinite or no number.
    """
    values = column.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        at = int(bad[0])
        problem = f"{column[at]!r} is no finite number"
        words = cure(table, at, "Give a number in every row, or leave the column out")
        raise DataError(problem, path=path, line=place(table, at), column=repr(column.name), cure=words)
    return values


def strings(table: Table, column: pl.Series, path: str, *, several: bool) -> pl.Series:
    """A column of predictions as strings; a list of labels as JSON.

    Args:
        table: the file.
        column: of it.
        path: its name, for messages.
        several: whether rows may have several labels, and so none at all.

    Raises:
        DataError: a prediction is missing, or is a list where each row has one label.
    """
    if column.dtype.is_nested():
        return _joined(column, path, several=several)
    text, missing = _text(column)
    if several:
        missing &= text.is_null() | (text.str.strip_chars() != "")
    if missing.any():
        at = int(missing.arg_true()[0])
        more = int(missing.sum()) - 1
        problem = f"no prediction ({column[at]!r})" if column[at] is not None else "no prediction"
        problem += f", and {more:,} more like it" if more else ""
        words = cure(table, at, "Every row needs one")
        raise DataError(problem, path=path, line=place(table, at), column=repr(column.name), cure=words)
    return text.alias("prediction")


def _text(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Values as strings, and which are missing; whole numbers that pandas made floats are whole again."""
    if column.dtype.is_float():
        known = column.fill_nan(None)
        filled = known.fill_null(0.0)
        whole = filled.cast(pl.Int64) if (filled == filled.round(0)).all() else filled
        return whole.cast(pl.String), known.is_null()
    text = column.cast(pl.String)
    return text, text.is_null() | text.str.strip_chars().is_in(MISSING)


def _joined(column: pl.Series, path: str, *, several: bool) -> pl.Series:
    """Lists of labels joined by semicolons.

    Raises:
        DataError: each row has one label in the data, or a value is no list of strings.
    """
    if not several or not isinstance(column.dtype, pl.List):
        words = "The data give each row one label; give one prediction a row"
        raise DataError("a prediction is a list or a table", path=path, column=repr(column.name), cure=words)
    return column.cast(pl.List(pl.String)).list.join(";").fill_null("").alias("prediction")
