"""Predictions of any model, laid along the rows of a data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset, Split


@dataclass(frozen=True, slots=True)
class Model:
    """What made the predictions, as far as it is known."""

    kind: str
    """``run`` for a run folder, ``predictions`` for a file of somebody else's."""
    name: str
    """Folder or file as the user named it."""
    fingerprint: str
    """Of a run: over weights, label map and tokenizer. Of a file: sha256 of its bytes."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """Predictions, one a row of the data set's frame; null where there is none."""

    model: Model
    values: pl.Series
    """(frame rows,) predicted classes as strings."""
    confidence: NDArray[np.float64] | None
    """(frame rows,) what the model says of its prediction, NaN where there is none; None if it never says."""
    is_probability: bool
    labels: tuple[str, ...] | None
    """Every class (or single label) that the model knows, if that is known."""
    mark: str | None = None
    """What parts the labels of a row in the data, where rows have several; ``values`` are canonical sets then."""
    notes: tuple[str, ...] = ()
    """What was assumed, one sentence each."""


def evaluated_splits(data: Dataset) -> tuple[Split, ...]:
    """The splits that are evaluated: all but training and validation data, or whatever there is if they are all.

    A split without a single label, as production traffic mostly is, is left out.
    """
    splits = [s for s in data.splits if s.name not in {"train", "validation"}] or list(data.splits)
    codes = data.label_codes[0]
    return tuple(s for s in splits if (codes[s.start : s.stop] >= 0).any())
