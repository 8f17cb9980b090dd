"""Frames in memory: polars, pandas, Arrow, Hugging Face datasets, and whatever speaks the Arrow stream protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import pyarrow as pa

from assay.audit.errors import DataError
from assay.audit.reading.columnar import from_arrow, plain_types
from assay.audit.reading.table import Table, check_names, without_lines


def is_frames(value: object) -> bool:
    """Whether a value is several frames by split: a dict, or a ``DatasetDict``, which is one."""
    return isinstance(value, Mapping)


def read_frame(value: Any, name: str) -> Table:
    """One frame as a table; ``name`` stands for it in messages.

    Raises:
        DataError: the object is of no kind that is read, or its columns cannot be taken over.
    """
    module, kind = type(value).__module__.split(".")[0], type(value).__name__
    where = f"{name} ({module}.{kind})"
    if isinstance(value, pl.LazyFrame):
        value = value.collect()
    if isinstance(value, pl.DataFrame):
        frame = value
    elif module == "pandas" and kind == "DataFrame":
        frame = _from_pandas(value, where)
    elif module == "datasets" and kind == "Dataset":
        # Rows that filter or shuffle left out hide behind an index; asking for all rows applies it.
        frame = from_arrow(value.with_format("arrow")[:], where)
    elif module == "datasets" and kind.startswith("Iterable"):
        cure = "Take a part into memory: Dataset.from_list(list(stream.take(100_000)))"
        raise DataError("a stream has no length and no row numbers", path=where, cure=cure)
    elif isinstance(value, pa.Table):
        frame = from_arrow(value, where)
    elif isinstance(value, pa.RecordBatch):
        frame = from_arrow(pa.Table.from_batches([value]), where)
    elif hasattr(value, "__arrow_c_stream__"):
        frame = _from_stream(value, where)
    else:
        cure = "Give a polars, pandas or Arrow table, a datasets.Dataset, or wrap it: polars.DataFrame(rows)"
        raise DataError("no kind of table that is read", path=where, cure=cure)
    check_names(frame.columns, where)
    if not frame.height or not frame.width:
        raise DataError("no rows", path=where, cure="Give a table with at least one row")
    return without_lines(plain_types(frame))


def _from_stream(value: Any, where: str) -> pl.DataFrame:
    try:
        return from_arrow(pa.table(value), where)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise DataError(
            f"its Arrow stream cannot be read ({error})", path=where, cure="Give a polars.DataFrame"
        ) from error


def _from_pandas(value: Any, where: str) -> pl.DataFrame:
    names = [str(name) for name in value.columns]
    check_names(names, where)
    return pl.DataFrame([_pandas_column(name, value.iloc[:, i]) for i, name in enumerate(names)])


def _pandas_column(name: str, column: Any) -> pl.Series:
    try:
        return pl.Series(name, pa.chunked_array([pa.Array.from_pandas(column)]))
    except (pa.ArrowException, TypeError, ValueError, pl.exceptions.PolarsError, AttributeError):
        missing = column.isna()
        values = [None if gone else str(v) for v, gone in zip(column, missing, strict=True)]
        clean = [v if v is None else v.encode("utf-8", "replace").decode() for v in values]
        return pl.Series(name, clean, dtype=pl.String)
