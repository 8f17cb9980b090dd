"""Which rows of an evaluated set stand for one: copies are one trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset, Split
    from assay.reports.evaluation.audited import Audited


class Groups(NamedTuple):
    """A cluster number for every row of the frame, and who says so."""

    of: NDArray[np.int64]
    """(frame rows,) equal for rows that stand for one."""
    source: str
    """``audit`` or ``equal texts``."""


def groups(data: Dataset, splits: tuple[Split, ...], audited: Audited | None) -> Groups:
    """The clusters of the evaluated splits.

    An audit of exactly these rows knows the near-duplicates. Without one, texts are one that are equal but for case,
    white space, punctuation and Unicode forms; more is not claimed without being shown.
    """
    known = audited.duplicate_groups(data, splits) if audited else None
    return Groups(equal_texts(data), "equal texts") if known is None else Groups(known, "audit")


def equal_texts(data: Dataset) -> NDArray[np.int64]:
    """(frame rows,) numbers that are equal for texts that are equal after folding; an empty text is like no other."""
    text = data.text
    folded = text.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"[\p{P}\s]+", " ").str.strip_chars()
    said = folded.set(folded == "", None).fill_null(text)
    out: NDArray[np.int64] = said.cast(pl.Categorical).to_physical().cast(pl.Int64).to_numpy(allow_copy=True).copy()
    empty = np.flatnonzero((said.str.strip_chars() == "").to_numpy())
    out[empty] = -1 - empty
    return out
