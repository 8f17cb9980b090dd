"""Which rows of an evaluated set stand for one: near-duplicates are one trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from assay.audit.features import alike

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset, Split
    from assay.reports.evaluation.audited import Audited

MOST = 200_000
"""Rows of evaluated data up to which near-duplicates are looked for where no audit knows them: 3 seconds."""


class Groups(NamedTuple):
    """A cluster number for every row of the frame, and who says so."""

    of: NDArray[np.int64]
    """(frame rows,) equal for rows that stand for one."""
    source: str
    """``audit``, ``near-duplicates`` or ``equal texts``."""


def groups(data: Dataset, splits: tuple[Split, ...], audited: Audited | None) -> Groups:
    """The clusters of the evaluated splits.

    An audit of exactly these rows knows them. Else near-duplicates are looked for, as the audit does; among more
    than ``MOST`` rows only texts that are equal but for case and white space.
    """
    known = audited.duplicate_groups(data, splits) if audited else None
    if known is not None:
        return Groups(known, "audit")
    if sum(s.rows for s in splits) <= MOST and len(data) <= MOST:
        return Groups(alike(data).found.group.astype(np.int64), "near-duplicates")
    return Groups(equal_texts(data), "equal texts")


def equal_texts(data: Dataset) -> NDArray[np.int64]:
    """First row with the same text but for case and white space, for every row; empty texts stand for themselves."""
    from assay.audit.lexical.hashing import hash_rows  # noqa: PLC0415 - kernels

    text = data.text.str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    keys = hash_rows([text])
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    out: NDArray[np.int64] = first[inverse].astype(np.int64)
    empty = (text == "").to_numpy()
    out[empty] = np.flatnonzero(empty)
    return out
