"""Slices that Assay proposes where none is declared: classes, lengths, columns of few values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from assay.audit.slicing import conditions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.audit.dataset import Dataset

FEW, MOST = 12, 300
"""Values up to which a column of metadata makes slices; classes up to which each is one."""
SMALLEST, SMALLEST_SHARE = 10, 0.005
"""Rows, and share of the rows, that a proposed slice of metadata has at least in all splits together."""
BANDS = (25, 100, 300)
"""Characters that part the bands of length: a remark, a sentence or two, a message, a letter."""

Proposal = tuple[str, Literal["class", "length", "metadata"], str]
"""Name, kind, SQL condition."""


def propose(data: Dataset) -> Iterator[Proposal]:
    """Slices of a data set, classes first."""
    if data.roles.label:
        yield from _classes(data)
    if data.roles.text:
        yield from _lengths(data)
    yield from _metadata(data)


def _classes(data: Dataset) -> Iterator[Proposal]:
    _, names = data.label_codes
    column = conditions.name(data.roles.label or "")
    if len(names) <= MOST:
        for label in names:
            yield label, "class", f"{column} = {conditions.literal(label)}"


def _lengths(data: Dataset) -> Iterator[Proposal]:
    """Bands of characters; those without rows are left out."""
    column = conditions.name(data.roles.text[0])
    size = data.text.str.len_chars()
    edges = (0, *BANDS)
    for low, high in zip(edges, (*BANDS, 0), strict=True):
        inside = (size > low) & (size <= high) if high else size > low
        if not int(inside.sum()) or int(inside.sum()) == len(data):
            continue
        least, most = f"LENGTH({column}) > {low}", f"LENGTH({column}) <= {high}"
        if not high:
            yield f"over {low} characters", "length", least
        elif not low:
            yield f"up to {high} characters", "length", f"LENGTH({column}) > 0 AND {most}"
        else:
            yield f"{low + 1} to {high} characters", "length", f"{least} AND {most}"


def _metadata(data: Dataset) -> Iterator[Proposal]:
    roles = data.roles
    used = {*roles.text, roles.label, roles.id, roles.group, roles.time, roles.split}
    floor = max(SMALLEST, SMALLEST_SHARE * len(data))
    for column in data.frame.columns:
        values = data.frame[column]
        if column in used or values.dtype not in (pl.String, pl.Categorical, pl.Boolean, pl.Int64, pl.Int32):
            continue
        found = values.drop_nulls().value_counts().sort([column, "count"])
        if not 1 < found.height <= max(FEW, 2 * FEW if values.dtype == pl.String else FEW):
            continue
        for value, rows in found.rows():
            if rows < floor or not str(value).strip():
                continue
            told = conditions.literal(value) if isinstance(value, str) else str(value)
            yield f"{column} = {value}", "metadata", f"{conditions.name(column)} = {told}"
