"""Predictions of another system, from a file."""

from __future__ import annotations

from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.errors import DataError
from assay.audit.reading.sources import read_file
from assay.reports.evaluation.cells import place
from assay.reports.evaluation.columns import told
from assay.reports.evaluation.joining import join
from assay.reports.evaluation.labelsets import JOINED, canonical, mark_of, single_labels, split
from assay.reports.evaluation.mlflow_table import results_table
from assay.reports.evaluation.predictions import Model, Predictions

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset, Split
    from assay.audit.reading.table import Table

LISTED = 12


def predictions_from_file(
    path: str, data: Dataset, splits: Sequence[Split], *, column: str | None = None, classes: Collection[str] = ()
) -> Predictions:
    """Read a file of predictions and lay it along the rows of the data.

    Args:
        path: CSV, TSV, JSON, JSON Lines, Parquet or Arrow.
        data: the data set.
        splits: those that are evaluated.
        column: the column of predictions, if its name says nothing.
        classes: further classes that a model may predict besides those of the evaluated rows: of training data.

    Raises:
        DataError: the file and the data do not fit; the message names the line.
    """
    table = results_table(path) or read_file(path)
    codes, names = data.label_codes
    here = np.unique(np.concatenate([codes[s.start : s.stop] for s in splits]))
    labels = tuple(names[c] for c in here.tolist() if c >= 0)
    mark = mark_of(names)
    said = told(table, path, sorted(single_labels(labels, mark)), column, several=bool(mark))
    lines, notes = join(data, splits, table, path)
    known = {*names, *classes, *(said.classes or ())}
    prediction = said.prediction
    if mark:
        known = single_labels(tuple(known), mark)
        prediction = _canonical(prediction, mark)
    _refuse_strangers(prediction, lines[lines >= 0], known, table, path, mark)
    values, confidence = _laid(prediction, said.confidence, lines)
    complete = said.classes or (tuple(sorted({*labels, *classes})) if classes else None)
    model = Model("predictions", path, sha256(Path(path).read_bytes()).hexdigest())
    told_so = (*table.notes, *said.notes, *notes)
    return Predictions(model, values, confidence, said.is_probability, complete, mark, told_so)


def _canonical(prediction: pl.Series, mark: str) -> pl.Series:
    """Sets of labels in one order."""
    values = prediction.unique().to_list()
    return prediction.replace_strict(values, [canonical(v, mark) for v in values], return_dtype=pl.String)


def _laid(
    prediction: pl.Series, confidence: NDArray[np.float64] | None, lines: NDArray[np.int64]
) -> tuple[pl.Series, NDArray[np.float64] | None]:
    """Values of the lines along the rows."""
    there = lines >= 0
    values = prediction.gather(np.where(there, lines, 0))
    values = values if there.all() else values.set(pl.Series(~there), None)
    return values, None if confidence is None else np.where(there, confidence[lines], np.nan)


def _refuse_strangers(  # noqa: PLR0913, PLR0917 - and words for its error
    prediction: pl.Series, lines: NDArray[np.int64], known: set[str], table: Table, path: str, mark: str | None
) -> None:
    """Refuse a predicted class that nobody knows: a misspelt class would count as an error of the model's.

    Raises:
        DataError: naming the first line, the class, and what it may be meant to be.
    """
    values = prediction.gather(lines).unique().to_list()
    single = {value: split(value, JOINED) if mark else (value,) for value in values}
    bad = [value for value, parts in single.items() if not known.issuperset(parts)]
    if not bad:
        return
    strangers = sorted({part for value in bad for part in single[value]} - known)
    first = int(prediction.is_in(bad).arg_true()[0])
    value = next(part for part in single[prediction[first]] if part not in known)
    lower = {k.strip().lower(): k for k in sorted(known)}
    near = get_close_matches(value.strip().lower(), list(lower), 1)
    guess = f"Did you mean {lower[near[0]]!r}? " if near else ""
    listed = ", ".join(sorted(known)[:LISTED]) + (", ..." if len(known) > LISTED else "")
    more = f", nor are {len(strangers) - 1:,} others" if len(strangers) > 1 else ""
    cure = (
        f"{guess}The classes are: {listed}. If the model knows classes that these rows lack, give its training data "
        "with --train, or a column of probabilities for each class"
    )
    raise DataError(f"{value!r} is no class of the data{more}", path=path, line=place(table, first), cure=cure)
