"""Neighbours of very many rows: only rows in cells near each other are compared.

An inverted file (Sivic and Zisserman, Video Google, 2003) whose cells are searched as whole blocks: the rows of a cell
against the rows of the cells nearest to it, one matrix product each. On the scale of a million rows this beat graph
indexes in both time and recall.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.encoders.protocol import unit
from assay.audit.lexical.parallel import workers
from assay.audit.neighbours.search import Kept, on_threads
from assay.audit.neighbours.topk import keep_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS_A_CELL = 1000
PROBES = 24
"""Cells that are searched for the rows of a cell, its own included."""
_SAMPLE_A_CELL, _ROUNDS = 64, 8
_CHECKED = 256
"""Rows whose true neighbours are looked up to measure the recall."""
_BLOCK = 4096


def by_cells(points: NDArray[np.float32], k: int, probes: int = PROBES) -> tuple[Kept, float]:
    """The k nearest of each unit row (rows, dims), and the recall measured on a sample."""
    random = np.random.default_rng(0)
    centres = _centres(points, max(2, len(points) // ROWS_A_CELL), random)
    cell = nearest_centre(points, centres)
    order = np.argsort(cell, kind="stable").astype(np.int32)
    edges = np.searchsorted(cell[order], np.arange(len(centres) + 1))
    near = np.argsort(-(centres @ centres.T), axis=1, kind="stable")[:, :probes]
    kept = Kept.empty(len(points), k)
    with ThreadPoolExecutor(workers()) as pool:
        for c in range(len(centres)):
            mine = order[edges[c] : edges[c + 1]]
            others = np.sort(np.concatenate([order[edges[n] : edges[n + 1]] for n in near[c]]))
            there = np.ascontiguousarray(points[others].T)
            for start in range(0, mine.size, _BLOCK):
                _keep(pool, points[mine[start : start + _BLOCK]] @ there, (mine[start : start + _BLOCK], others), kept)
    return kept, _recall(points, kept, random)


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


def _centres(points: NDArray[np.float32], cells: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Centres (cells, dims) by spherical k-means on a sample (Dhillon and Modha, 2001)."""
    sample = points[np.sort(random.choice(len(points), min(len(points), cells * _SAMPLE_A_CELL), replace=False))]
    centres = sample[np.sort(random.choice(len(sample), cells, replace=False))].copy()
    for _ in range(_ROUNDS):
        cell = nearest_centre(sample, centres)
        order = np.argsort(cell, kind="stable")
        found, first = np.unique(cell[order], return_index=True)
        sums = np.add.reduceat(sample[order], first, axis=0)
        centres[found] = unit(sums)  # a centre that no row is nearest to stays where it is
    return centres


def _recall(points: NDArray[np.float32], kept: Kept, random: np.random.Generator) -> float:
    """Share of the true neighbours of some rows that were found; ties of the last one count as found."""
    rows = random.choice(len(points), min(_CHECKED, len(points)), replace=False)
    found = 0
    k = kept.index.shape[1]
    for row in rows.tolist():
        true = points @ points[row]
        true[row] = -np.inf
        last = np.partition(true, -k)[-k]
        mine = kept.index[row]
        found += int((true[mine[mine >= 0]] >= last - 1e-6).sum())
    return float(found / (k * len(rows)))
