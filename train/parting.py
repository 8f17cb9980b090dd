"""Parts of the training data that share nothing: a validation set, or folds for cross-validation.

The same rules as ``assay split``: what is alike or has the same group stays together, classes are spread evenly, and a
row's place follows from the hash of its content and the seed, so that rows that are added move no others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.audit.dataset import TRAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset
    from assay.train.examples import Examples

SMALL_CLASS = 4
"""Units of a class below which none is held out: what remains would be too few to learn from."""


def hold_out(data: Dataset, train: Examples, share: float, seed: int) -> NDArray[np.bool_]:
    """(n,) which training rows to hold out: about ``share`` of them, none of what is alike on both sides.

    Args:
        data: the data set.
        train: its labelled training rows.
        share: of the rows.
        seed: another one draws another split.
    """
    part = parts(data, train, (share, 1 - share), seed)
    held = part == 0
    codes = main_label(train)
    root = together(data, train)
    held_units = np.zeros(len(train.labels) + 1, np.int64)
    for code in np.unique(codes[held]).tolist():
        held_units[code] = np.unique(root[codes == code]).size
    return np.asarray(held & (held_units[codes] >= SMALL_CLASS))


def folds(data: Dataset, train: Examples, count: int, seed: int) -> NDArray[np.int64]:
    """(n,) fold of each training row, 0 to ``count`` - 1; what is alike or of one group is in one fold."""
    return parts(data, train, (1 / count,) * count, seed)


def parts(data: Dataset, train: Examples, shares: Sequence[float], seed: int) -> NDArray[np.int64]:
    """(n,) part of each training row; parts have about those shares of the rows of every class."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - heavy

    from assay.audit.splitting.assign import assign  # noqa: PLC0415 - heavy
    from assay.audit.splitting.units import Units, scattered  # noqa: PLC0415 - heavy

    _, of = np.unique(together(data, train), return_inverse=True)
    count = int(of.max()) + 1
    codes = main_label(train)
    smallest = np.full(count, np.iinfo(np.uint64).max, np.uint64)
    np.minimum.at(smallest, of, data.hashes(frame_rows(data, train)))
    holds = csr_matrix((np.ones(len(of)), (of, codes)), shape=(count, len(train.labels) + 1))
    label = np.asarray(holds.argmax(axis=1), np.int64).ravel()
    size = np.bincount(of, minlength=count)
    made = Units(of, size, scattered(smallest, seed), label, (*train.labels, ""), holds, 0)
    return assign(made, shares, seed)[of]


def together(data: Dataset, train: Examples) -> NDArray[np.int64]:
    """(n,) a row that stands for the unit of each training row; see ``units``."""
    return units(data)[frame_rows(data, train)]


def units(data: Dataset) -> NDArray[np.int64]:
    """(rows of all splits,) a row that stands for each row's unit: what is alike or has the same group, link by link.

    Placeholders in the group column ("unknown") and a group that most rows have link nothing, as in LEK004.
    """
    from assay.audit.lexical.verify import SIMILARITY  # noqa: PLC0415 - heavy
    from assay.audit.splitting.together import find_links  # noqa: PLC0415 - heavy

    key = ("together", "training")
    if key not in data.memo:
        data.memo[key] = find_links(data, similarity=SIMILARITY, meaning=False, options={}).units()
    root: NDArray[np.int64] = data.memo[key]
    return root


def frame_rows(data: Dataset, rows: Examples, split: str = TRAIN) -> NDArray[np.int64]:
    """(n,) index of the rows in the data set's frame."""
    part = data.split(split)
    return rows.rows + (part.start if part else 0)


def main_label(rows: Examples) -> NDArray[np.int64]:
    """(n,) one label of each row to spread evenly: of several the rarest; the number of labels for none."""
    if not rows.multilabel:
        return rows.y
    size = np.where(rows.y > 0, rows.counts[None, :], np.iinfo(np.int64).max)
    return np.where(rows.y.any(axis=1), size.argmin(axis=1), len(rows.labels)).astype(np.int64)
