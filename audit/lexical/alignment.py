"""Two texts aligned word by word: which words were changed, and whether many rows change the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.audit.kernels import kernel
from assay.audit.lexical.hashing import sort_small
from assay.audit.lexical.parallel import map_threads, over_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.lexical.tokens import Tokens

CELLS = 40_000
"""Cells of an alignment beyond which two changed parts count as wholly different."""
SAMPLE = 24
"""Members of a cluster that are aligned with its first one."""
_RUNS = 16
"""Changed places of a pair that are looked at."""


@kernel
def align(x, y, match, table):
    """``match[i]`` = position in y of x's word i, or -1, by a longest common subsequence of words.

    The lowest bit of a word is ignored. Where the changed middle parts are both long (beyond ``CELLS``) they
    count as wholly different. ``table`` is scratch space, made by ``cells``.
    """
    n, m = x.size, y.size
    one = np.uint32(1)
    head = 0
    while head < n and head < m and x[head] >> one == y[head] >> one:
        match[head] = head
        head += 1
    tail = 0
    while tail < n - head and tail < m - head and x[n - 1 - tail] >> one == y[m - 1 - tail] >> one:
        tail += 1
        match[n - tail] = m - tail
    a, b = n - head - tail, m - head - tail
    match[head : head + a] = -1
    if a == 0 or b == 0 or a * b > CELLS:
        return
    wide = b + 1
    for j in range(wide):
        table[a * wide + j] = 0
    for i in range(a - 1, -1, -1):
        table[i * wide + b] = 0
        for j in range(b - 1, -1, -1):
            at = i * wide + j
            if x[head + i] >> one == y[head + j] >> one:
                table[at] = table[at + wide + 1] + 1
            else:
                table[at] = max(table[at + wide], table[at + 1])
    i, j = 0, 0
    while i < a and j < b:
        if x[head + i] >> one == y[head + j] >> one:
            match[head + i] = head + j
            i += 1
            j += 1
        elif table[(i + 1) * wide + j] >= table[i * wide + j + 1]:
            i += 1
        else:
            j += 1


@kernel
def changed_runs(match, n, m, out):
    """Runs ``(from, to, from, to)`` of changed words of both texts into ``out``; how many there are."""
    total = 0
    i, j = 0, 0
    while i < n or j < m:
        if i < n and match[i] == j:
            i += 1
            j += 1
            continue
        p, q = i, j
        while i < n and match[i] < 0:
            i += 1
        j = match[i] if i < n else m
        if total < out.shape[0]:
            out[total, 0], out[total, 1], out[total, 2], out[total, 3] = p, i, q, j
        total += 1
    return total


@kernel
def _appended(flat, start, count, left, right, out, match, table):
    """Whether one text of a pair is the other with words put before or after it."""
    for q in range(left.size):
        i, j = (left[q], right[q]) if count[left[q]] <= count[right[q]] else (right[q], left[q])
        n, m = count[i], count[j]
        if n < 8 or m - n < 5:
            continue
        align(flat[start[i] : start[i] + n], flat[start[j] : start[j] + m], match, table)
        kept, first, last = 0, -1, -1
        for k in range(n):
            if match[k] >= 0:
                kept += 1
                last = match[k]
                if first < 0:
                    first = last
        outside = m - (last - first + 1)
        out[q] = kept >= 0.95 * n and outside >= 5 and outside >= 0.8 * (m - kept)


def appended(tokens: Tokens, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Pairs in which one text is the other, hardly changed, with at least five words put before or after it."""
    out = np.zeros(left.size, np.bool_)
    longest = _longest(tokens, np.concatenate([left, right]))

    def one(a: int, b: int) -> None:
        match = np.empty(longest, np.int64)
        _appended(tokens.flat, tokens.start, tokens.count, left[a:b], right[a:b], out[a:b], match, cells())

    over_rows(one, left.size)
    return out


def cells() -> NDArray[np.int16]:
    """Scratch space for ``align``."""
    return np.empty(2 * CELLS + 4, np.int16)


def _longest(tokens: Tokens, rows: NDArray[np.int64]) -> int:
    """Words of the longest of some rows, at least 1."""
    return max(1, int(tokens.count[rows].max(initial=0)))


@kernel
def _hash_words(words, low, high):
    h = np.uint64(high - low)
    for k in range(low, high):
        h = (h ^ np.uint64(words[k] >> np.uint32(1))) * np.uint64(0x9E3779B97F4A7C15)
        h ^= h >> np.uint64(29)
    return h


@kernel
def _slot_share(flat, start, count, members, first, widest, match, table, kept, runs, changes):
    """Share of the changes against one member that fall in a place with three or more fillings.

    0 unless most of that member's words stand in nearly all others: a template is what stays.
    """
    x = flat[start[first] : start[first] + count[first]]
    kept[: x.size] = 0
    # changes: place << 44 | hash of the filling: one sort brings equal fillings of a place together.
    total = 0
    for k in range(members.size):
        if members[k] == first:
            continue
        y = flat[start[members[k]] : start[members[k]] + count[members[k]]]
        align(x, y, match, table)
        for i in range(x.size):
            kept[i] += match[i] >= 0
        for r in range(min(_RUNS, changed_runs(match, x.size, y.size, runs))):
            filling = _hash_words(y, runs[r, 2], runs[r, 3]) >> np.uint64(20)
            changes[total] = (np.uint64(runs[r, 0]) << np.uint64(44)) | filling
            total += 1
    fixed, stretch, longest = 0, 0, 0
    for i in range(x.size):
        if kept[i] * 10 >= (members.size - 1) * 8:
            fixed += 1
            stretch = 0
        else:
            stretch += 1
            longest = max(longest, stretch)
    if total == 0 or fixed < 3 or 2 * fixed < x.size or longest > widest:
        return 0.0
    sort_small(changes[:total])
    inside = 0
    low = 0
    while low < total:
        high = low
        distinct = 0
        while high < total and changes[high] >> np.uint64(44) == changes[low] >> np.uint64(44):
            distinct += high == low or changes[high] != changes[high - 1]
            high += 1
        if distinct >= 2:
            inside += high - low
        low = high
    return inside / total


@kernel
def _slot_shares(flat, start, count, members, bounds, widest, out, match, table, kept, runs, changes):
    for g in range(out.size):
        low, high = bounds[g], bounds[g + 1]
        out[g] = 1.0
        # Against one odd copy all others differ in the same place; against several they do not.
        for first in (low, (low + high) // 2, high - 1):
            share = _slot_share(
                flat, start, count, members[low:high], members[first], widest, match, table, kept, runs, changes
            )
            out[g] = min(out[g], share)


def sampled(members: NDArray[np.int64], bounds: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Members that are looked at, and the bounds between clusters among them.

    A sample says enough of a large cluster: its first rows, in order.
    """
    sizes = np.minimum(np.diff(bounds), SAMPLE)
    edges = np.concatenate([[0], np.cumsum(sizes)])
    return members[np.repeat(bounds[:-1] - edges[:-1], sizes) + np.arange(edges[-1])], edges


def slot_shares(
    tokens: Tokens, members: NDArray[np.int64], bounds: NDArray[np.int64], widest: int
) -> NDArray[np.float64]:
    """For each cluster how much of what varies in it varies in the same places with many fillings, 0..1.

    ``widest`` is how many neighbouring words a slot may hold; clusters with wider ones score 0.
    Near 1 for rows of one template with other slots, near 0 for edited copies of one text.
    """
    shares = np.zeros(bounds.size - 1, np.float64)
    if not shares.size:
        return shares
    small, edges = sampled(members, bounds)
    longest, step = _longest(tokens, small), 1 << 7

    def one(low: int) -> None:
        match, kept, runs = np.empty(longest, np.int64), np.empty(longest, np.int64), np.empty((_RUNS, 4), np.int64)
        changes = np.empty(_RUNS * SAMPLE, np.uint64)
        _slot_shares(
            tokens.flat, tokens.start, tokens.count, small, edges[low : low + step + 1], widest,
            shares[low : low + step], match, cells(), kept, runs, changes,
        )  # fmt: skip

    map_threads(one, range(0, shares.size, step))
    return shares
