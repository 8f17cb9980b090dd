"""Multinomial (or one-against-rest) logistic regression on frozen vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CANDIDATES = (10.0, 30.0, 100.0)
"""Inverse regularisation strengths for unit vectors."""
FEW = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A linear layer."""

    weight: NDArray[np.float32]
    """(classes, dims)"""
    bias: NDArray[np.float32]
    """(classes,)"""
    multilabel: bool
    strength: float
    """C of the fit."""

    def logits(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, classes)."""
        return np.asarray(vectors @ self.weight.T + self.bias, np.float32)

    def probabilities(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Softmax, or the logistic function of each class."""
        values = self.logits(vectors).astype(np.float64)
        if self.multilabel:
            return np.asarray(1 / (1 + np.exp(-values)), np.float32)
        shifted = np.exp(values - values.max(axis=1, keepdims=True))
        return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), np.float32)


def fit_linear(
    vectors: NDArray[np.float32], y: NDArray[Any], k: int, *, seed: int, multilabel: bool = False, C: float | None = None  # noqa: N803 - its usual name
) -> Linear:
    """Fit.

    Args:
        vectors: unit vectors (n, dims).
        y: codes (n,), or 0/1 (n, k).
        k: classes.
        seed: unused by the solver; kept for others.
        multilabel: whether a row may have several labels.
        C: inverse strength of the penalty; 30, or 100 for few rows, if not given.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy

    strength = C or (CANDIDATES[1] if len(vectors) > FEW else CANDIDATES[2])
    weight, bias = np.zeros((k, vectors.shape[1]), np.float32), np.full(k, -10.0, np.float32)
    model = LogisticRegression(C=strength, max_iter=1000, random_state=seed)
    if multilabel:
        for c in range(k):
            if 0 < y[:, c].sum() < len(y):
                model.fit(vectors, y[:, c])
                weight[c], bias[c] = model.coef_[0], model.intercept_[0]
            elif y[:, c].any():
                bias[c] = 10.0
        return Linear(weight, bias, multilabel=True, strength=strength)
    model.fit(vectors, y)
    seen = model.classes_.astype(int)
    if len(seen) == 2:  # noqa: PLR2004 - scikit-learn keeps one row for two classes
        weight[seen[1]], bias[seen[1]] = model.coef_[0], model.intercept_[0]
        weight[seen[0]], bias[seen[0]] = 0.0, 0.0
    else:
        weight[seen], bias[seen] = model.coef_, model.intercept_
    return Linear(weight, bias, multilabel=False, strength=strength)
