"""The stages of a comparison: pure functions over Arrow tables, indifferent to order and partitioning.

Numbers of rows are ids: 0, 1, 2, ... over all splits, below 2**32. Unsigned values travel as int64 of the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from assay.audit.lexical import boilerplate, containment, signatures
from assay.audit.lexical.tokens import Tokens, read_tokens
from assay.audit.scale.columns import as_lists, line, lists, numbers, packed, signed, texts_of, unpacked, unsigned
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


def _packed(*names: str) -> pa.Schema:
    """Lines of a part each, with the values of all its rows."""
    return pa.schema([("part", pa.int32()), *((name, pa.binary()) for name in names)])


FACTS = _packed("id", "mask", "masked", "count")
"""int64, uint64, int32, int32."""
KEYED = _packed("hash", "id")
"""uint64, int64."""
COPIES = _packed("id", "rep")
"""int64 both."""
CELLS = _packed("cell", "n")
"""Numbers of cells (uint32; none if all of the table follow) and what to add to them."""
SET = _packed("cell")
"""Numbers of cells (uint32)."""
OWN = _packed("id", "own", "passage", "slots")
"""int64, int32, uint64, int32."""
ENTRIES = _packed("entry")
"""uint64."""
GRAMS = _packed("entry", "count")
"""uint64, int32."""
PAIRS = _packed("pair")
"""uint64."""
MASKS = _packed("at", "bits")
"""Two int64, the first row and how many, and a bit for each condition and row, conditions beginning at whole bytes."""
CHOSEN = _packed("id", "size", "data")
"""int64, int64 (bytes), and the bytes of all rows on end."""
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
        tokens = read_tokens(texts_of(table))
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


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of every row before texts are compared."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """WORDS to FACTS."""
        masked = numbers(table, "masked").astype(np.int32)
        return line(FACTS, numbers(table, "id"), unsigned(table, "mask"), masked, _words(table)[2])


def _copies(keys: NDArray[np.uint64], ids: NDArray[np.int64]) -> pa.Table:
    """Ids whose key a lower one has, and the lowest that has it, as a line of COPIES."""
    order = np.argsort(keys, kind="stable")
    keys, ids = keys[order], ids[order]
    new = np.concatenate([[True], keys[1:] != keys[:-1]])[: keys.size]
    rep = np.minimum.reduceat(ids, np.flatnonzero(new))[np.cumsum(new) - 1] if keys.size else ids
    later = ids != rep
    return line(COPIES, ids[later], rep[later])


@dataclass(frozen=True, slots=True)
class CopiesHere:
    """Rows whose text stands in a lower row of the same partition: these need no exchange."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """WORDS to COPIES."""
        keys, ids = unsigned(table, "hash"), numbers(table, "id")
        live = keys != 0  # rows with words
        return _copies(keys[live], ids[live])


@dataclass(frozen=True, slots=True)
class FirstsHere:
    """The first row of each text of a partition: a text that stands a million times is sent once a partition."""

    parts: int

    def __call__(self, table: pa.Table) -> pa.Table:
        """WORDS to KEYED."""
        keys, ids = unsigned(table, "hash"), numbers(table, "id")
        order = np.lexsort((ids, keys))
        keys, ids = keys[order], ids[order]
        new = np.concatenate([[True], keys[1:] != keys[:-1]])[: keys.size] & (keys != 0)
        return packed(KEYED, place(keys[new], self.parts), keys[new], ids[new])


@dataclass(frozen=True, slots=True)
class CopiesOf:
    """Rows whose text stands in a lower row of another partition."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """KEYED, all of a part, to COPIES."""
        found = [_copies(keys, ids) for keys, ids in unpacked(table, np.uint64, np.int64)]
        return pa.concat_tables([COPIES.empty_table(), *found])


_DENSE = 16
"""A table of which more than one cell in so many is taken goes as a whole."""


def _cells(counts: NDArray[np.generic]) -> pa.Table:
    """The cells of a table that are not zero, as one line; no numbers of cells where all of them follow."""
    if np.count_nonzero(counts) * _DENSE > counts.size:
        return line(CELLS, np.zeros(0, np.uint32), counts)
    cell = np.flatnonzero(counts).astype(np.uint32)
    return line(CELLS, cell, counts[cell])


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
        rows, words = _first_rows(table, self.first), _words(table)
        if int(words[2][rows].sum()) * 4 > 1 << self.bits:
            return line(CELLS, np.zeros(0, np.uint32), boilerplate.shingle_table(*words, rows, self.bits))
        return line(CELLS, *boilerplate.shingle_cells(*words, rows, self.bits))


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
        kinds = {"id": np.int64, "own": np.int32, "passage": np.int64, "slots": np.int32}
        return line(OWN, *(numbers(table, name).astype(kind) for name, kind in kinds.items()))


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
        found = []
        for first, columns, rows in (
            (0, keys, ids),
            (signatures.WORD_BANDS, chars.reshape(-1, signatures.CHAR_BANDS), ids[short]),
        ):
            for band in range(columns.shape[1]):
                entry = signatures.bucket_entries(columns[:, band], rows)
                part = np.full(entry.size, (first + band) * self.split, np.int16)
                if self.split > 1:
                    part += (columns[:, band] % np.uint32(self.split)).astype(np.int16)
                found.append(packed(ENTRIES, part, entry))
        return pa.concat_tables(found)


@dataclass(frozen=True, slots=True)
class Buckets:
    """Candidate pairs of rows with one key."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """ENTRIES, all of a part, to PAIRS."""
        found = [signatures.bucket_pairs(entry.copy()) for (entry,) in unpacked(table, np.uint64)]
        return line(PAIRS, signatures.unique_pairs(found))


@dataclass(frozen=True, slots=True)
class AnchorCells:
    """Where the bitmap of anchors is set by some rows."""

    bits: int

    def __call__(self, table: pa.Table) -> pa.Table:
        """MARKED to SET."""
        anchors, _ = lists(table, "anchors", np.uint64)
        return line(SET, containment.anchor_cells(anchors.reshape(-1, containment.ANCHORS), self.bits))


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
        at = np.searchsorted(ids, low) if (ids[1:] > ids[:-1]).all() else _places(ids, low)
        part = ((found >> np.uint64(48)) % np.uint64(self.parts)).astype(np.int16)
        return packed(GRAMS, part, found, count[at])


def _places(ids: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    order = np.argsort(ids)
    return order[np.searchsorted(ids, wanted, sorter=order)]


@dataclass(frozen=True, slots=True)
class Shared:
    """Pairs that share an anchor, once for each anchor."""

    parts: int

    def __call__(self, table: pa.Table) -> pa.Table:
        """GRAMS, all of a part, to PAIRS."""
        found = []
        for entry, count in unpacked(table, np.uint64, np.int32):
            order = np.argsort(entry)
            pairs = containment.joined(entry[order], count[order], by_entry=True)
            found.append(packed(PAIRS, place(pairs, self.parts), pairs))
        return pa.concat_tables([PAIRS.empty_table(), *found])


@dataclass(frozen=True, slots=True)
class Often:
    """Pairs that share enough anchors."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """PAIRS, all of a part, to PAIRS without repetitions."""
        found = [containment.often_shared(pair.copy()) for (pair,) in unpacked(table, np.uint64)]
        return line(PAIRS, signatures.unique_pairs(found))


def place(keys: NDArray[np.uint64], parts: int) -> NDArray[np.int16]:
    """The part of each key."""
    mixed = (keys * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    return (mixed % np.uint64(parts)).astype(np.int16)


@dataclass(frozen=True, slots=True)
class Choose:
    """The bytes of some rows in one column."""

    rows: str
    """Shared: their ids, sorted."""
    column: str

    def __call__(self, table: pa.Table) -> pa.Table:
        """A table with ``id`` and a column of texts or binaries to CHOSEN."""
        wanted, ids = get(self.rows), numbers(table, "id")
        if not ids.size:
            return CHOSEN.empty_table()
        if (ids[1:] > ids[:-1]).all():  # a few are looked for among many
            some = wanted[np.searchsorted(wanted, ids[0]) : np.searchsorted(wanted, ids[-1], "right")]
            at = np.searchsorted(ids, some)
            at = at[ids[at] == some]
        else:
            at = np.flatnonzero(np.isin(ids, wanted))
        rows = table.select([self.column]).take(pa.array(at))
        data, bounds = lists(rows, self.column, np.uint8)
        return line(CHOSEN, ids[at], np.diff(bounds), data)
