"""What differs between two texts, word by word: the evidence a person checks at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa

from assay.audit.kernels import kernel
from assay.audit.lexical.alignment import align, cells, changed_runs
from assay.audit.lexical.folding import ALONE, ASCII, DROP, KEEP, MAP, SEPARATE, decode, drawn, shared_table
from assay.audit.lexical.parallel import over_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

KINDS = ("words", "number", "negation", "date", "name", "order", "typo", "spelling")
"""Kinds of change, by code: other words; numbers only; a negation among them; dates only; names only; the same
words in another order; misspellings; nothing but how words are written or joined."""
SALIENT = frozenset({"number", "negation", "date", "name"})
"""Changes that may change the meaning, small as they are."""
MAX_RUNS = 8
"""Changed places of a pair that are told; further ones are counted."""

_STEP = 1 << 11
"""Pairs compared at a time: their words stay in the processor's cache, and never all are in memory."""

_NEGATIONS = (
    "not no never none nobody nothing nowhere neither nor cannot cant wont dont doesnt didnt isnt arent wasnt werent "
    "hasnt havent hadnt shouldnt wouldnt couldnt mustnt without nicht kein keine keinen nie niemals ohne ne pas jamais "
    "sans nunca jamás sin ni niet geen nooit nie non mai senza não sem"
)
_DATE_WORDS = (
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun am pm "
    "today tomorrow yesterday tonight"
)
_NUMBER, _CAPITAL, _FIRST, _NEGATION, _DATE = 1, 2, 4, 8, 16


@kernel
def _locate(data, offsets, ascii_table, action, start, length, mapped, special, hashes, places, flags, bounds):
    """Words of raw rows: hash, ``(char from, char to, byte from, byte to)`` and flags, flat; ``bounds`` by row.

    ``special``: flags of the words that mean something beyond themselves, in ``_special``'s table.
    """
    k1 = np.uint64(0x9E3779B97F4A7C15)
    total = 0
    for i in range(offsets.size - 1):
        bounds[i] = total
        p = offsets[i]
        char = 0
        inside = False
        fresh = True
        h = np.uint64(0)
        while p < offsets[i + 1]:
            b = data[p]
            size, what, f = 1, np.int64(0), np.uint8(0)
            code = np.int64(b)
            if b < 128:
                f = ascii_table[b]
                what = SEPARATE if f == 0 else DROP if f == 255 else KEEP
            else:
                code, size = decode(data, p)
                what = np.int64(action[code])
            if inside and (what == SEPARATE or what == ALONE):  # noqa: PLR1714, SIM109 - numba would build it each time
                inside = False
                hashes[total] = np.uint32(h >> np.uint64(32))
                places[total, 1], places[total, 3] = char, p
                total += 1
            if what == SEPARATE:
                fresh |= b == 46 or b == 33 or b == 63 or b == 10  # noqa: PLR1714 - as above
            elif what != DROP:
                if not inside:
                    inside = True
                    h = np.uint64(0x51ED270B7A3F)
                    places[total, 0], places[total, 2] = char, p
                    flags[total] = (_CAPITAL if 65 <= b <= 90 else 0) | (_FIRST if fresh else 0)
                    fresh = False
                if f != 0:
                    flags[total] |= _NUMBER if 48 <= f <= 57 else 0
                    h = (h ^ np.uint64(f)) * k1
                    h ^= h >> np.uint64(29)
                elif what == MAP:
                    for k in range(start[code], start[code] + length[code]):
                        if mapped[k] != 32:
                            h = (h ^ np.uint64(mapped[k])) * k1
                            h ^= h >> np.uint64(29)
                else:
                    for k in range(size):
                        h = (h ^ np.uint64(data[p + k])) * k1
                        h ^= h >> np.uint64(29)
                if what == ALONE:
                    inside = False
                    hashes[total] = np.uint32(h >> np.uint64(32))
                    places[total, 1], places[total, 3] = char + 1, p + size
                    total += 1
            p += size
            char += 1
        if inside:
            hashes[total] = np.uint32(h >> np.uint64(32))
            places[total, 1], places[total, 3] = char, p
            total += 1
        for k in range(bounds[i], total):
            cell = hashes[k] & np.uint32(special.shape[1] - 1)
            while special[1, cell] and special[0, cell] != hashes[k]:
                cell = (cell + np.uint32(1)) & np.uint32(special.shape[1] - 1)
            flags[k] |= np.uint8(special[1, cell])
    bounds[offsets.size - 1] = total


@kernel
def _distance(data, a, b, c, d, cost):
    """Edit distance of two byte spans, blind to ASCII case; two neighbours swapped cost 1; 99 for long spans."""
    if b - a > 48 or d - c > 48:
        return 99
    same = 0
    while same < min(b - a, d - c) and data[a + same] == data[c + same]:
        same += 1
    if (
        b - a == d - c
        and same + 1 < b - a
        and data[a + same] == data[c + same + 1]
        and data[a + same + 1] == data[c + same]
    ):
        rest = same + 2
        while rest < b - a and data[a + rest] == data[c + rest]:
            rest += 1
        if rest == b - a:
            return 1
    for j in range(d - c + 1):
        cost[j] = j
    for i in range(a, b):
        before = cost[0]
        cost[0] = i - a + 1
        for j in range(c, d):
            x, y = data[i], data[j]
            x = x + 32 if 65 <= x <= 90 else x
            y = y + 32 if 65 <= y <= 90 else y
            best = min(before + (x != y), cost[j - c] + 1, cost[j - c + 1] + 1)
            before = cost[j - c + 1]
            cost[j - c + 1] = best
    return cost[d - c]


@kernel
def _kind(  # noqa: PLR0911 - the kinds in order of weight
    data, x, y, xp, yp, xf, yf, runs, total, cost
):
    """Code of the kind of change, from its runs."""
    number, date, name, typo = True, True, True, True
    bag = np.uint64(0)
    words = 0
    for r in range(min(total, runs.shape[0])):
        a, b, c, d = runs[r, 0], runs[r, 1], runs[r, 2], runs[r, 3]
        for side in range(2):
            low, high, flags, hashes = (a, b, xf, x) if side == 0 else (c, d, yf, y)
            for k in range(low, high):
                flag = flags[k]
                if flag & _NEGATION:
                    return 2
                number &= flag & _NUMBER > 0
                date &= flag & (_NUMBER | _DATE) > 0
                name &= flag & _CAPITAL > 0 and flag & (_FIRST | _NUMBER) == 0
                weight = np.uint64(hashes[k]) * np.uint64(0x9E3779B97F4A7C15)
                bag = bag + weight if side == 0 else bag - weight
        words += b - a + d - c
        if b == a or d == c:
            typo = False
        elif typo:
            longest = max(xp[b - 1, 3] - xp[a, 2], yp[d - 1, 3] - yp[c, 2])
            distance = _distance(data, xp[a, 2], xp[b - 1, 3], yp[c, 2], yp[d - 1, 3], cost)
            typo = distance <= 2 and longest >= 4 and distance * 3 <= longest
    if words == 0:
        return 7
    if total > runs.shape[0]:
        return 0
    if bag == 0:
        return 5
    if number:
        return 1
    if date:
        return 3
    if typo:
        return 6
    return 4 if name else 0


@kernel
def _compare(left, right, data, hashes, places, flags, bounds, spans, counts, kinds, cost, match, table, runs):
    for q in range(left.size):
        a, b, c, d = bounds[left[q]], bounds[left[q] + 1], bounds[right[q]], bounds[right[q] + 1]
        x, y = hashes[a:b], hashes[c:d]
        align(x, y, match, table)
        total = changed_runs(match, x.size, y.size, runs)
        xp, yp = places[a:b], places[c:d]
        kinds[q] = _kind(data, x, y, xp, yp, flags[a:b], flags[c:d], runs, total, cost)
        counts[q] = total
        for r in range(min(total, MAX_RUNS)):
            spans[q, r, 0] = xp[runs[r, 0], 0] if runs[r, 1] > runs[r, 0] else -1
            spans[q, r, 1] = xp[runs[r, 1] - 1, 1] if runs[r, 1] > runs[r, 0] else -1
            spans[q, r, 2] = yp[runs[r, 2], 0] if runs[r, 3] > runs[r, 2] else -1
            spans[q, r, 3] = yp[runs[r, 3] - 1, 1] if runs[r, 3] > runs[r, 2] else -1


@dataclass(frozen=True, slots=True, eq=False)
class Differences:
    """Differences of many pairs of rows, as columns."""

    spans: NDArray[np.int32]
    """(pairs, MAX_RUNS, 4): character ranges of each change in both texts; -1 where one side has no words there."""
    counts: NDArray[np.int32]
    """Number of changed places of each pair."""
    codes: NDArray[np.int8]
    """Code into KINDS of each pair."""

    @property
    def kinds(self) -> list[str]:
        """One of KINDS for each pair."""
        return [KINDS[code] for code in self.codes.tolist()]

    def evidence(self, pair: int) -> dict[str, object]:
        """``{"kind", "left": [[from, to], ...], "right": ..., "places"}``: character ranges of the changed words.

        At most MAX_RUNS of the ``places`` are told.
        """
        rows = self.spans[pair, : min(MAX_RUNS, int(self.counts[pair]))].tolist()
        return {
            "kind": KINDS[self.codes[pair]],
            "left": [r[:2] for r in rows if r[0] >= 0],
            "right": [r[2:] for r in rows if r[2] >= 0],
            "places": int(self.counts[pair]),
        }

    def column(self, pairs: NDArray[np.int64], swapped: NDArray[np.bool_] | None = None) -> pl.Series:
        """``evidence`` of many pairs, as a column of structures; left and right change places where ``swapped``."""
        spans = self.spans[pairs]
        if swapped is not None:
            spans = np.where(swapped[:, None, None], spans[:, :, [2, 3, 0, 1]], spans)
        told = {
            "kind": pl.Series([KINDS[code] for code in self.codes[pairs].tolist()], dtype=pl.String),
            "left": _ranges(spans[:, :, :2]),
            "right": _ranges(spans[:, :, 2:]),
            "places": pl.Series(self.counts[pairs]),
        }
        return pl.DataFrame(told).to_struct("difference")


def _ranges(spans: NDArray[np.int32]) -> pl.Series:
    """(pairs, runs, 2) character ranges as lists of pairs; those of -1 are left out."""
    there = spans[:, :, 0] >= 0
    flat = np.ascontiguousarray(spans[there])
    numbers = pa.Array.from_buffers(pa.int32(), flat.size, [None, pa.py_buffer(flat)])
    ends = np.concatenate([[0], np.cumsum(there.sum(axis=1))])
    exported: Any = _Exported(_lists(ends, _lists(np.arange(0, flat.size + 1, 2), numbers)))
    return pl.Series(exported)


@dataclass(frozen=True, slots=True)
class _Exported:
    """An Arrow array without its type: given one of pyarrow's own, polars loads pyarrow's compute functions."""

    array: pa.Array

    def __arrow_c_array__(self, requested_schema: object = None) -> object:
        return self.array.__arrow_c_array__(requested_schema)


def _lists(bounds: NDArray[np.int64], values: pa.Array) -> pa.Array:
    """Values cut at some bounds. From buffers: given arrays, pyarrow loads pandas."""
    buffers = [None, pa.py_buffer(np.ascontiguousarray(bounds, np.int64))]
    return pa.Array.from_buffers(pa.large_list(values.type), len(bounds) - 1, buffers, children=[values])


def _words(text: pl.Series, special: NDArray[np.uint32]):
    """Words of a column, and where those of each row begin and end."""
    table = shared_table()
    data, offsets = drawn(text, table)
    room = int(offsets[-1] - offsets[0]) // 2 + len(text) + 1
    hashes, flags = np.empty(room, np.uint32), np.zeros(room, np.uint8)
    places, bounds = np.empty((room, 4), np.int64), np.empty(offsets.size, np.int64)
    _locate(
        data, offsets, ASCII, table.action, table.start, table.length, table.bytes, special, hashes, places, flags,
        bounds,
    )  # fmt: skip
    return data, hashes, places, flags, bounds


@cache
def _special() -> NDArray[np.uint32]:
    """(2, 1024) hashes of the words of negation and of dates, and their flags, by open addressing."""
    table = np.zeros((2, 1 << 10), np.uint32)
    none = np.zeros((2, 1), np.uint32)
    for words, flag in ((_NEGATIONS, _NEGATION), (_DATE_WORDS, _DATE)):
        _, hashes, _, _, bounds = _words(pl.Series([words]), none)
        for word in hashes[: bounds[1]].tolist():
            cell = word & 1023
            while table[1, cell] and table[0, cell] != word:
                cell = (cell + 1) & 1023
            table[:, cell] = word, table[1, cell] | flag
    return table


def differences(text: pl.Series, left: NDArray[np.int64], right: NDArray[np.int64]) -> Differences:
    """How the texts of rows ``left[k]`` and ``right[k]`` differ."""
    pairs = left.size
    spans = np.full((pairs, MAX_RUNS, 4), -1, np.int32)
    counts, codes = np.zeros(pairs, np.int32), np.zeros(pairs, np.int8)

    def one(p: int, q: int) -> None:
        rows, at = np.unique(np.concatenate([left[p:q], right[p:q]]), return_inverse=True)
        data, hashes, places, flags, bounds = _words(text.gather(rows), _special())
        longest = max(1, int(np.diff(bounds).max()))
        cost, match, runs = np.empty(64, np.int64), np.empty(longest, np.int64), np.empty((MAX_RUNS, 4), np.int64)
        _compare(
            at[: q - p], at[q - p :], data, hashes, places, flags, bounds, spans[p:q], counts[p:q], codes[p:q],
            cost, match, cells(), runs,
        )  # fmt: skip

    over_rows(one, pairs, step=_STEP)
    return Differences(spans, counts, codes)


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """Kinds of change of many pieces: few different sets of them, and which of these each piece has."""

    sets: list[list[str]]
    which: NDArray[np.int64]

    def column(self) -> pl.Series:
        """The set of each piece, as a column of lists."""
        return pl.Series(self.sets, dtype=pl.List(pl.String)).gather(self.which)

    def words(self, say: Callable[[list[str]], str]) -> list[str]:
        """What is said of the set of each piece."""
        said = [say(kinds) for kinds in self.sets]
        return [said[n] for n in self.which.tolist()]


def kinds_of(codes: NDArray[np.int8], bounds: NDArray[np.int64], names: Sequence[str]) -> Kinds:
    """The different kinds in each piece of some codes, sorted by name; codes below 0 say nothing."""
    flags = np.where(codes < 0, 0, 1 << np.maximum(codes, 0).astype(np.int64))
    whole = np.bitwise_or.reduceat(flags, bounds[:-1]) if len(bounds) > 1 else flags
    different, which = np.unique(whole, return_inverse=True)
    return Kinds([sorted(n for k, n in enumerate(names) if flag >> k & 1) for flag in different.tolist()], which)
