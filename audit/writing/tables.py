"""Parquet and Arrow files: rows of a table written again under the same schema."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

from assay.audit.errors import DataError
from assay.audit.reading.class_names import class_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

Form = Literal["parquet", "file", "stream"]


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """A table as its file holds it."""

    table: pa.Table
    form: Form
    packing: str = "none"
    """Codec of a Parquet file's columns."""


def open_table(path: str) -> Stored:
    """Read a Parquet or Arrow file without changing a type."""
    head = _head(path)
    if head.startswith(b"PAR1"):
        import pyarrow.parquet as pq  # noqa: PLC0415 - 20 ms, for Parquet only

        with Path(path).open("rb") as file:
            whole = pq.ParquetFile(file)
            codec = whole.metadata.row_group(0).column(0).compression if whole.metadata.num_row_groups else "SNAPPY"
            return Stored(whole.read(), "parquet", "none" if codec == "UNCOMPRESSED" else codec.lower())
    with Path(path).open("rb") as file:
        if head == b"ARROW1":
            return Stored(ipc.open_file(file).read_all(), "file")
        return Stored(ipc.open_stream(file).read_all(), "stream")


def _head(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(6)


def picked(stored: Stored, rows: NDArray[np.int64], labels: Mapping[int, str], column: str | None) -> pa.Table:
    """Some rows (rising numbers) with some labels replaced.

    Raises:
        DataError: a label does not fit the column's type.
    """
    table = stored.table
    if labels and column:
        at = table.schema.get_field_index(column)
        labels = _numbers(labels, class_names(table.schema.metadata).get(column), column)
        table = table.set_column(at, table.schema.field(at), _relabelled(table.column(at), labels, column))
    if rows.size == table.num_rows:
        return table
    # Arrow cannot pick rows of the views that polars writes: they are texts for the while.
    plain = pa.schema([field.with_type(_without_views(field.type)) for field in table.schema])
    return table.cast(plain).take(pa.array(rows)).cast(table.schema)


def _without_views(kind: pa.DataType) -> pa.DataType:
    """The type with texts and bytes in the place of views of them, inside of lists and structures too."""
    if pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_binary_view(kind):
        return pa.large_binary()
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_without_views(field.type)) for field in kind])
    for is_list, make in ((pa.types.is_list, pa.list_), (pa.types.is_large_list, pa.large_list)):
        if is_list(kind):
            return make(kind.value_field.with_type(_without_views(kind.value_type)))
    return kind


def _numbers(labels: Mapping[int, str], names: Sequence[str] | None, column: str) -> Mapping[int, str]:
    """Labels as the numbers that a column of classes (``ClassLabel``) holds.

    Raises:
        DataError: a new label is no class of the column.
    """
    if names is None:
        return labels
    strange = sorted({label for label in labels.values() if label not in names})
    if strange:
        cure = f"Its classes are {', '.join(names[:20])}; add the class to its ClassLabel first"
        raise DataError(f"{strange[0]!r} is no class of it", column=repr(column), cure=cure)
    return {row: str(names.index(label)) for row, label in labels.items()}


def _relabelled(column: pa.ChunkedArray, labels: Mapping[int, str], name: str) -> pa.ChunkedArray:
    kind = column.type
    plain = _without_views(kind.value_type if pa.types.is_dictionary(kind) else kind)
    rows = sorted(labels)
    mask = np.zeros(len(column), np.bool_)
    mask[rows] = True
    try:
        new = pa.array([labels[r] for r in rows], pa.string()).cast(plain)
        dense = column.cast(plain).combine_chunks()
        dense = dense.combine_chunks() if isinstance(dense, pa.ChunkedArray) else dense
        changed = pc.replace_with_mask(dense, pa.array(mask), new)
        changed = changed.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else changed.cast(kind)
    except (pa.ArrowException, NotImplementedError) as error:
        problem = f"a new label does not fit its type {kind} ({str(error).splitlines()[0][:120]})"
        raise DataError(problem, column=repr(name), cure="Write the labels as text") from error
    return pa.chunked_array([changed], kind)


def packed(table: pa.Table, stored: Stored) -> bytes:
    """A table as the bytes of a file of the same form."""
    out = io.BytesIO()
    if stored.form == "parquet":
        import pyarrow.parquet as pq  # noqa: PLC0415 - as above

        pq.write_table(table, out, compression=stored.packing)
    else:
        new = ipc.new_file if stored.form == "file" else ipc.new_stream
        with new(out, table.schema) as writer:
            writer.write_table(table)
    return out.getvalue()
