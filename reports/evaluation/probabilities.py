"""Columns of probabilities, one a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.errors import DataError
from assay.reports.evaluation.cells import cure, numbers, place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.audit.reading.table import Table

PREFIXES = ("prob_", "p_", "probability_", "proba_", "prob:", "prob.", "probabilities.", "score_", "")
NESTED = ("probabilities", "probs", "proba", "scores")
SLACK = 0.02
"""By which a row's probabilities may miss a sum of 1: files round them."""


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """A nested column of probabilities (class -> number) as columns of their own."""
    for name in NESTED:
        if frame.schema.get(name) == pl.String and bool(frame[name].str.starts_with("{").all()):
            frame = _parsed(frame, name)
        kind = frame.schema.get(name)
        if isinstance(kind, pl.Struct):
            fields = [f.name for f in kind.fields]
            column = frame[name].struct
            frame = frame.drop(name).with_columns([column.field(f).alias(f"prob_{f}") for f in fields])
    return frame


def _parsed(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """A column of JSON objects read; as it was where it is none."""
    try:
        return frame.with_columns(frame[name].str.json_decode(infer_schema_length=None))
    except pl.exceptions.PolarsError:
        return frame


def probability_columns(frame: pl.DataFrame, labels: Sequence[str], prediction: str | None) -> dict[str, str]:
    """Class -> column of its probability; empty if there are none.

    They are told by a prefix that stands before most classes of the data; without a prefix only the data's own classes
    are found. A class of the data without a column is one that the model does not know.
    """
    columns = set(frame.columns) - {prediction}
    for prefix in PREFIXES:
        known = [label for label in labels if prefix + label in columns]
        if not known or 2 * len(known) < len(labels):
            continue
        if not prefix:
            return {label: label for label in known}
        return {c.removeprefix(prefix): c for c in frame.columns if c.startswith(prefix) and c in columns}
    return {}


def read_probabilities(
    table: Table, frame: pl.DataFrame, path: str, classes: dict[str, str], *, several: bool
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Probabilities (lines, classes), classes sorted.

    Raises:
        DataError: one is missing or out of range, or those of a row do not sum to 1 though each row has one class.
    """
    names = tuple(sorted(classes))
    values = np.column_stack([numbers(table, frame[classes[c]], path) for c in names])
    outside = np.argwhere((values < -SLACK) | (values > 1 + SLACK))
    if outside.size:
        at, code = (int(v) for v in outside[0])
        words = cure(table, at, "Give probabilities, not scores or logits, or leave these columns out")
        column = repr(classes[names[code]])
        problem = f"{values[at, code]:g} is no probability"
        raise DataError(problem, path=path, line=place(table, at), column=column, cure=words)
    off = np.flatnonzero(np.abs(values.sum(1) - 1) > SLACK)
    if off.size and not several:
        at = int(off[0])
        problem = f"the probabilities of {len(names)} classes sum to {values[at].sum():.4g}, not 1"
        words = cure(table, at, "Give one for every class that the model knows (prob_CLASS), or leave them out")
        raise DataError(problem, path=path, line=place(table, at), cure=words)
    return names, np.clip(values, 0, 1)


def most_probable(names: tuple[str, ...], values: NDArray[np.float64], *, several: bool) -> pl.Series:
    """The most probable class of each line; where there may be several, each that is as probable as not."""
    if not several:
        return pl.Series("prediction", names, dtype=pl.String).gather(values.argmax(1))
    even = 0.5
    sets = [";".join(names[k] for k in np.flatnonzero(row)) for row in values >= even]
    return pl.Series("prediction", sets, dtype=pl.String)


def confidence_of(prediction: pl.Series, names: tuple[str, ...], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(lines,) probability of the class that was predicted; 0 for one without a column."""
    codes = prediction.replace_strict(list(names), list(range(len(names))), default=-1, return_dtype=pl.Int64)
    at = codes.to_numpy()
    return np.where(at >= 0, values[np.arange(len(values)), np.maximum(at, 0)], 0.0)
