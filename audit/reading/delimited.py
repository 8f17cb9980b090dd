"""CSV, TSV and their kin: polars reads, counts taken from the bytes prove it, Python's csv decides the rest.

The content is what ``csv.reader`` gives, with blank lines skipped and every cell a string as written.
Polars is fast, but fills short rows in silence and refuses quotes inside a field. Its result is taken only
if quoting is by the book and the lengths of all values add up to the file's size; any other file is read
again by the csv module, which is slower and names the line of what is wrong.
"""

from __future__ import annotations

import csv
import inspect
import io
import re
import sys
from bisect import bisect_right
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.audit.errors import DataError
from assay.audit.reading.lines import LINE_END, Records, records
from assay.audit.reading.table import Table, check_names, no_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

_DELIMITERS = ",\t;|"
_SAMPLE_BYTES, _SAMPLE_ROWS = 1 << 16, 50
_CHUNK_ROWS = 1 << 16
_CLOSE = 'Close the first one; a quote inside a quoted field is written ""'
_LINE_END = re.compile(r"\r\n|\n|\r")
_EMPTY_STAYS: dict[str, Any] = (
    {"empty_string_is_null": False}
    if "empty_string_is_null" in inspect.signature(pl.read_csv).parameters
    else {"missing_utf8_is_empty_string": True}
)


def read_delimited(data: bytes, path: str, delimiter: str | None = None) -> Table:
    """Read delimited text; the delimiter is found by looking unless told.

    Raises:
        DataError: no rows, a ragged row, an unclosed quote, or unusable column names.
    """
    with _large_fields():
        mark = delimiter or sniff(data)
        found = records(data, ord(mark))
        table = _fast(data, path, mark, found) if found and found.quoting.first_stray is None else None
        return table or _careful(data, path, mark)


@contextmanager
def _large_fields() -> Iterator[None]:
    """Lift the csv module's limit of 131,072 characters a field, and put it back."""
    old = csv.field_size_limit(min(sys.maxsize, (1 << 31) - 1))
    try:
        yield
    finally:
        csv.field_size_limit(old)


def sniff(data: bytes) -> str:
    """The delimiter that splits the header and the first rows into the same number of fields; else a comma."""
    found = table_mark(data)
    if found:
        return found
    header = _header(data)
    if "," in header:
        return ","
    return next((mark for mark in _DELIMITERS if mark in header and len(_sample(header, mark)[0]) > 1), ",")


def table_mark(data: bytes) -> str | None:
    """The delimiter that splits the header and the first rows into the same number of fields, two at least."""
    head = data[:_SAMPLE_BYTES].decode("utf-8", "ignore")
    cut = len(data) > _SAMPLE_BYTES
    best, most = None, 1
    header = _header(data)
    for mark in _DELIMITERS:
        if mark not in header:
            continue
        rows = _sample(head, mark)
        if cut and len(rows) > 1 and len(rows) < _SAMPLE_ROWS:
            rows = rows[:-1]
        widths = {len(row) for row in rows}
        if len(widths) == 1 and (width := widths.pop()) > most:
            best, most = mark, width
    return best


def _header(data: bytes) -> str:
    return LINE_END.split(data[:_SAMPLE_BYTES].lstrip(b"\r\n"), 1)[0].decode("utf-8", "ignore")


def _sample(text: str, mark: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    rows: list[list[str]] = []
    for row in reader:
        if row:
            rows.append(row)
        if len(rows) == _SAMPLE_ROWS:
            break
    return rows


def _fast(data: bytes, path: str, mark: str, found: Records) -> Table | None:
    """Polars' reading, or None where it differs from what the bytes say."""
    kept = np.flatnonzero(~found.blank)
    if not len(kept) or kept[0] != 0:
        return None
    header = next(_rows(data, mark))
    names, notes = _names(header, path, 1)
    if len(kept) == 1:
        raise no_rows(path, 1)
    ending = "\n" if b"\n" in data else "\r"
    try:
        frame = pl.read_csv(
            data,
            separator=mark,
            quote_char='"' if found.quoting.count else None,
            eol_char=ending,
            infer_schema=False,
            **_EMPTY_STAYS,
        )
    except pl.exceptions.PolarsError:
        return None
    if frame.shape != (len(found.blank) - 1, len(names)):
        return None
    if found.blank.any():
        frame = frame.filter(pl.Series(~found.blank[1:]))
    # Every byte is a value's, a delimiter, a line end or a quote: if the sum is right, no value was cut or shifted.
    around = (len(names) - 1) * len(kept) + found.end_bytes + found.quoting.count - found.quoting.doubled
    inside = sum(len(name.encode()) for name in header) + _value_bytes(frame)
    if around + inside != len(data):
        return None
    frame.columns = names
    return Table(frame, found.line[kept[1:]], notes)


def _names(header: list[str], path: str, line: int) -> tuple[list[str], tuple[str, ...]]:
    """Names of the columns, and a note if the first had none: pandas writes its index so.

    Raises:
        DataError: another column has no name, or a name stands twice.
    """
    names = header
    notes: tuple[str, ...] = ()
    if len(header) > 1 and not header[0].strip():
        name = "index" if "index" not in header else "column 1"
        names, notes = [name, *header[1:]], (f"{path}:{line}: the first column has no name; it is called {name!r}",)
    check_names(names, path, line)
    return names, notes


def _value_bytes(frame: pl.DataFrame) -> int:
    if any(dtype != pl.String for dtype in frame.dtypes) or sum(frame.null_count().row(0)):
        return -1
    return sum(frame.select(pl.all().str.len_bytes().cast(pl.Int64).sum()).row(0))


def _rows(data: bytes, mark: str) -> Iterator[list[str]]:
    return csv.reader(io.TextIOWrapper(io.BytesIO(data), "utf-8", newline=""), delimiter=mark)


class _Reader:
    """Python's csv reader with the place of the record just read: its first line and its text."""

    def __init__(self, data: bytes, path: str, mark: str) -> None:
        self.path, self.mark = path, mark
        self.held: list[str] = []
        self.line = 1
        self._lines = io.TextIOWrapper(io.BytesIO(data), "utf-8", newline="")
        self._csv = csv.reader(self._tap(), delimiter=mark)
        plain = rf"[^{re.escape(mark)}\r\n]*"
        self._field = re.compile(rf'"[^"]*(?:""[^"]*)*(?P<close>")?(?P<after>{plain})|{plain}')

    def _tap(self) -> Iterator[str]:
        for line in self._lines:
            self.held.append(line)
            yield line

    def __iter__(self) -> Iterator[list[str]]:
        """Records that are not blank.

        Raises:
            DataError: a record ends inside quotes, or a quoted field of several lines goes on after its quote.
        """
        last = self.held
        for row in self._csv:
            if row:
                if len(self.held) > 1:
                    self._refuse_open_quote()
                yield row
            self.line, last, self.held = self._csv.line_num + 1, self.held, []
        self.held = last
        self._refuse_open_quote()

    def _refuse_open_quote(self) -> None:
        """Raise if the record just read ends, with the file, inside quotes; or runs over lines to a stray quote."""
        text = "".join(self.held)
        ends = [match.end() for match in _LINE_END.finditer(text)]
        at = 0
        while at < len(text) and (match := self._field.match(text, at)):
            line = self.line + bisect_right(ends, at)
            if match[0].startswith('"') and not match["close"]:
                raise DataError("a quote is opened and never closed", path=self.path, line=line, cure=_CLOSE)
            if match["after"] and bisect_right(ends, match.end()) > bisect_right(ends, at):
                problem = f"a quote is opened, and after the next one stands {match['after'][:20]!r}"
                raise DataError(problem, path=self.path, line=line, cure=_CLOSE)
            at = match.end() + 1

    def ragged(self, found: int, expected: int) -> DataError:
        """The record just read has too few or too many fields."""
        self._refuse_open_quote()
        cure = "Quote fields that hold the delimiter, a quote or a line break"
        if self.held[-1].endswith("\r"):
            cure = "A carriage return without line feed ends the row; quote fields that hold one"
        if self._csv.line_num > self.line:
            cure = f"The row runs on to line {self._csv.line_num}: a quote is probably not closed"
        problem = f"{found} fields where the header has {expected}"
        return DataError(problem, path=self.path, line=self.line, cure=cure)


def _careful(data: bytes, path: str, mark: str) -> Table:
    """Python's csv reading, with the place of whatever is wrong."""
    reader = _Reader(data, path, mark)
    names: list[str] = []
    notes: tuple[str, ...] = ()
    lines: list[int] = []
    rows: list[list[str]] = []
    frames: list[pl.DataFrame] = []
    for row in reader:
        if not names:
            names, notes = _names(row, path, reader.line)
        elif len(row) != len(names):
            raise reader.ragged(len(row), len(names))
        else:
            rows.append(row)
            lines.append(reader.line)
            if len(rows) == _CHUNK_ROWS:
                frames.append(_frame(rows, names))
                rows = []
    if not names:
        raise DataError("nothing but blank lines", path=path, cure="Give a file with a header and rows")
    if not lines:
        raise no_rows(path)
    frames.append(_frame(rows, names))
    return Table(pl.concat(frames), np.array(lines, np.int64), notes + _stray_note(data, path, mark))


def _frame(rows: list[list[str]], names: list[str]) -> pl.DataFrame:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pl.DataFrame([pl.Series(n, c, dtype=pl.String) for n, c in zip(names, columns, strict=True)])


def _stray_note(data: bytes, path: str, mark: str) -> tuple[str, ...]:
    found = records(data, ord(mark))
    if found is None or found.quoting.first_stray is None:
        return ()
    line = 1 + sum(1 for _ in LINE_END.finditer(data, 0, found.quoting.first_stray))
    return (
        f"{path}:{line}: a quote stands inside an unquoted field or after a closing one; read as Python's csv does",
    )
