"""The best few of many similarities, kept while blocks of them pass by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.audit.kernels import inlined, kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_RUN = 64
"""Similarities that are compared at one go: hardly any is better, and a sum of comparisons runs sixteen at a time."""


@inlined
def _insert(index: NDArray[np.int32], best: NDArray[np.float32], row: int, other: int, value: float) -> None:
    """Put one value in its place; equal ones that came first stay first."""
    at = index.shape[1] - 1
    while at > 0 and best[row, at - 1] < value:
        best[row, at] = best[row, at - 1]
        index[row, at] = index[row, at - 1]
        at -= 1
    best[row, at] = value
    index[row, at] = other


@kernel
def keep_rows(  # noqa: PLR0913, PLR0917 - flat arrays
    block: NDArray[np.float32],
    low: int,
    high: int,
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    index: NDArray[np.int32],
    best: NDArray[np.float32],
    worst: NDArray[np.float32],
) -> None:
    """Take what is better than the worst kept of each row, for rows low..high of a block.

    Args:
        block: (a, b) similarities of ``rows`` with ``columns``.
        low: first row of the block to look at.
        high: row after the last.
        rows: (a) row numbers.
        columns: (b) row numbers, ascending: of equal similarities the lower number stays.
        index: (all rows, k) kept row numbers, best first; changed.
        best: (all rows, k) their similarities; changed.
        worst: (all rows) the last of them; changed.
    """
    last = index.shape[1] - 1
    for i in range(low, high):
        r = rows[i]
        limit = worst[r]
        for start in range(0, block.shape[1], _RUN):
            stop = min(start + _RUN, block.shape[1])
            better = 0
            for j in range(start, stop):
                better += block[i, j] > limit
            if better:
                for j in range(start, stop):
                    if block[i, j] > limit and columns[j] != r:
                        _insert(index, best, r, columns[j], block[i, j])
                        limit = best[r, last]
        worst[r] = limit


@kernel
def keep_columns(  # noqa: PLR0913, PLR0917 - flat arrays
    block: NDArray[np.float32],
    low: int,
    high: int,
    first_row: int,
    first_column: int,
    index: NDArray[np.int32],
    best: NDArray[np.float32],
    worst: NDArray[np.float32],
) -> None:
    """The same for the columns low..high of a block of rows and columns in a row: a similarity counts for both."""
    last = index.shape[1] - 1
    for i in range(block.shape[0]):
        for start in range(low, high, _RUN):
            stop = min(start + _RUN, high)
            better = 0
            for j in range(start, stop):
                better += block[i, j] > worst[first_column + j]
            if better:
                for j in range(start, stop):
                    c = first_column + j
                    if block[i, j] > worst[c] and c != first_row + i:
                        _insert(index, best, c, first_row + i, block[i, j])
                        worst[c] = best[c, last]
