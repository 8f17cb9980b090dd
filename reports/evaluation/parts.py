"""The parts of a data set that are scored: declared slices, proposed ones, and the capabilities of edge cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.slices import members
from assay.audit.slicing.properties import PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.audit.dataset import Dataset
    from assay.reports.evaluation.scored import Scored

    Rows = np.ndarray[tuple[int], np.dtype[np.int64]]

DECLARED, CAPABILITY = "declared", "edge-case"
MOST, SEED = 100_000, 0
"""Rows up to which every text is read for edge cases; among more, a sample of as many."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A slice of the data set, ready to be scored in each split."""

    name: str
    kind: str
    """``declared``; ``length`` or ``metadata`` where none is declared; ``edge-case`` for a capability."""
    condition: str
    critical: bool
    mask: pl.Series = field(repr=False)
    """(rows of the frame,) Boolean."""

    def among(self, scored: Scored) -> Rows:
        """Positions of its members among the rows of an evaluated set."""
        split = scored.split
        inside = self.mask.slice(split.start, split.rows)
        if len(scored) != split.rows:
            inside = inside.gather(scored.index - split.start)
        return inside.arg_true().to_numpy().astype(np.int64)


def parts(data: Dataset) -> tuple[Part, ...]:
    """Every slice that is scored.

    Classes are left out, as they have a table of their own.

    Raises:
        ConfigError: a slice's condition is wrong.
        MissingInputError: a slice needs a role that the data lack.
    """
    known = members(data)
    out = [
        Part(each.name, DECLARED if each.declared else each.kind, each.condition, each.critical, mask)
        for each, mask in zip(known.slices, known.masks, strict=True)
        if each.declared or each.kind != "class"
    ]
    return (*out, *_capabilities(data, taken={part.name for part in out}))


def _capabilities(data: Dataset, taken: set[str]) -> Iterator[Part]:
    """Edge-case capabilities that no slice is called like, looked for in a sample where there are many rows."""
    rows = sample(data)
    text = data.text if rows is None else data.text.gather(rows)
    for each in PROPERTIES.values():
        if each.edge and each.name not in taken:
            mask = each.tell(text).fill_null(value=False)
            if rows is not None:
                inside = np.zeros(len(data), np.bool_)
                inside[rows[mask.to_numpy()]] = True
                mask = pl.Series(inside)
            yield Part(each.name, CAPABILITY, f"property: {each.name}", critical=False, mask=mask)


def sample(data: Dataset) -> Rows | None:
    """Rows in which capabilities are looked for, ascending; None for all."""
    if len(data) <= MOST:
        return None
    return np.sort(np.random.default_rng(SEED).choice(len(data), MOST, replace=False)).astype(np.int64)
