"""Where the rows of a text stand in its bytes, and texts made of some of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Rows in the bytes of a text: row ``i`` is ``data[start[i] : stop[i]]``, and rows never overlap."""

    data: bytes
    """UTF-8."""
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    line: NDArray[np.int64]
    """1-based line at which each row starts; zeros where the reader tells none."""
    listed: bool = False
    """Whether what stands between two rows separates them (JSON lists); else it is loose, as blank lines are."""

    def row(self, number: int) -> bytes:
        """The bytes of one row."""
        return self.data[self.start[number] : self.stop[number]]

    @property
    def head(self) -> bytes:
        """What stands before the first row: a header, the beginning of a list."""
        return self.data[: self.start[0]] if self.start.size else self.data

    @property
    def tail(self) -> bytes:
        """What stands after the last row."""
        return self.data[self.stop[-1] :] if self.start.size else b""

    @property
    def newline(self) -> bytes:
        """How lines end here."""
        feed = self.data.find(b"\n")
        if feed < 0:
            return b"\r" if b"\r" in self.data else b"\n"
        return b"\r\n" if feed and self.data[feed - 1 : feed] == b"\r" else b"\n"

    def without(self, dropped: NDArray[np.int64], replaced: Mapping[int, bytes]) -> bytes:
        """The text without some rows and with others replaced; all other bytes as they are.

        Args:
            dropped: row numbers, rising.
            replaced: new bytes by row number.
        """
        if self.listed:
            kept = np.setdiff1d(np.arange(self.start.size), dropped, assume_unique=True)
            return b"".join([self.head, *self.body(kept, replaced), self.tail])
        cuts = [(int(r), b"") for r in dropped.tolist()] + [(r, new) for r, new in replaced.items()]
        view, at = memoryview(self.data), 0
        pieces: list[bytes | memoryview] = []
        gone = set(dropped.tolist())
        for row, new in sorted(cuts):
            if new and row in gone:
                continue
            pieces += [view[at : self.start[row]], new]
            at = int(self.stop[row])
        return b"".join([*pieces, view[at:]])

    def body(self, rows: NDArray[np.int64], replaced: Mapping[int, bytes]) -> Iterator[bytes | memoryview]:
        """Some rows (rising numbers) one after the other, separated as they were, without what is loose."""
        if self.listed:
            yield from self._items(rows, replaced)
            return
        view = memoryview(self.data)
        for low, high in self._runs(rows, replaced):
            yield replaced[low] if low in replaced else view[self.start[low] : self.stop[high - 1]]

    def _items(self, rows: NDArray[np.int64], replaced: Mapping[int, bytes]) -> Iterator[bytes]:
        for n, row in enumerate(rows.tolist()):
            if n:
                # A first item has no separator before it: that of the second does as well.
                before = max(row, 1)
                yield self.data[self.stop[before - 1] : self.start[before]]
            yield replaced.get(row) or self.row(row)

    def _runs(self, rows: NDArray[np.int64], replaced: Mapping[int, bytes]) -> Sequence[tuple[int, int]]:
        """Stretches of rows that touch each other; a replaced row is one of its own."""
        if not rows.size:
            return []
        alone = np.isin(rows, np.fromiter(replaced, np.int64, len(replaced))) if replaced else np.zeros(rows.size, bool)
        apart = (rows[1:] != rows[:-1] + 1) | (self.start[rows[1:]] != self.stop[rows[:-1]]) | alone[1:] | alone[:-1]
        edges = [0, *(np.flatnonzero(apart) + 1).tolist(), rows.size]
        return [(int(rows[a]), int(rows[b - 1]) + 1) for a, b in pairwise(edges)]
