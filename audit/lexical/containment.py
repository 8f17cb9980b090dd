"""Candidate pairs in which one text may hold the other: quoted replies, signatures, disclaimers.

Each row drops four anchors, the rarest-looking (lowest-hash) 4-grams of its own words; every 4-gram of every row
asks a bitmap whether it is somebody's anchor. A quoted text keeps its anchors, whatever surrounds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.audit.kernels import inlined, kernel
from assay.audit.lexical.boilerplate import shingle_hash
from assay.audit.lexical.parallel import map_threads
from assay.audit.lexical.signatures import unique_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.lexical.tokens import Tokens

ANCHORS, GRAM, MIN_WORDS, BUCKET_CAP, SHARED = 4, 4, 8, 64, 2
"""Anchors a row; words of an anchor; words below which a text cannot be quoted recognisably; rows above which an
anchor says nothing; anchors two rows must share."""
_MOST_BITS = 27
_STEP = 1 << 14


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
            for k in range(ANCHORS):
                if h == anchors[q, k]:
                    break
                if h < anchors[q, k]:
                    h, anchors[q, k] = anchors[q, k], h


@kernel
def _set_bits(anchors, bits, bitmap):
    for q in range(anchors.shape[0]):
        for k in range(ANCHORS):
            cell = _cell(anchors[q, k], bits)
            bitmap[cell >> np.uint64(6)] |= np.uint64(1) << (cell & np.uint64(63))


@kernel
def _probe(flat, start, count, rows, first, anchors, bits, bitmap, out):
    """Entries ``hash31 << 33 | row number << 1 | is anchor`` of the 4-grams that hit the bitmap."""
    total = 0
    for q in range(rows.size):
        a, n = start[rows[q]], count[rows[q]]
        for j in range(a, a + n - GRAM + 1):
            if not _own_gram(flat, j):
                continue
            h = shingle_hash(flat, j, GRAM)
            cell = _cell(h, bits)
            if (bitmap[cell >> np.uint64(6)] >> (cell & np.uint64(63))) & np.uint64(1):
                anchor = np.uint64(0)
                for k in range(ANCHORS):
                    if anchors[q, k] == h:
                        anchor = np.uint64(1)
                if total < out.size:
                    short = (h ^ (h >> np.uint64(29))) >> np.uint64(33)
                    out[total] = (short << np.uint64(33)) | (np.uint64(first + q) << np.uint64(1)) | anchor
                total += 1
    return total


@kernel
def _join(entries, rows, count, cap, out):
    """Pairs of rows that share an anchor of the shorter one, once for each anchor they share."""
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
                    qx = (entries[x] & np.uint64(0x1FFFFFFFF)) >> np.uint64(1)
                    qy = (entries[y] & np.uint64(0x1FFFFFFFF)) >> np.uint64(1)
                    i, j = rows[qx], rows[qy]
                    if i == j or (not both and count[i] > count[j]):
                        continue
                    if total < out.size:
                        out[total] = (np.uint64(min(i, j)) << np.uint64(32)) | np.uint64(max(i, j))
                    total += 1
        low = high
    return total


def containment_pairs(tokens: Tokens, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Sorted unique pairs ``i << 32 | j`` (i < j) that share at least ``SHARED`` anchors of the shorter row."""
    long = rows[tokens.count[rows] >= MIN_WORDS]
    if long.size < 2:
        return np.empty(0, np.uint64)
    flat, start, count = tokens.flat, tokens.start, tokens.count
    ranges = [(low, min(low + _STEP, long.size)) for low in range(0, long.size, _STEP)]
    anchors = np.empty((long.size, ANCHORS), np.uint64)
    map_threads(lambda r: _drop_anchors(flat, start, count, long[r[0] : r[1]], anchors[r[0] : r[1]]), ranges)
    # Less than one cell in a hundred is taken, and the bitmap stays in the processor's cache while it can.
    bits = int(np.clip(np.ceil(np.log2(anchors.size)) + 7, 16, _MOST_BITS))
    bitmap = np.zeros(1 << (bits - 6), np.uint64)
    _set_bits(anchors, bits, bitmap)

    def probe(r: tuple[int, int]) -> NDArray[np.uint64]:
        part = long[r[0] : r[1]]
        out = np.empty(part.size * 8, np.uint64)
        while True:
            n = _probe(flat, start, count, part, r[0], anchors[r[0] : r[1]], bits, bitmap, out)
            if n <= out.size:
                return out[:n].copy()
            out = np.empty(n, np.uint64)

    entries = np.concatenate(map_threads(probe, ranges))
    entries.sort()
    shared = np.empty(entries.size, np.uint64)
    n = _join(entries, long, count, BUCKET_CAP, shared)
    if n > shared.size:
        shared = np.empty(n, np.uint64)
        _join(entries, long, count, BUCKET_CAP, shared)
    shared = shared[:n]
    shared.sort()
    # A pair stands once for each anchor it shares: enough of them stand SHARED - 1 places before their last.
    often = shared[SHARED - 1 :][shared[SHARED - 1 :] == shared[: shared.size - SHARED + 1]]
    return unique_pairs([often])
