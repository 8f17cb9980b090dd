"""Names of classes that ``datasets`` keeps beside a column of numbers (``ClassLabel``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from assay.audit.parsing import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

METADATA = b"huggingface"


def class_names(metadata: Mapping[bytes, bytes] | None) -> dict[str, list[str]]:
    """Names by column, from an Arrow schema's metadata; empty where there are none, or they cannot be read."""
    try:
        features = parse_json((metadata or {})[METADATA])["info"]["features"]
        told = {str(name): one.get("names") for name, one in features.items() if one.get("_type") == "ClassLabel"}
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}
    return {name: list(map(str, names)) for name, names in told.items() if isinstance(names, list) and names}


def named(frame: pl.DataFrame, names: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Columns of class numbers as names; a number without a name (-1: no label) becomes null."""
    done = [_named(frame[c], names[c]) for c in names if c in frame.columns and frame[c].dtype.is_integer()]
    return frame.with_columns(done) if done else frame


def _named(column: pl.Series, names: Sequence[str]) -> pl.Series:
    known: Any = dict(enumerate(names))
    return column.replace_strict(known, default=None, return_dtype=pl.String).alias(column.name)
