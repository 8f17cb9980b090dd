"""Statements about texts: words, pairs of words, length, shape."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.slicing import conditions
from assay.reports.discovery.ladders import bounds
from assay.reports.discovery.predicates import Statement
from assay.reports.discovery.words import read_grams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from assay.reports.discovery.predicates import Kind

    Columns = Iterator[tuple[Statement, NDArray[np.int32]]]

MOST_WORDS = 300
"""Words up to which a bound is said in words; beyond in characters only: the pattern would be long."""
_SHAPES = (
    ("has a digit", r"\d"),
    ("has a question mark", r"\?"),
    ("has an exclamation mark", "!"),
    ("has a line break", r"\n"),
)
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


def gram_columns(texts: pl.Series, least: int, most: int) -> Columns:
    """Words and pairs of neighbouring words that ``least`` to ``most`` texts have."""
    grams = read_grams(texts, least, most)
    for k, name in enumerate(grams.names):
        kind: Kind = "word" if k < grams.words else "pair"
        yield Statement(f'has "{name}"', kind, name, -1), grams.rows[grams.start[k] : grams.start[k + 1]]


def holds(columns: Sequence[str], grams: Sequence[str], *, bounded: bool = True) -> str:
    """A condition for texts that hold one of some words or pairs of words, in any of the text columns.

    Args:
        columns: text columns.
        grams: words, or pairs parted by a space.
        bounded: whether a word must stand alone. In scripts without spaces between words it does not.
    """
    gap = r"\W+" if bounded else r"\W*"
    each = [gram.replace(" ", gap) for gram in grams]
    body = each[0] if len(each) == 1 else f"(?:{'|'.join(each)})"
    return _any(columns, rf"\b{body}\b" if bounded else body)


def spaced(grams: Sequence[str]) -> bool:
    """Whether these words come from scripts that part words by spaces."""
    return not any(_UNSPACED.search(gram) for gram in grams)


def shape_columns(columns: Sequence[str], texts: pl.Series, family: Callable[[], int]) -> Columns:
    """Digits, marks, line breaks, all capitals."""
    for name, pattern in _SHAPES:
        yield Statement(name, "shape", _any(columns, pattern, flags=""), family()), _where(texts.str.contains(pattern))
    if len(columns) == 1:
        column = conditions.name(columns[0])
        shouted = (texts == texts.str.to_uppercase()) & (texts != texts.str.to_lowercase())
        value = f"{column} = UPPER({column}) AND {column} <> LOWER({column})"
        yield Statement("is all capitals", "shape", value, family()), _where(shouted)


def length_columns(column: str, texts: pl.Series, family: int, *, several: bool) -> Columns:
    """The shortest and the longest texts, by words and by characters.

    Args:
        column: the text column's name.
        texts: its values; null for none.
        family: number of the family.
        several: whether there are other text columns, so that this one must be named.
    """
    name = conditions.name(column)
    whole = f"COALESCE({name}, '')" if texts.null_count() else name
    of = f" in {column}" if several else ""
    known = texts.fill_null("")
    words, characters = known.str.count_matches(r"\S+").to_numpy(), known.str.len_chars().to_numpy()
    for bound, low, fine in bounds(words):
        if 0 < bound <= MOST_WORDS:
            more = rf"REGEXP_LIKE({whole}, '(?:\S+\s+){{{bound if low else bound - 1}}}\S')"
            told = f"at {'most' if low else 'least'} {_plural(int(bound), 'word')}{of}"
            rows = np.flatnonzero(words <= bound if low else words >= bound).astype(np.int32)
            yield Statement(told, "length", f"NOT {more}" if low else more, family, 4 * family + low, fine), rows
    for bound, low, fine in bounds(characters):
        told = f"at {'most' if low else 'least'} {_plural(int(bound), 'character')}{of}"
        rows = np.flatnonzero(characters <= bound if low else characters >= bound).astype(np.int32)
        value = f"LENGTH({whole}) {'<=' if low else '>='} {bound}"
        yield Statement(told, "length", value, family, 4 * family + 2 + low, fine), rows


def _any(columns: Sequence[str], pattern: str, flags: str = "i") -> str:
    """A condition: the pattern is found in one of the columns."""
    more = f", '{flags}'" if flags else ""
    parts = [f"REGEXP_LIKE({conditions.name(c)}, {conditions.literal(pattern)}{more})" for c in columns]
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"


def _where(mask: pl.Series) -> NDArray[np.int32]:
    return mask.fill_null(value=False).arg_true().to_numpy().astype(np.int32)


def _plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
