"""Statements about columns that are no text: their frequent values, nothing in them, small and large numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.slicing import conditions
from assay.reports.discovery.ladders import bounds
from assay.reports.discovery.predicates import Statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset

    Columns = Iterator[tuple[Statement, NDArray[np.int32]]]

MOST_VALUES = 300
"""Values of a column that are looked at, most frequent first."""
_FEW_NUMBERS = 30
_SAME = 0.9
"""Share of the rows from which a column that says what the model said is its prediction, and no property of a row."""


def metadata_columns(
    data: Dataset, rows: NDArray[np.int64], told: tuple[pl.Series, pl.Series], least: int, family: Callable[[], int]
) -> Columns:
    """Values of the columns that play no role, and of the group column.

    Args:
        data: the data set.
        rows: its rows that are looked at.
        told: (rows,) what the model said, and whether it was right.
        least: rows that a value needs.
        family: gives the number of a new family.
    """
    roles = data.roles
    own = {*roles.text, roles.label, roles.id, roles.time, roles.split}
    for name in data.frame.columns:
        if name in own:
            continue
        values = data.frame[name].gather(rows)
        if values.null_count() == len(values) or _outcome(values, told):
            continue
        number = family()
        if values.null_count() >= least:
            condition = f"{conditions.name(name)} IS NULL"
            yield Statement(f"no {name}", "metadata", condition, number), _where(values.is_null())
        if values.dtype == pl.Boolean or values.dtype in (pl.String, pl.Categorical, pl.Enum):
            yield from _values(name, values, least, number)
        elif values.dtype.is_integer() or values.dtype.is_float():
            yield from _numbers(name, values, least, number)


def label_columns(data: Dataset, labels: NDArray[np.int64], names: list[str], least: int, family: int) -> Columns:
    """The true classes.

    Args:
        data: the data set; its label column is named in conditions.
        labels: (rows,) codes into names.
        names: classes.
        least: rows that a class needs.
        family: number of their family.
    """
    column = data.roles.label
    if column is None:
        return
    for code, name in enumerate(names):
        rows = np.flatnonzero(labels == code)
        if rows.size >= least:
            condition = f"{conditions.name(column)} = {conditions.literal(name)}"
            yield Statement(f"{column} = {name}", "label", condition, family), rows.astype(np.int32)


def _values(name: str, values: pl.Series, least: int, family: int) -> Columns:
    text = values.cast(pl.String)
    counted = text.drop_nulls().value_counts(sort=False).filter(pl.col("count") >= least)
    counted = counted.sort(["count", text.name], descending=[True, False]).head(MOST_VALUES)
    for value in sorted(counted[text.name].to_list()):
        said = value.upper() if values.dtype == pl.Boolean else conditions.literal(value)
        yield (
            Statement(f"{name} = {value}", "metadata", f"{conditions.name(name)} = {said}", family),
            _where(text == value),
        )


def _numbers(name: str, values: pl.Series, least: int, family: int) -> Columns:
    column = conditions.name(name)
    known = values.drop_nulls()
    known = known.filter(known.is_finite()) if values.dtype.is_float() else known
    distinct = known.unique().sort()
    if not len(distinct):
        return
    if len(distinct) <= _FEW_NUMBERS:
        for value in distinct.to_list():
            rows = _where(values == value)
            if rows.size >= least:
                yield Statement(f"{name} = {value}", "metadata", f"{column} = {value!r}", family), rows
    else:
        for bound, low, fine in bounds(known.to_numpy()):
            sign = "<=" if low else ">="
            rows = _where(values <= bound if low else values >= bound)
            ladder = 4 * family + low
            yield (
                Statement(f"{name} {sign} {bound}", "metadata", f"{column} {sign} {bound!r}", family, ladder, fine),
                rows,
            )


def _outcome(values: pl.Series, told: tuple[pl.Series, pl.Series]) -> bool:
    """Whether a column says what the model said, or whether it was right."""
    predicted, right = told
    if values.dtype == pl.Boolean or (values.dtype.is_integer() and set(values.unique().to_list()) <= {0, 1}):
        same = float((values.cast(pl.Boolean) == right).fill_null(value=False).mean() or 0)  # type: ignore[arg-type]
        return same >= _SAME_RIGHT or same <= 1 - _SAME_RIGHT
    if values.dtype not in (pl.String, pl.Categorical, pl.Enum):
        return False
    return float((values.cast(pl.String) == predicted).fill_null(value=False).mean() or 0) >= _SAME  # type: ignore[arg-type]


_SAME_RIGHT = 0.999


def _where(mask: pl.Series) -> NDArray[np.int32]:
    return mask.fill_null(value=False).arg_true().to_numpy().astype(np.int32)
