"""What a slice is made of: simple statements about a row, each with its words, its SQL condition and its rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

Kind = Literal["word", "pair", "length", "shape", "metadata", "label"]


_CELLS = 4_000_000
"""Counts held at a time."""


class Statement(NamedTuple):
    """One statement about a row."""

    name: str
    """In words: ``has "refund"``, ``at most 3 words``, ``channel = email``."""
    kind: Kind
    value: str
    """The word or pair of words; for other kinds the SQL condition."""
    family: int
    """Statements of one family are never joined (two values of one column); -1 for none."""
    ladder: int = -1
    """Bounds of one ladder hold for more and more rows: at most 3, 4, 5 words; -1 for none."""
    fine: bool = False
    """A bound between others, tried only when one of its ladder is chosen."""


@dataclass(frozen=True, eq=False)
class Predicates:
    """Statements as columns of rows."""

    statements: tuple[Statement, ...]
    start: NDArray[np.int64]
    """(statements + 1,) where the rows of each begin."""
    rows: NDArray[np.int32]
    """Rows of each, ascending; each has at least one."""
    size: int
    """Number of rows there are."""

    def __len__(self) -> int:
        """Number of statements."""
        return len(self.statements)

    def of(self, number: int) -> NDArray[np.int32]:
        """Rows of a statement."""
        return self.rows[self.start[number] : self.start[number + 1]]

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """(statements,) rows of each."""
        return np.diff(self.start)

    @cached_property
    def families(self) -> NDArray[np.int64]:
        """(statements,) family of each."""
        return np.array([s.family for s in self.statements], np.int64)

    @cached_property
    def fine(self) -> NDArray[np.bool_]:
        """(statements,) whether a statement is no part of pairs."""
        return np.array([s.fine for s in self.statements], np.bool_)

    def ladder(self, number: int) -> NDArray[np.int64]:
        """Statements of the ladder of a statement; none where it stands on none."""
        own = self.statements[number].ladder
        return np.flatnonzero([s.ladder == own for s in self.statements]) if own >= 0 else np.empty(0, np.int64)

    def of_kind(self, *kinds: Kind) -> NDArray[np.bool_]:
        """(statements,) whether a statement is of one of the kinds."""
        return np.array([s.kind in kinds for s in self.statements], np.bool_)

    def counts(self, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        """(statements,) rows of each within a mask (rows,)."""
        inside = int(np.count_nonzero(mask))
        if 2 * inside > self.size:
            return self.sizes - (self.counts(~mask) if inside < self.size else 0)
        return np.bincount(self.table[np.flatnonzero(mask)].indices, minlength=len(self))

    def by_class(self, classes: NDArray[np.int64], number: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Rows of the statements by class, some statements at a time.

        Args:
            classes: (rows,) class of each row; -1 for rows that do not count.
            number: how many classes there are.

        Yields:
            First statement, and (statements, classes) counts of it and those after it.
        """
        step = max(1, _CELLS // max(number, 1))
        low = 0
        while low < len(self):
            high = min(low + step, len(self))
            # So many statements that neither the table nor the rows behind it are large.
            high = max(low + 1, min(high, int(np.searchsorted(self.start, self.start[low] + _CELLS, "right")) - 1))
            own = classes[self.rows[self.start[low] : self.start[high]]]
            cell = np.repeat(np.arange(high - low) * number, self.sizes[low:high])[own >= 0] + own[own >= 0]
            yield low, np.bincount(cell, minlength=(high - low) * number).reshape(high - low, number)
            low = high

    @cached_property
    def table(self) -> csr_matrix:
        """Rows x statements, float32 ones."""
        from scipy.sparse import csc_matrix  # noqa: PLC0415 - heavy

        ones = np.ones(self.rows.size, np.float32)
        return csc_matrix((ones, self.rows, self.start), shape=(self.size, len(self))).tocsr()

    def taken(self, which: NDArray[np.int64]) -> Predicates:
        """Some of the statements."""
        return gather([(self.statements[k], self.of(k)) for k in which.tolist()], self.size)


def gather(columns: Iterable[tuple[Statement, NDArray[np.int32]]], size: int) -> Predicates:
    """Statements with their rows, put together."""
    given = list(columns)
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum([rows.size for _, rows in given], dtype=np.int64)])
    rows = np.concatenate([np.zeros(0, np.int32), *(rows for _, rows in given)])
    return Predicates(tuple(s for s, _ in given), start, rows.astype(np.int32), size)


def distinct(predicates: Predicates) -> Predicates:
    """Without statements that say the same of every row as an earlier one: they would be one test made twice."""
    marks = _marks(predicates.size)
    key = np.add.reduceat(marks[predicates.rows], predicates.start[:-1]) if len(predicates) else marks[:0]
    _, first = np.unique(np.stack([key, predicates.sizes.astype(np.uint64)]), axis=1, return_index=True)
    return predicates if first.size == len(predicates) else predicates.taken(np.sort(first))


def _marks(size: int) -> NDArray[np.uint64]:
    """A random number for each row, the same on every run."""
    return np.random.default_rng(0x51CE).integers(0, 1 << 63, size, dtype=np.uint64)
