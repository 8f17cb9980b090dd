"""Where production gathers and training does not: a scan over neighbourhoods with exact error control.

Around every production text the k nearest texts of both sides are looked at: are there more of production among them
than its share explains? The largest such excess is compared with the largest excess of the same neighbourhoods under
shuffled sides (a permutation of the maximum: Westfall and Young, Resampling-Based Multiple Testing, 1993; on a graph of
neighbours as Schilling, JASA 81, 1986, and Friedman and Rafsky, Annals of Statistics 7, 1979, use it). Whatever hangs
together with what, two random halves of one set give a region with at most the probability asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.neighbours.search import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZES = (4, 6, 8, 12, 16, 24, 32, 48, 64)
"""Neighbours looked at; those over an eighth of the texts are left out."""
SHUFFLES = 199
_BLOCK = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Production texts that lie together where there are fewer training texts than there should be."""

    core: NDArray[np.int64]
    """Places in the pool of the texts whose neighbourhood proves it, strongest first."""
    hoods: tuple[tuple[int, NDArray[np.int64]], ...]
    """Each of them with the places of its neighbours, of both sides, that prove it most."""


def scan(
    vectors: NDArray[np.float32], production: NDArray[np.bool_], confidence: float = 0.95, seed: int = 0
) -> list[Region]:
    """Find regions with an excess of production.

    Args:
        vectors: (pool, dims) unit rows of both sides; one row a distinct text.
        production: (pool,) side of each.
        confidence: 1 - the probability of any region where both sides are drawn from one source.
        seed: of the shuffles.

    Returns:
        Regions, most core texts first.
    """
    rows = len(vectors)
    sizes = np.array([k for k in SIZES if k <= rows // 8], np.int64)
    if not sizes.size or not production.any() or production.all():
        return []
    index = nearest(vectors, int(sizes[-1])).index
    known = index[:, -1] >= 0
    table = _surprise(rows, int(production.sum()), sizes)
    excess, reach = _excess(index, production, sizes, table)
    limit = _limit(index, production & known, known, sizes, table, confidence, seed)
    proven = np.flatnonzero((excess > limit) & production & known)
    return _joined(proven, index, reach, excess, sizes)


def _surprise(rows: int, production: int, sizes: NDArray[np.int64]) -> NDArray[np.float32]:
    """(sizes, count) -log of the hypergeometric tail: that many of production, or more, among k others."""
    from scipy.stats import hypergeom  # noqa: PLC0415 - heavy

    out = np.zeros((sizes.size, int(sizes[-1]) + 1), np.float32)
    for i, k in enumerate(sizes.tolist()):
        count = np.arange(k + 1)
        out[i, : k + 1] = -hypergeom.logsf(count - 1, rows - 1, max(production - 1, 0), k)
    return np.nan_to_num(out, posinf=1e6)


def _excess(
    index: NDArray[np.int32], production: NDArray[np.bool_], sizes: NDArray[np.int64], table: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Largest surprise over the sizes around every text, and the size that has it."""
    best = np.zeros(len(index), np.float32)
    size = np.zeros(len(index), np.int64)
    for low in range(0, len(index), _BLOCK):
        block = production[index[low : low + _BLOCK]]
        counts = np.cumsum(block, axis=1, dtype=np.int16)[:, sizes - 1]
        values = table[np.arange(sizes.size), counts]
        size[low : low + _BLOCK] = values.argmax(axis=1)
        best[low : low + _BLOCK] = values.max(axis=1)
    return best, size


def _limit(
    index: NDArray[np.int32],
    production: NDArray[np.bool_],
    known: NDArray[np.bool_],
    sizes: NDArray[np.int64],
    table: NDArray[np.float32],
    confidence: float,
    seed: int,
) -> float:
    """What the largest surprise around a production text stays at or under with the probability asked for."""
    generator = np.random.default_rng(seed)
    places, many = np.flatnonzero(known), int(production.sum())
    highest = np.empty(SHUFFLES)
    for n in range(SHUFFLES):
        shuffled = np.zeros(production.size, np.bool_)
        shuffled[generator.choice(places, many, replace=False)] = True
        mine = np.flatnonzero(shuffled)
        highest[n] = _excess(index[mine], shuffled, sizes, table)[0].max()
    allowed = int((1 - confidence) * (SHUFFLES + 1))  # the observed set is one arrangement among them
    return float(np.sort(highest)[-allowed]) if allowed >= 1 else np.inf


def _joined(
    proven: NDArray[np.int64],
    index: NDArray[np.int32],
    reach: NDArray[np.int64],
    excess: NDArray[np.float32],
    sizes: NDArray[np.int64],
) -> list[Region]:
    """Proven neighbourhoods joined where one's centre is another's neighbour."""
    from scipy.sparse import coo_matrix  # noqa: PLC0415 - heavy
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - heavy

    if not proven.size:
        return []
    number = np.full(len(index), -1, np.int64)
    number[proven] = np.arange(proven.size)
    hoods = [index[p, : sizes[reach[p]]].astype(np.int64) for p in proven.tolist()]
    left = np.repeat(np.arange(proven.size), [len(h) for h in hoods])
    right = number[np.concatenate(hoods)]
    tied = right >= 0
    links = coo_matrix((np.ones(int(tied.sum())), (left[tied], right[tied])), shape=(proven.size,) * 2)
    _, part = connected_components(links, directed=False)
    out = []
    for n in range(int(part.max()) + 1):
        which = np.flatnonzero(part == n)
        order = which[np.argsort(-excess[proven[which]], kind="stable")]
        out.append(Region(proven[order], tuple((int(proven[i]), hoods[i]) for i in order.tolist())))
    return sorted(out, key=lambda region: (-region.core.size, int(region.core[0])))
