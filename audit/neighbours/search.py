"""The nearest other rows of each row."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.lexical.parallel import workers
from assay.audit.neighbours.topk import keep_columns, keep_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT = 200_000
"""Rows up to which every pair is looked at: two minutes on two cores there, four times that at twice the rows."""
PROBES = 8
"""Cells that are looked into for a row."""
_BLOCK = 2048
_SEED = 0


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The nearest other rows of each row, nearest first; equally near ones in the order of ``content_order``."""

    index: NDArray[np.int32]
    """(rows, k) row numbers; -1 where there is none: too few rows, or a row without a text."""
    similarity: NDArray[np.float32]
    """(rows, k) cosines, at most 1; 0 where there is no neighbour."""
    recall: float = 1.0
    """Share of the true neighbours that were found, measured on a sample; 1 where the search is exact."""


def nearest(vectors: NDArray[np.float32], k: int, exact: int = EXACT, probes: int = PROBES) -> Neighbours:
    """Neighbours of unit rows (rows, dims) among each other, the row itself left out.

    Args:
        vectors: rows of unit length, or zero for a row that has no neighbours and is none.
        k: how many to find.
        exact: rows up to which every pair is looked at; above, cells of like rows are (``cells``).
        probes: cells looked into for a row, its own included.
    """
    live = np.flatnonzero((vectors != 0).any(axis=1))
    index, similarity = np.full((len(vectors), k), -1, np.int32), np.zeros((len(vectors), k), np.float32)
    if live.size < 2 or k < 1:  # noqa: PLR2004 - a pair
        return Neighbours(index, similarity)
    order = live[content_order(vectors[live] if live.size < len(vectors) else vectors)]
    if live.size <= exact:
        found, recall = all_pairs(vectors, order, k), 1.0
    else:
        from assay.audit.neighbours.cells import by_cells  # noqa: PLC0415 - only for large sets

        found, recall = by_cells(vectors, order, k, probes)
    known = found.index >= 0
    index[order] = np.where(known, order[found.index], -1)
    similarity[order] = np.where(known, np.clip(found.best, -1, 1), 0)
    return Neighbours(index, similarity, recall)


def content_order(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """Places of vectors (rows, dims) in an order that depends on their values alone; equal ones by row.

    Whatever goes through vectors in this order gives ties and samples that do not depend on the order of the rows.
    """
    factors = np.random.default_rng(_SEED).integers(1, 1 << 63, vectors.shape[1], dtype=np.uint64) | np.uint64(1)
    key = np.empty(len(vectors), np.uint64)
    for start in range(0, len(vectors), _BLOCK):
        bits = np.ascontiguousarray(vectors[start : start + _BLOCK], np.float32).view(np.uint32)
        key[start : start + _BLOCK] = (bits * factors).sum(axis=1, dtype=np.uint64)
    return np.argsort(key, kind="stable")


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """The best so far of each row."""

    index: NDArray[np.int32]
    best: NDArray[np.float32]
    worst: NDArray[np.float32]
    """Last column of ``best``."""

    @classmethod
    def empty(cls, rows: int, k: int) -> Kept:
        """Nothing kept yet."""
        nothing = np.float32(-np.inf)
        return cls(np.full((rows, k), -1, np.int32), np.full((rows, k), nothing), np.full(rows, nothing))


Part = Callable[[int, int], None]


def on_threads(pool: ThreadPoolExecutor, part: Part, many: int) -> None:
    """Call ``part(low, high)`` for a range on every thread; the split changes no result."""
    edges = np.linspace(0, many, workers() + 1).astype(int).tolist()
    list(pool.map(part, edges[:-1], edges[1:]))


def all_pairs(vectors: NDArray[np.float32], order: NDArray[np.int64], k: int) -> Kept:
    """Exact: every block of similarities is computed once and read both ways; numbers are places in ``order``."""
    rows = len(order)
    kept, number = Kept.empty(rows, k), np.arange(rows, dtype=np.int32)
    scratch = np.empty(min(_BLOCK, rows) ** 2, np.float32)
    with ThreadPoolExecutor(workers()) as pool:
        for a in range(0, rows, _BLOCK):
            left = vectors[order[a : a + _BLOCK]]
            for b in range(a, rows, _BLOCK):
                right = left if a == b else vectors[order[b : b + _BLOCK]]
                block = scratch[: len(left) * len(right)].reshape(len(left), len(right))
                np.matmul(left, right.T, out=block)
                _both_ways(pool, block, kept, number, (a, b))
    return kept


def _both_ways(
    pool: ThreadPoolExecutor, block: NDArray[np.float32], kept: Kept, number: NDArray[np.int32], at: tuple[int, int]
) -> None:
    """Keep what a block has for its rows, and for its columns unless they are the same."""
    a, b = at
    mine, other = number[a : a + len(block)], number[b : b + block.shape[1]]
    mutable = (kept.index, kept.best, kept.worst)
    on_threads(pool, lambda low, high: keep_rows(block, low, high, mine, other, *mutable), len(mine))
    if a != b:
        on_threads(pool, lambda low, high: keep_columns(block, low, high, a, b, *mutable), len(other))
