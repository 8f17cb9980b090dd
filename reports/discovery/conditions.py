"""A slice in words and as an SQL condition over the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.audit.slicing.conditions import parse
from assay.reports.discovery.texts import holds, spaced

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset
    from assay.reports.discovery.candidate import Candidate
    from assay.reports.discovery.predicates import Predicates, Statement

_OFF = 0.1
"""Share of its rows by which a condition may be off before words are looked for inside of other words too."""


def words(candidate: Candidate, predicates: Predicates) -> tuple[str, ...]:
    """Each condition of a slice in words."""
    return tuple(_named([predicates.statements[k] for k in literal]) for literal in candidate.literals)


def condition(
    candidate: Candidate, predicates: Predicates, data: Dataset, frame: pl.DataFrame
) -> tuple[str, NDArray[np.int64]]:
    """The condition of a slice, and the rows of a frame that it selects.

    The slice was found by its words; from here on it is what the condition says.

    Args:
        candidate: the slice.
        predicates: what it is made of.
        data: whose text columns are meant.
        frame: rows to select from.
    """
    told = _sql(candidate, predicates, data.roles.text, bounded=True)
    rows = select(frame, told)
    grams = [predicates.statements[k] for literal in candidate.literals for k in literal]
    if abs(rows.size - candidate.rows.size) > _OFF * candidate.rows.size and any(
        s.kind in {"word", "pair"} for s in grams
    ):
        inside = _sql(candidate, predicates, data.roles.text, bounded=False)
        found = select(frame, inside)
        if abs(found.size - candidate.rows.size) < abs(rows.size - candidate.rows.size):
            return inside, found
    return told, rows


def select(frame: pl.DataFrame, where: str) -> NDArray[np.int64]:
    """Rows of a frame for which a condition is true."""
    mask = frame.lazy().select(parse(where).fill_null(value=False).alias("in")).collect()["in"]
    return mask.arg_true().to_numpy().astype("int64")


def _sql(candidate: Candidate, predicates: Predicates, columns: Sequence[str], *, bounded: bool) -> str:
    parts = []
    for literal in candidate.literals:
        statements = [predicates.statements[k] for k in literal]
        if statements[0].kind in {"word", "pair"}:
            grams = [s.value for s in statements]
            parts.append(holds(columns, grams, bounded=bounded and spaced(grams)))
        else:
            parts.append(statements[0].value)
    return " AND ".join(parts)


def _named(statements: Sequence[Statement]) -> str:
    if len(statements) == 1:
        return statements[0].name
    return "has any of " + ", ".join(f'"{s.value}"' for s in statements)
