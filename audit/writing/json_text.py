"""JSON Lines and JSON: where each object stands, and one value of an object replaced."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.reading.json_rows import Items, scan, scan_value, skip_space, spans
from assay.audit.reading.lines import LF, find, text_lines
from assay.audit.writing.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


def lay_out_lines(data: bytes) -> Layout:
    """Places of the objects of JSON Lines, line ends included."""
    lines, feeds = text_lines(data), find(data, LF)
    ends = np.append(feeds + 1, len(data))
    return Layout(data, lines.start, ends[np.searchsorted(feeds, lines.stop)], lines.line)


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """An object of equally long lists: each list is a column."""

    lists: Mapping[str, Layout]

    @property
    def rows(self) -> int:
        """Length of the lists."""
        return next(iter(self.lists.values())).start.size

    def without(self, dropped: NDArray[np.int64], replaced: Mapping[str, Mapping[int, bytes]]) -> bytes:
        """The text without the items of some rows in every list, and with some values replaced."""
        kept = np.setdiff1d(np.arange(self.rows), dropped, assume_unique=True)
        out: list[bytes | memoryview] = []
        at = 0
        for name, one in self.lists.items():
            out.append(one.data[at : one.start[0]])
            out += one.body(kept, replaced.get(name, {}))
            at = int(one.stop[-1])
        return b"".join([*out, one.data[at:]])


def lay_out_json(data: bytes, path: str) -> Layout | Lists:
    """Places of the rows of a ``.json`` file, whatever shape of those that are read it has."""
    text = data.decode("utf-8")
    at = skip_space(text, 0)
    if text[at : at + 1] == "[":
        return _items(text, at, path, lines=True)
    _, end = scan_value(text, at, path)
    after = skip_space(text, end)
    if text[after : after + 1] == "{" and "\n" in text[end:after]:
        return lay_out_lines(data)
    lists = [(key, start) for key, start, _ in spans(text, at) if text[start] == "["]
    if len(lists) == 1 and text[skip_space(text, lists[0][1] + 1)] == "{":
        return _items(text, lists[0][1], path, lines=True)
    return Lists({key: _items(text, start, path, lines=False) for key, start in lists})


def _items(text: str, at: int, path: str, *, lines: bool) -> Layout:
    found = [(start, line) for _, start, line in Items(text, at, path)]
    edges = [edge for start, _ in found for edge in (start, scan(text, start)[1])]
    where = np.array(_byte_offsets(text, edges), np.int64)
    line = np.array([line if lines else 0 for _, line in found], np.int64)
    return Layout(text.encode(), where[::2], where[1::2], line, listed=True)


def _byte_offsets(text: str, offsets: Sequence[int]) -> list[int]:
    """Rising character offsets as offsets into the text's UTF-8."""
    if text.isascii():
        return list(offsets)
    out, at, size = [], 0, 0
    for offset in offsets:
        size += len(text[at:offset].encode())
        at = offset
        out.append(size)
    return out


def literal(value: str, *, bare: bool, plain_ascii: bool) -> str:
    """A value as JSON: as it is where it is a number or the like among its kin, else a string."""
    if bare:
        try:
            if not isinstance(json.loads(value), str):
                return value
        except ValueError:
            pass
    return json.dumps(value, ensure_ascii=plain_ascii)


def replace_value(row: bytes, key: str, value: str, *, bare: bool) -> bytes:
    """An object's text with the value of one key replaced, or the key added at its end; all other bytes stay.

    Args:
        row: the object, white space around it included.
        key: which value.
        value: the new one, as the reader spells it.
        bare: whether a missing value is written without quotes if it can be (its column holds numbers).
    """
    text = row.decode()
    at = skip_space(text, 0)
    found = {name: (a, b) for name, a, b in spans(text, at)}
    if key in found:
        low, high = found[key]
        now = text[low:high]
        new = literal(value, bare=now[0] != '"' and (now != "null" or bare), plain_ascii=text.isascii())
        return (text[:low] + new + text[high:]).encode()
    new = f"{json.dumps(key, ensure_ascii=text.isascii())}: {literal(value, bare=bare, plain_ascii=text.isascii())}"
    end = max((b for _, b in found.values()), default=at + 1)
    return (text[:end] + (", " if found else "") + new + text[end:]).encode()


def replace_item(item: bytes, value: str, *, bare: bool) -> bytes:
    """A value of a list replaced; see ``replace_value``."""
    now = item.decode()
    return literal(value, bare=now[0] != '"' and (now != "null" or bare), plain_ascii=now.isascii()).encode()


def column_is_bare(layout: Layout, key: str) -> bool:
    """Whether the first value of a key is written without quotes: a number, a list."""
    for row in range(layout.start.size):
        text = layout.row(row).decode()
        now = next((text[a:b] for name, a, b in spans(text, skip_space(text, 0)) if name == key), "null")
        if now != "null":
            return now[0] != '"'
    return False
