"""What was predicted of which rows, and which of them are trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from assay.audit.dataset import Dataset

MOST_BYTES = 150_000_000
"""Bytes of texts that are searched; of more, every n-th row. Conditions are tried, and figures counted, on all."""


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """Rows with their predictions."""

    data: Dataset
    rows: NDArray[np.int64]
    """(n,) rows of the data set's frame."""
    labels: NDArray[np.str_]
    predictions: NDArray[np.str_]
    correct: NDArray[np.bool_]
    clusters: NDArray[np.int64] | None
    """(n,) equal for rows that stand for one."""

    def trials(self) -> NDArray[np.int64]:
        """Positions of the rows that are searched: the first of each cluster, and not more than can be searched."""
        every = np.arange(self.rows.size, dtype=np.int64)
        if self.clusters is not None:
            every = np.sort(np.unique(self.clusters, return_index=True)[1]).astype(np.int64)
        if not self.data.roles.text or not every.size:
            return every
        size = int(self.data.text.gather(self.rows[every]).str.len_bytes().sum())
        return every[:: max(1, -(-size // MOST_BYTES))]

    def same(self, positions: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """Clusters of some rows."""
        return None if self.clusters is None else self.clusters[positions]


def told(  # noqa: PLR0913, PLR0917 - what is known of every row
    data: Dataset,
    split: str,
    rows: NDArray[np.int64],
    labels: ArrayLike,
    predictions: ArrayLike,
    correct: NDArray[np.bool_],
    *,
    clusters: NDArray[np.int64] | None,
) -> Told:
    """Put together what was predicted.

    Raises:
        ValueError: lengths differ.
    """
    index, right = np.asarray(rows, np.int64), np.asarray(correct, np.bool_)
    true, said = (np.asarray(x).astype(str) for x in (labels, predictions))
    same = None if clusters is None else np.asarray(clusters, np.int64)
    sizes = [index.size, true.size, said.size, right.size, *([] if same is None else [same.size])]
    if len(set(sizes)) > 1:
        raise ValueError(f"{split}: rows, labels, predictions, outcomes and clusters differ in length: {sizes}")
    return Told(data, index, true, said, right, same)
