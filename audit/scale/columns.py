"""Between Arrow columns and the arrays of kernels, without copies where there can be none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray


def whole(table: pa.Table, name: str) -> pa.Array:
    """A column in one piece."""
    column = table[name]
    if column.num_chunks == 1:
        return column.chunk(0)
    joined = column.combine_chunks()
    return joined if isinstance(joined, pa.Array) else pa.concat_arrays(joined.chunks)


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
    """Values of a binary column without nulls as one array of ``dtype``, and where each row's begin (rows + 1)."""
    column = whole(table, name)
    large = pa.types.is_large_binary(column.type)
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
