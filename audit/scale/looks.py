"""Looks at the words of some rows at a time, brought here from the stages' partitions; see ``conclusion.Looks``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa

from assay.audit.lexical import alignment
from assay.audit.lexical.signatures import WORD_BANDS, sign_words
from assay.audit.lexical.tokens import Tokens
from assay.audit.lexical.verify import by_characters, by_words, halves
from assay.audit.scale.columns import lists, numbers
from assay.audit.scale.shared import put
from assay.audit.scale.stages import CHOSEN, TEXTS, Choose, ChooseTexts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from assay.audit.scale.engine import Engine


@dataclass(slots=True, eq=False)
class Fetching:
    """Looks at words that lie in partitions."""

    engine: Engine
    texts: Any
    """Partitions of TEXTS."""
    marked: Any
    """Partitions of MARKED."""
    count: NDArray[np.int32]
    own: NDArray[np.int32]
    passage: NDArray[np.uint64]
    stop: NDArray[np.bool_]
    similarity: float
    budget: int
    """Bytes of words or texts to hold at a time."""
    folder: Path
    passes: int = field(default=0)
    """Times that the partitions were gone through."""

    def verify(self, pairs: NDArray[np.uint64]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """What each pair ``i << 32 | j`` is, and how similar."""
        left, right = halves(pairs)
        code, score, ask = np.zeros(left.size, np.uint8), np.zeros(left.size, np.float32), np.zeros(left.size, np.bool_)
        for low, high in self._ranges(left, right):
            rows, (a, b) = _compact(left[low:high], right[low:high])
            tokens = self._words(rows)
            code[low:high], score[low:high], ask[low:high] = by_words(
                a, b, tokens, self.own[rows], self.passage[rows], self.similarity
            )
        asked = np.flatnonzero(ask)
        for low, high in self._ranges(left[asked], right[asked]):
            these = asked[low:high]
            rows, (a, b) = _compact(left[these], right[these])
            text = self._texts(rows)
            code[these], score[these] = by_characters(a, b, text, self.similarity, code[these], score[these])
        return code, score

    def appended(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
        """See ``alignment.appended``."""
        out = np.zeros(left.size, np.bool_)
        # A text that many words were put before is longer by at least five: most pairs need no look at their words.
        few = np.minimum(self.count[left], self.count[right])
        hopeful = np.flatnonzero((few >= 8) & (np.abs(self.count[left] - self.count[right]) >= 5))  # noqa: PLR2004
        for low, high in self._ranges(left[hopeful], right[hopeful]):
            these = hopeful[low:high]
            rows, (a, b) = _compact(left[these], right[these])
            out[these] = alignment.appended(self._words(rows), a, b)
        return out

    def slot_shares(self, members: NDArray[np.int64], bounds: NDArray[np.int64], widest: int) -> NDArray[np.float64]:
        """See ``alignment.slot_shares``."""
        small, edges = alignment.sampled(members, bounds)
        out = np.zeros(bounds.size - 1, np.float64)
        size = np.concatenate([[0], np.cumsum(_bytes(self.count[small]))])
        low = 0
        while low < out.size:
            high = max(low + 1, int(np.searchsorted(size[edges], size[edges[low]] + self.budget, side="right")) - 1)
            rows, (of,) = _compact(small[edges[low] : edges[high]])
            out[low:high] = alignment.slot_shares(self._words(rows), of, edges[low : high + 1] - edges[low], widest)
            low = high
        return out

    def sign(self, rows: NDArray[np.int64]) -> NDArray[np.uint32]:
        """Band keys of some rows (sorted) by all their words, (rows, bands)."""
        out = np.empty((rows.size, WORD_BANDS), np.uint32)
        size = np.concatenate([[0], np.cumsum(_bytes(self.count[rows]))])
        low = 0
        while low < rows.size:
            high = max(low + 1, int(np.searchsorted(size, size[low] + self.budget, side="right")) - 1)
            t = self._words(rows[low:high])
            out[low:high] = sign_words(t.flat, t.start, t.count, t.count, np.arange(high - low), self.stop)
            low = high
        return out

    def _ranges(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        """Ranges of pairs whose rows' words fit into the budget."""
        size = np.concatenate([[0], np.cumsum(_bytes(self.count[left]) + _bytes(self.count[right]))])
        low = 0
        while low < left.size:
            high = max(low + 1, int(np.searchsorted(size, size[low] + self.budget, side="right")) - 1)
            yield low, high
            low = high

    def _words(self, rows: NDArray[np.int64]) -> Tokens:
        """Words of some rows (sorted), numbered 0, 1, 2, ... in their order."""
        table = self._fetch(self.marked, Choose, CHOSEN, rows)
        ids = numbers(table, "id")
        flat, bounds = lists(table, "words", np.uint32)
        start, count = np.zeros(rows.size, np.int64), np.zeros(rows.size, np.int32)
        at = np.searchsorted(rows, ids)
        start[at], count[at] = bounds[:-1], np.diff(bounds)
        nothing = np.zeros(0, np.uint64)
        return Tokens(flat, start, count, nothing, nothing, count, np.zeros(0, np.int64), np.zeros((0, 0), np.uint32))

    def _texts(self, rows: NDArray[np.int64]) -> pl.Series:
        """Texts of some rows (sorted), in their order."""
        table = self._fetch(self.texts, ChooseTexts, TEXTS, rows)
        order = np.argsort(numbers(table, "id"))
        found = pl.from_arrow(table.select(["text"]))
        assert isinstance(found, pl.DataFrame)  # noqa: S101 - a table gives a frame
        return found["text"].gather(order)

    def _fetch(self, data: Any, stage: Any, schema: pa.Schema, rows: NDArray[np.int64]) -> pa.Table:
        self.passes += 1
        path = put(self.folder, f"rows-{self.passes}", rows)
        found = self.engine.collect(self.engine.map(data, stage(path), schema))
        return pa.concat_tables([schema.empty_table(), *(t.cast(schema) for t in found)])


def _bytes(count: NDArray[np.int32]) -> NDArray[np.int64]:
    """What some rows' words take here, or their texts: about so much a word."""
    return count.astype(np.int64) * 8 + 32


def _compact(*rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[NDArray[np.int64]]]:
    """All rows named, sorted, and the arrays as places among these."""
    some = np.unique(np.concatenate(rows))
    return some, [np.searchsorted(some, each) for each in rows]
