"""Every candidate pair is checked word by word; what passes is near-equal, contained, or two of one template.

Similarity is Dice's coefficient 2c / (n + m) over the words of both texts as multisets (Dice 1945), or, where
that stays below the threshold, over their characters in order (longest common subsequence; bit-parallel,
Hyyrö 2004, "Bit-parallel LCS-length computation revisited"), rescaled so that 1/4 agreement counts as none:
unrelated texts of one language share about so much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.audit.kernels import kernel
from assay.audit.lexical.folding import fold, shared_table
from assay.audit.lexical.hashing import sort_small
from assay.audit.lexical.parallel import map_threads, over_rows

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from assay.audit.lexical.tokens import Tokens

NOTHING, NEAR, CONTAINED, TEMPLATE, FRAME = 0, 1, 2, 3, 4
SIMILARITY = 0.84
"""Default threshold: 42 of 50 words kept, or 88 % of the characters."""
_MAX_BYTES = 4000
"""Longer texts are compared by words only."""


def halves(pairs: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Both rows of packed pairs ``i << 32 | j``."""
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)


@kernel
def _sort_rows(flat, start, count, rows, out, out_start):
    for q in range(rows.size):
        a, n = start[rows[q]], count[rows[q]]
        target = out[out_start[q] : out_start[q] + n]
        for k in range(n):
            target[k] = flat[a + k]
        sort_small(target)


@kernel
def _shared(x, y, shift):
    """Words that two sorted texts share; with ``shift`` 0 the flags must agree, with 1 they are ignored."""
    i, j, both = 0, 0, 0
    while i < x.size and j < y.size:
        a, b = x[i] >> shift, y[j] >> shift
        both += a == b
        i += a <= b
        j += b <= a
    return both


@kernel
def _flagged(x, out):
    """Own words of a text, sorted as they are, into ``out``; their number."""
    n = 0
    for word in x:
        if word & np.uint32(1):
            out[n] = word
            n += 1
    return n


@kernel
def _share_of_trigrams(x, y, scratch):
    """Share of x's word 3-grams that stand in y: containment must keep the order of the words."""
    if x.size < 3 or y.size < 3:
        return 1.0 if x.size < 3 else 0.0
    grams = scratch[: y.size - 2]
    k1, k2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
    one = np.uint32(1)
    for j in range(y.size - 2):
        grams[j] = (np.uint64(y[j] >> one) * k1 ^ np.uint64(y[j + 1] >> one)) * k2 ^ np.uint64(y[j + 2] >> one)
    sort_small(grams)
    hits = 0
    for i in range(x.size - 2):
        g = (np.uint64(x[i] >> one) * k1 ^ np.uint64(x[i + 1] >> one)) * k2 ^ np.uint64(x[i + 2] >> one)
        low, high = 0, grams.size
        while low < high:
            middle = (low + high) >> 1
            if grams[middle] < g:
                low = middle + 1
            else:
                high = middle
        hits += low < grams.size and grams[low] == g
    return hits / (x.size - 2)


@kernel
def _by_words(
    left, right, flat, start, count, own, ordered, slot, slot_start, passage, similarity, code, score, ask,
    own_left, own_right, grams,
):  # fmt: skip
    for q in range(left.size):
        i, j = left[q], right[q]
        n, m = np.int64(count[i]), np.int64(count[j])
        x = ordered[slot_start[slot[i]] : slot_start[slot[i]] + n]
        y = ordered[slot_start[slot[j]] : slot_start[slot[j]] + m]
        both = _shared(x, y, np.uint32(1))
        own_both = both
        few, many = min(n, m), max(n, m)
        template = False
        if own[i] < n or own[j] < m:
            a, b = _flagged(x, own_left), _flagged(y, own_right)
            own_both = _shared(own_left[:a], own_right[:b], np.uint32(0))
            # Texts that agree in what they share with many others must also agree in what is their own.
            # The more so where both hold the very same passages.
            rest = own[i] + own[j] - own_both
            agree = 0.65 if passage[i] == passage[j] != 0 else 0.4
            template = max(own[i], own[j]) >= 3 and own_both < agree * rest
        dice = 2.0 * both / (n + m)
        if dice >= similarity:
            code[q] = TEMPLATE if template else NEAR
            score[q] = dice
            continue
        inner, outer = (i, j) if n <= m else (j, i)
        jaccard = both / (n + m - both)
        # A short text must be held word for word; a long one may miss a word in twelve.
        held = few >= 8 and both >= few - few // 12
        if held and own[inner] >= 6 and own_both >= 0.88 * own[inner] and jaccard < 0.8:
            short = flat[start[inner] : start[inner] + count[inner]]
            long = flat[start[outer] : start[outer] + count[outer]]
            # The words of a short text may well stand in another one by chance: nearly all in order must.
            if _share_of_trigrams(short, long, grams) >= (0.85 if few < 24 else 0.75):
                code[q] = CONTAINED
                score[q] = both / few
        if code[q] == NOTHING and dice >= 0.6 and few * 3 >= many * 2:
            code[q] = FRAME
            score[q] = dice
        ask[q] = not template and jaccard >= 0.35 and few * 3 >= many * 2


@kernel
def _count_bits(x):
    x -= (x >> np.uint64(1)) & np.uint64(0x5555555555555555)
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@kernel
def _common_subsequence(x, y, places, state):
    """Length of the longest common subsequence of two byte strings."""
    head = 0
    while head < x.size and head < y.size and x[head] == y[head]:
        head += 1
    tail = 0
    while tail < x.size - head and tail < y.size - head and x[x.size - 1 - tail] == y[y.size - 1 - tail]:
        tail += 1
    x, y = x[head : x.size - tail], y[head : y.size - tail]
    if x.size == 0 or y.size == 0:
        return head + tail
    width = (x.size + 63) >> 6
    for b in x:
        places[b, :width] = np.uint64(0)
    for b in y:
        places[b, :width] = np.uint64(0)
    for k in range(x.size):
        places[x[k], k >> 6] |= np.uint64(1) << np.uint64(k & 63)
    state[:width] = np.uint64(0xFFFFFFFFFFFFFFFF)
    for b in y:
        carry = np.uint64(0)
        for w in range(width):
            matches = state[w] & places[b, w]
            total = state[w] + matches
            over = np.uint64(total < state[w])
            with_carry = total + carry
            over |= np.uint64(with_carry < total)
            state[w] = with_carry | (state[w] - matches)
            carry = over
    length = 0
    for w in range(width):
        zeros = ~state[w]
        if w == width - 1 and x.size & 63:
            zeros &= (np.uint64(1) << np.uint64(x.size & 63)) - np.uint64(1)
        length += _count_bits(zeros)
    return head + tail + length


@kernel
def _by_characters(left, right, data, low, high, similarity, code, score, places, state):
    floor = 1.0 - 0.75 * (1.0 - similarity)
    for q in range(left.size):
        x, y = data[low[left[q]] : high[left[q]]], data[low[right[q]] : high[right[q]]]
        both = x.size + y.size
        if max(x.size, y.size) > _MAX_BYTES or both == 0 or 2.0 * min(x.size, y.size) < floor * both:
            continue
        ratio = 2.0 * _common_subsequence(x, y, places, state) / both
        if ratio >= floor:
            code[q] = NEAR
            score[q] = 1.0 - (1.0 - ratio) / 0.75


def verify(
    pairs: NDArray[np.uint64],
    tokens: Tokens,
    own: NDArray[np.int32],
    passage: NDArray[np.uint64],
    text: pl.Series,
    similarity: float,
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """What each candidate pair is (NOTHING, NEAR, CONTAINED, TEMPLATE) and how similar, 0..1.

    Args:
        pairs: ``i << 32 | j``.
        tokens: words of all rows, own words marked.
        own: number of own words of each row.
        passage: key of the shared passages of each row, 0 for none.
        text: the column the tokens came from.
        similarity: threshold of NEAR.
    """
    left, right = halves(pairs)
    code, score, ask = by_words(left, right, tokens, own, passage, similarity)
    asked = np.flatnonzero(ask)
    if asked.size:
        code[asked], score[asked] = by_characters(
            left[asked], right[asked], text, similarity, code[asked], score[asked]
        )
    return code, score


def by_words(
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    tokens: Tokens,
    own: NDArray[np.int32],
    passage: NDArray[np.uint64],
    similarity: float,
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.bool_]]:
    """What the words of each pair say, how similar it is, and whether its characters should be asked.

    Args as for ``verify``.
    """
    code, score = np.zeros(left.size, np.uint8), np.zeros(left.size, np.float32)
    ask = np.zeros(left.size, np.bool_)
    if not left.size:
        return code, score, ask
    asked_for = np.zeros(len(tokens), np.bool_)
    asked_for[left] = asked_for[right] = True
    rows = np.flatnonzero(asked_for)
    slot = np.zeros(len(tokens), np.int32)
    slot[rows] = np.arange(rows.size, dtype=np.int32)
    slot_start = np.zeros(rows.size + 1, np.int64)
    np.cumsum(tokens.count[rows], out=slot_start[1:])
    ordered = np.empty(int(slot_start[-1]), np.uint32)
    over_rows(
        lambda a, b: _sort_rows(tokens.flat, tokens.start, tokens.count, rows[a:b], ordered, slot_start[a:b]), rows.size
    )
    longest = int(tokens.count[rows].max())

    def one(a: int, b: int) -> None:
        mine, others, grams = np.empty(longest, np.uint32), np.empty(longest, np.uint32), np.empty(longest, np.uint64)
        _by_words(
            left[a:b], right[a:b], tokens.flat, tokens.start, tokens.count, own, ordered, slot, slot_start, passage,
            similarity, code[a:b], score[a:b], ask[a:b], mine, others, grams,
        )  # fmt: skip

    over_rows(one, left.size)
    return code, score, ask


def by_characters(
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    text: pl.Series,
    similarity: float,
    code: NDArray[np.uint8],
    score: NDArray[np.float32],
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Codes and scores of some pairs of rows of ``text``, raised where the characters of a pair say more."""
    rows = np.unique(np.concatenate([left, right]))
    data, low, high = folded_rows(text, rows)
    a, b = np.searchsorted(rows, left), np.searchsorted(rows, right)
    code, score = code.copy(), score.copy()

    def one(p: int, q: int) -> None:
        places, state = np.empty((256, _MAX_BYTES // 64 + 1), np.uint64), np.empty(_MAX_BYTES // 64 + 1, np.uint64)
        _by_characters(a[p:q], b[p:q], data, low, high, similarity, code[p:q], score[p:q], places, state)

    over_rows(one, left.size, step=1 << 12)
    return code, score


def folded_rows(
    text: pl.Series, rows: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Folded bytes of some rows, and where each begins and ends."""
    step = 1 << 13
    parts = map_threads(
        lambda low: fold(text.gather(rows[low : low + step]), shared_table()), range(0, rows.size, step)
    )
    bases = np.cumsum([0] + [int(offsets[-1]) for _, offsets in parts])
    data = np.concatenate([d[: o[-1]] for d, o in parts])
    low = np.concatenate([o[:-1] + base for (_, o), base in zip(parts, bases, strict=False)])
    high = np.concatenate([o[1:] + base for (_, o), base in zip(parts, bases, strict=False)])
    return data, low, high
