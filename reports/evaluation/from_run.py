"""Predictions of a model that `assay train` made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.reports.evaluation.labelsets import JOINED, mark_of, single_labels
from assay.reports.evaluation.predictions import Model, Predictions
from assay.train.run import load_run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assay.audit.dataset import Dataset, Split


def predictions_of_run(path: str, data: Dataset, splits: tuple[Split, ...]) -> Predictions:
    """Let a run predict the evaluated splits.

    Raises:
        DataError: no finished run is there, a file of it was changed, or it reads another number of text columns.
        ConfigError: the libraries or the base model are not here.
    """
    run = load_run(path)
    index = np.concatenate([np.arange(s.start, s.stop, dtype=np.int64) for s in splits])
    said = run.predict(read_texts(data, index))
    values = pl.Series("prediction", [None], dtype=pl.String).new_from_index(0, len(data))
    several = [JOINED.join(sorted(one)) for one in said.sets] if said.sets is not None else None
    values = values.scatter(index, several if several is not None else list(said.labels))
    confidence = np.full(len(data), np.nan)
    confidence[index] = said.probabilities.max(axis=1)
    model = Model("run", path, run.fingerprint)
    mark = (mark_of(data.label_codes[1]) or JOINED) if run.multilabel else None
    unknown = sorted(single_labels(data.label_codes[1], mark) - set(run.labels))
    notes = (
        (f"the model does not know {', '.join(map(repr, unknown[:5]))}: rows of it count as errors",) if unknown else ()
    )
    sure = None if several is not None else confidence
    return Predictions(model, values, sure, sure is not None, tuple(run.labels), mark, notes)


def read_texts(
    data: Dataset, index: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> Sequence[str] | list[tuple[str, ...]]:
    """Texts of rows: strings, or tuples where a row has several text columns."""
    if len(data.roles.text) == 1:
        return data.text.gather(index).to_list()
    frame = data.frame.select(pl.col(list(data.roles.text)).fill_null(""))
    return frame[index].rows()


def predictor(path: str) -> Callable[[Sequence[str]], Sequence[str]]:
    """The run as a function from texts to labels."""
    run = load_run(path)
    return lambda texts: run.predict(list(texts)).labels
