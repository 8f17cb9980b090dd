"""``assay init --expectations``: a starter suite of Great Expectations, as the training data are today.

It is a draft for a person to review: what is true of today's file need not be meant. So assay.toml names it in a
comment only, and nothing is enforced before somebody takes the comment mark off.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import polars as pl

from assay.audit.dataset import TRAIN
from assay.audit.store import assay_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.audit.dataset import Dataset

FILE = "suite.json"
VALUES = 20
"""Distinct values up to which a column's values are a set."""
EACH = 5
"""Rows a value needs on average for that."""
WHOLE = re.compile(r"[+-]?(0|[1-9]\d{0,17})")
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
NUMBERS = ["int", "int64", "Int64", "float", "float64", "Float64"]
"""What pandas may call a column of numbers."""


def suite_of(data: Dataset, name: str = "assay_starter") -> dict[str, Any]:
    """A suite that the training split meets, as the JSON that Great Expectations 1.x saves."""
    split = data.split(TRAIN) or data.splits[0]
    frame = data.frame.slice(split.start, split.rows)
    frame = frame.select([c for c in frame.columns if frame[c].null_count() < frame.height])
    told = [_expectation("expect_table_columns_to_match_set", column_set=frame.columns, exact_match=False)]
    for column in frame.columns:
        told += _of_column(data, frame[column])
    notes = f"A draft by assay {assay_version()} from {split.rows} rows of {split.name}: review every line."
    return {"name": name, "expectations": told, "meta": {"notes": notes}, "notes": None}


def comment() -> list[str]:
    """What assay.toml says of the suite."""
    return [
        f"# {FILE} is a draft of what today's training data look like. Review it, then let GEX001 check it:",
        "# [expectations]",
        f'# suite = "{FILE}"',
    ]


def _of_column(data: Dataset, column: pl.Series) -> Iterator[dict[str, Any]]:
    roles, name = data.roles, column.name
    needed = name in {*roles.text, roles.label}
    values = column.cast(pl.String, strict=False).drop_nulls() if not column.dtype.is_nested() else None
    if values is None:
        return
    severity = "critical" if needed else "warning"
    if column.null_count() == 0 and not (values == "").any() and not values.is_in(MISSING).any():
        yield _expectation("expect_column_values_to_not_be_null", severity, column=name)
    if name == roles.id:
        if values.is_duplicated().sum() == 0:
            yield _expectation("expect_column_values_to_be_unique", severity, column=name)
        return
    if name in roles.text:
        lengths = values.str.len_chars()
        span = {"min_value": 1, "max_value": _rounded(int(lengths.max() or 1))}  # type: ignore[arg-type]  # a number
        yield _expectation("expect_column_value_lengths_to_be_between", severity, column=name, **span)
        return
    found = values.filter(~values.is_in(MISSING) & (values != "")).unique().sort()
    if name == roles.label or (1 < len(found) <= VALUES and len(values) >= EACH * len(found)):
        listed = _typed(found.to_list())
        yield _expectation("expect_column_values_to_be_in_set", severity, column=name, value_set=listed)
    elif len(found) and bool(found.str.contains(NUMBER).all()):
        yield _expectation("expect_column_values_to_be_in_type_list", severity, column=name, type_list=NUMBERS)


MISSING = ("NA", "N/A", "n/a", "nan", "NaN", "NULL", "null", "None", "#N/A", "<NA>", "#NA", "-nan", "-NaN")
"""Words that pandas reads as no value."""


def _typed(values: list[str]) -> list[Any]:
    """Values as pandas reads them where all of them are whole numbers or all are booleans, else as text."""
    if all(WHOLE.fullmatch(v) for v in values):
        return sorted(int(v) for v in values)
    if all(v.lower() in {"true", "false"} for v in values):
        return sorted({v.lower() == "true" for v in values})
    return values


def _rounded(most: int) -> int:
    """A length with room above it: the next of 100, 200, 500, 1000 ... that is half as long again."""
    wanted, step = max(most * 3 // 2, 100), 100
    while True:
        for factor in (1, 2, 5):
            if factor * step >= wanted:
                return factor * step
        step *= 10


def _expectation(kind: str, severity: str = "critical", **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs, "meta": {}, "severity": severity}
