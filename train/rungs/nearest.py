"""The labels of the five nearest training rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.train.examples import Examples

K = 5
BLOCK = 2_048
"""Rows that are compared with all training rows at once."""


def predict(train: Examples, vectors: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.int64]:
    """Vote of the five nearest training rows by cosine, each weighing its similarity; see ``majority.predict``.

    Where rows have several labels, a label needs more than half of the vote.

    Args:
        train: rows to learn from.
        vectors: their unit vectors (rows, dims).
        others: unit vectors (n, dims) of the rows to answer.
    """
    k = min(K, len(train))
    targets = train.y if train.multilabel else None
    out: list[NDArray[Any]] = []
    for start in range(0, len(others), BLOCK):
        near = others[start : start + BLOCK] @ vectors.T
        at = np.argpartition(-near, k - 1, axis=1)[:, :k]
        weight = np.maximum(np.take_along_axis(near, at, axis=1), 1e-6).astype(np.float64)
        if targets is None:
            votes = np.zeros((len(near), len(train.labels)))
            np.add.at(votes, (np.arange(len(near))[:, None], train.y[at]), weight)
            out.append(votes.argmax(axis=1))
        else:
            share = np.einsum("nk,nkc->nc", weight / weight.sum(axis=1, keepdims=True), targets[at])
            out.append((share > 0.5).astype(np.int64))  # noqa: PLR2004 - half
    shape = (0,) if targets is None else (0, len(train.labels))
    return np.concatenate([np.zeros(shape, np.int64), *out])
