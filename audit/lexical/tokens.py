"""Texts as arrays of word hashes: the form in which everything else compares them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.kernels import inlined, kernel
from assay.audit.lexical.folding import ALONE, ASCII, DROP, MAP, SEPARATE, decode, fold, prepared, shared_table
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


@inlined
def _take_byte(h, packed, size, byte):
    """Take a byte into the hash of a word, eight at a time."""
    packed = (packed << np.uint64(8)) | np.uint64(byte)
    size += 1
    if size & 7 == 0:
        h = (h ^ packed) * np.uint64(0x9E3779B97F4A7C15)
        h ^= h >> np.uint64(32)
        packed = np.uint64(0)
    return h, packed, size


@inlined
def _take_word(whole, h):
    """Take the hash of a word into that of its row."""
    whole = (whole ^ h) * np.uint64(0x9E3779B97F4A7C15)
    return whole ^ (whole >> np.uint64(31))


@inlined
def _end_word(flat, o, h, packed, size, digit, whole, mask):
    """Write down the word that ends here, if there is one; where the next goes, and the row's hashes."""
    if size:
        h = (h ^ packed) * np.uint64(0x9E3779B97F4A7C15)
        h ^= h >> np.uint64(32)
        h ^= h >> np.uint64(29)
        h *= np.uint64(0xBF58476D1CE4E5B9)
        flat[o] = np.uint32(h >> np.uint64(32)) | np.uint32(1)
        o += 1
        whole = _take_word(whole, h)
        mask = _take_word(mask, np.uint64(0xD161) if digit else h)
    return o, whole, mask


@kernel
def tokenise(
    data, offsets, ascii_table, action, first, length, mapped, flat, start, count, row_hash, mask_hash, masked
):
    """Fold raw texts and hash their words into ``flat``; rows without words get hash 0. Returns the words' number.

    The same words come out as from ``fold``; what its arguments mean stands there.
    """
    seed = np.uint64(0x51ED270B7A3F)
    o = 0
    for i in range(offsets.size - 1):
        start[i] = o
        whole, mask = np.uint64(0x1234567), np.uint64(0x7654321)
        digits = 0
        h, packed, size, digit = seed, np.uint64(0), 0, False
        p = offsets[i]
        while p < offsets[i + 1]:
            b = data[p]
            low, high = 0, 0
            end, alone = False, False
            if b < 128:
                p += 1
                f = ascii_table[b]
                if f == 255:
                    continue
                if f:
                    h, packed, size = _take_byte(h, packed, size, f)
                    digit |= np.uint8(f - np.uint8(48)) < 10
                    continue
                end = True
            else:
                code, width = decode(data, p)
                what = action[code]
                if what == MAP:
                    for k in range(first[code], first[code] + length[code]):
                        f = mapped[k]
                        if f == 32:
                            o, whole, mask = _end_word(flat, o, h, packed, size, digit, whole, mask)
                            digits += digit
                            h, packed, size, digit = seed, np.uint64(0), 0, False
                        else:
                            h, packed, size = _take_byte(h, packed, size, f)
                            digit |= np.uint8(f - np.uint8(48)) < 10
                elif what != DROP:
                    end = what == SEPARATE or what == ALONE  # noqa: PLR1714 - numba would build the tuple each time
                    alone = what == ALONE
                    if not end or alone:
                        low, high = p, p + width
                p += width
            if end:
                o, whole, mask = _end_word(flat, o, h, packed, size, digit, whole, mask)
                digits += digit
                h, packed, size, digit = seed, np.uint64(0), 0, False
            for k in range(low, high):
                h, packed, size = _take_byte(h, packed, size, data[k])
            if alone:
                o, whole, mask = _end_word(flat, o, h, packed, size, digit, whole, mask)
                h, packed, size = seed, np.uint64(0), 0
        o, whole, mask = _end_word(flat, o, h, packed, size, digit, whole, mask)
        digits += digit
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
        part, window = text.slice(low, high - low), slice(low, high)
        columns = (start[window], count[window], row_hash[window], mask_hash[window], masked[window])
        table = shared_table()
        data, offsets, extra = prepared(part, table)
        # A word takes two bytes at least, its first and the space before it.
        words = np.empty((int(offsets[-1] - offsets[0]) + extra) // 2 + high - low + 1, np.uint32)
        end = tokenise(
            data, offsets, ASCII, table.action, table.start, table.length, table.bytes, words, *columns
        )  # fmt: skip
        few = np.flatnonzero((count[window] <= MAX_SHORT) & (count[window] > 0))
        keys = np.empty((few.size, CHAR_BANDS), np.uint32)
        data, offsets = fold(part.gather(few), shared_table())
        sign_chars(data, offsets, np.arange(few.size), keys)
        return _Chunk(words[:end].copy(), few + low, keys)

    chunks = map_threads(one, range(0, rows, CHUNK))
    short = np.concatenate([np.empty(0, np.int64), *(c.short for c in chunks)])
    keys = np.concatenate([np.empty((0, CHAR_BANDS), np.uint32), *(c.keys for c in chunks)])
    return Tokens(_join(chunks, start), start, count, row_hash, mask_hash, masked, short, keys)


def _join(chunks: list[_Chunk], start: NDArray[np.int64]) -> NDArray[np.uint32]:
    """All words in one array; each chunk's own are let go as soon as they are copied."""
    at = np.cumsum([0] + [c.words.size for c in chunks])
    flat = np.empty(int(at[-1]), np.uint32)

    def one(k: int) -> None:
        start[k * CHUNK : (k + 1) * CHUNK] += at[k]
        flat[at[k] : at[k + 1]] = chunks[k].words
        chunks[k].words = np.empty(0, np.uint32)

    map_threads(one, range(len(chunks)))
    return flat
