"""Where production gathers and training does not: a scan over neighbourhoods with exact error control.

Two texts are related as far as they share nearest neighbours (Jarvis and Patrick, IEEE Transactions on Computers C-22,
1973): that follows a topic to its border where plain distance runs over it. Around every production text the share of
production among its relations is set against the share in all. The largest excess of all is compared with the largest
of the same neighbourhoods under shuffled sides (a permutation of the maximum: Westfall and Young, Resampling-Based
Multiple Testing, 1993; on a graph of neighbours as Friedman and Rafsky, Annals of Statistics 7, 1979, and Schilling,
JASA 81, 1986, use it). Whatever hangs together with what, two random halves of one set give a region with at most the
probability asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.neighbours.search import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

SIZES = (6, 12, 20, 32)
"""Neighbours that are compared; those over a sixteenth of the texts are left out."""
SHUFFLES = 199
_UNIT = 1 << 20
"""Weights are multiples of 1 / 1,048,576: their sums, 1 at most, are exact in single precision and any order."""
_SMALLEST = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Production texts that lie together where there are fewer training texts than there should be."""

    core: NDArray[np.int64]
    """Places in the pool of the texts whose neighbourhood proves it, strongest first."""
    production: float
    """Share of production among their relations, each weighed by how close it is."""


def scan(
    vectors: NDArray[np.float32], production: NDArray[np.bool_], confidence: float = 0.95, seed: int = 0
) -> list[Region]:
    """Find regions with an excess of production.

    Args:
        vectors: (pool, dims) unit rows of both sides; one row a distinct text. Ties between neighbours and the
            shuffles go by place: give the texts in an order that follows from their content alone.
        production: (pool,) side of each.
        confidence: 1 - the probability of any region where both sides are drawn from one source.
        seed: of the shuffles.

    Returns:
        Regions, most core texts first.
    """
    rows = len(vectors)
    sizes = [k for k in SIZES if 16 * k <= rows]
    if not sizes or not production.any() or production.all():
        return []
    index = nearest(vectors, sizes[-1]).index
    known = index[:, -1] >= 0
    sides = _shuffled(production, known, seed)
    best = np.full(rows, -np.inf)
    highest = np.full(sides.shape[1], -np.inf)
    share = np.zeros(rows)
    graph: csr_matrix | None = None
    for k in sizes:
        related = _related(index, known, k)
        excess, shares = _excess(related, sides)
        highest = np.maximum(highest, np.where(sides > 0, excess, -np.inf).max(axis=0))
        better = excess[:, 0] > best
        best, share = np.where(better, excess[:, 0], best), np.where(better, shares, share)
        graph = related if graph is None else graph + related
    allowed = int((1 - confidence) * sides.shape[1] + _SMALLEST)  # the observed arrangement is one of them
    if allowed < 1:
        return []
    limit = np.sort(highest)[-allowed - 1] if allowed < highest.size else -np.inf
    proven = np.flatnonzero((best > limit) & production & known)
    return _joined(proven, graph, best, share)


def _shuffled(production: NDArray[np.bool_], known: NDArray[np.bool_], seed: int) -> NDArray[np.float32]:
    """(pool, 1 + shuffles) sides as 0 and 1: as they are, then shuffled among the texts that have a vector."""
    generator = np.random.default_rng(seed)
    places = np.flatnonzero(known)
    out = np.zeros((production.size, SHUFFLES + 1), np.float32)
    out[places, 0] = production[places]
    for n in range(1, SHUFFLES + 1):
        out[places, n] = generator.permutation(out[places, 0])
    return out


def _related(index: NDArray[np.int32], known: NDArray[np.bool_], k: int) -> csr_matrix:
    """(pool, pool) weights of a text's relations, summing to 1: squares of the neighbours shared among the k nearest.

    A text counts as a neighbour of its own.
    """
    from scipy.sparse import csr_matrix as csr  # noqa: PLC0415 - heavy

    rows = len(index)
    near = np.where(known[:, None], index[:, :k], np.arange(rows, dtype=np.int32)[:, None])
    near = np.concatenate([near, np.arange(rows, dtype=np.int32)[:, None]], axis=1)
    has = csr((np.ones(near.size, np.float32), near.ravel(), np.arange(0, near.size + 1, k + 1)), shape=(rows, rows))
    has.sum_duplicates()
    has.data[:] = 1
    shared = has @ has.T
    shared.setdiag(0)
    shared.data **= 2
    shared.eliminate_zeros()
    shared.sort_indices()
    total = np.asarray(shared.sum(axis=1)).ravel()
    weight = shared.data / np.repeat(np.maximum(total, _SMALLEST), np.diff(shared.indptr))
    shared.data = (np.rint(weight * _UNIT) / _UNIT).astype(np.float32)
    return shared


def _excess(related: csr_matrix, sides: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Excess of production around every text for every arrangement, in standard deviations; the observed shares."""
    share = np.count_nonzero(sides[:, 0]) / len(sides)
    squares = np.zeros(related.shape[0])
    np.add.at(squares, np.repeat(np.arange(related.shape[0]), np.diff(related.indptr)), related.data.astype(float) ** 2)
    spread = np.sqrt(share * (1 - share) * squares)
    around = (related @ sides).astype(np.float64)
    excess = (around - share) / np.where(spread > 0, spread, np.inf)[:, None]
    return excess, around[:, 0].copy()


def _joined(
    proven: NDArray[np.int64], graph: csr_matrix | None, excess: NDArray[np.float64], share: NDArray[np.float64]
) -> list[Region]:
    """Proven texts joined where they are related."""
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - heavy

    if not proven.size or graph is None:
        return []
    _, part = connected_components(graph[proven][:, proven], directed=False)
    out = []
    for n in range(int(part.max()) + 1):
        which = proven[part == n]
        core = which[np.argsort(-excess[which], kind="stable")]
        out.append(Region(core, float(share[core].mean())))
    return sorted(out, key=lambda region: (-region.core.size, int(region.core[0])))
