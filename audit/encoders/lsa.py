"""Latent semantic analysis of the set itself: what is left where no model is installed.

Computed in double precision and quantized at the end (``unit``), so that the rounding errors of a machine's BLAS do
not show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.audit.encoders.protocol import unit
from assay.audit.encoders.static import signs

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

_SEED = 0
_OVERSAMPLE, _ITERATIONS = 32, 2
_BLOCK = 4096
_NO_LENGTH = 1e-10
"""Share of the largest squared singular value under which a direction is rounding error."""
_APART = 1e-3
"""Largest relative change of a column's weight that keeps singular values apart (see ``reduce``)."""


def tfidf(counts: csr_matrix) -> csr_matrix:
    """Counts (rows, grams) weighted by 1 + ln tf and smoothed inverse row frequency, rows of unit length.

    Salton and Buckley, Term-weighting approaches in automatic text retrieval, 1988.
    """
    from scipy.sparse import csr_matrix as csr  # noqa: PLC0415 - heavy

    rows = counts.shape[0]
    seen = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log((1 + rows) / (1 + seen)) + 1
    data = (1 + np.log(counts.data.astype(np.float64))) * idf[counts.indices]
    which = np.repeat(np.arange(rows), np.diff(counts.indptr))
    length = np.sqrt(np.bincount(which, data**2, minlength=rows))
    data /= np.where(length > 0, length, 1)[which]
    return csr((data, counts.indices, counts.indptr), shape=counts.shape)


def reduce(weighted: csr_matrix, dims: int) -> NDArray[np.float32]:
    """Vectors (rows, dims) of a weighted matrix by a truncated SVD, of unit length or zero.

    Deerwester et al., Indexing by latent semantic analysis, 1990. The SVD is that of Halko, Martinsson and Tropp,
    Finding structure with randomness, 2011 (subspace iteration), orthonormalised by the Gram matrix: products of tall
    matrices only, ten times faster than LU and QR. Fewer rows or grams than ``dims`` leave the last columns zero.

    Equal singular values, common in small sets, leave the choice of their vectors to rounding errors. So each column
    is weighted by up to a thousandth more, a number that depends on its place: no two are equal any more.
    """
    rows = weighted.shape[0]
    twice = np.bincount(weighted.indices, minlength=weighted.shape[1]) > 1
    shared = weighted[:, np.flatnonzero(twice)] if twice.any() else weighted.copy()
    shared.data *= 1 + _APART * np.random.default_rng(_SEED).random(shared.shape[1])[shared.indices]
    rank = min(dims, rows, shared.shape[1])
    out = np.zeros((rows, dims))
    if rank:
        out[:, :rank] = _left(shared, rank)
    return unit(out)


def _left(matrix: csr_matrix, rank: int) -> NDArray[np.float64]:
    """Left singular vectors times singular values (rows, rank), largest first."""
    across = matrix.T.tocsr()
    wide = min(rank + _OVERSAMPLE, *matrix.shape)
    start = np.random.default_rng(_SEED).standard_normal((matrix.shape[1], wide))
    basis = _orthonormal(matrix @ start)
    for _ in range(_ITERATIONS):
        basis = _orthonormal(matrix @ _orthonormal(across @ basis))
    small = across @ basis
    values, turn = np.linalg.eigh(_gram(small))
    largest = np.argsort(-values, kind="stable")[:rank]
    turned = turn[:, largest] * np.sqrt(np.maximum(values[largest], 0))
    return _turned(basis, turned * signs(turned))


def _orthonormal(tall: NDArray[np.float64]) -> NDArray[np.float64]:
    """An orthonormal basis of the columns of a tall matrix, in its place; directions of no length are left zero."""
    values, turn = np.linalg.eigh(_gram(tall))
    kept = values > values[-1] * _NO_LENGTH
    return _turned(tall, turn * np.where(kept, 1 / np.sqrt(np.where(kept, values, 1)), 0))


def _turned(tall: NDArray[np.float64], turn: NDArray[np.float64]) -> NDArray[np.float64]:
    """``tall @ turn``, block by block in place: no second tall matrix is made."""
    for start in range(0, tall.shape[0], _BLOCK):
        tall[start : start + _BLOCK, : turn.shape[1]] = tall[start : start + _BLOCK] @ turn
    return tall[:, : turn.shape[1]]


def _gram(tall: NDArray[np.float64]) -> NDArray[np.float64]:
    """Products of its columns with each other, summed over blocks."""
    out = np.zeros((tall.shape[1], tall.shape[1]))
    for start in range(0, tall.shape[0], _BLOCK):
        block = tall[start : start + _BLOCK]
        out += block.T @ block
    return out
