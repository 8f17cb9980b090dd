"""What checks share, computed once for each data set and kept with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.audit.lexical.engine import Similar, find_similar
from assay.audit.lexical.verify import SIMILARITY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset

LOWEST_SIMILARITY = 0.75
"""Below it candidate pairs are missed: bands of 4 rows find half of the pairs at a Dice of about 0.7."""


def similar(data: Dataset, similarity: float = SIMILARITY) -> Similar:
    """Equal, near-equal and contained texts of all splits together.

    Args:
        data: the data set.
        similarity: threshold for near-duplicates, 0.75..1 (Dice's coefficient over words, or over characters).

    Raises:
        MissingInputError: no text column is known.
        ValueError: the threshold is out of range.
    """
    if not LOWEST_SIMILARITY <= similarity <= 1:
        raise ValueError(f"similarity must be between {LOWEST_SIMILARITY} and 1, not {similarity}")
    key = ("similar", similarity)
    if key not in data.memo:
        data.memo[key] = find_similar(data.text, similarity)
    found: Similar = data.memo[key]
    return found


def first_in_splits(data: Dataset, found: Similar) -> NDArray[np.int64]:
    """(splits, rows) first row of each split whose folded text is that of a first row; -1 where there is none.

    Column ``r`` is meaningful where ``r`` is its own ``found.rep``.
    """
    key = ("first_in_splits", id(found))
    if key not in data.memo:
        table = np.full((len(data.splits), len(data)), -1, np.int64)
        for s, split in enumerate(data.splits):
            rows = np.arange(split.stop - 1, split.start - 1, -1, dtype=np.int64)
            table[s, found.rep[rows]] = rows  # written last to first: the first row stays
        data.memo[key] = table
    firsts: NDArray[np.int64] = data.memo[key]
    return firsts


def group_ids(found: Similar) -> NDArray[np.int64]:
    """Cluster number of every row, counted in order of first rows; -1 for rows like no other."""
    sizes = np.bincount(found.group, minlength=found.group.size)
    roots = np.flatnonzero(sizes > 1)
    number = np.full(found.group.size, -1, np.int64)
    number[roots] = np.arange(roots.size)
    return number[found.group]
