"""Cues outside texts: metadata columns, and the parts of identifiers and file names."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.audit.dataset import Dataset

_MANY = 100
"""Distinct values up to which numbers are taken one by one; beyond, in bins of equal size."""
_BINS = 32
_PARTS = 4
_SENTENCE = 3
_RUNNING = 0.9
MISSING = "(missing)"
"""Stands for no value in a column: that there is none may reveal the label as well."""


def bins(values: pl.Series) -> pl.Series:
    """Numbers as strings: one by one if they are few, else the interval of equal frequency that each lies in."""
    if values.n_unique() <= _MANY:
        return values.cast(pl.String)
    known = values.drop_nulls().drop_nans() if values.dtype.is_float() else values.drop_nulls()
    numbers = known.cast(pl.Float64).to_numpy()
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, _BINS + 1)))
    place = np.searchsorted(edges, values.cast(pl.Float64).fill_null(np.nan).to_numpy(), side="right") - 1
    place = np.clip(place, 0, max(0, edges.size - 2))
    names = np.array([f"{a:g} to {b:g}" for a, b in pairwise(edges.tolist())] or [f"{edges[0]:g}"])
    return pl.Series(names[place]).set(values.is_null(), None)


def metadata(data: Dataset, rows: pl.Series, left_out: tuple[str, ...]) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """Values of the columns that play no role, and the parts of those that look like identifiers.

    Args:
        data: the data set.
        rows: the rows wanted.
        left_out: columns not to look at.

    Yields:
        (column, part, frame with columns ``r`` and ``v``); part is "" for the whole value.
    """
    roles = data.roles
    own = {*roles.text, roles.label, roles.time, roles.split, *left_out}
    for name in data.frame.columns:
        if name in own:
            continue
        column = data.frame[name].gather(rows)
        if column.dtype.is_temporal() or column.dtype == pl.Null or column.null_count() == len(column):
            continue
        if column.dtype.is_numeric():
            if not _running(column):
                yield name, "", _values(rows, bins(column))
            continue
        column = _strings(column)
        distinct = column.n_unique()
        # Values of each row are looked at in parts; a group's own values are LEK004's business.
        if name not in {roles.id, roles.group} and 2 * distinct <= len(column) and distinct > 1:
            yield name, "", _values(rows, column)
        if distinct > _MANY and not _prose(column):
            for part, values in _parts(column):
                yield name, part, _values(rows, values)


def _values(rows: pl.Series, values: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"r": rows, "v": values.fill_null(MISSING)})


def _strings(column: pl.Series) -> pl.Series:
    if column.dtype == pl.String:
        return column
    try:
        return column.cast(pl.String)
    except pl.exceptions.PolarsError:
        return pl.Series(column.name, [None if v is None else repr(v) for v in column.to_list()], dtype=pl.String)


def _running(column: pl.Series) -> bool:
    """Whether numbers only count the rows: then they say no more than the rows' order."""
    steps = column.cast(pl.Float64).diff().drop_nulls()
    # A few files after each other begin again now and then.
    return bool(column.n_unique() > len(column) // 2 and int((steps > 0).sum()) > _RUNNING * len(steps))


def _prose(column: pl.Series) -> bool:
    """Whether most values are sentences."""
    known = column.drop_nulls()
    return 2 * int((known.str.count_matches(r"\s") >= _SENTENCE).sum()) > len(known)


def _parts(column: pl.Series) -> Iterator[tuple[str, pl.Series]]:
    """What an identifier or a file name may hide a class in."""
    frame = pl.DataFrame({"s": column})
    text = pl.col("s")
    tokens = text.str.extract_all(r"[\p{L}]+|\p{N}+")
    parts: dict[str, pl.Expr] = {
        "what comes before its first digit": text.str.extract(r"^([^\d]*)\d", 1),
        "its letters": text.str.replace_all(r"\d+", "…"),
        "its first character": text.str.head(1),
        "its first two characters": text.str.head(2),
        "its first three characters": text.str.head(3),
        "its last character": text.str.tail(1),
        "its length": text.str.len_chars().cast(pl.String),
    }
    parts |= {f"its part {k + 1}": tokens.list.get(k, null_on_oob=True) for k in range(_PARTS)}
    parts |= {f"its part {k} from the end": tokens.list.get(-k, null_on_oob=True) for k in (1, 2)}
    for name, part in parts.items():
        values = frame.select(v=part)["v"]
        if 1 < values.n_unique() <= len(column) // 4:
            yield name, values
