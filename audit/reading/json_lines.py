"""JSON Lines: one object a line, split at LF only, every value a string as its source spells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.audit.errors import DataError
from assay.audit.reading.arrow_lines import read_flat
from assay.audit.reading.json_rows import SURROGATE_ESCAPE, Columns, Pairs, scan_value
from assay.audit.reading.lines import Lines, text_lines
from assay.audit.reading.table import Table, check_names

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHUNK_ROWS = 1 << 11  # few live objects keep the garbage collector quick
_SPACE = " \t\r"


def read_json_lines(data: bytes, path: str) -> Table:
    """Read JSON Lines.

    Raises:
        DataError: a line is no JSON object, a key stands twice, or there is no row.
    """
    lines = text_lines(data)
    if not len(lines.line):
        raise DataError("nothing but blank lines", path=path, cure="Give one JSON object a line")
    table = read_flat(data, lines) or _careful(data, path, lines)
    check_names(table.frame.columns, path, int(lines.line[0]))
    if not table.frame.width:
        raise DataError("the objects have no keys", path=path, cure='Give rows such as {"text": "..."}')
    return table


def _careful(data: bytes, path: str, lines: Lines) -> Table:
    """Read with Python's own scanner, chunk by chunk."""
    surrogates = SURROGATE_ESCAPE.search(data.decode()) is not None if b"\\u" in data else False
    columns = Columns(path, surrogates=surrogates)
    for begin in range(0, len(lines.line), _CHUNK_ROWS):
        part = slice(begin, begin + _CHUNK_ROWS)
        places = zip(lines.start[part].tolist(), lines.stop[part].tolist(), strict=True)
        texts = [data[a:b].decode() for a, b in places]
        numbers = lines.line[part].tolist()
        columns.add(*_rows(texts, numbers, path))
    return Table(columns.frame(), lines.line, columns.notes)


def _rows(texts: list[str], numbers: list[int], path: str) -> tuple[list[Pairs], list[int], Sequence[tuple[str, int]]]:
    rows, sources = [], []
    for text, number in zip(texts, numbers, strict=True):
        at = 0 if text[0] not in _SPACE else len(text) - len(text.lstrip(_SPACE))
        if text[at] != "{":
            raise _no_object(text, at, path, number)
        row, end = scan_value(text, at, path, number)
        if end != len(text) and text[end:].strip(_SPACE):
            problem = f"something follows the object at character {end + 1}"
            raise DataError(problem, path=path, line=number, cure="Give one object a line")
        rows.append(row)
        sources.append((text, at))
    return rows, numbers, sources


def _no_object(text: str, at: int, path: str, number: int) -> DataError:
    cure = 'Every line must be an object such as {"text": "...", "label": "..."}'
    if text[at] == "[" and number == 1:
        cure += "; for one list of objects, name the file .json"
    return DataError("the line is not a JSON object", path=path, line=number, cure=cure)
