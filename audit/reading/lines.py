"""Where records stand in a text file: found on whole arrays of bytes, never row by row.

A line ends at LF, CR LF or a lone CR, as in Python's ``csv`` module; a record may span several lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_CHUNK = 1 << 24
LINE_END = re.compile(rb"\r\n|\n|\r")
LF, CR, QUOTE, SPACE, TAB, BRACE, END_BRACE = b'\n\r" \t{}'


def find(data: bytes, byte: int) -> NDArray[np.int64]:
    """Offsets of a byte, found chunk by chunk so that no mask of the whole file is held."""
    array = np.frombuffer(data, np.uint8)
    found = [np.flatnonzero(array[i : i + _CHUNK] == byte) + i for i in range(0, len(array), _CHUNK)]
    return np.concatenate(found).astype(np.int64, copy=False) if found else np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """The records of a delimited file, the header and blank ones included."""

    line: NDArray[np.int64]
    """1-based line at which each record starts."""
    blank: NDArray[np.bool_]
    """Whether the record is an empty line."""
    quoting: Quoting
    end_bytes: int
    """Bytes of all line ends outside quotes."""
    start: NDArray[np.int64]
    """Offset at which each record starts; it ends, its line end included, where the next one starts."""


@dataclass(frozen=True, slots=True, eq=False)
class Quoting:
    """How quotes stand in a delimited file."""

    count: int
    """Number of quote characters."""
    doubled: int
    """Number of ``""`` inside quoted fields."""
    first_stray: int | None
    """Offset of the first quote that neither opens, closes nor is doubled; None where quoting is by the book."""


def records(data: bytes, delimiter: int) -> Records | None:
    """Records of a delimited file, or None where a lone CR among LF line ends makes them ambiguous.

    Right only if ``quoting.first_stray`` is None: the caller looks.
    """
    quotes = find(data, QUOTE) if b'"' in data else np.empty(0, np.int64)
    feeds = find(data, LF)
    returns = _lone_returns(data)
    if len(returns):
        inside = np.searchsorted(quotes, returns) % 2 == 1
        if len(feeds) and not inside.all():
            return None
        ends = np.sort(np.concatenate([feeds, returns]))
    else:
        ends = feeds
    outside = np.searchsorted(quotes, ends) % 2 == 0 if len(quotes) else np.ones(len(ends), np.bool_)
    array = np.frombuffer(data, np.uint8)
    stops = ends[outside]
    starts = np.concatenate([[0], stops + 1])
    line = np.concatenate([[1], np.flatnonzero(outside) + 2])
    crlf = _is_crlf(array, stops)
    stops = stops - crlf
    if starts[-1] >= len(data):
        starts, line = starts[:-1], line[:-1]
    else:
        stops = np.append(stops, len(data))
    return Records(line, stops == starts, _quoting(array, quotes, delimiter), int(outside.sum() + crlf.sum()), starts)


def _lone_returns(data: bytes) -> NDArray[np.int64]:
    """Offsets of CR that no LF follows."""
    if b"\r" not in data:
        return np.empty(0, np.int64)
    array, returns = np.frombuffer(data, np.uint8), find(data, CR)
    lone: NDArray[np.int64] = returns[array[np.minimum(returns + 1, len(array) - 1)] != LF]
    return lone


def _is_crlf(array: NDArray[np.uint8], stops: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which line ends are an LF with a CR before it."""
    before = np.maximum(stops - 1, 0)
    result: NDArray[np.bool_] = (stops > 0) & (array[stops] == LF) & (array[before] == CR)
    return result


def _quoting(array: NDArray[np.uint8], quotes: NDArray[np.int64], delimiter: int) -> Quoting:
    """Check every quote by its neighbours: openers stand at a field's start, closers at its end."""
    if not len(quotes):
        return Quoting(0, 0, None)
    before = np.where(quotes > 0, array[np.maximum(quotes - 1, 0)], LF)
    after = np.where(quotes < len(array) - 1, array[np.minimum(quotes + 1, len(array) - 1)], LF)
    opens, closes = np.arange(len(quotes)) % 2 == 0, np.arange(len(quotes)) % 2 == 1
    doubled = closes & (after == QUOTE)
    reopened = np.concatenate([[False], doubled[:-1]])
    fine_open = opens & (reopened | (before == delimiter) | (before == LF) | (before == CR))
    fine_close = closes & (doubled | (after == delimiter) | (after == LF) | (after == CR))
    stray = np.flatnonzero(~(fine_open | fine_close))
    if not len(stray) and len(quotes) % 2:
        stray = np.array([len(quotes) - 1])
    return Quoting(len(quotes), int(doubled.sum()), int(quotes[stray[0]]) if len(stray) else None)


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """The non-blank lines of a JSON Lines file: one record each, split at LF only."""

    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    """Offsets of each line's content, a CR before the LF left out."""
    line: NDArray[np.int64]
    """1-based line numbers."""
    objects: bool
    """Whether every line starts with ``{`` and ends with ``}``."""


def text_lines(data: bytes) -> Lines:
    """Non-blank lines; only space, tab and CR make a line blank."""
    array, feeds = np.frombuffer(data, np.uint8), find(data, LF)
    start = np.concatenate([[0], feeds + 1])
    stop = np.append(feeds, len(data))
    stop = stop - ((stop > start) & (array[np.maximum(stop - 1, 0)] == CR))
    blank = stop == start
    first = array[np.minimum(start, len(array) - 1)]
    for i in np.flatnonzero(~blank & np.isin(first, (SPACE, TAB, CR))):
        blank[i] = not data[start[i] : stop[i]].strip(b" \t\r")
    kept = np.flatnonzero(~blank)
    start, stop = start[kept], stop[kept]
    objects = bool(((array[start] == BRACE) & (array[stop - 1] == END_BRACE)).all()) if len(kept) else False
    return Lines(start, stop, kept + 1, objects)


def line_of(data: bytes, offsets: Sequence[int]) -> list[int]:
    """1-based LF lines of rising offsets."""
    result, line, at = [], 1, 0
    for offset in offsets:
        line += data.count(b"\n", at, offset)
        at = offset
        result.append(line)
    return result
