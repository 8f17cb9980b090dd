"""The source files of a data set, opened: where each row stands in them; and what was written, read again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.errors import DataError
from assay.audit.reading.delimited import read_delimited
from assay.audit.reading.encodings import as_utf8
from assay.audit.reading.json_file import read_json
from assay.audit.reading.json_lines import read_json_lines
from assay.audit.writing.original import open_original

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset
    from assay.audit.writing.original import Original

_AGAIN = "Run the command again; something else is writing to the file"


@dataclass(frozen=True, slots=True, eq=False)
class Files:
    """Source files, each once, and the place of rows in them."""

    originals: tuple[Original, ...]
    file: NDArray[np.int64]
    """(rows,) of each row of the frame: index into ``originals``; -1 for rows of splits that were not opened."""
    row: NDArray[np.int64]
    """(rows,) 0-based row in that file."""

    def rows_of(self, number: int) -> NDArray[np.int64]:
        """Frame rows of a file, in the file's order."""
        rows = np.flatnonzero(self.file == number)
        return rows[np.argsort(self.row[rows], kind="stable")]


def open_files(data: Dataset, splits: Iterable[str]) -> Files:
    """Open the files of some splits.

    Raises:
        DataError: a split is no file (a frame, a hub id), or a file is not as it was read.
    """
    originals: dict[str, Original] = {}
    for split in (s for s in data.splits if s.name in set(splits)):
        if not split.files:
            cure = "Save the data as CSV, JSON Lines or Parquet first"
            raise DataError(f"{split.name} does not come from files, so there are no rows to copy", cure=cure)
        for path in split.files:
            if path not in originals:
                originals[path] = open_original(path)
    order = list(originals)
    number = np.full(len(data), -1, np.int64)
    row = np.full(len(data), -1, np.int64)
    # Where a column splits a file, rows of other splits stand in it as well.
    for split in (s for s in data.splits if s.files and set(s.files) <= set(order)):
        first = np.concatenate([[0], np.cumsum([originals[path].rows for path in split.files])])
        inside = slice(split.start, split.stop)
        file = data.places.file[inside].astype(np.int64)
        row[inside] = data.places.row[inside] - first[file]
        number[inside] = np.array([order.index(path) for path in split.files], np.int64)[file]
    found = Files(tuple(originals.values()), number, row)
    _check(data, found)
    return found


def _check(data: Dataset, found: Files) -> None:
    """Refuse files whose rows are not where the reader saw them."""
    for number, original in enumerate(found.originals):
        rows = found.rows_of(number)
        where = found.row[rows]
        fits = where.size == 0 or (where[0] >= 0 and where[-1] < original.rows)
        if not fits or not np.array_equal(original.line[where], data.places.line[rows]):
            raise DataError("its rows are not where they were when it was read", path=original.path, cure=_AGAIN)


def read_back(content: bytes, kind: str, path: str) -> pl.DataFrame | None:
    """The columns of a new text file, by the readers; None for tables, whose library vouches for itself."""
    if kind in {"parquet", "arrow"}:
        return None
    data = as_utf8(content, path)
    if kind == "json":
        return read_json(data, path).frame
    if kind == "jsonl":
        return read_json_lines(data, path).frame
    return read_delimited(data, path, "\t" if kind == "tsv" else None).frame


def verify(content: bytes, kind: str, path: str, expected: pl.DataFrame) -> None:
    """Read a new file's content back and compare it with what it should hold.

    Args:
        content: the file before packing.
        kind: its kind.
        path: its name, for the message.
        expected: rows and columns; a column without any value may be absent.

    Raises:
        DataError: it would be read differently; nothing should be written.
    """
    frame = read_back(content, kind, path)
    if frame is None:
        return
    same = frame.height == expected.height and all(_equal(frame, expected, name) for name in expected.columns)
    if not same or set(frame.columns) - set(expected.columns):
        cure = "Save the source as plain CSV or JSON Lines, and run again"
        raise DataError("it would not be read as it should, so it was not written", path=path, cure=cure)


def _equal(frame: pl.DataFrame, expected: pl.DataFrame, name: str) -> bool:
    wanted = expected[name]
    if name not in frame.columns:
        return wanted.null_count() == len(wanted)
    return bool((frame[name].cast(pl.String) == wanted.cast(pl.String, strict=False)).fill_null(value=True).all()) and (
        frame[name].null_count() == wanted.null_count()
    )
