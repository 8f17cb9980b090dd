"""The stages of a comparison: pure functions over Arrow tables, indifferent to order and partitioning.

Numbers of rows are ids: 0, 1, 2, ... over all splits, below 2**32. Unsigned values travel as int64 of the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from assay.audit.lexical import boilerplate, containment, signatures
from assay.audit.lexical.tokens import Tokens, read_tokens
from assay.audit.scale.columns import as_lists, lists, numbers, signed, unsigned, whole
from assay.audit.scale.shared import get

if TYPE_CHECKING:
    from numpy.typing import NDArray

TEXTS = pa.schema([("id", pa.int64()), ("text", pa.large_string())])
WORDS = pa.schema(
    [
        ("id", pa.int64()),
        ("hash", pa.int64()),
        ("mask", pa.int64()),
        ("masked", pa.int32()),
        ("words", pa.binary()),
        ("chars", pa.binary()),
    ]
)
"""``words``: uint32 hashes; ``chars``: band keys of the characters of a short row, else empty."""
FACTS = pa.schema([("id", pa.int64()), ("mask", pa.int64()), ("masked", pa.int32()), ("count", pa.int32())])
KEYED = pa.schema([("hash", pa.int64()), ("id", pa.int64())])
COPIES = pa.schema([("id", pa.int64()), ("rep", pa.int64())])
CELLS = pa.schema([("cell", pa.binary()), ("n", pa.binary())])
"""One line: numbers of cells (uint32; none if all of the table follow) and what to add to them."""
MARKED = pa.schema(
    [
        ("id", pa.int64()),
        ("own", pa.int32()),
        ("passage", pa.int64()),
        ("slots", pa.int32()),
        ("words", pa.binary()),
        ("chars", pa.binary()),
        ("anchors", pa.binary()),
    ]
)
"""Rows of distinct texts with words: these flagged, and what anchors it has (uint64)."""
OWN = pa.schema([("id", pa.int64()), ("own", pa.int32()), ("passage", pa.int64()), ("slots", pa.int32())])
ENTRIES = pa.schema([("part", pa.int16()), ("entry", pa.int64())])
GRAMS = pa.schema([("part", pa.int16()), ("entry", pa.int64()), ("count", pa.int32())])
PAIRS = pa.schema([("pair", pa.int64())])
CHOSEN = pa.schema([("id", pa.int64()), ("words", pa.binary())])
BANDS = signatures.WORD_BANDS + signatures.CHAR_BANDS


def _words(table: pa.Table) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int32]]:
    """Words of all rows, where each row's begin, and how many there are."""
    flat, bounds = lists(table, "words", np.uint32)
    return flat, bounds[:-1], np.diff(bounds).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Tokenise:
    """Texts as word hashes, with the hash of each whole text."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """TEXTS to WORDS."""
        tokens = read_tokens(_texts(table))
        start = np.append(tokens.start, tokens.flat.size)
        keys = np.zeros(len(tokens) + 1, np.int64)
        keys[tokens.short + 1] = signatures.CHAR_BANDS
        columns = [
            table["id"],
            signed(tokens.row_hash),
            signed(tokens.mask_hash),
            pa.array(tokens.masked),
            as_lists(tokens.flat, start),
            as_lists(tokens.char_keys.ravel(), np.cumsum(keys)),
        ]
        return pa.table(columns, schema=WORDS)


def _texts(table: pa.Table) -> pl.Series:
    found = pl.from_arrow(whole(table, "text"))
    return found if isinstance(found, pl.Series) else found.to_series()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of every row before texts are compared."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """WORDS to FACTS."""
        count = _words(table)[2]
        return pa.table([table["id"], table["mask"], table["masked"], pa.array(count)], schema=FACTS)


def _first_of(keys: NDArray[np.uint64], ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ids in order of key, and the lowest id of the key beside each."""
    order = np.argsort(keys, kind="stable")
    keys, ids = keys[order], ids[order]
    new = np.concatenate([[True], keys[1:] != keys[:-1]])[: keys.size]
    low = np.minimum.reduceat(ids, np.flatnonzero(new)) if keys.size else ids
    return ids, low[np.cumsum(new) - 1] if keys.size else ids


@dataclass(frozen=True, slots=True)
class CopiesHere:
    """Rows whose text stands in a lower row of the same partition: these need no exchange."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """WORDS to COPIES."""
        ids, rep = self.pairs(table)
        later = ids != rep
        return pa.table([ids[later], rep[later]], schema=COPIES)

    @staticmethod
    def pairs(table: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows with words, and the first row here with the same text."""
        keys, ids = unsigned(table, "hash"), numbers(table, "id")
        live = keys != 0
        return _first_of(keys[live], ids[live])


@dataclass(frozen=True, slots=True)
class FirstsHere:
    """The first row of each text of a partition: a text that stands a million times is sent once a partition."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """WORDS to KEYED."""
        keys, ids = unsigned(table, "hash"), numbers(table, "id")
        order = np.lexsort((ids, keys))
        keys, ids = keys[order], ids[order]
        new = np.concatenate([[True], keys[1:] != keys[:-1]])[: keys.size] & (keys != 0)
        return pa.table([signed(keys[new]), pa.array(ids[new])], schema=KEYED)


@dataclass(frozen=True, slots=True)
class CopiesOf:
    """Rows whose text stands in a lower row of another partition."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """KEYED, all rows of a key, to COPIES."""
        ids, rep = _first_of(unsigned(table, "hash"), numbers(table, "id"))
        later = ids != rep
        return pa.table([ids[later], rep[later]], schema=COPIES)


_DENSE = 16
"""A table of which more than one cell in so many is taken goes as a whole."""


def _cells(counts: NDArray[np.generic]) -> pa.Table:
    """The cells of a table that are not zero, as one line; no numbers of cells where all of them follow."""
    if np.count_nonzero(counts) * _DENSE > counts.size:
        cell, n = np.zeros(0, np.uint32), counts
    else:
        cell = np.flatnonzero(counts).astype(np.uint32)
        n = counts[cell]
    line = [as_lists(cell, np.array([0, cell.size])), as_lists(n, np.array([0, n.size]))]
    return pa.table(line, schema=CELLS)


@dataclass(frozen=True, slots=True)
class CountWords:
    """How often words occur in a sample of the rows; one more cell holds how many rows that are."""

    step: int
    first: str

    def __call__(self, table: pa.Table) -> pa.Table:
        """WORDS to CELLS (int32)."""
        first = get(self.first)[numbers(table, "id")]
        rows = signatures.sampled(unsigned(table, "hash"), first, self.step)
        return _cells(np.append(signatures.word_counts(*_words(table), rows), np.int32(rows.size)))


@dataclass(frozen=True, slots=True)
class CountShingles:
    """How often word 6-grams occur in distinct texts."""

    bits: int
    first: str

    def __call__(self, table: pa.Table) -> pa.Table:
        """WORDS to CELLS (uint8)."""
        rows = _first_rows(table, self.first)
        return _cells(boilerplate.shingle_table(*_words(table), rows, self.bits))


def _first_rows(table: pa.Table, first: str) -> NDArray[np.int64]:
    """Places of the rows of distinct texts."""
    return np.flatnonzero(get(first)[numbers(table, "id")])


@dataclass(frozen=True, slots=True)
class Mark:
    """Distinct texts with their own words flagged."""

    bits: int
    first: str
    table: str

    def __call__(self, table: pa.Table) -> pa.Table:
        """WORDS to MARKED."""
        rows = _first_rows(table, self.first)
        flat, start, count = _words(table)
        flat = np.array(flat)  # flags are set in place
        own = count.copy()
        boilerplate.mark_words(flat, start, count, rows, self.bits, np.asarray(get(self.table)), own)
        nothing = np.zeros(0, np.uint64)
        tokens = Tokens(flat, start, count, nothing, nothing, count, rows, np.zeros((0, 0), np.uint32))
        passage, slots = boilerplate.shared_passages(tokens, own, rows)
        long = rows[count[rows] >= containment.MIN_WORDS]
        anchors = np.zeros(count.size + 1, np.int64)
        anchors[long + 1] = containment.ANCHORS
        found = containment.drop_anchors(flat, start, count, long)
        columns = [
            table["id"],
            pa.array(own),
            signed(passage),
            pa.array(slots),
            as_lists(flat, np.append(start, flat.size)),
            table["chars"],
            as_lists(found.ravel(), np.cumsum(anchors)),
        ]
        marked = pa.table(columns, schema=MARKED)
        return marked if rows.size == len(table) else marked.take(pa.array(rows))


@dataclass(frozen=True, slots=True)
class Own:
    """What marking found out of each row."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """MARKED to OWN."""
        return table.select(OWN.names)


@dataclass(frozen=True, slots=True)
class Entries:
    """Band keys of words and characters, to be brought together."""

    stop: str
    split: int
    """Partitions of a band."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """MARKED to ENTRIES."""
        flat, start, count = _words(table)
        ids = numbers(table, "id")
        own = numbers(table, "own").astype(np.int32)
        keys = signatures.sign_words(flat, start, count, own, np.arange(ids.size), np.asarray(get(self.stop)))
        chars, bounds = lists(table, "chars", np.uint32)
        short = np.flatnonzero(np.diff(bounds))
        parts, entries = [], []
        for first, columns, rows in (
            (0, keys, ids),
            (signatures.WORD_BANDS, chars.reshape(-1, signatures.CHAR_BANDS), ids[short]),
        ):
            for band in range(columns.shape[1]):
                entry = signatures.bucket_entries(columns[:, band], rows)
                part = np.full(entry.size, (first + band) * self.split, np.int16)
                if self.split > 1:
                    part += (columns[:, band] % np.uint32(self.split)).astype(np.int16)
                    order = np.argsort(part, kind="stable")
                    part, entry = part[order], entry[order]
                parts.append(part)
                entries.append(entry)
        return pa.table([np.concatenate(parts), signed(np.concatenate(entries))], schema=ENTRIES)


@dataclass(frozen=True, slots=True)
class Buckets:
    """Candidate pairs of rows with one key."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """ENTRIES, all of a part, to PAIRS."""
        part, entry = numbers(table, "part"), unsigned(table, "entry")
        found = [signatures.bucket_pairs(entry[part == each]) for each in np.unique(part).tolist()]
        return pa.table([signed(signatures.unique_pairs([np.zeros(0, np.uint64), *found]))], schema=PAIRS)


@dataclass(frozen=True, slots=True)
class AnchorCells:
    """Where the bitmap of anchors is set by some rows."""

    bits: int

    def __call__(self, table: pa.Table) -> pa.Table:
        """MARKED to CELLS: words (uint64) of the bitmap that are not zero."""
        anchors, _ = lists(table, "anchors", np.uint64)
        return _cells(containment.bitmap_of(anchors.reshape(-1, containment.ANCHORS), self.bits))


@dataclass(frozen=True, slots=True)
class Probe:
    """4-grams that may be somebody's anchor."""

    bits: int
    bitmap: str
    parts: int

    def __call__(self, table: pa.Table) -> pa.Table:
        """MARKED to GRAMS."""
        flat, start, count = _words(table)
        anchors, bounds = lists(table, "anchors", np.uint64)
        rows = np.flatnonzero(np.diff(bounds))
        ids = numbers(table, "id")
        of = anchors.reshape(-1, containment.ANCHORS)
        found = containment.probe(flat, start, count, rows, ids[rows], of, self.bits, np.asarray(get(self.bitmap)))
        low = ((found & np.uint64(0x1FFFFFFFF)) >> np.uint64(1)).astype(np.int64)
        place = np.searchsorted(ids, low) if (ids[1:] > ids[:-1]).all() else _places(ids, low)
        part = ((found >> np.uint64(48)) % np.uint64(self.parts)).astype(np.int16)
        return pa.table([pa.array(part), signed(found), pa.array(count[place])], schema=GRAMS)


def _places(ids: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    order = np.argsort(ids)
    return order[np.searchsorted(ids, wanted, sorter=order)]


@dataclass(frozen=True, slots=True)
class Shared:
    """Pairs that share an anchor, once for each anchor."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """GRAMS, all of a part, to PAIRS."""
        entry = unsigned(table, "entry")
        order = np.argsort(entry)
        count = numbers(table, "count").astype(np.int32)[order]
        return pa.table([signed(containment.joined(entry[order], count, by_entry=True))], schema=PAIRS)


@dataclass(frozen=True, slots=True)
class Often:
    """Pairs that share enough anchors."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """PAIRS, all of a pair, to PAIRS without repetitions."""
        return pa.table([signed(containment.often_shared(unsigned(table, "pair").copy()))], schema=PAIRS)


@dataclass(frozen=True, slots=True)
class Choose:
    """Some rows' words."""

    rows: str
    """Shared: their ids, sorted."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """MARKED to CHOSEN."""
        return table.select(CHOSEN.names).take(_chosen(table, self.rows))


@dataclass(frozen=True, slots=True)
class ChooseTexts:
    """Some rows' texts."""

    rows: str

    def __call__(self, table: pa.Table) -> pa.Table:
        """TEXTS to TEXTS."""
        return table.take(_chosen(table, self.rows))


def _chosen(table: pa.Table, rows: str) -> pa.Array:
    wanted, ids = get(rows), numbers(table, "id")
    if not wanted.size:
        return pa.array([], pa.int64())
    at = np.minimum(np.searchsorted(wanted, ids), wanted.size - 1)
    return pa.array(np.flatnonzero(wanted[at] == ids))
