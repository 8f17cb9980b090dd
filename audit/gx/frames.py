"""A split as the pandas frame that a suite was written for."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import polars as pl

from assay.audit.dataset import WRITTEN_TYPES
from assay.audit.reading.sources import kind_of

if TYPE_CHECKING:
    from assay.audit.dataset import Dataset, Split

_DELIMITED = frozenset({"csv", "tsv"})
_TEXTS = _DELIMITED | {"json", "jsonl"}
_NULL = "\ue000null"
"""Stands for a missing value on the way; a character of private use, so that no text is mistaken for it."""


def as_pandas(data: Dataset, split: Split, *, inferred: bool) -> Any:
    """The rows of a split as a pandas frame, numbered from 0.

    Suites are written for what pandas makes of a file: numbers where a CSV column holds numbers, missing values where
    it says ``NA``. Assay keeps every value as it is written, so pandas gets the text of such files to read.

    Args:
        data: the data set.
        split: one of its splits.
        inferred: whether values of CSV and JSON files become what pandas makes of them; else they are text.
    """
    types = data.memo.get(WRITTEN_TYPES, {}).get(split.name)
    columns = [c for c in data.frame.columns if types is None or c in types]
    frame = data.frame.slice(split.start, split.rows).select(columns)
    kinds = {kind_of(f) for f in split.files}
    if inferred and kinds and kinds <= _TEXTS:
        made = _reread(frame, empty_is_missing=kinds <= _DELIMITED)
        if len(made) == split.rows:
            return made
    frame = frame.with_columns([_as_written(frame[c], t) for c, t in (types or {}).items() if frame[c].dtype != t])
    return frame.to_pandas()


def _reread(frame: pl.DataFrame, *, empty_is_missing: bool) -> Any:
    """What pandas makes of columns of text; in JSON only null is a missing value."""
    import pandas as pd  # noqa: PLC0415 - an extra, and slow

    buffer = BytesIO()
    frame.write_csv(buffer, null_value="" if empty_is_missing else _NULL)
    buffer.seek(0)
    missing = {} if empty_is_missing else {"keep_default_na": False, "na_values": [_NULL]}
    return pd.read_csv(buffer, skip_blank_lines=False, low_memory=False, **missing)


def _as_written(column: pl.Series, dtype: Any) -> pl.Series:
    """A role column, which holds text, in its source's type; as it is where there is no way back."""
    if dtype == pl.Boolean:
        return pl.Series(column.name, column == "true")
    try:
        return column.cast(dtype)
    except pl.exceptions.PolarsError:
        return column
