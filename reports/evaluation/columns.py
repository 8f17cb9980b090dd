"""Which columns of a file of predictions mean what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.errors import DataError
from assay.audit.rules import nearest
from assay.reports.evaluation import probabilities
from assay.reports.evaluation.cells import cure, numbers, place, strings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from assay.audit.reading.table import Table

PREDICTION = (
    "prediction",
    "predicted",
    "pred",
    "predictions",
    "predicted_label",
    "prediction_label",
    "label_pred",
    "pred_label",
    "predicted_class",
    "y_pred",
    "y_hat",
    "output",
    "outputs",
)
CONFIDENCE = ("confidence", "probability", "prob", "proba", "max_probability", "max_prob")
SCORE = ("score", "margin", "logit")
SHOWN = 30


@dataclass(frozen=True, eq=False)
class Told:
    """What a file says of each of its lines."""

    prediction: pl.Series
    """(lines,) strings, never null."""
    confidence: NDArray[np.float64] | None
    is_probability: bool
    classes: tuple[str, ...] | None
    """Classes that have a column of probabilities."""
    notes: tuple[str, ...]


def told(table: Table, path: str, labels: Sequence[str], column: str | None = None, *, several: bool = False) -> Told:
    """Find predictions, confidences and probabilities in a file.

    Args:
        table: the file.
        path: its name, for messages.
        labels: classes of the data, for finding columns of probabilities.
        column: the column of predictions, if the user named it.
        several: whether rows may have several labels: then probabilities need not sum to 1.

    Raises:
        DataError: there is no prediction, a value is missing, no number, out of range, or does not sum to 1.
    """
    frame = probabilities.flat(table.frame)
    name = _prediction(frame, path, column)
    classes = probabilities.probability_columns(frame, labels, name)
    if not classes:
        if name is None:
            raise _no_prediction(frame, path)
        said, is_probability, notes = _confidence(table, frame, path)
        return Told(strings(table, frame[name], path, several=several), said, is_probability, None, notes)
    names, values = probabilities.read_probabilities(table, frame, path, classes, several=several)
    if name is None:
        prediction = probabilities.most_probable(names, values, several=several)
        notes = (f"{path}: no column of predictions, so the most probable class is the prediction",)
        return Told(prediction, None if several else values.max(1), not several, names, notes)
    prediction = strings(table, frame[name], path, several=several)
    if several:
        return Told(prediction, None, is_probability=False, classes=names, notes=())
    said = probabilities.confidence_of(prediction, names, values)
    other = int((said < values.max(1) - probabilities.SLACK).sum())
    notes = (f"{path}: {other:,} predictions are not the most probable class",) if other else ()
    return Told(prediction, said, is_probability=True, classes=names, notes=notes)


def _prediction(frame: pl.DataFrame, path: str, column: str | None) -> str | None:
    """Name of the column of predictions, if there is one.

    Raises:
        DataError: the user names one that is not there.
    """
    if column and column not in frame.columns:
        listed = f"The columns are: {', '.join(frame.columns[:SHOWN])}"
        raise DataError(f"no column {column!r}{nearest(column, frame.columns) or ''}", path=path, cure=listed)
    lower = {c.strip().lower(): c for c in reversed(frame.columns)}
    return column or next((lower[name] for name in PREDICTION if name in lower), None)


def _no_prediction(frame: pl.DataFrame, path: str) -> DataError:
    near = next((c for c in frame.columns if nearest(c.lower(), list(PREDICTION))), None)
    guess = f" (is it {near!r}?)" if near else ""
    listed = ", ".join(frame.columns[:SHOWN])
    words = f"Name it with --prediction COLUMN, or call it `prediction`. The columns are: {listed}"
    return DataError(f"no column of predictions{guess}", path=path, cure=words)


def _confidence(
    table: Table, frame: pl.DataFrame, path: str
) -> tuple[NDArray[np.float64] | None, bool, tuple[str, ...]]:
    """Confidence of the predictions, and whether it is a probability.

    Raises:
        DataError: a confidence is no probability.
    """
    lower = {c.strip().lower(): c for c in reversed(frame.columns)}
    name = next((lower[n] for n in (*CONFIDENCE, *SCORE) if n in lower), None)
    if name is None:
        return None, False, ()
    values = numbers(table, frame[name], path)
    outside = np.flatnonzero((values < 0) | (values > 1))
    if not outside.size:
        return values, True, ()
    if name.strip().lower() in SCORE:
        note = f"{path}: {name!r} is not within 0..1, so it ranks errors but says nothing of calibration"
        return values, False, (note,)
    at = int(outside[0])
    words = cure(table, at, "A confidence lies within 0..1; call the column `score` if it is no probability")
    problem = f"{values[at]:g} is no probability"
    raise DataError(problem, path=path, line=place(table, at), column=repr(name), cure=words)
