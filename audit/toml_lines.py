"""Where a key stands in a TOML file; tomllib does not tell."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Keys = tuple[str | int, ...]
_HEADER = re.compile(r"\s*(\[\[?)(.+?)\]\]?\s*(#.*)?$")
_WORD = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_\-]+)"""
_PAIR = re.compile(rf"\s*({_WORD}(?:\s*\.\s*{_WORD})*)\s*=")
_LONG = re.compile(r'"""|\'\'\'')


def line_of(text: str, keys: Keys) -> int | None:
    """1-based line of a key, or of the innermost table around it that has a line of its own."""
    best, depth = None, 0
    for line, place in _places(text):
        common = place == keys[: len(place)]
        if common and len(place) > depth:
            best, depth = line, len(place)
    return best


@lru_cache(maxsize=4)
def _places(text: str) -> tuple[tuple[int, Keys], ...]:
    """Every table header and every key with its full place, kept: each of hundreds of slices asks for its line."""
    return tuple(_found(text))


def _found(text: str) -> Iterator[tuple[int, Keys]]:
    """Every table header and every key with its full place; arrays of tables are counted."""
    table: Keys = ()
    counts: dict[tuple[str | int, ...], int] = {}
    inside = ""
    for number, line in enumerate(text.split("\n"), 1):
        if inside:
            inside = "" if inside in line else inside
            continue
        if header := _HEADER.match(line):
            table = _table(header[1] == "[[", _split(header[2]), counts)
            yield number, table
        elif pair := _PAIR.match(line):
            yield number, (*table, *_split(pair[1]))
            marks = _LONG.findall(line)
            inside = marks[0] if len(marks) == 1 else ""


def _table(array: bool, names: tuple[str, ...], counts: dict[Keys, int]) -> Keys:  # noqa: FBT001
    """Full place of a header: below an array of tables its last element is meant."""
    place: Keys = ()
    for depth, name in enumerate(names, 1):
        place = (*place, name)
        if array and depth == len(names):
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place = (*place, counts[place])
    return place


def _split(dotted: str) -> tuple[str, ...]:
    """The parts of a dotted key, quotes resolved."""
    try:
        tables = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    parts: list[str] = []
    inner: Any = tables
    while isinstance(inner, dict):
        name, inner = next(iter(inner.items()))
        parts.append(name)
    return tuple(parts)
