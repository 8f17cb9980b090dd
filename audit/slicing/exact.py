"""Orders and numbers that are the same on every machine and for every order of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from assay.audit.dataset import Dataset

_GRID = 1 << 12
"""Means are rounded to multiples of 1 / 4096: their products with unit vectors (multiples of 1 / 2048) are exact."""


def significant(values: ArrayLike, digits: int = 10) -> NDArray[np.float64]:
    """Round to significant digits: special functions differ in the last bits between processors and versions."""
    array = np.asarray(values, np.float64)
    rounded = [float(f"{value:.{digits - 1}e}") for value in array.ravel().tolist()]
    return np.array(rounded, np.float64).reshape(array.shape)


def by_content(data: Dataset, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows in the order of their content hashes; rows of equal content in their own order."""
    return rows[np.lexsort((rows, data.hashes(rows)))]


def sample(data: Dataset, rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of the rows, in ascending order: those with the smallest content hashes."""
    return rows if rows.size <= most else np.sort(by_content(data, rows)[:most])


def direction(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean direction (dims,) of unit rows, on the encoders' grid, so that products with them are exact."""
    total = vectors.sum(axis=0, dtype=np.float64)
    length = float(np.sqrt(np.square(total).cumsum()[-1])) if total.size else 0.0
    mean: NDArray[np.float32] = (np.rint(total / (length or 1.0) * _GRID) / _GRID).astype(np.float32)
    return mean


def hundredths(similarity: NDArray[np.float32]) -> NDArray[np.int16]:
    """Cosines in hundredths: what comparisons and orders of rows are made of."""
    return np.rint(np.asarray(similarity, np.float64) * 100).astype(np.int16)
