"""Candidate pairs in which one text may hold the other: quoted replies, signatures, disclaimers.

Each row drops four anchors, the rarest-looking (lowest-hash) 4-grams of its own words; every 4-gram of every row
asks a bitmap whether it is somebody's anchor. A quoted text keeps its anchors, whatever surrounds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.audit.kernels import inlined, kernel
from assay.audit.lexical.boilerplate import shingle_hash
from assay.audit.lexical.parallel import over_rows
from assay.audit.lexical.signatures import unique_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.lexical.tokens import Tokens

ANCHORS, GRAM, MIN_WORDS, BUCKET_CAP, SHARED = 4, 4, 8, 64, 2
"""Anchors a row; words of an anchor; words below which a text cannot be quoted recognisably; rows above which an
anchor says nothing; anchors two rows must share."""
_CACHE_BITS, _MOST_BITS = 27, 32


@inlined
def _own_gram(flat, at):
    """Whether four words from a position are all the row's own."""
    return flat[at] & flat[at + 1] & flat[at + 2] & flat[at + 3] & np.uint32(1)


@inlined
def _cell(h, bits):
    return (h * np.uint64(0xD6E8FEB86659FD93)) >> np.uint64(64 - bits)


@kernel
def _drop_anchors(flat, start, count, rows, anchors):
    top = np.uint64(0xFFFFFFFFFFFFFFFF)
    for q in range(rows.size):
        a, n = start[rows[q]], count[rows[q]]
        for k in range(ANCHORS):
            anchors[q, k] = top
        if n < MIN_WORDS:
            continue
        for j in range(a, a + n - GRAM + 1):
            if not _own_gram(flat, j):
                continue
            h = shingle_hash(flat, j, GRAM)
            if h >= anchors[q, ANCHORS - 1]:  # so it is with most
                continue
            for k in range(ANCHORS):
                if h == anchors[q, k]:
                    break
                if h < anchors[q, k]:
                    h, anchors[q, k] = anchors[q, k], h


@kernel
def _probe(flat, start, count, rows, ids, anchors, bits, bitmap, out, hashes):
    """Entries ``hash31 << 33 | id << 1 | is anchor`` of the 4-grams that hit the bitmap.

    First all hashes of a row, then all looks at the bitmap, without a branch: so the processor waits for many cells
    of memory at once, and not for one after the other. ``hashes`` must hold those of the longest row.
    """
    total = 0
    for q in range(rows.size):
        a, n = start[rows[q]], count[rows[q]]
        many = 0
        for j in range(a, a + n - GRAM + 1):
            hashes[many] = shingle_hash(flat, j, GRAM)
            many += np.int64(_own_gram(flat, j))
        hit = 0
        for k in range(many):
            h = hashes[k]
            cell = _cell(h, bits)
            hashes[hit] = h
            hit += np.int64((bitmap[cell >> np.uint64(6)] >> (cell & np.uint64(63))) & np.uint64(1))
        for k in range(hit):
            h = hashes[k]
            anchor = np.uint64(0)
            for x in range(ANCHORS):
                if anchors[q, x] == h:
                    anchor = np.uint64(1)
            if total < out.size:
                short = (h ^ (h >> np.uint64(29))) >> np.uint64(33)
                out[total] = (short << np.uint64(33)) | (np.uint64(ids[q]) << np.uint64(1)) | anchor
            total += 1
    return total


@kernel
def _join(entries, count, by_entry, cap, out):
    """Pairs of rows that share an anchor of the shorter one, once for each anchor they share.

    ``count`` holds the words of each entry's row if ``by_entry``, else of each row.
    """
    total = 0
    low = 0
    while low < entries.size:
        high = low + 1
        key = entries[low] >> np.uint64(33)
        while high < entries.size and entries[high] >> np.uint64(33) == key:
            high += 1
        if 1 < high - low <= cap:
            for x in range(low, high):
                if not entries[x] & np.uint64(1):
                    continue
                for y in range(low, high):
                    both = entries[y] & np.uint64(1)
                    if both and y <= x:
                        continue
                    i = (entries[x] & np.uint64(0x1FFFFFFFF)) >> np.uint64(1)
                    j = (entries[y] & np.uint64(0x1FFFFFFFF)) >> np.uint64(1)
                    at, to = (np.uint64(x), np.uint64(y)) if by_entry else (i, j)
                    if i == j or (not both and count[at] > count[to]):
                        continue
                    if total < out.size:
                        out[total] = (min(i, j) << np.uint64(32)) | max(i, j)
                    total += 1
        low = high
    return total


def drop_anchors(flat, start, count, rows) -> NDArray[np.uint64]:
    """(rows, ANCHORS) hashes of the anchors of some rows; all bits set where a row has fewer."""
    anchors = np.empty((rows.size, ANCHORS), np.uint64)
    over_rows(lambda a, b: _drop_anchors(flat, start, count, rows[a:b], anchors[a:b]), rows.size)
    return anchors


def bitmap_bits(rows: int) -> int:
    """Logarithm of the bitmap's size for the anchors of so many rows.

    Less than one cell in a hundred is taken, and the bitmap stays in the processor's cache while it can; of very many
    anchors one in sixteen may be.
    """
    least = int(np.ceil(np.log2(max(1, rows * ANCHORS))))
    return min(_MOST_BITS, max(16, min(least + 7, max(_CACHE_BITS, least + 4))))


@kernel
def _list_bits(anchors, bits, out):
    for q in range(anchors.shape[0]):
        for k in range(ANCHORS):
            out[q * ANCHORS + k] = np.uint32(_cell(anchors[q, k], bits))


@kernel
def _set_cells(cells, bitmap):
    for cell in cells:
        bitmap[cell >> np.uint32(6)] |= np.uint64(1) << np.uint64(cell & np.uint32(63))


def anchor_cells(anchors: NDArray[np.uint64], bits: int) -> NDArray[np.uint32]:
    """The cells of the bitmap that anchors set, sorted: for few rows, many cells."""
    cells = np.empty(anchors.size, np.uint32)
    _list_bits(anchors, bits, cells)
    cells.sort()
    return cells


def set_cells(bitmap: NDArray[np.uint64], cells: NDArray[np.uint32]) -> None:
    """Set some cells of a bitmap, in place."""
    _set_cells(cells, bitmap)


def bitmap_of(anchors: NDArray[np.uint64], bits: int) -> NDArray[np.uint64]:
    """A bitmap of 2**bits cells with those of the anchors set."""
    bitmap = np.zeros(1 << (bits - 6), np.uint64)
    set_cells(bitmap, anchor_cells(anchors, bits))
    return bitmap


def probe(flat, start, count, rows, ids, anchors, bits: int, bitmap: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Entries ``hash31 << 33 | id << 1 | is anchor`` of those 4-grams of some rows that may be somebody's anchor."""
    out = np.empty(rows.size * 8, np.uint64)
    hashes = np.empty(int(count[rows].max()) if rows.size else 0, np.uint64)
    while True:
        n = _probe(flat, start, count, rows, ids, anchors, bits, bitmap, out, hashes)
        if n <= out.size:
            return out[:n].copy()
        out = np.empty(n, np.uint64)


def joined(entries: NDArray[np.uint64], count: NDArray[np.int32], *, by_entry: bool) -> NDArray[np.uint64]:
    """Pairs ``i << 32 | j`` (i < j) of ids, once for each anchor of the shorter row that they share, unsorted.

    Args:
        entries: sorted; all of an anchor's are there.
        count: words of the row of each entry, if ``by_entry``, else of each id.
        by_entry: see ``count``.
    """
    shared = np.empty(entries.size, np.uint64)
    n = _join(entries, count, int(by_entry), BUCKET_CAP, shared)
    if n > shared.size:
        shared = np.empty(n, np.uint64)
        _join(entries, count, int(by_entry), BUCKET_CAP, shared)
    return shared[:n]


def often_shared(shared: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sorted unique pairs that stand at least ``SHARED`` times in a list, which is sorted in place."""
    shared.sort()
    # A pair stands once for each anchor it shares: enough of them stand SHARED - 1 places before their last.
    often = shared[SHARED - 1 :][shared[SHARED - 1 :] == shared[: shared.size - SHARED + 1]]
    return unique_pairs([often])


def containment_pairs(tokens: Tokens, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Sorted unique pairs ``i << 32 | j`` (i < j) that share at least ``SHARED`` anchors of the shorter row."""
    long = rows[tokens.count[rows] >= MIN_WORDS]
    if long.size < 2:
        return np.empty(0, np.uint64)
    flat, start, count = tokens.flat, tokens.start, tokens.count
    anchors = drop_anchors(flat, start, count, long)
    bits = bitmap_bits(long.size)
    bitmap = bitmap_of(anchors, bits)

    def one(a: int, b: int) -> NDArray[np.uint64]:
        return probe(flat, start, count, long[a:b], long[a:b], anchors[a:b], bits, bitmap)

    entries = np.concatenate(over_rows(one, long.size))
    entries.sort()
    return often_shared(joined(entries, count, by_entry=False))
