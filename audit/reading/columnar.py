"""Parquet and Arrow files: types are kept, and a damaged file is an error with its name."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
from pyarrow import ipc

from assay.audit.errors import DataError
from assay.audit.reading import spilled
from assay.audit.reading.class_names import class_names, named
from assay.audit.reading.raw import check_file, unreadable
from assay.audit.reading.table import Table, check_names, without_lines
from assay.audit.tables import is_panic

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAMAGED = "Write the file again; it may have been cut off in transfer"


@contextmanager
def _said(path: str, kind: str) -> Iterator[None]:
    """Turn what the libraries raise into an error that names the file."""
    try:
        yield
    except DataError:
        raise
    except OSError as error:
        if error.errno is None:
            raise DataError(f"not a readable {kind} file ({first_line(error)})", path=path, cure=_DAMAGED) from error
        raise unreadable(path, error) from error
    except (pl.exceptions.PolarsError, pa.ArrowException, ValueError, OverflowError, MemoryError) as error:
        raise DataError(f"not a readable {kind} file ({first_line(error)})", path=path, cure=_DAMAGED) from error
    except BaseException as error:
        if not is_panic(error):  # here it means bad bytes
            raise
        raise DataError(f"not a readable {kind} file", path=path, cure=_DAMAGED) from error


def first_line(error: BaseException) -> str:
    """What a library says, without the rest of its page."""
    return str(error).split("\n", 1)[0][:200]


def read_parquet(path: str) -> Table:
    """Read a Parquet file.

    Raises:
        DataError: the file cannot be read or is damaged, holds no rows, or its columns' names are unusable.
    """
    check_file(path)
    with _said(path, "Parquet"):
        _check_schema(path)
        try:
            if spilled.active():
                frame = spilled.parquet_in_parts(path)
            else:
                frame = pl.read_parquet(path, hive_partitioning=False, glob=False)
        except pl.exceptions.PolarsError:
            frame = from_arrow(_pyarrow_parquet(path), path)
    return _checked(frame, path)


def _check_schema(path: str) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415 - 20 ms, for Parquet only

    with Path(path).open("rb") as file:
        check_names(pq.ParquetFile(file).schema_arrow.names, path)


def _pyarrow_parquet(path: str) -> pa.Table:
    import pyarrow.parquet as pq  # noqa: PLC0415

    with Path(path).open("rb") as file:
        return pq.ParquetFile(file).read()


def read_arrow(path: str) -> Table:
    """Read an Arrow IPC file or stream, or Feather (version 2).

    Raises:
        DataError: as for ``read_parquet``.
    """
    check_file(path)
    with _said(path, "Arrow"), Path(path).open("rb") as file:
        head = file.read(6)
        file.seek(0)
        if head.startswith(b"FEA1"):
            raise DataError("Feather version 1 is not read", path=path, cure="Write it as Feather version 2 or Parquet")
        table = ipc.open_file(file).read_all() if head == b"ARROW1" else ipc.open_stream(file).read_all()
        frame = from_arrow(table, path)
    return _checked(frame, path)


def _checked(frame: pl.DataFrame, path: str) -> Table:
    check_names(frame.columns, path)
    if not frame.width or not frame.height:
        raise DataError("no rows", path=path, cure="Give a file with at least one row")
    return without_lines(plain_types(frame))


def from_arrow(table: pa.Table, path: str) -> pl.DataFrame:
    """A polars frame of an Arrow table; extension types give way to what they are stored as, class numbers to names.

    Raises:
        DataError: the content is damaged, or a column has a type that cannot be taken over; the message names it.
    """
    check_names(table.column_names, path)
    try:
        table.validate(full=True)  # polars believes what Arrow hands over
    except pa.ArrowException as error:
        raise DataError(f"damaged content ({first_line(error)})", path=path, cure=_DAMAGED) from error
    columns = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if isinstance(column.type, pa.BaseExtensionType):
            chunks = [chunk.storage for chunk in column.chunks]
            column = pa.chunked_array(chunks, column.type.storage_type)  # noqa: PLW2901 - the same column, unwrapped
        columns.append(_series(name, column, path))
    return named(pl.DataFrame(columns), class_names(table.schema.metadata))


def _series(name: str, column: pa.ChunkedArray, path: str) -> pl.Series:
    try:
        return pl.Series(name, pl.from_arrow(pa.table({"c": column}))["c"])  # type: ignore[index]  # a frame
    except BaseException as error:
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        try:
            return pl.Series(name, [None if v is None else str(v) for v in column.to_pylist()], dtype=pl.String)
        except (ValueError, TypeError, pa.ArrowException) as failed:
            problem = f"its type {column.type} cannot be read"
            raise DataError(problem, path=path, column=repr(name), cure="Leave the column out") from failed


def plain_types(frame: pl.DataFrame) -> pl.DataFrame:
    """Dictionary columns become the strings that they stand for, bytes become text if they are UTF-8."""
    coded = [c for c, t in frame.schema.items() if isinstance(t, (pl.Categorical, pl.Enum))]
    if coded:
        frame = frame.with_columns(pl.col(coded).cast(pl.String))
    odd = [c for c, t in frame.schema.items() if t in {pl.Binary, pl.Object}]
    return frame.with_columns([_as_text(frame[c]) for c in odd]) if odd else frame


def _as_text(column: pl.Series) -> pl.Series:
    """Bytes decoded, or as they are where they are no text; objects of Python as what they print."""
    if column.dtype == pl.Object:
        return pl.Series(column.name, [None if v is None else str(v) for v in column.to_list()], dtype=pl.String)
    try:
        return column.cast(pl.String)
    except pl.exceptions.PolarsError:
        return column
