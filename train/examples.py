"""Rows as a model learns them: texts and label codes of one split of a data set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.dataset import TRAIN, VALIDATION
from assay.audit.errors import DataError, MissingInputError
from assay.audit.labelling.marks import separator, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset

FEWEST = 10
"""Training rows below which none is held out: nothing can be measured on one row."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Labelled rows of a split, in file order."""

    texts: tuple[tuple[str, ...], ...]
    """Text columns, each n long: one, or two for text pairs."""
    y: NDArray[np.int64]
    """Codes (n,) into ``labels``, or 0/1 (n, classes) where a row may have several."""
    labels: tuple[str, ...]
    """Names of the classes, sorted."""
    rows: NDArray[np.int64]
    """(n,) row numbers within the split."""
    unlabelled: int = 0
    """Rows left out because they have no label."""
    unknown: int = 0
    """Rows left out because a label of theirs is not in ``labels``."""
    unseen: tuple[str, ...] = ()
    """Those labels, sorted."""

    def __len__(self) -> int:
        """How many rows."""
        return len(self.rows)

    @property
    def multilabel(self) -> bool:
        """Whether a row may have several labels."""
        return self.y.ndim > 1

    @property
    def counts(self) -> NDArray[np.int64]:
        """(classes,) rows of each class."""
        if self.multilabel:
            return np.asarray(self.y.sum(axis=0), np.int64)
        return np.bincount(self.y, minlength=len(self.labels)).astype(np.int64)

    def take(self, which: NDArray[np.int64]) -> Examples:
        """Some of the rows."""
        picked = which.tolist()
        texts = tuple(tuple(column[i] for i in picked) for column in self.texts)
        return replace(self, texts=texts, y=self.y[which], rows=self.rows[which])


def examples(data: Dataset, split_name: str, labels: Sequence[str] | None = None) -> Examples:
    """The labelled rows of a split.

    Rows have several labels where the audit says so: ``a;b``, ``a|b`` or lists whose parts recur.

    Args:
        data: the data set.
        split_name: name of the split.
        labels: the classes, if they are known from the training data; else those of this split.

    Raises:
        MissingInputError: there is no such split, or no text or label column.
    """
    part = data.split(split_name)
    if part is None:
        raise MissingInputError(
            f"no {split_name} data; name a file with --{split_name} FILE or [data] {split_name} in assay.toml"
        )
    if not data.roles.text:
        raise MissingInputError("no text column; name one with --text COLUMN or [data] text in assay.toml")
    whole = data.column("label")
    mark = mark_of(data)
    sets = [_labels(value, mark) for value in whole[part.start : part.stop].to_list()]
    known = tuple(sorted({x for s in sets if s for x in s})) if labels is None else tuple(labels)
    code = {name: n for n, name in enumerate(known)}
    given = np.array([s is not None for s in sets], bool)
    unseen = {x for s in sets if s for x in s if x not in code}
    fits = np.array([s is not None and not (unseen and unseen.intersection(s)) for s in sets], bool)
    kept = np.flatnonzero(fits)
    texts = [data.frame[c][part.start : part.stop].fill_null("") for c in data.roles.text]
    columns = tuple(tuple(t.gather(kept).to_list()) for t in texts)
    y = _codes([sets[row] or () for row in kept.tolist()], code, several=bool(mark))
    left_out = int((given & ~fits).sum())
    return Examples(columns, y, known, kept, int((~given).sum()), left_out, tuple(sorted(unseen)))


def mark_of(data: Dataset) -> str:
    """What parts the labels of a row in this data set; empty where a row has one label.

    Raises:
        MissingInputError: there is no label column.
    """
    return separator(data.column("label").drop_nulls().unique().sort().to_list())


def _labels(value: str | None, mark: str) -> tuple[str, ...] | None:
    """Labels of a cell; None where it holds none. ``[]`` says that a row has none of the labels, which is known."""
    if value is None or not value.strip():
        return None
    return split(value.strip(), mark) if mark else (value,)


def _codes(sets: list[tuple[str, ...]], code: dict[str, int], *, several: bool) -> NDArray[np.int64]:
    if not several:
        return np.array([code[s[0]] for s in sets], np.int64)
    y = np.zeros((len(sets), len(code)), np.int64)
    for n, names in enumerate(sets):
        y[n, [code[x] for x in names]] = 1
    return y


def with_validation(data: Dataset, seed: int, share: float = 0.1) -> tuple[Examples, Examples | None, bool]:
    """Training and validation rows; the latter are taken from the training data where there is no validation split.

    What is alike (copies, near-copies, texts that hold one another) and what has the same group stays on one side.
    Which rows go is decided by the hash of their content, evenly over the classes; see ``parting``.

    Args:
        data: the data set.
        seed: another one draws another split.
        share: of the training rows, about.

    Returns:
        Training rows, validation rows (None for a share of 0, or where rows are too few), and whether validation was
        made here.

    Raises:
        MissingInputError: there is no train split, or no text or label column.
    """
    from assay.train import parting  # noqa: PLC0415 - it needs the rows defined here

    train = examples(data, TRAIN)
    if data.split(VALIDATION) is not None:
        held = examples(data, VALIDATION, train.labels)
        return train, held if len(held) else None, False
    if not share or len(train) < FEWEST:
        return train, None, False
    held_out = parting.hold_out(data, train, share, seed)
    if held_out.all() or not held_out.any():
        return train, None, False
    return train.take(np.flatnonzero(~held_out)), train.take(np.flatnonzero(held_out)), True


def refuse_unlearnable(train: Examples) -> None:
    """Refuse data that no classifier can learn from.

    Raises:
        DataError: no labelled rows, or one class only.
    """
    if not len(train):
        raise DataError("no labelled training rows", cure="Give labels, or name their column with --label COLUMN")
    if len(train.labels) < 2:  # noqa: PLR2004 - a choice needs two
        raise DataError(
            f"one class only: every training row is {train.labels[0] if train.labels else 'without a label'!r}",
            cure="Give rows of at least two classes, or name another column with --label COLUMN",
        )
