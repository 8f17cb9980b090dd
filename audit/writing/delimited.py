"""CSV, TSV and their kin: where each record stands, and one cell of a record replaced."""

from __future__ import annotations

import csv
import io
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.errors import DataError
from assay.audit.reading.delimited import sniff
from assay.audit.reading.lines import records
from assay.audit.writing.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def _large_fields() -> Iterator[None]:
    """Lift the csv module's limit of 131,072 characters a field, and put it back."""
    old = csv.field_size_limit(min(sys.maxsize, (1 << 31) - 1))
    try:
        yield
    finally:
        csv.field_size_limit(old)


def lay_out(data: bytes, delimiter: str | None) -> tuple[Layout, str]:
    """Places of the rows, which the header and blank lines are not, and the delimiter; as the reader sees them."""
    mark = delimiter or sniff(data)
    found = records(data, ord(mark))
    if found and found.quoting.first_stray is None:
        start, line, blank = found.start, found.line, found.blank
    else:
        start, line, blank = _careful(data, mark)
    stop = np.append(start[1:], len(data))
    kept = np.flatnonzero(~blank)[1:]
    return Layout(data, start[kept], stop[kept], line[kept]), mark


def _careful(data: bytes, mark: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Offsets, lines and blankness of the records that Python's csv module reads."""
    taken = [0]

    def tap() -> Iterator[str]:
        for line in io.TextIOWrapper(io.BytesIO(data), "utf-8", newline=""):
            taken[0] += len(line.encode())
            yield line

    start, lines, blank = [0], [1], []
    with _large_fields():
        reader = csv.reader(tap(), delimiter=mark)
        for row in reader:
            blank.append(not row)
            start.append(taken[0])
            lines.append(reader.line_num + 1)
    return np.array(start[:-1], np.int64), np.array(lines[:-1], np.int64), np.array(blank, np.bool_)


def replace_cell(record: bytes, column: int, value: str, mark: str) -> bytes:
    """A record with one cell replaced, quoted as it was or where it must be; all other bytes stay.

    Raises:
        DataError: the cell cannot be told apart (quotes that follow no rule).
    """
    text = record.decode()
    before = _fields(text, mark)
    spans = _spans(text, mark)
    if column >= len(spans) or len(spans) != len(before):
        raise DataError("its cells cannot be told apart, so none can be replaced", cure="Quote the row by the book")
    low, high = spans[column]
    needs = any(c in value for c in (mark, '"', "\r", "\n")) or value != value.strip() or len(before) == 1
    cell = '"' + value.replace('"', '""') + '"' if needs or text[low : low + 1] == '"' else value
    after = text[:low] + cell + text[high:]
    if _fields(after, mark) != [*before[:column], value, *before[column + 1 :]]:
        raise DataError("its cells cannot be told apart, so none can be replaced", cure="Quote the row by the book")
    return after.encode()


def _fields(text: str, mark: str) -> list[str]:
    with _large_fields():
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=mark), [])


def _spans(text: str, mark: str) -> list[tuple[int, int]]:
    """Start and stop of each cell, quotes included; a quote opens only at a cell's start."""
    out, at = [], 0
    while True:
        low = at
        if text[at : at + 1] == '"':
            at += 1
            while at < len(text):
                if text[at] == '"':
                    if text[at + 1 : at + 2] != '"':
                        at += 1
                        break
                    at += 1
                at += 1
        while at < len(text) and text[at] not in (mark, "\r", "\n"):
            at += 1
        out.append((low, at))
        if text[at : at + 1] != mark:
            return out
        at += 1


def header(layout: Layout, mark: str) -> list[str]:
    """Names in the header as written."""
    return next((row for row in csv.reader(io.StringIO(layout.head.decode(), newline=""), delimiter=mark) if row), [])


def place_of(layout: Layout, mark: str, column: str) -> int:
    """Place of a column; the reader has a name for a first column that has none."""
    names = header(layout, mark)
    return names.index(column) if column in names else 0
