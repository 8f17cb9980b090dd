"""Words and pairs of neighbouring words of many texts, as columns of rows: only those that enough rows have.

The same words as the audit counts (``assay.audit.encoders.grams``), but nothing is kept of a rare one, and no string
is touched twice: a million short texts take a few seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.dataset import iter_chunks
from assay.audit.encoders.grams import TOKEN
from assay.audit.lexical.parallel import map_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHUNK = 1 << 15
_MIX, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(41)
MOST_BYTES = 2_000
"""Bytes of a text that are looked at for words; a condition is then tried on whole texts."""


@dataclass(frozen=True, slots=True, eq=False)
class Grams:
    """Columns of rows, words in order of their names before pairs."""

    names: tuple[str, ...]
    """``word`` or ``two words``."""
    start: NDArray[np.int64]
    """(grams + 1,) where the rows of each begin."""
    rows: NDArray[np.int32]
    """Rows of each gram, ascending, each once."""
    words: int
    """How many of the grams are words."""


def read_grams(texts: pl.Series, least: int, most: int) -> Grams:
    """Words and pairs that stand in ``least`` to ``most`` texts.

    Args:
        texts: never null.
        least: rows that a gram needs.
        most: rows that it may have.
    """
    code, row, names = _coded(texts)
    frequent = np.flatnonzero(np.bincount(code, minlength=len(names)) >= least)
    live = np.full(len(names) + 1, -1, np.int64)
    live[frequent] = np.arange(frequent.size)
    code = live[code]  # both words of a frequent pair are frequent
    here = code >= 0
    words = _columns(code[here], row[here], frequent.size, len(texts))
    beside = np.flatnonzero((row[1:] == row[:-1]) & here[1:] & here[:-1])
    pair, known = _ranked(code[beside] * frequent.size + code[beside + 1], least)
    pairs = _columns(pair[pair >= 0], row[beside[pair >= 0]], known.size, len(texts))
    told = [names[k] for k in frequent.tolist()]
    side = [(told[k // frequent.size], told[k % frequent.size]) for k in known.tolist()]
    return _joined((told, [f"{a} {b}" for a, b in side]), (words, pairs), least, most)


Columns = tuple["NDArray[np.int64]", "NDArray[np.int32]"]
"""Where the rows of each column begin, and the rows."""


def _joined(names: tuple[list[str], list[str]], columns: tuple[Columns, Columns], least: int, most: int) -> Grams:
    """Words and pairs with as many rows as wanted, one after the other."""
    told: list[str] = []
    sizes, rows, words = [np.zeros(1, np.int64)], [], 0
    for own, (start, where) in zip(names, columns, strict=True):
        size = np.diff(start)
        good = (size >= least) & (size <= most)
        told += [own[k] for k in np.flatnonzero(good).tolist()]
        sizes.append(size[good])
        rows.append(where[np.repeat(good, size)])
        words = words or len(told)
    return Grams(tuple(told), np.cumsum(np.concatenate(sizes)), np.concatenate(rows), words)


def _columns(code: NDArray[np.int64], row: NDArray[np.int32], size: int, rows: int) -> Columns:
    """Rows of each code, ascending, each once.

    Args:
        code: (cells,) what stands there.
        row: (cells,) in which row; ascending.
        size: number of codes.
        rows: number of rows.
    """
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - heavy

    begin = np.zeros(rows + 1, np.int64)
    np.cumsum(np.bincount(row, minlength=rows), out=begin[1:])
    # From rows to columns by counting, not by sorting; rows keep their order within a column.
    table = csr_matrix((np.ones(code.size, np.int8), code.astype(np.int32), begin), shape=(rows, size)).tocsc()
    where, column = table.indices, np.repeat(np.arange(size, dtype=np.int32), np.diff(table.indptr))
    first = np.ones(where.size, np.bool_)
    first[1:] = (column[1:] != column[:-1]) | (where[1:] != where[:-1])
    start = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(column[first], minlength=size), out=start[1:])
    return start, where[first].astype(np.int32)


def _ranked(keys: NDArray[np.int64], least: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rank of each key among those that occur ``least`` times, -1 for others; and these keys in order."""
    out = np.full(keys.size, -1, np.int64)
    if not keys.size:
        return out, np.empty(0, np.int64)
    # Most keys are rare. A count of their hashes tells most of them without sorting.
    bucket = _bucket(keys)
    maybe = np.flatnonzero((np.bincount(bucket) >= least)[bucket])
    ordered = np.sort(keys[maybe])
    begin = np.flatnonzero(np.concatenate([np.ones(1, np.bool_), ordered[1:] != ordered[:-1]])) if maybe.size else maybe
    known = ordered[begin][np.diff(np.append(begin, ordered.size)) >= least]
    if known.size:
        at = np.full(1 << 23, -1, np.int64)
        at[_bucket(known)] = np.arange(known.size)
        found = at[bucket[maybe]]
        same = (found >= 0) & (known[found] == keys[maybe])
        out[maybe[same]] = found[same]
        shared = maybe[(found >= 0) & ~same]  # a rare key, or a frequent one whose bucket another one has
        place = np.minimum(np.searchsorted(known, keys[shared]), known.size - 1)
        equal = known[place] == keys[shared]
        out[shared[equal]] = place[equal]
    return out, known


def _bucket(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Hash of 23 bits (Knuth's multiplicative one)."""
    return ((keys.astype(np.uint64) * _MIX) >> _SHIFT).astype(np.int64)


def _coded(texts: pl.Series) -> tuple[NDArray[np.int64], NDArray[np.int32], list[str]]:
    """Every word as a code into the sorted names, and its row."""
    chunks = list(iter_chunks(texts, _CHUNK))
    found = map_threads(_words, [chunk for _, chunk in chunks])
    sizes = np.concatenate([np.zeros(0, np.int64), *(s for _, s in found)])
    row = np.repeat(np.arange(sizes.size, dtype=np.int32), sizes)
    if not row.size:
        return np.empty(0, np.int64), row, []
    flat = pl.concat([w for w, _ in found]).cast(pl.Categorical)
    seen = flat.unique().cast(pl.String).sort()
    physical = flat.to_physical().to_numpy()
    at = pl.Series(seen).cast(pl.Categorical).to_physical().to_numpy()
    table = np.zeros(int(at.max()) + 1, np.int64)
    table[at] = np.arange(len(seen))
    return table[physical], row, seen.to_list()


def _words(chunk: pl.Series) -> tuple[pl.Series, NDArray[np.int64]]:
    """All words of some texts in order, and how many each has."""
    if (chunk.str.len_bytes() > MOST_BYTES).any():
        chunk = chunk.str.head(MOST_BYTES)
    words = chunk.str.to_lowercase().str.extract_all(TOKEN)
    sizes = words.list.len().to_numpy().astype(np.int64)
    return words.explode(empty_as_null=False).drop_nulls(), sizes
