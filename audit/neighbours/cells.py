"""Neighbours of very many rows: each row is compared with the rows of the cells nearest to it.

An inverted file (Sivic and Zisserman, Video Google, 2003), gone through cell by cell: all rows that look into a cell
against all rows that lie in it, one matrix product. On the scale of a million rows this beats graph indexes in time
and recall, and matches the compressed vectors of faiss in time with none of their rounding (``benchmarks/scale.py``).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.encoders.protocol import unit
from assay.audit.lexical.parallel import workers
from assay.audit.neighbours.search import Kept, on_threads
from assay.audit.neighbours.topk import keep_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS_A_CELL = 500
_SAMPLE_A_CELL, _ROUNDS = 64, 8
_CHECKED = 256
"""Rows whose true neighbours are looked up to measure the recall."""
_BLOCK = 4096


def by_cells(vectors: NDArray[np.float32], order: NDArray[np.int64], k: int, probes: int) -> tuple[Kept, float]:
    """The k nearest of each unit row, and the recall measured on a sample.

    Args:
        vectors: (rows, dims) of unit length.
        order: rows that take part, in the order of their content; results are numbered by place in it.
        k: how many to find.
        probes: cells looked into for a row.
    """
    random = np.random.default_rng(0)
    points = _Ordered(vectors, order)
    centres = _centres(points, max(2, len(points) // ROWS_A_CELL), random)
    kept = Kept.empty(len(points), k)
    with ThreadPoolExecutor(workers()) as pool:
        near = _nearest_centres(pool, points, centres, min(probes, len(centres)))
        members, edges = _by_cell(near[:, 0], len(centres))
        looks, bounds = _by_cell(near.ravel(), len(centres))
        looks //= near.shape[1]
        for c in range(len(centres)):
            inside, visitors = members[edges[c] : edges[c + 1]], looks[bounds[c] : bounds[c + 1]]
            there = np.ascontiguousarray(points[inside].T)
            for start in range(0, visitors.size, _BLOCK):
                some = visitors[start : start + _BLOCK]
                _keep(pool, points[some] @ there, (some, inside), kept)
    return kept, _recall(points, kept, random)


@dataclass(frozen=True, slots=True, eq=False)
class _Ordered:
    """Vectors by place in an order; only what is asked for is copied."""

    vectors: NDArray[np.float32]
    order: NDArray[np.int64]

    def __len__(self) -> int:
        return self.order.size

    def __getitem__(self, places: slice | NDArray[Any]) -> NDArray[np.float32]:
        found: NDArray[np.float32] = self.vectors[self.order[places]]
        return found


def _by_cell(cell: NDArray[np.int32], cells: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Places in order of their cell, and where each cell's begin."""
    order = np.argsort(cell, kind="stable")
    return order.astype(np.int32), np.searchsorted(cell[order], np.arange(cells + 1))


def _nearest_centres(
    pool: ThreadPoolExecutor, points: _Ordered, centres: NDArray[np.float32], many: int
) -> NDArray[np.int32]:
    """Numbers (rows, many) of the centres nearest to each row, nearest first."""
    kept = Kept.empty(len(points), many)
    rows = np.arange(len(points), dtype=np.int32)
    number = np.arange(len(centres), dtype=np.int32) + len(points)  # no row is its own neighbour: these are no rows
    there = np.ascontiguousarray(centres.T)
    for start in range(0, len(points), _BLOCK):
        some = rows[start : start + _BLOCK]
        _keep(pool, points[start : start + _BLOCK] @ there, (some, number), kept)
    return kept.index - np.int32(len(points))


def _keep(
    pool: ThreadPoolExecutor,
    block: NDArray[np.float32],
    numbers: tuple[NDArray[np.int32], NDArray[np.int32]],
    kept: Kept,
) -> None:
    """Keep what a block has for its rows."""

    def part(low: int, high: int) -> None:
        keep_rows(block, low, high, *numbers, kept.index, kept.best, kept.worst)

    on_threads(pool, part, len(block))


def nearest_centre(points: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.int64]:
    """Number of the centre nearest to each row."""
    out = np.empty(len(points), np.int64)
    for start in range(0, len(points), _BLOCK):
        out[start : start + _BLOCK] = (points[start : start + _BLOCK] @ centres.T).argmax(axis=1)
    return out


def _centres(points: _Ordered, cells: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Centres (cells, dims) by spherical k-means on a sample (Dhillon and Modha, 2001)."""
    sample = points[np.sort(random.choice(len(points), min(len(points), cells * _SAMPLE_A_CELL), replace=False))]
    centres = sample[np.sort(random.choice(len(sample), cells, replace=False))].copy()
    for _ in range(_ROUNDS):
        cell = nearest_centre(sample, centres)
        order = np.argsort(cell, kind="stable")
        found, first = np.unique(cell[order], return_index=True)
        sums = np.add.reduceat(sample[order], first, axis=0, dtype=np.float64)
        centres[found] = unit(sums)  # a centre that no row is nearest to stays where it is
    return centres


def _recall(points: _Ordered, kept: Kept, random: np.random.Generator) -> float:
    """Share of the true neighbours of some rows that were found; ties of the last one count as found."""
    rows = np.sort(random.choice(len(points), min(_CHECKED, len(points)), replace=False))
    k = kept.index.shape[1]
    some, best = points[rows], np.full((rows.size, k), -np.inf, np.float32)
    for start in range(0, len(points), _BLOCK):
        block = some @ points[start : start + _BLOCK].T
        here = np.flatnonzero((rows >= start) & (rows < start + _BLOCK))
        block[here, rows[here] - start] = -np.inf  # itself
        best = np.partition(np.hstack([best, block]), -k, axis=1)[:, -k:]
    mine = kept.index[rows]
    theirs = points[np.maximum(mine, 0).ravel()].reshape(*mine.shape, -1)
    found = np.einsum("ij,ikj->ik", some, theirs) >= best.min(axis=1, keepdims=True) - 1e-6
    return float((found & (mine >= 0)).sum() / (k * rows.size))
