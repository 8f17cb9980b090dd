"""Two splits side by side: distinct texts of each, a sample where there are many, with their words and vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.encoders.grams import count_grams
from assay.audit.features import alike, embeddings
from assay.audit.slicing.exact import by_content

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from assay.audit.dataset import Dataset, Split

MOST = 8_000
"""Distinct texts of a side that are looked at: a topic of 2 % has 160 among them."""


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Distinct texts of two splits, the first split's first; near-duplicates within a split are one.

    The texts of a split are in the order of their content hashes, so that places in the pool, and whatever is drawn
    or broken by them, do not depend on the order of the rows.
    """

    rows: NDArray[np.int64]
    """Frame rows."""
    keys: NDArray[np.uint64]
    """Content hashes of the rows."""
    production: NDArray[np.bool_]
    """Whether a text is the second split's."""
    has: csr_matrix
    """(pool, grams) 1 where a text holds a word or a pair of neighbouring words."""
    grams: pl.Series

    @property
    def sizes(self) -> tuple[int, int]:
        """Distinct texts of the first and of the second split."""
        second = int(self.production.sum())
        return self.production.size - second, second

    @property
    def sampled(self) -> bool:
        """Whether either side is a sample."""
        return max(self.sizes) >= MOST

    def vectors(self, data: Dataset) -> NDArray[np.float32]:
        """Their vectors (pool, dims) by the encoder in force."""
        return embeddings(data).vectors[self.rows]

    def holding(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(grams,) distinct texts that hold each gram: of both splits, and of the second."""
        both = np.bincount(self.has.indices, minlength=self.has.shape[1])
        start = int(self.has.indptr[self.sizes[0]])
        return both, np.bincount(self.has.indices[start:], minlength=self.has.shape[1])


def pool(data: Dataset, first: Split, second: Split) -> Pool:
    """The distinct texts of two splits.

    Raises:
        MissingInputError: no text column is known.
    """
    key = ("pool", first.name, second.name)
    if key not in data.memo:
        sides = [_distinct(data, split) for split in (first, second)]
        rows = np.concatenate(sides)
        has, grams = count_grams(data.text.gather(rows))
        has.data[:] = 1
        data.memo[key] = Pool(rows, data.hashes(rows), np.repeat([False, True], [len(s) for s in sides]), has, grams)
    known: Pool = data.memo[key]
    return known


def _distinct(data: Dataset, split: Split) -> NDArray[np.int64]:
    """One row of each cluster of near-duplicates in the order of content, without empty texts; a sample of many."""
    blank = (data.text.slice(split.start, split.rows).str.strip_chars() == "").to_numpy()
    rows = by_content(data, np.flatnonzero(~blank) + split.start)
    _, first = np.unique(alike(data).found.group[rows], return_index=True)
    return rows[np.sort(first)][:MOST].astype(np.int64)
