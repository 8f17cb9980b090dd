"""Frames in memory: polars, pandas, Arrow, Hugging Face datasets, and whatever speaks the Arrow stream protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import pyarrow as pa

from assay.audit.errors import DataError
from assay.audit.reading.class_names import class_names, named
from assay.audit.reading.columnar import first_line, from_arrow, plain_types
from assay.audit.reading.json_rows import SURROGATE
from assay.audit.reading.table import Table, check_names, without_lines

STREAM_BATCH = 10_000
STREAM_ROWS = 5_000_000
"""Rows of a stream that are read; a stream may have no end."""


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
    notes: tuple[str, ...] = ()
    if isinstance(value, pl.LazyFrame):
        value = _collected(value, where)
    if isinstance(value, pl.DataFrame):
        frame = value
    elif module == "pandas" and kind == "DataFrame":
        frame, notes = _from_pandas(value, where)
    elif module == "datasets" and kind == "Dataset":
        # Rows that filter or shuffle left out hide behind an index; asking for all rows applies it.
        frame = from_arrow(value.with_format("arrow")[:], where)
        frame = named(frame, class_names(_metadata(value)))
    elif module == "datasets" and kind.startswith("Iterable"):
        frame = _from_dataset_stream(value, where)
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
    return without_lines(plain_types(frame), notes)


def _metadata(value: Any) -> dict[bytes, bytes] | None:
    """What ``datasets`` says of its columns; None where it says nothing."""
    features = getattr(value, "features", None)
    return dict(features.arrow_schema.metadata or {}) if features is not None else None


def _from_dataset_stream(value: Any, where: str) -> pl.DataFrame:
    """The rows of a stream, batch by batch; only their columns are kept, and a stream without end is refused."""
    tables, rows = [], 0
    try:
        for batch in value.with_format("arrow").iter(batch_size=STREAM_BATCH):
            tables.append(batch)
            rows += batch.num_rows
            if rows > STREAM_ROWS:
                cure = f"Take a part of it: stream.take({STREAM_ROWS:_}), or save it as Parquet"
                raise DataError(f"a stream of more than {STREAM_ROWS:,} rows", path=where, cure=cure)
        table = pa.concat_tables(tables, promote_options="permissive") if tables else pa.table({})
    except DataError:
        raise
    except Exception as error:  # whatever a stream's source raises
        problem = f"the stream cannot be read ({first_line(error)})"
        raise DataError(problem, path=where, cure="Check its source") from error
    return named(from_arrow(table, where), class_names(_metadata(value)))


def _collected(value: pl.LazyFrame, where: str) -> pl.DataFrame:
    try:
        return value.collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        cure = "Collect it, and give the frame"
        raise DataError(f"cannot be collected ({first_line(error)})", path=where, cure=cure) from error


def _from_stream(value: Any, where: str) -> pl.DataFrame:
    try:
        table = pa.table(value)
    except Exception as error:  # whatever another library raises while it hands over its rows
        problem = f"its Arrow stream cannot be read ({first_line(error)})"
        raise DataError(problem, path=where, cure="Give a polars.DataFrame") from error
    return from_arrow(table, where)


def _from_pandas(value: Any, where: str) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The columns, and a note if characters were replaced."""
    names = [str(name) for name in value.columns]
    check_names(names, where)
    replaced: list[str] = []
    frame = pl.DataFrame([_pandas_column(name, value.iloc[:, i], replaced) for i, name in enumerate(names)])
    told = ", ".join(dict.fromkeys(replaced))
    note = f"{where}: unpaired surrogates replaced by U+FFFD in {len(replaced)} value(s), in {told}"
    return frame, (note,) if replaced else ()


def _pandas_column(name: str, column: Any, replaced: list[str]) -> pl.Series:
    """Arrow's reading, or the values as text; ``replaced`` grows by the name for every value that was changed."""
    try:
        array = pa.Array.from_pandas(column)
        if not isinstance(array.type, pa.BaseExtensionType):
            return pl.Series(name, pa.chunked_array([array]))
    except (pa.ArrowException, TypeError, ValueError, pl.exceptions.PolarsError, AttributeError):
        pass
    missing = column.isna()
    values = [None if gone else str(v) for v, gone in zip(column, missing, strict=True)]
    for i, text in enumerate(values):
        if text is not None and SURROGATE.search(text):
            values[i] = SURROGATE.sub("\ufffd", text)
            replaced.append(name)
    return pl.Series(name, values, dtype=pl.String)
