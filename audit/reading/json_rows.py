"""JSON values as their source spells them: strings by content, everything else by its literal text."""

from __future__ import annotations

import json
import re
from collections import Counter
from json.scanner import c_make_scanner  # type: ignore[attr-defined]  # the C scanner: what json itself calls
from typing import TYPE_CHECKING, Any, NoReturn

import polars as pl

from assay.audit.errors import DataError
from assay.audit.reading.table import check_distinct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"[ \t\r\n]*")
_PLAIN = {str, type(None)}
Pairs = list[tuple[str, Any]]


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


scan = c_make_scanner(
    json.JSONDecoder(object_pairs_hook=list, parse_int=str, parse_float=str, parse_constant=_refuse_constant)
)
"""``scan(text, offset) -> (value, end)``: numbers as their literals, objects as lists of pairs."""


def skip_space(text: str, at: int) -> int:
    """Offset of the first character from ``at`` on that is no JSON white space."""
    match = _SPACE.match(text, at)
    return match.end() if match else at


def scan_value(text: str, at: int, path: str, line: int = 1) -> tuple[Any, int]:
    """Scan one value; ``line`` is where ``text`` starts.

    Raises:
        DataError: the text is not JSON there, or nested too deeply.
    """
    try:
        value, end = scan(text, at)
    except StopIteration as error:
        raise not_json("a value is expected here", text, error.value, path, line) from error
    except json.JSONDecodeError as error:
        raise not_json(error.msg.lower(), text, error.pos, path, line) from error
    except RecursionError as error:
        line += text.count("\n", 0, at)
        raise DataError("nested too deeply", path=path, line=line, cure="A row is an object of plain values") from error
    except ValueError as error:
        line += text.count("\n", 0, at)
        raise DataError(str(error), path=path, line=line, cure="Write null, or the value as a string") from error
    return value, end


def not_json(problem: str, text: str, at: int, path: str, line: int = 1) -> DataError:
    """What is wrong at an offset of a text whose first line has a number."""
    line += text.count("\n", 0, at)
    character = at - text.rfind("\n", 0, at)
    cure = "Strings and keys need double quotes, and no comma stands before a closing bracket"
    return DataError(f"not valid JSON: {problem} (character {character})", path=path, line=line, cure=cure)


def spans(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Key, start and stop of every value of the object at an offset, which was scanned before and so is valid."""
    at = skip_space(text, at + 1)
    while text[at] != "}":
        key, at = scan(text, at)
        start = skip_space(text, skip_space(text, at) + 1)
        _, at = scan(text, start)
        yield key, start, at
        at = skip_space(text, at)
        if text[at] == ",":
            at = skip_space(text, at + 1)


class Items:
    """The items of a list one by one, with their offset and 1-based line; ``end`` is past the list when done."""

    def __init__(self, text: str, start: int, path: str) -> None:
        """Stand before the ``[`` at ``start``."""
        self.text, self.start, self.path = text, start, path
        self.end = start

    def __iter__(self) -> Iterator[tuple[Any, int, int]]:
        """Value, offset and line of each item.

        Raises:
            DataError: the list is not valid JSON.
        """
        text, line, counted = self.text, 1, 0
        at = skip_space(text, self.start + 1)
        more = text[at : at + 1] != "]"
        while more:
            value, end = scan_value(text, at, self.path)
            line += text.count("\n", counted, at)
            counted = at
            yield value, at, line
            at = skip_space(text, end)
            more = text[at : at + 1] == ","
            if more:
                at = skip_space(text, at + 1)
            elif text[at : at + 1] != "]":
                raise not_json("a comma or ] is expected", text, at, self.path)
        self.end = at + 1


def _nulls(name: str, count: int) -> pl.Series:
    return pl.repeat(None, count, dtype=pl.String, eager=True).alias(name)


class Columns:
    """Columns of strings that grow by chunks of rows; keys may come and go."""

    def __init__(self, path: str, *, surrogates: bool) -> None:
        """Start empty; ``surrogates`` says that the text holds escapes which may be unpaired surrogates."""
        self.path, self.surrogates = path, surrogates
        self.replaced: list[int] = []
        self._chunks: dict[str, list[pl.Series]] = {}
        self._height = 0

    def add(self, rows: Sequence[Pairs], lines: Sequence[int], sources: Sequence[tuple[str, int]]) -> None:
        """Add rows; ``sources`` is each row's text and the offset of its object in it.

        Raises:
            DataError: a key stands twice in an object.
        """
        first = [key for key, _ in rows[0]]
        uniform = all([key for key, _ in row] == first for row in rows)
        if uniform and len(set(first)) == len(first):
            values = zip(*([v for _, v in row] for row in rows), strict=True)
            columns: dict[str, list[Any]] = {k: list(c) for k, c in zip(first, values, strict=True)}
        else:
            columns = self._ragged(rows, lines)
        named = {key: SURROGATE.sub("\ufffd", key) if self.surrogates else key for key in columns}
        check_distinct(list(named.values()), self.path, lines[0])
        nested: dict[int, dict[str, str]] = {}
        for key, column in columns.items():
            name = named[key]
            if not set(map(type, column)) <= _PLAIN:
                self._spell(key, column, sources, nested)
            if self.surrogates:
                self._replace(column, lines)
            if name not in self._chunks:
                self._chunks[name] = [_nulls(name, self._height)] if self._height else []
            self._chunks[name].append(pl.Series(name, column, dtype=pl.String))
        for name in self._chunks.keys() - set(named.values()):
            self._chunks[name].append(_nulls(name, len(rows)))
        self._height += len(rows)

    def _ragged(self, rows: Sequence[Pairs], lines: Sequence[int]) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = {}
        for i, row in enumerate(rows):
            one = dict(row)
            if len(one) != len(row):
                twice = Counter(key for key, _ in row).most_common(1)[0][0]
                cure = "Keep one of them"
                raise DataError(f"key {twice!r} stands twice in one object", path=self.path, line=lines[i], cure=cure)
            for key, value in row:
                if key not in columns:
                    columns[key] = [None] * len(rows)
                columns[key][i] = value
        return columns

    @staticmethod
    def _spell(
        name: str, column: list[Any], sources: Sequence[tuple[str, int]], nested: dict[int, dict[str, str]]
    ) -> None:
        """Put the source's text in the place of booleans, arrays and objects; ``nested`` keeps it for each row."""
        for i, value in enumerate(column):
            if value is True or value is False:
                column[i] = "true" if value else "false"
            elif isinstance(value, list):
                if i not in nested:
                    text, at = sources[i]
                    nested[i] = {key: text[a:b] for key, a, b in spans(text, at) if text[a] in "[{"}
                column[i] = nested[i][name]

    def cells(self, column: list[Any]) -> list[Any]:
        """A column that was given whole, without lines, cleaned of unpaired surrogates."""
        if self.surrogates:
            self._replace(column, [1] * len(column))
        return column

    def _replace(self, column: list[Any], lines: Sequence[int]) -> None:
        """Put U+FFFD in the place of unpaired surrogates, which no UTF-8 text can hold."""
        for i, value in enumerate(column):
            if value is not None and SURROGATE.search(value):
                column[i] = SURROGATE.sub("\ufffd", value)
                self.replaced.append(lines[i])

    def frame(self) -> pl.DataFrame:
        """All columns, in the order in which their keys first came."""
        return pl.DataFrame({name: pl.concat(chunks, rechunk=True) for name, chunks in self._chunks.items()})

    @property
    def notes(self) -> tuple[str, ...]:
        """What was replaced, and where first."""
        if not self.replaced:
            return ()
        count, line = len(self.replaced), min(self.replaced)
        return (f"{self.path}:{line}: unpaired surrogate escapes replaced by U+FFFD in {count} value(s)",)
