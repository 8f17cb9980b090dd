"""Between Arrow columns and the arrays of kernels, without copies where there can be none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl
    from numpy.typing import NDArray


def whole(table: pa.Table, name: str) -> pa.Array:
    """A column in one piece."""
    column = table[name]
    if column.num_chunks == 1:
        return column.chunk(0)
    joined = column.combine_chunks()
    return joined if isinstance(joined, pa.Array) else pa.concat_arrays(joined.chunks)


def texts_of(table: pa.Table) -> pl.Series:
    """The column ``text``."""
    import polars as pl  # noqa: PLC0415 - 0.1 s

    found = pl.from_arrow(whole(table, "text"))
    return found if isinstance(found, pl.Series) else found.to_series()


def numbers(table: pa.Table, name: str) -> NDArray[np.int64]:
    """A column of integers without nulls."""
    found: NDArray[np.int64] = whole(table, name).to_numpy(zero_copy_only=False)
    return found


def unsigned(table: pa.Table, name: str) -> NDArray[np.uint64]:
    """A column of int64 read as unsigned: clusters know no unsigned integers."""
    return np.ascontiguousarray(numbers(table, name)).view(np.uint64)


def signed(values: NDArray[np.uint64]) -> pa.Array:
    """Unsigned values as int64 of the same bits."""
    return pa.array(np.ascontiguousarray(values).view(np.int64))


def lists(table: pa.Table, name: str, dtype: type[np.generic]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Values of a binary or string column without nulls on end, as ``dtype``, and where each row's begin (rows + 1)."""
    column = whole(table, name)
    large = pa.types.is_large_binary(column.type) or pa.types.is_large_string(column.type)
    buffers = column.buffers()
    size = np.dtype(dtype).itemsize
    offsets = np.frombuffer(buffers[1], np.int64 if large else np.int32)[
        column.offset : column.offset + len(column) + 1
    ]
    low, high = (int(offsets[0]), int(offsets[-1])) if len(column) else (0, 0)
    if high == low:
        return np.empty(0, dtype), np.zeros(len(column) + 1, np.int64)
    data = np.frombuffer(buffers[2], np.uint8, high - low, low)
    if data.ctypes.data % size:  # a buffer from elsewhere may start anywhere
        data = data.copy()
    return data.view(dtype), (offsets.astype(np.int64) - low) // size


def as_lists(values: NDArray[np.generic], start: NDArray[np.int64]) -> pa.Array:
    """A binary column of the runs of one array: row ``i`` holds ``values[start[i] : start[i + 1]]``."""
    size = values.dtype.itemsize
    values = np.ascontiguousarray(values)
    offsets = (start * size).astype(np.int32)
    return pa.Array.from_buffers(pa.binary(), start.size - 1, [None, pa.py_buffer(offsets), pa.py_buffer(values)])


def packed(schema: pa.Schema, part: NDArray[np.integer[Any]], *values: NDArray[Any]) -> pa.Table:
    """Rows as one line for each part: its number, and the values of its rows in a binary column each.

    Args:
        schema: ``part`` and a column for each array of ``values``.
        part: each row's; put in order here if it is not.
        values: arrays as long as ``part``.
    """
    if (part[1:] < part[:-1]).any():
        order = np.argsort(part, kind="stable")  # sixteen bits: numpy sorts them by radix
        part, values = part[order], tuple(each[order] for each in values)
    edges = np.flatnonzero(np.concatenate([[True], part[1:] != part[:-1]])[: part.size])
    bounds = np.append(edges, part.size)
    columns = [pa.array(part[edges].astype(np.int32)), *(as_lists(each, bounds) for each in values)]
    return pa.table(columns, schema=schema)


def line(schema: pa.Schema, *values: NDArray[Any]) -> pa.Table:
    """All rows as one line of part 0; the arrays may differ in length."""
    columns = [as_lists(each, np.array([0, each.size])) for each in values]
    return pa.table([pa.array([0], pa.int32()), *columns], schema=schema)


def lines(tables: Iterable[pa.Table], *dtypes: type[np.generic]) -> Iterator[list[NDArray[Any]]]:
    """The arrays of each line of packed tables that holds any rows, one for each column but ``part``."""
    for table in tables:
        for one in (table.slice(k, 1) for k in range(len(table))):
            names = table.column_names[1:]
            arrays = [lists(one, name, dtype)[0] for name, dtype in zip(names, dtypes, strict=True)]
            if arrays[-1].size:
                yield arrays


def unpacked(table: pa.Table, *dtypes: type[np.generic]) -> Iterator[tuple[NDArray[Any], ...]]:
    """The values of each part of a packed table, one array of a ``dtype`` for each column behind the first."""
    parts = numbers(table, "part")
    names = table.column_names[1:]
    for part in np.unique(parts).tolist():
        those = table.take(pa.array(np.flatnonzero(parts == part))) if (parts != part).any() else table
        yield tuple(lists(those, name, dtype)[0] for name, dtype in zip(names, dtypes, strict=True))
