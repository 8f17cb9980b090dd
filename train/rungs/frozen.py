"""A linear head on vectors of a frozen encoder: see ``assay.train.linear``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.train.linear import Linear, fit_linear

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.train.examples import Examples


def predict(
    train: Examples, vectors: NDArray[np.float32], others: NDArray[np.float32], seed: int = 0
) -> NDArray[np.int64]:
    """Predictions of a linear head; see ``majority.predict``.

    Args:
        train: rows to learn from.
        vectors: their unit vectors (rows, dims).
        others: unit vectors (n, dims) of the rows to answer.
        seed: of the solver.
    """
    head = fit_linear(vectors, train.y, len(train.labels), seed=seed, multilabel=train.multilabel)
    return answers(head, others)


def answers(head: Linear, others: NDArray[np.float32]) -> NDArray[np.int64]:
    """What a head says: codes (n,), or 0/1 (n, classes)."""
    values = head.logits(others)
    return (values > 0).astype(np.int64) if head.multilabel else np.asarray(values.argmax(axis=1), np.int64)
