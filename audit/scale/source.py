"""Where texts lie: pieces that any worker can read, with the ids of their rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from assay.audit.scale.files import Partitions
from assay.audit.scale.stages import TEXTS

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Source:
    """All texts, in pieces."""

    rows: int
    pieces: Sequence[Any]
    read: Callable[[Any], pa.Table]
    """Gives TEXTS of a piece; sent to the workers."""
    largest: int
    """Rows of the largest piece."""

    @property
    def partitions(self) -> Partitions:
        """As a stage reads them."""
        return Partitions(self.pieces, self.read, TEXTS)


@dataclass(frozen=True, slots=True)
class Piece:
    """A row group of a Parquet file; paths may be URIs (``s3://``, ``gs://``, ``hdfs://``)."""

    path: str
    group: int
    first: int
    """Id of its first row."""


@dataclass(frozen=True, slots=True)
class ReadParquet:
    """Reads a piece: its text columns joined by a line break, nothing where there is no value."""

    columns: tuple[str, ...]

    def __call__(self, piece: Piece) -> pa.Table:
        """Piece to TEXTS."""
        with _opened(piece.path) as file:
            table = file.read_row_group(piece.group, columns=list(self.columns), use_threads=False)
        return texts([table[c] for c in self.columns], piece.first)


def texts(columns: Sequence[Any], first: int) -> pa.Table:
    """TEXTS of string columns."""
    import pyarrow.compute as pc  # noqa: PLC0415 - 20 ms

    whole = [c.cast(pa.large_string()) for c in columns]
    filled = [pc.fill_null(c, "") if c.null_count else c for c in whole]
    text = filled[0] if len(filled) == 1 else pc.binary_join_element_wise(*filled, "\n")
    return pa.table([pa.array(np.arange(first, first + len(text))), text], schema=TEXTS)


def _opened(path: str) -> Any:
    """A Parquet file on any file system that Arrow knows."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - 20 ms

    if "://" not in path:
        return pq.ParquetFile(path, memory_map=True)
    from pyarrow import fs  # noqa: PLC0415 - only for such paths

    system, inside = fs.FileSystem.from_uri(path)
    return pq.ParquetFile(system.open_input_file(inside))


def parquet(paths: Sequence[str], columns: Sequence[str]) -> Source:
    """Texts of Parquet files in the order given: a piece for each row group.

    Raises:
        OSError, ArrowException: a file cannot be read.
    """
    pieces, first, largest = [], 0, 0
    for path in paths:
        with _opened(path) as file:
            for group in range(file.metadata.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                pieces.append(Piece(path, group, first))
                first, largest = first + rows, max(largest, rows)
    return Source(first, pieces, ReadParquet(tuple(columns)), largest)


def column(text: pl.Series, rows: int) -> Source:
    """Texts of a column in this process, ``rows`` at a time: for the engine of this machine."""
    ranges = [(low, min(low + rows, len(text))) for low in range(0, len(text), rows)]

    def read(piece: tuple[int, int]) -> pa.Table:
        low, high = piece
        return texts([text.slice(low, high - low).to_arrow()], low)

    return Source(len(text), ranges, read, min(rows, len(text)))


def staged(text: pl.Series, folder: Path, rows: int) -> Source:
    """Texts of a column written to a folder that workers see, ``rows`` a file."""
    return parquet([piece.path for piece in stage_frame(text.alias("text").to_frame(), folder, rows)], ["text"])


def stage_frame(frame: pl.DataFrame, folder: Path, rows: int) -> list[Piece]:
    """Columns written to a folder that workers see, ``rows`` a file."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    folder.mkdir(parents=True, exist_ok=True)
    pieces = []
    for n, low in enumerate(range(0, frame.height, rows)):
        path = folder / f"{n}.parquet"
        if not path.exists():
            table = frame.slice(low, rows).to_arrow()
            pq.write_table(table, path.with_suffix(".part"), row_group_size=rows, compression="lz4")
            path.with_suffix(".part").replace(path)
        pieces.append(Piece(str(path), 0, low))
    return pieces


@dataclass(frozen=True, slots=True)
class ReadColumns:
    """Reads a piece: the number of its first row, and some of its columns."""

    columns: tuple[str, ...]

    def __call__(self, piece: Piece) -> tuple[int, pa.Table]:
        """Piece to what ``slicing.Hold`` takes."""
        with _opened(piece.path) as file:
            return piece.first, file.read_row_group(piece.group, columns=list(self.columns), use_threads=False)
