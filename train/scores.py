"""Accuracy and F1 of predictions, by their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def scores(truth: NDArray[np.int64], logits: NDArray[np.float32], *, multilabel: bool) -> dict[str, float]:
    """Accuracy, macro-F1 and micro-F1.

    Macro-F1 is the mean of F1 over the classes that stand in the truth or in the predictions; a class that is in
    neither says nothing. Of several-label data accuracy is the share of rows whose whole set is right.

    Args:
        truth: codes (n,), or 0/1 (n, classes).
        logits: (n, classes).
        multilabel: whether a row may have several labels.
    """
    classes = logits.shape[1]
    if multilabel:
        told = logits > 0
        known = truth > 0
    else:
        told = np.zeros(logits.shape, bool)
        told[np.arange(len(logits)), logits.argmax(axis=1)] = True
        known = np.zeros(logits.shape, bool)
        known[np.arange(len(logits)), truth] = True
    right = (told & known).sum(axis=0)
    sizes = told.sum(axis=0) + known.sum(axis=0)
    seen = sizes > 0
    f1 = 2 * right[seen] / sizes[seen]
    return {
        "accuracy": float((told == known).all(axis=1).mean()) if len(logits) else 0.0,
        "macro_f1": float(f1.mean()) if f1.size else 0.0,
        "micro_f1": float(2 * right.sum() / max(int(sizes.sum()), 1)) if classes else 0.0,
    }
