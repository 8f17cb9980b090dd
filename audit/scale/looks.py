"""Looks at the words of some rows at a time, brought here from the stages' partitions; see ``conclusion.Looks``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from assay.audit.lexical import alignment
from assay.audit.lexical.clusters import SPARSE, rows_of
from assay.audit.lexical.parallel import inline, map_threads, workers
from assay.audit.lexical.signatures import WORD_BANDS, sign_words
from assay.audit.lexical.tokens import Tokens
from assay.audit.lexical.verify import by_characters, by_words, halves

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from assay.audit.scale.shelf import Shelf


@dataclass(slots=True, eq=False)
class Fetching:
    """Looks at words that lie on shelves."""

    words: Shelf
    """``words`` of MARKED."""
    texts: Shelf
    """``text`` of TEXTS."""
    count: NDArray[np.int32]
    own: NDArray[np.int32]
    passage: NDArray[np.uint64]
    stop: NDArray[np.bool_]
    similarity: float
    budget: int
    """Bytes of words or texts to hold at a time."""

    def verify(self, pairs: NDArray[np.uint64]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """What each pair ``i << 32 | j`` is, and how similar."""
        left, right = halves(pairs)
        self.words.need(rows_of(left, right))
        code, score, ask = np.zeros(left.size, np.uint8), np.zeros(left.size, np.float32), np.zeros(left.size, np.bool_)

        def words(low: int, high: int) -> None:
            rows, (a, b) = _compact(left[low:high], right[low:high])
            code[low:high], score[low:high], ask[low:high] = by_words(
                a, b, self._words(rows), self.own[rows], self.passage[rows], self.similarity
            )

        def characters(low: int, high: int) -> None:
            these = asked[low:high]
            rows, (a, b) = _compact(left[these], right[these])
            text = self._texts(rows)
            code[these], score[these] = by_characters(a, b, text, self.similarity, code[these], score[these])

        self._each(words, left, right)
        asked = np.flatnonzero(ask)
        self.texts.need(rows_of(left[asked], right[asked]))
        self._each(characters, left[asked], right[asked])
        return code, score

    def appended(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
        """See ``alignment.appended``."""
        out = np.zeros(left.size, np.bool_)
        # A text that many words were put before is longer by at least five: most pairs need no look at their words.
        few = np.minimum(self.count[left], self.count[right])
        hopeful = np.flatnonzero((few >= 8) & (np.abs(self.count[left] - self.count[right]) >= 5))  # noqa: PLR2004
        self.words.need(rows_of(left[hopeful], right[hopeful]))

        def one(low: int, high: int) -> None:
            these = hopeful[low:high]
            rows, (a, b) = _compact(left[these], right[these])
            out[these] = alignment.appended(self._words(rows), a, b)

        self._each(one, left[hopeful], right[hopeful])
        return out

    def slot_shares(self, members: NDArray[np.int64], bounds: NDArray[np.int64], widest: int) -> NDArray[np.float64]:
        """See ``alignment.slot_shares``."""
        small, edges = alignment.sampled(members, bounds)
        self.words.need(rows_of(small))
        out = np.zeros(bounds.size - 1, np.float64)
        size = np.concatenate([[0], np.cumsum(_bytes(self.count[small]))])
        for low, high in _ranges(size[edges], self.budget):
            rows, (of,) = _compact(small[edges[low] : edges[high]])
            out[low:high] = alignment.slot_shares(self._words(rows), of, edges[low : high + 1] - edges[low], widest)
        return out

    def sign(self, rows: NDArray[np.int64]) -> NDArray[np.uint32]:
        """Band keys of some rows (sorted) by all their words, (rows, bands)."""
        self.words.need(rows)
        out = np.empty((rows.size, WORD_BANDS), np.uint32)
        size = np.concatenate([[0], np.cumsum(_bytes(self.count[rows]))])
        for low, high in _ranges(size, self.budget):
            t = self._words(rows[low:high])
            out[low:high] = sign_words(t.flat, t.start, t.count, t.count, np.arange(high - low), self.stop)
        return out

    def _each(self, look: Callable[[int, int], None], left: NDArray[np.int64], right: NDArray[np.int64]) -> None:
        """Look at ranges of pairs whose rows' words fit into the budget together, two at a time."""
        size = np.concatenate([[0], np.cumsum(_bytes(self.count[left]) + _bytes(self.count[right]))])
        ranges = _ranges(size, self.budget // workers())

        def alone(bounds: tuple[int, int]) -> None:
            with inline():
                look(*bounds)

        if len(ranges) < workers():
            for bounds in ranges:
                look(*bounds)
        else:
            map_threads(alone, ranges)

    def _words(self, rows: NDArray[np.int64]) -> Tokens:
        """Words of some rows (sorted), numbered 0, 1, 2, ... in their order."""
        data, bounds = self.words.take(rows)
        start = bounds // 4
        count = np.diff(start).astype(np.int32)
        nothing, none = np.zeros(0, np.uint64), np.zeros((0, 0), np.uint32)
        return Tokens(data.view(np.uint32), start[:-1], count, nothing, nothing, count, np.zeros(0, np.int64), none)

    def _texts(self, rows: NDArray[np.int64]) -> pl.Series:
        """Texts of some rows (sorted), in their order."""
        data, bounds = self.texts.take(rows)
        buffers = [None, pa.py_buffer(bounds), pa.py_buffer(data)]
        found = pl.from_arrow(pa.Array.from_buffers(pa.large_string(), rows.size, buffers))
        assert isinstance(found, pl.Series)  # noqa: S101 - an array gives a series
        return found


def _ranges(size: NDArray[np.int64], budget: int) -> list[tuple[int, int]]:
    """Ranges of things that fit into a budget together, one at least; ``size``: cumulated, from 0 on."""
    ranges, low = [], 0
    while low < size.size - 1:
        high = max(low + 1, int(np.searchsorted(size, size[low] + budget, side="right")) - 1)
        ranges.append((low, high))
        low = high
    return ranges


def _bytes(count: NDArray[np.int32]) -> NDArray[np.int64]:
    """What some rows' words take here, or their texts: about so much a word."""
    return count.astype(np.int64) * 8 + 32


def _compact(*rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[NDArray[np.int64]]]:
    """All rows named, sorted, and the arrays as places among these."""
    some = rows_of(*rows)
    low, high = (int(some[0]), int(some[-1]) + 1) if some.size else (0, 0)
    if SPARSE * some.size < high - low:
        return some, [np.searchsorted(some, each) for each in rows]
    place = np.zeros(high - low, np.int32)
    place[some - low] = np.arange(some.size, dtype=np.int32)
    return some, [place[each - low].astype(np.int64) for each in rows]
