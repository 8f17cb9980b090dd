"""On which rows models are measured before anything is chosen: never the test rows.

A validation split if there is one, else folds of the training rows, else (of many rows) one part of them. What is alike
or of one group never stands on both sides, and of texts that are alike one is measured: copies prove nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.dataset import TRAIN, VALIDATION
from assay.train import parting
from assay.train.examples import Examples, examples, refuse_unlearnable

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset

MOST_ROWS = 20_000
"""Training rows that advice looks at: minutes of work, not more."""
MANY, HELD = 5_000, 0.2
"""Training rows from which on one part of them measures instead of folds, and the part."""
FOLDS = 5
ENOUGH = 100
"""Rows of a validation split that measure by themselves; fewer say too little, and folds are measured instead."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Rows to learn from and rows to answer."""

    train: Examples
    asked: Examples
    """Rows that measure."""
    parts: tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]
    """Which training rows to learn from, and which of ``asked`` to answer then; every asked row once."""
    frame: tuple[NDArray[np.int64], NDArray[np.int64]]
    """Index of the training rows and of the asked rows in the data set's frame."""
    how: str
    """In words."""
    left_out: int
    """Rows that could have measured, but have a copy that does, or share something with the training rows."""
    sampled_from: int | None = None
    """Training rows there are, where not all were looked at."""

    @property
    def learned(self) -> int:
        """Training rows of a model, on average."""
        return round(sum(len(learn) for learn, _ in self.parts) / len(self.parts))

    def predict(self, model: Callable[[Examples, Examples, NDArray[np.int64], NDArray[np.int64]], Any]) -> Any:
        """What a model says of every asked row when it learned from rows that share nothing with it.

        Args:
            model: (training rows, rows to answer, which of ``train``, which of ``asked``) -> codes.
        """
        out = np.zeros_like(self.asked.y)
        for learn, answer in self.parts:
            if len(answer):
                out[answer] = model(self.train.take(learn), self.asked.take(answer), learn, answer)
        return out


def make(data: Dataset, seed: int = 0) -> Trial:
    """Decide on which rows to measure.

    Raises:
        MissingInputError: no training data, no text or no label column.
        DataError: nothing can be learned from them.
    """
    train = examples(data, TRAIN)
    refuse_unlearnable(train)
    whole = len(train)
    if whole > MOST_ROWS:
        train = train.take(np.sort(np.random.default_rng(seed).permutation(whole)[:MOST_ROWS]))
    sampled = whole if whole > MOST_ROWS else None
    rows = parting.frame_rows(data, train)
    if data.split(VALIDATION) is not None and (trial := _by_validation(data, train, rows, sampled)):
        return trial
    distinct = _first(_alike(data)[rows])
    if len(train) < MANY:
        fold = parting.folds(data, train, FOLDS, seed)
        how = f"{FOLDS}-fold cross-validation of the training rows"
        numbers = [f for f in range(FOLDS) if (fold == f).any() and (fold != f).any()]
    else:
        fold = np.where(parting.hold_out(data, train, HELD, seed), 0, 1)
        how = f"{HELD:.0%} of the training rows, held out"
        numbers = [0]
    measured = np.flatnonzero(distinct & np.isin(fold, numbers))
    parts = tuple((np.flatnonzero(fold != f), np.flatnonzero(fold[measured] == f)) for f in numbers)
    left_out = int(np.isin(fold, numbers).sum()) - len(measured)
    return Trial(train, train.take(measured), parts, (rows, rows[measured]), how, left_out, sampled)


def _by_validation(data: Dataset, train: Examples, rows: NDArray[np.int64], sampled: int | None) -> Trial | None:
    """Measured on the validation rows that share nothing with the training rows; None if they are few."""
    held = examples(data, VALIDATION, train.labels)
    at = parting.frame_rows(data, held, VALIDATION)
    like, unit = _alike(data), parting.units(data)
    part = data.split(TRAIN)
    if part is None:
        return None
    apart = ~np.isin(unit[at], unit[part.start : part.stop])
    kept = np.flatnonzero(apart & _first(np.where(apart, like[at], -1)))
    if len(kept) < ENOUGH:
        return None
    parts = ((np.arange(len(train)), np.arange(len(kept))),)
    return Trial(train, held.take(kept), parts, (rows, at[kept]), "the validation rows", len(held) - len(kept), sampled)


def _alike(data: Dataset) -> NDArray[np.int64]:
    """(rows,) number of the texts that each row's text is alike; its own for a row like no other."""
    from assay.audit.features import alike  # noqa: PLC0415 - heavy

    group = alike(data).group
    return np.where(group >= 0, group, group.max(initial=-1) + 1 + np.arange(len(group)))


def _first(keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n,) whether each is the first of its key."""
    out = np.zeros(len(keys), bool)
    out[np.unique(keys, return_index=True)[1]] = True
    return out
