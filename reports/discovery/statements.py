"""Everything that a slice can be made of."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import polars as pl

from assay.reports.discovery.metadata import label_columns, metadata_columns
from assay.reports.discovery.predicates import Predicates, distinct, gather
from assay.reports.discovery.texts import gram_columns, length_columns, shape_columns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from assay.reports.discovery.told import Told

LEAST, LEAST_LARGE, LARGE_SHARE = 10, 20, 1 / 10_000
"""Rows that a slice has at least: 10; 20 from 10,000 rows on; one in 10,000 from 200,000 rows on."""
MOST_SHARE = 0.8
"""Share of the rows that a statement may hold for."""


def least_rows(trials: int) -> int:
    """Rows that a slice needs among so many."""
    return max(LEAST, min(LEAST_LARGE, trials // 500), int(trials * LARGE_SHARE))


def statements(told: Told, trials: NDArray[np.int64], classes: NDArray[np.int64], names: list[str]) -> Predicates:
    """Statements that hold for enough trials and not for nearly all.

    Args:
        told: the rows.
        trials: positions of the trials among them.
        classes: (trials,) class of each.
        names: the classes.
    """
    data, rows = told.data, told.rows[trials]
    least, most = least_rows(trials.size), int(MOST_SHARE * trials.size)
    families = count()
    columns = list(label_columns(data, classes, names, least, next(families)))
    outcome = (pl.Series(told.predictions[trials]), pl.Series(told.correct[trials]))
    columns += metadata_columns(data, rows, outcome, least, families.__next__)
    if data.roles.text:
        texts = data.text.gather(rows)
        columns += gram_columns(texts, least, most)
        columns += shape_columns(data.roles.text, texts, families.__next__)
        for name in data.roles.text:
            several = len(data.roles.text) > 1
            columns += length_columns(name, data.frame[name].gather(rows), next(families), several=several)
    return distinct(gather([(s, r) for s, r in columns if least <= r.size <= most], trials.size))
