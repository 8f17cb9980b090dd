"""Tables that lie on the disk: columns mapped from Arrow files, of which the system keeps in memory what is used."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
from pyarrow import ipc

from assay.audit.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assay.audit.reading.table import Table

STEP = 1 << 17
"""Rows of a Parquet file that are read at a time."""
_folder: ContextVar[Path | None] = ContextVar("folder", default=None)


@contextmanager
def spilling(folder: str) -> Iterator[None]:
    """Within it what is read is put into files of a folder; nothing of them is left once the process has ended."""
    token = _folder.set(Path(folder))
    try:
        yield
    finally:
        _folder.reset(token)


def active() -> bool:
    """Whether what is read should be put on the disk."""
    return _folder.get() is not None


def spilled(table: Table) -> Table:
    """The same table from the disk, if that was asked for; as it is where a column's type cannot be written."""
    if not active() or not table.frame.height:
        return table
    try:
        return replace(table, frame=mapped([table.frame.rechunk()]))
    except (pa.ArrowException, pl.exceptions.PolarsError, TypeError):
        return table


def mapped(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Frames of one schema (one at least) written one after the other, and their rows mapped from the file.

    Raises:
        OutputError: the disk is full.
    """
    folder = _folder.get() or Path(tempfile.gettempdir())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix="rows-", suffix=".arrow") as file:
            tables = (frame.to_arrow(compat_level=pl.CompatLevel.newest()) for frame in frames)
            first = next(tables)
            with ipc.new_file(file, first.schema) as writer:
                for table in chain([first], tables):
                    writer.write_table(table.cast(first.schema))
            file.flush()
            # The name goes when the block ends, the rows stay as long as they are mapped.
            with pa.memory_map(file.name) as source:
                found = pl.from_arrow(ipc.open_file(source).read_all(), rechunk=False)
    except OSError as error:
        raise OutputError(
            f"cannot put rows into {folder}: {error.strerror or error}. Make room there or name another folder with "
            "--storage"
        ) from error
    with suppress(OSError):
        folder.rmdir()  # if nothing else lies in it
    assert isinstance(found, pl.DataFrame)  # noqa: S101 - a table gives a frame
    return found


def parquet_in_parts(path: str) -> pl.DataFrame:
    """A Parquet file read part by part onto the disk, with the types that reading it whole gives."""
    from assay.audit.reading.columnar import plain_types  # noqa: PLC0415 - each reads by the other

    whole = pl.scan_parquet(path, hive_partitioning=False, glob=False)
    rows = int(whole.select(pl.len()).collect().item())
    if not rows:
        return whole.collect()
    return mapped(plain_types(whole.slice(low, STEP).collect()) for low in range(0, rows, STEP))
