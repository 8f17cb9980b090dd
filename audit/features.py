"""What checks share, computed once for each data set and kept with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.errors import ConfigError
from assay.audit.lexical.engine import Similar, find_similar
from assay.audit.lexical.verify import SIMILARITY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset

LOWEST_SIMILARITY = 0.75
"""Below it candidate pairs are missed: bands of 4 rows find half of the pairs at a Dice of about 0.7."""


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """Equal, near-equal and contained texts of all splits together, and where each text stands."""

    found: Similar
    first: NDArray[np.int64]
    """(splits, rows) first row of each split with the text of first row ``r``; -1 where it has none.

    Column ``r`` is meaningful where ``r`` is its own ``found.rep``.
    """
    group: NDArray[np.int64]
    """Cluster number of every row, counted in order of first rows; -1 for rows like no other."""

    def group_of(self, row: int) -> int | None:
        """Cluster number of a row, None for a row like no other."""
        number = int(self.group[row])
        return number if number >= 0 else None


def alike(data: Dataset, similarity: float = SIMILARITY) -> Alike:
    """What is alike in a data set.

    Args:
        data: the data set.
        similarity: threshold for near-duplicates, 0.75..1 (Dice's coefficient over words, or over characters).

    Raises:
        MissingInputError: no text column is known.
        ConfigError: the threshold is out of range.
    """
    if not LOWEST_SIMILARITY <= similarity <= 1:
        raise ConfigError(f"similarity must be between {LOWEST_SIMILARITY} and 1, not {similarity}")
    key = ("alike", similarity)
    if key not in data.memo:
        found = find_similar(data.text, similarity)
        data.memo[key] = Alike(found, _first_in_splits(data, found), _group_numbers(found))
    known: Alike = data.memo[key]
    return known


def _first_in_splits(data: Dataset, found: Similar) -> NDArray[np.int64]:
    table = np.full((len(data.splits), len(data)), -1, np.int64)
    for s, split in enumerate(data.splits):
        rows = np.arange(split.stop - 1, split.start - 1, -1, dtype=np.int64)
        table[s, found.rep[rows]] = rows  # written last to first: the first row stays
    return table


def _group_numbers(found: Similar) -> NDArray[np.int64]:
    sizes = np.bincount(found.group, minlength=found.group.size)
    roots = np.flatnonzero(sizes > 1)
    number = np.full(found.group.size, -1, np.int64)
    number[roots] = np.arange(roots.size)
    return number[found.group]
