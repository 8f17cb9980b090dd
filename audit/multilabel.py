"""The one reading of rows with several labels: which separator joins them, and which labels each value holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.dataset import memoised
from assay.audit.labelling.marks import separator, split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset


@dataclass(frozen=True, slots=True, eq=False)
class MultiLabel:
    """Labels of a column whose values hold several of them."""

    separator: str
    names: tuple[str, ...]
    """Every label, sorted."""
    parts: tuple[tuple[int, ...], ...]
    """(values,) numbers of the labels in each distinct value of the column, by the value's code, ascending."""


@memoised
def multilabel(data: Dataset) -> MultiLabel | None:
    """How the label column is read where rows have several labels; None where each row has one.

    Raises:
        MissingInputError: no label column is known.
    """
    values = data.label_codes[1]
    found = separator(values)
    if not found:
        return None
    labels = [split(value, found) for value in values]
    names = tuple(sorted({label for several in labels for label in several}))
    code = {name: k for k, name in enumerate(names)}
    return MultiLabel(found, names, tuple(tuple(sorted(code[label] for label in several)) for several in labels))


def label_pairs(data: Dataset) -> tuple[NDArray[np.int64], NDArray[np.int32], tuple[str, ...]]:
    """Every label of every row: rows in ascending order, the code of a label for each, and the names of the codes.

    A row with one label stands there once, a row with several once for each, a row without any not at all.

    Raises:
        MissingInputError: no label column is known.
    """
    codes, values = data.label_codes
    rows = np.flatnonzero(codes >= 0)
    several = multilabel(data)
    if several is None:
        return rows, codes[rows], values
    sizes = np.array([len(part) for part in several.parts], np.int64)
    flat = np.array([code for part in several.parts for code in part], np.int32)
    starts = np.cumsum(sizes) - sizes
    many = sizes[codes[rows]]
    within = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
    return np.repeat(rows, many), flat[np.repeat(starts[codes[rows]], many) + within], several.names


@memoised
def label_sets(data: Dataset) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Labels as codes into names, as ``Dataset.label_codes`` has them, but ``a;b`` and ``b;a`` are one value.

    Raises:
        MissingInputError: no label column is known.
    """
    codes, values = data.label_codes
    several = multilabel(data)
    if several is None:
        return codes, values
    first: dict[tuple[int, ...], int] = {}
    same = np.array([first.setdefault(part, code) for code, part in enumerate(several.parts)], np.int32)
    return np.where(codes < 0, np.int32(-1), same[codes]).astype(np.int32), values


def share_label(data: Dataset, left: NDArray[np.int32], right: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether two values of the label column have a label in common.

    Args:
        data: the dataset.
        left: (n,) codes of values, none of them -1.
        right: (n,) codes to compare them with.
    """
    several = multilabel(data)
    if several is None:
        same: NDArray[np.bool_] = left == right
        return same
    sets = [set(part) for part in several.parts]
    pairs = zip(left.tolist(), right.tolist(), strict=True)
    return np.fromiter((not sets[a].isdisjoint(sets[b]) for a, b in pairs), np.bool_, left.size)
