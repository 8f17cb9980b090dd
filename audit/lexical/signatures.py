"""MinHash signatures and the candidate pairs of their bands.

Broder 1997, "On the resemblance and containment of documents"; banding after Leskovec, Rajaraman, Ullman,
"Mining of Massive Datasets", chapter 3. Permutations are multiply-add hashes modulo 2**32. Only band keys are
kept: a signature lives in registers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.audit.kernels import inlined, kernel
from assay.audit.lexical.parallel import map_threads, over_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORD_BANDS, WORD_ROWS = 16, 4
CHAR_BANDS, CHAR_ROWS = 24, 5
MAX_SHORT = 24
"""Rows of at most so many words are compared by characters too: one changed word is much of them."""
MAX_WORDS = 4096
"""Words of a row that are signed."""
BUCKET_CAP = 16
"""Members of a bucket beyond which only the pairs with its first member are made."""

_random = np.random.Generator(np.random.PCG64(0xA55A))
MULTIPLY = _random.integers(0, 2**32, 128, dtype=np.uint32) | np.uint32(1)
ADD = _random.integers(0, 2**32, 128, dtype=np.uint32)


@inlined
def mix32(x):
    """Spread the bits of a 32-bit value (Wellons' lowbias32)."""
    x = np.uint32(x)
    x ^= x >> np.uint32(16)
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x ^= x >> np.uint32(15)
    x = np.uint32(x * np.uint32(0x846CA68B))
    return np.uint32(x ^ (x >> np.uint32(16)))


@inlined
def _lower(signature, feature, multiply, add, size):
    """Take one feature into a signature of running minima."""
    for k in range(size):
        value = np.uint32(np.uint32(feature * multiply[k]) + add[k])
        signature[k] = min(signature[k], value)


@inlined
def _keys_of(signature, bands, rows, out):
    """Fold each band of a signature into a 32-bit key."""
    k1 = np.uint64(0x9E3779B97F4A7C15)
    for band in range(bands):
        h = np.uint64(band + 1)
        for k in range(rows):
            h = (h ^ np.uint64(signature[band * rows + k])) * k1
            h ^= h >> np.uint64(32)
        out[band] = np.uint32(h)


@kernel
def _sign_chars(data, offsets, rows, multiply, add, out, signature):
    size = CHAR_BANDS * CHAR_ROWS
    for q in range(rows.size):
        low, high = offsets[rows[q]], offsets[rows[q] + 1]
        signature[:] = np.uint32(0xFFFFFFFF)
        gram = np.uint32(0)
        for p in range(low, high):
            gram = np.uint32((gram << np.uint32(8)) | np.uint32(data[p]))
            if p - low >= 3 or p == high - 1:
                _lower(signature, mix32(np.uint32(gram * np.uint32(0x9E3779B1)) + np.uint32(7)), multiply, add, size)
        _keys_of(signature, CHAR_BANDS, CHAR_ROWS, out[q])


def sign_chars(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], rows: NDArray[np.int64], out: NDArray[np.uint32]
) -> None:
    """Band keys, (len(rows), CHAR_BANDS), of the character 4-grams of some folded rows, into ``out``."""
    _sign_chars(data, offsets, rows, MULTIPLY, ADD, out, np.empty(CHAR_BANDS * CHAR_ROWS, np.uint32))


@kernel
def _sign_words(flat, start, count, own, rows, stop, multiply, add, out, signature, words):
    size = WORD_BANDS * WORD_ROWS
    for q in range(rows.size):
        i = rows[q]
        only_own = count[i] >= 24 and 8 <= own[i] < count[i]
        n = 0
        for j in range(start[i], start[i] + count[i]):
            if n < words.size and (not only_own or flat[j] & np.uint32(1)):
                words[n] = flat[j] & np.uint32(0xFFFFFFFE)
                n += 1
        signature[:] = np.uint32(0xFFFFFFFF)
        for j in range(n):
            if n < 4 or not stop[words[j] >> np.uint32(12)]:
                _lower(signature, mix32(words[j]), multiply, add, size)
            if j + 1 < n:
                left = np.uint32(words[j] * np.uint32(0x85EBCA6B))
                right = np.uint32((words[j + 1] ^ np.uint32(0x5BD1E995)) * np.uint32(0xC2B2AE35))
                _lower(signature, mix32(np.uint32(left + right)), multiply, add, size)
        _keys_of(signature, WORD_BANDS, WORD_ROWS, out[q])


def sign_words(flat, start, count, own, rows, stop) -> NDArray[np.uint32]:
    """Band keys, (len(rows), WORD_BANDS), over rare single words and all word pairs.

    Rows with enough words of their own (``own``: their number) are signed by these alone: what a template or a
    disclaimer shares does not make candidates.
    """
    out = np.empty((rows.size, WORD_BANDS), np.uint32)

    def one(low: int, high: int) -> None:
        signature, words = np.empty(WORD_BANDS * WORD_ROWS, np.uint32), np.empty(MAX_WORDS, np.uint32)
        part, keys = rows[low:high], out[low:high]
        _sign_words(flat, start, count, own, part, stop, MULTIPLY, ADD, keys, signature, words)

    over_rows(one, rows.size)
    return out


@kernel
def _count_words(flat, start, count, rows, counts):
    for q in range(rows.size):
        i = rows[q]
        for j in range(start[i], start[i] + count[i]):
            counts[flat[j] >> np.uint32(12)] += 1


def sample_step(rows: int) -> int:
    """Every how many rows one is looked at for ``stop_words``: 20,000 of them say enough."""
    return max(1, rows // 20_000)


def sampled(hashes: NDArray[np.uint64], first: NDArray[np.bool_], step: int) -> NDArray[np.int64]:
    """Rows that are looked at for ``stop_words``: all, or every so many of the distinct texts, by their hash.

    By hash and not by place, so that the same texts in another order give the same words: what is alike in a set is
    then nearly all alike in the parts that it is split into.
    """
    if step == 1:
        return np.arange(hashes.size, dtype=np.int64)
    return np.flatnonzero(first & (hashes % np.uint64(step) == 0))


def word_counts(flat, start, count, rows) -> NDArray[np.int32]:
    """How often words occur in some rows: a table over the top 20 bits of a word hash."""
    counts = np.zeros(1 << 20, np.int32)
    _count_words(flat, start, count, rows, counts)
    return counts


def stop_words(counts: NDArray[np.int32], sampled: int, share: float = 0.02) -> NDArray[np.bool_]:
    """Table over the top 20 bits of a word hash: occurs more often than in ``share`` of the rows sampled."""
    return counts > share * sampled


@kernel
def _bucket_pairs(sorted_keys, cap, out):
    """Pairs of low halves (rows) within runs of equal high halves; a star to the first where a run exceeds ``cap``."""
    total = 0
    low = 0
    low_mask = np.uint64(0xFFFFFFFF)
    while low < sorted_keys.size:
        high = low + 1
        key = sorted_keys[low] >> np.uint64(32)
        while high < sorted_keys.size and sorted_keys[high] >> np.uint64(32) == key:
            high += 1
        leaders = high - low if high - low <= cap else 1
        for x in range(low, low + leaders):
            for y in range(x + 1, high):
                if out.size:
                    i, j = sorted_keys[x] & low_mask, sorted_keys[y] & low_mask
                    out[total] = (min(i, j) << np.uint64(32)) | max(i, j)
                total += 1
        low = high
    return total


def band_pairs(keys: NDArray[np.uint32], rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Sorted unique pairs ``i << 32 | j`` (i < j, numbers from ``rows``) that share a band key."""
    found = map_threads(lambda band: bucket_pairs(bucket_entries(keys[:, band], rows)), range(keys.shape[1]))
    return unique_pairs(found)


def bucket_entries(keys: NDArray[np.uint32], rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """``key << 32 | row`` of some rows (below 2**32) in one band."""
    entries = keys.astype(np.uint64) << np.uint64(32)
    entries |= rows.astype(np.uint64)
    return entries


def bucket_pairs(entries: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sorted unique pairs ``i << 32 | j`` (i < j) of rows with one key; ``entries`` of one band are sorted in place."""
    entries.sort()
    pairs = np.empty(_bucket_pairs(entries, BUCKET_CAP, np.empty(0, np.uint64)), np.uint64)
    if pairs.size:
        _bucket_pairs(entries, BUCKET_CAP, pairs)
    return unique_pairs([pairs])


def unique_pairs(found: list[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """Union of sorted lists of pairs."""
    pairs = np.concatenate(found) if found else np.empty(0, np.uint64)
    pairs.sort()
    keep = np.ones(pairs.size, np.bool_)
    np.not_equal(pairs[1:], pairs[:-1], out=keep[1:])
    return pairs[keep]
