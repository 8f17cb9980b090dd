"""Slices worth declaring, as a block for assay.toml."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.slices import members
from assay.audit.slicing.defaults import propose
from assay.audit.slicing.request import Declared

if TYPE_CHECKING:
    from assay.audit.dataset import Dataset


def suggestions(data: Dataset) -> str:
    """``[[slice]]`` tables of classes, length bands and metadata that no declared slice has, with their counts.

    Each is a comment with its rows in every split and a table to paste; what is critical, and how many rows it needs,
    only the user can say.
    """
    conditions = [condition for _, _, condition in propose(data)]
    told = {each.condition for _, each in members(data)} if data.memo.get(Declared, Declared()).slices else set()
    names = {condition: name for name, _, condition in propose(data)}
    out = ["# Slices that the data suggest. Keep those that must not fail, and set critical, min_train, min_test."]
    for condition in conditions:
        if condition not in told:
            counts = ", ".join(f"{split} {rows:,}" for split, rows in _rows(data, condition).items())
            out.append(
                f"\n# {counts}\n[[slice]]\nname = {json.dumps(names[condition], ensure_ascii=False)}\n"
                f"where = {json.dumps(condition, ensure_ascii=False)}"
            )
    return "\n".join(out) + "\n"


def _rows(data: Dataset, condition: str) -> dict[str, int]:
    import polars as pl  # noqa: PLC0415 - not needed to declare the function

    mask = data.frame.select(pl.sql_expr(condition).fill_null(value=False).alias("in"))["in"].to_numpy()
    return {s.name: int(np.count_nonzero(mask[s.start : s.stop])) for s in data.splits}
