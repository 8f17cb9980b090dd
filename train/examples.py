"""Rows as a model learns them: texts and label codes of one split of a data set."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.dataset import TRAIN, VALIDATION
from assay.audit.errors import DataError, MissingInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset

SEPARATOR = ";"


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
    """Row numbers within the split."""
    unlabelled: int = 0
    """Rows left out because they have no label."""
    unknown: int = 0
    """Rows left out because none of their labels is in ``labels``."""

    def __len__(self) -> int:
        """How many rows."""
        return len(self.rows)

    @property
    def multilabel(self) -> bool:
        """Whether a row may have several labels."""
        return self.y.ndim > 1

    def take(self, which: NDArray[np.int64]) -> Examples:
        """Some of the rows."""
        texts = tuple(tuple(column[i] for i in which.tolist()) for column in self.texts)
        return replace(self, texts=texts, y=self.y[which], rows=self.rows[which])


def examples(data: Dataset, split: str, labels: Sequence[str] | None = None) -> Examples:
    """The labelled rows of a split.

    Args:
        data: the data set.
        split: name of the split.
        labels: the classes, if they are known from the training data; else those of this split.

    Raises:
        MissingInputError: there is no such split, or no text or label column.
    """
    part = data.split(split)
    if part is None:
        raise MissingInputError(f"no {split} data; name a file with --{split} FILE or [data] {split} in assay.toml")
    column = data.column("label")[part.start : part.stop]
    texts = [data.frame[c][part.start : part.stop].fill_null("") for c in data.roles.text]
    if not texts:
        raise MissingInputError("no text column; name one with --text COLUMN or [data] text in assay.toml")
    sets = label_sets(column) if holds_several(data.column("label")) else [_one(v) for v in column.to_list()]
    known = tuple(sorted({x for s in sets for x in s})) if labels is None else tuple(labels)
    code = {name: n for n, name in enumerate(known)}
    given = np.array([bool(s) for s in sets], bool)
    kept = np.flatnonzero([any(x in code for x in s) for s in sets])
    y: NDArray[np.int64]
    if holds_several(data.column("label")):
        y = np.zeros((len(kept), len(known)), np.int64)
        for n, row in enumerate(kept.tolist()):
            y[n, [code[x] for x in sets[row] if x in code]] = 1
    else:
        y = np.array([code[sets[row][0]] for row in kept.tolist()], np.int64)
    columns = tuple(tuple(t.gather(kept).to_list()) for t in texts)
    return Examples(columns, y, known, kept, int((~given).sum()), int(given.sum()) - len(kept))


def holds_several(column: pl.Series) -> bool:
    """Whether a label column gives rows several labels: lists, or ``a;b`` whose parts stand alone elsewhere too."""
    values = column.drop_nulls().unique().to_list()
    if values and all(v.startswith("[") and v.endswith("]") for v in values):
        return True
    joined = [v for v in values if SEPARATOR in v.strip(SEPARATOR)]
    if not joined:
        return False
    alone = {v.strip() for v in values if SEPARATOR not in v}
    parts = [p.strip() for v in joined for p in v.split(SEPARATOR) if p.strip()]
    again = {p for p in parts if parts.count(p) > 1} if len(parts) < 50_000 else set(parts)  # noqa: PLR2004 - quadratic
    return sum(p in alone or p in again for p in parts) >= len(parts) / 2


def label_sets(column: pl.Series) -> list[tuple[str, ...]]:
    """Labels of each row of a column that holds several."""
    return [_several(v) for v in column.to_list()]


def _several(value: str | None) -> tuple[str, ...]:
    if value is None or not value.strip():
        return ()
    if value.startswith("["):
        for parse in (json.loads, ast.literal_eval):
            try:
                return tuple(dict.fromkeys(str(x) for x in parse(value)))
            except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
                continue
    return tuple(dict.fromkeys(p.strip() for p in value.split(SEPARATOR) if p.strip()))


def _one(value: str | None) -> tuple[str, ...]:
    return () if value is None or not value.strip() else (value,)


def with_validation(data: Dataset, seed: int, share: float = 0.1) -> tuple[Examples, Examples | None, bool]:
    """Training and validation rows; the latter are taken from the training data where there is no validation split.

    What is alike (near-duplicates, texts that hold one another) and what has the same group stays on one side.
    Groups go to validation by the hash of their first row, spread evenly over the classes.

    Args:
        data: the data set.
        seed: another one draws another split.
        share: of the training rows, about.

    Returns:
        Training rows, validation rows (None for a share of 0), and whether validation was made here.
    """
    train = examples(data, TRAIN)
    if data.split(VALIDATION) is not None:
        return train, examples(data, VALIDATION, train.labels), False
    if not share or len(train) < 10:  # noqa: PLR2004 - nothing can be measured on one row
        return train, None, False
    group = _together(data, train)
    chosen = _draw(data, train, group, seed, share)
    held = np.isin(group, chosen)
    if held.all() or not held.any():
        return train, None, False
    return train.take(np.flatnonzero(~held)), train.take(np.flatnonzero(held)), True


def _together(data: Dataset, train: Examples) -> NDArray[np.int64]:
    """(n,) number of the set of rows that must not be parted."""
    from scipy.sparse import coo_matrix  # noqa: PLC0415 - heavy
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - heavy

    from assay.audit.features import alike  # noqa: PLC0415 - heavy

    part = data.split(TRAIN)
    if part is None:
        raise MissingInputError("no train data")
    at = train.rows + part.start
    like = alike(data).group[at]
    keys = [np.where(like >= 0, like, like.max(initial=0) + 1 + np.arange(len(at)))]
    if data.roles.group:
        values = data.column("group").gather(at)
        ranks = values.rank("dense").fill_null(0).to_numpy().astype(np.int64)
        keys.append(np.where(ranks > 0, ranks, ranks.max(initial=0) + 1 + np.arange(len(at))))
    n, offset = len(at), len(at)
    rows, columns = [], []
    for key in keys:
        _, dense = np.unique(key, return_inverse=True)
        rows.append(np.arange(n))
        columns.append(dense + offset)
        offset += int(dense.max(initial=0)) + 1
    r, c = np.concatenate(rows), np.concatenate(columns)
    _, found = connected_components(coo_matrix((np.ones(len(r), np.int8), (r, c)), shape=(offset, offset)), directed=False)
    return np.asarray(found[:n], np.int64)


def _draw(data: Dataset, train: Examples, group: NDArray[np.int64], seed: int, share: float) -> NDArray[np.int64]:
    """Groups for validation: from each class (of a group's first row) the first by hash until its share is full."""
    del data
    first: dict[int, int] = {}
    sizes = np.bincount(group)
    for row, g in enumerate(group.tolist()):
        first.setdefault(g, row)
    kinds: dict[Any, list[tuple[bytes, int]]] = {}
    for g, row in first.items():
        kind = train.y[row].tobytes() if not train.multilabel else b"*"
        text = "\0".join(column[row] for column in train.texts).encode("utf-8", "surrogatepass")
        mark = blake2b(text, digest_size=8, salt=seed.to_bytes(8, "little")).digest()
        kinds.setdefault(kind, []).append((mark, g))
    chosen: list[int] = []
    for members in kinds.values():
        total = sum(int(sizes[g]) for _, g in members)
        taken, wanted = 0, share * total
        for _, g in sorted(members)[:-1]:  # one group of each class stays in training
            if taken + sizes[g] / 2 > wanted:
                break
            if sizes[g] <= max(2 * wanted, 1):
                chosen.append(g)
                taken += int(sizes[g])
    return np.array(chosen, np.int64)


def refuse_unlearnable(train: Examples) -> None:
    """Refuse data that no classifier can learn from.

    Raises:
        DataError: no labelled rows, or one class only.
    """
    if not len(train):
        raise DataError("no labelled training rows", cure="Give labels, or name their column with --label COLUMN")
    if len(train.labels) < 2:  # noqa: PLR2004 - a choice needs two
        raise DataError(
            f"one class only: every training row is {train.labels[0]!r}",
            cure="Give rows of at least two classes, or name another column with --label COLUMN",
        )
