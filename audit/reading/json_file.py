"""A ``.json`` file: a list of objects, an object of lists, one key that holds the list, or JSON Lines after all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from assay.audit.errors import DataError
from assay.audit.reading.json_lines import read_json_lines
from assay.audit.reading.json_rows import (
    SURROGATE_ESCAPE,
    Columns,
    Items,
    Pairs,
    not_json,
    scan,
    scan_value,
    skip_space,
    spans,
)
from assay.audit.reading.table import Table, check_names

_CHUNK_ROWS = 1 << 11
_CURE = "Give a list of objects, one object of equally long lists, or JSON Lines"


def read_json(data: bytes, path: str) -> Table:
    """Read a JSON file as a table.

    Raises:
        DataError: not JSON, or valid JSON of another shape, or no rows.
    """
    text = data.decode("utf-8")
    at = skip_space(text, 0)
    if text[at : at + 1] == "[":
        items = Items(text, at, path)
        table = _rows(items, whole=True)
    else:
        value, end = scan_value(text, at, path)
        after = skip_space(text, end)
        if text[at] == "{" and text[after : after + 1] == "{" and "\n" in text[end:after]:
            return read_json_lines(data, path)
        _refuse_rest(text, end, path)
        if text[at] != "{":
            raise _no_table("one plain value", path)
        table = _object(text, at, value, path)
    check_names(table.frame.columns, path)
    return table


def _no_table(what: str, path: str, line: int | None = None) -> DataError:
    return DataError(f"valid JSON, but not a table: {what}", path=path, line=line, cure=_CURE)


def _refuse_rest(text: str, end: int, path: str) -> None:
    after = skip_space(text, end)
    if after < len(text):
        raise not_json("something follows the value", text, after, path)


def _rows(items: Items, *, whole: bool) -> Table:
    """A list of objects; ``whole`` if the list is all that the file holds."""
    text, path = items.text, items.path
    columns = Columns(path, surrogates=SURROGATE_ESCAPE.search(text) is not None)
    rows: list[Pairs] = []
    sources: list[tuple[str, int]] = []
    lines: list[int] = []
    done: list[int] = []
    odd: int | None = None
    for value, at, line in items:
        if odd is not None or text[at] != "{":
            odd = odd or line
            continue
        rows.append(value)
        sources.append((text, at))
        lines.append(line)
        if len(rows) == _CHUNK_ROWS:
            columns.add(rows, lines, sources)
            done += lines
            rows, sources, lines = [], [], []
    if whole:
        _refuse_rest(text, items.end, path)
    if odd is not None:
        raise _no_table("the list holds something else than objects", path, odd)
    if rows:
        columns.add(rows, lines, sources)
        done += lines
    frame = columns.frame()
    if not done or not frame.width:
        raise _no_table("it holds no rows" if not done else "its objects have no keys", path)
    return Table(frame, np.array(done, np.int64), columns.notes)


def _object(text: str, at: int, pairs: Pairs, path: str) -> Table:
    """An object of lists: columns; or an object of which one key holds the list of rows."""
    places = [(key, start) for key, start, _ in spans(text, at)]
    lists = [(key, start) for key, start in places if text[start] == "["]
    if len(lists) == 1 and text[skip_space(text, lists[0][1] + 1)] == "{":
        table = _rows(Items(text, lists[0][1], path), whole=False)
        left = ", ".join(repr(key) for key, _ in places if key != lists[0][0])
        note = f"{path}: the rows are the list under {lists[0][0]!r}; left out: {left}"
        return replace(table, notes=(*table.notes, note)) if left else table
    if not places or len(lists) < len(places):
        raise _no_table("one object, whose values are no lists" if places else "an empty object", path)
    check_names([key for key, _ in places], path)
    lengths = {key: len(value) for key, value in pairs}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{key}: {count}" for key, count in list(lengths.items())[:5])
        raise _no_table(f"its lists differ in length ({told})", path)
    if not max(lengths.values()):
        raise _no_table("it holds no rows", path)
    columns = Columns(path, surrogates=SURROGATE_ESCAPE.search(text) is not None)
    series = {key: columns.cells([_cell(text, *item) for item in Items(text, start, path)]) for key, start in places}
    frame = pl.DataFrame(series, schema=dict.fromkeys(series, pl.String))
    return Table(frame, np.zeros(frame.height, np.int64), columns.notes)


def _cell(text: str, value: Any, at: int, _line: int) -> str | None:
    """One value of a column as its source spells it."""
    if value is None or text[at] == '"':
        return value  # type: ignore[no-any-return]  # a string, as its first character says
    return text[at : scan(text, at)[1]]
