"""Texts as arrays of word hashes: the form in which everything else compares them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.kernels import kernel
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


@kernel
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


@dataclass(slots=True, eq=False)
class _Chunk:
    """Words of the rows of one chunk, until they are put together."""

    words: NDArray[np.uint32]
    short: NDArray[np.int64]
    keys: NDArray[np.uint32]


def read_tokens(text: pl.Series) -> Tokens:
    """Fold and tokenise a column without nulls, a chunk at a time on threads."""
    rows = len(text)
    start, count = np.zeros(rows, np.int64), np.zeros(rows, np.int32)
    row_hash, mask_hash, masked = np.zeros(rows, np.uint64), np.zeros(rows, np.uint64), np.zeros(rows, np.int32)

    def one(low: int) -> _Chunk:
        high = min(low + CHUNK, rows)
        data, offsets = fold(text.slice(low, high - low), shared_table())
        window = slice(low, high)
        words = np.empty(int(np.count_nonzero(data[: offsets[-1]] == ord(" "))) + high - low, np.uint32)
        end = tokenise(
            data, offsets, words, 0,
            start[window], count[window], row_hash[window], mask_hash[window], masked[window],
        )  # fmt: skip
        few = np.flatnonzero((count[window] <= MAX_SHORT) & (count[window] > 0))
        keys = np.empty((few.size, CHAR_BANDS), np.uint32)
        sign_chars(data, offsets, few, keys)
        return _Chunk(words[:end], few + low, keys)

    chunks = map_threads(one, range(0, rows, CHUNK))
    short = np.concatenate([np.empty(0, np.int64), *(c.short for c in chunks)])
    keys = np.concatenate([np.empty((0, CHAR_BANDS), np.uint32), *(c.keys for c in chunks)])
    return Tokens(_join(chunks, start), start, count, row_hash, mask_hash, masked, short, keys)


def _join(chunks: list[_Chunk], start: NDArray[np.int64]) -> NDArray[np.uint32]:
    """All words in one array; each chunk's own are let go as soon as they are copied."""
    flat = np.empty(sum(c.words.size for c in chunks), np.uint32)
    at = 0
    for k, chunk in enumerate(chunks):
        start[k * CHUNK : (k + 1) * CHUNK] += at
        flat[at : at + chunk.words.size] = chunk.words
        at += chunk.words.size
        chunk.words = np.empty(0, np.uint32)
    return flat
