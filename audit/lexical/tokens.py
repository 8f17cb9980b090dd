"""Texts as arrays of word hashes: the form in which everything else compares them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from assay.audit.lexical.folding import fold, shared_table
from assay.audit.lexical.parallel import map_threads
from assay.audit.lexical.signatures import CHAR_BANDS, MAX_SHORT, sign_chars

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

CHUNK = 1 << 13
"""Rows folded at a time: their bytes stay in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """Word hashes of all rows, flat. Row ``i`` owns ``flat[start[i] : start[i] + count[i]]``, in order of the text.

    The lowest bit of a hash is a flag (1 = the row's own word, 0 = shared boilerplate); it is no part of the hash.
    """

    flat: NDArray[np.uint32]
    start: NDArray[np.int64]
    count: NDArray[np.int32]
    row_hash: NDArray[np.uint64]
    """Hash of the folded text: equal texts have equal hashes."""
    mask_hash: NDArray[np.uint64]
    """The same with every word that holds a digit replaced by one mark."""
    masked: NDArray[np.int32]
    """Number of words that hold a digit."""
    short: NDArray[np.int64]
    """Rows of at most ``MAX_SHORT`` words, which are compared by characters too."""
    char_keys: NDArray[np.uint32]
    """(len(short), CHAR_BANDS) band keys of their character signatures."""

    def __len__(self) -> int:
        """Number of rows."""
        return self.start.size

    def row(self, index: int) -> NDArray[np.uint32]:
        """Word hashes of one row, flags cleared."""
        return self.flat[self.start[index] : self.start[index] + self.count[index]] & np.uint32(0xFFFFFFFE)


@njit(nogil=True, cache=True)
def tokenise(data, offsets, flat, base, start, count, row_hash, mask_hash, masked):
    """Hash the words of folded rows into ``flat[base:]``; rows without words get hash 0. Returns the end."""
    k1, k2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
    o = base
    for i in range(offsets.size - 1):
        p, end = offsets[i], offsets[i + 1]
        start[i] = o
        whole, mask = np.uint64(0x1234567), np.uint64(0x7654321)
        digits = 0
        while p < end:
            h = np.uint64(0x51ED270B7A3F)
            digit = False
            while p < end and data[p] != 32:
                b = data[p]
                digit |= 48 <= b <= 57
                h = (h ^ np.uint64(b)) * k1
                h ^= h >> np.uint64(32)
                p += 1
            p += 1
            h ^= h >> np.uint64(29)
            h *= k2
            flat[o] = np.uint32(h >> np.uint64(32)) | np.uint32(1)
            o += 1
            whole = (whole ^ h) * k1
            whole ^= whole >> np.uint64(31)
            digits += digit
            mask = (mask ^ (np.uint64(0xD161) if digit else h)) * k1
            mask ^= mask >> np.uint64(31)
        count[i] = o - start[i]
        masked[i] = digits
        row_hash[i] = whole if count[i] else np.uint64(0)
        mask_hash[i] = mask
    return o


def read_tokens(text: pl.Series) -> Tokens:
    """Fold and tokenise a column without nulls, a chunk at a time on threads."""
    rows = len(text)
    lengths = text.str.len_bytes().to_numpy().astype(np.int64)
    # A word takes a byte and a separator: rows get room for the most words their bytes can hold.
    # Pages of the gaps between chunks are never touched, so they cost address space only.
    room = np.zeros(rows + 1, np.int64)
    np.cumsum(lengths // 2 + 2, out=room[1:])
    # Some characters stand for several words (U+FDFA for four): a chunk full of them is kept apart.
    flat = np.empty(int(room[-1]), np.uint32)
    start, count = np.zeros(rows, np.int64), np.zeros(rows, np.int32)
    row_hash, mask_hash, masked = np.zeros(rows, np.uint64), np.zeros(rows, np.uint64), np.zeros(rows, np.int32)
    spill: dict[int, NDArray[np.uint32]] = {}

    def one(low: int) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        high = min(low + CHUNK, rows)
        data, offsets = fold(text.slice(low, high - low), shared_table())
        window = slice(low, high)
        target, base = flat, int(room[low])
        words = int(np.count_nonzero(data[: offsets[-1]] == ord(" "))) + high - low
        if words > int(room[high] - room[low]):
            target, base = np.empty(words, np.uint32), 0
            spill[low] = target
        tokenise(
            data, offsets, target, base,
            start[window], count[window], row_hash[window], mask_hash[window], masked[window],
        )  # fmt: skip
        few = np.flatnonzero((count[window] <= MAX_SHORT) & (count[window] > 0))
        keys = np.empty((few.size, CHAR_BANDS), np.uint32)
        sign_chars(data, offsets, few, keys)
        return few + low, keys

    parts = map_threads(one, range(0, rows, CHUNK))
    flat = _take_in(flat, start, spill, rows)
    short = np.concatenate([p[0] for p in parts]) if parts else np.empty(0, np.int64)
    keys = np.concatenate([p[1] for p in parts]) if parts else np.empty((0, CHAR_BANDS), np.uint32)
    return Tokens(flat, start, count, row_hash, mask_hash, masked, short, keys)


def _take_in(
    flat: NDArray[np.uint32], start: NDArray[np.int64], spill: dict[int, NDArray[np.uint32]], rows: int
) -> NDArray[np.uint32]:
    """Append the chunks that did not fit their room."""
    if not spill:
        return flat
    at, pieces = flat.size, [flat]
    for low in sorted(spill):
        start[low : min(low + CHUNK, rows)] += at
        at += spill[low].size
        pieces.append(spill[low])
    return np.concatenate(pieces)
