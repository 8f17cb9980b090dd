"""Texts are compared in an order that depends on their content alone, so that shuffled rows give the same findings.

Where candidates are bounded (a star to the leader of a large bucket, a sample of a large family), the first rows
lead. In the order of the file those would be others after every shuffle; in the order of a hash they are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.audit.lexical.conclusion import Similar
from assay.audit.lexical.hashing import hash_rows

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

MOST = 500_000
"""Rows up to which the order of content is used: it takes a second copy of the texts."""


def content_order(text: pl.Series) -> NDArray[np.int64]:
    """Rows in the order of a hash of their text; copies by row."""
    return np.argsort(hash_rows([text]), kind="stable")


def in_rows(found: Similar, order: NDArray[np.int64]) -> Similar:
    """What was found among texts in some order, as rows of the column that they came from.

    Args:
        found: numbered by place in ``order``.
        order: (rows,) the row at each place.

    Returns:
        The same with representatives that are first rows again, and pairs in order of their rows.
    """
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    rep = _first_rows(found.rep[place])
    left, right = rep[order[found.left]], rep[order[found.right]]
    left, right = np.minimum(left, right), np.maximum(left, right)
    near = np.lexsort((right, left))
    inner, outer = rep[order[found.inner]], rep[order[found.outer]]
    held = np.lexsort((np.maximum(inner, outer), np.minimum(inner, outer)))
    return Similar(
        rep=rep,
        words=found.words[place],
        left=left[near],
        right=right[near],
        score=found.score[near],
        inner=inner[held],
        outer=outer[held],
        contained=found.contained[held],
        group=_first_rows(found.group[place]),
        family=_first_rows(found.family[place]),
    )


def _first_rows(key: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first row with each row's key; -1 where the key is."""
    rows = np.arange(key.size)
    first = np.full(key.size + 1, key.size, np.int64)
    np.minimum.at(first, key, rows)
    return np.where(key >= 0, first[key], -1)
