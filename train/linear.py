"""A linear head on frozen vectors: logistic regression after evening out the spread within classes.

Vectors of an encoder vary more along some directions than along others, whatever the class; there a penalised
regression looks first. Dividing by the spread within classes (WCCN, Hatch, Kajarekar and Stolcke 2006, "Within-class
covariance normalization for SVM-based speaker recognition"), shrunk towards an even spread the fewer rows there are,
takes BANKING77 from .9305 to .935, and from .850 to .855 with ten rows a class. The map is linear, so what comes out is
still one linear layer on the encoder's own vectors.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

STRONGEST, WEAKEST, ROWS = 10.0, 30.0, 24_000.0
"""Inverse strength of the penalty (scikit-learn's C) for vectors of length 1 on average: ROWS / n within 10..30, that
is 30 up to 800 rows and 10 from 2,400 on. Accuracy is flat from half to twice that."""
SHRINK = 4_000.0
"""Rows that the even spread counts for, beside the rows seen; flat from 2,000 to 8,000."""
NAMED = 1 / 3
"""Share of training rows that lie nearest to the name of their class, from which on names count as rows."""
SURE = 10.0
"""Logit of a label that every row has, or none."""


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A linear layer."""

    weight: Floats
    """(classes, dims)"""
    bias: Floats
    """(classes,)"""
    multilabel: bool
    strength: float
    """C of the fit."""

    def logits(self, vectors: Floats) -> Floats:
        """(n, classes)."""
        return np.asarray(vectors @ self.weight.T + self.bias, np.float32)

    def probabilities(self, vectors: Floats) -> Floats:
        """(n, classes): softmax, or the logistic function of each class where a row may have several."""
        values = self.logits(vectors).astype(np.float64)
        if self.multilabel:
            return np.asarray(1 / (1 + np.exp(-values)), np.float32)
        shifted = np.exp(values - values.max(axis=1, keepdims=True))
        return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), np.float32)


def fit_linear(  # noqa: PLR0913 - of a call
    vectors: Floats,
    y: NDArray[Any],
    k: int,
    *,
    seed: int = 0,
    multilabel: bool = False,
    C: float | None = None,  # noqa: N803 - its usual name
    names: Floats | None = None,
) -> Linear:
    """Fit a linear head; the same vectors give the same head.

    Args:
        vectors: float32 (n, dims) of unit length.
        y: codes (n,), or 0/1 (n, k) where a row may have several labels.
        k: classes; those without a row get a head that is never chosen.
        seed: of the solver (L-BFGS draws nothing; kept for the record).
        multilabel: whether a row may have several labels: then one regression a label, on the vectors as they are.
        C: inverse strength of the penalty; 30 for few rows falling to 10 for many if not given; 30 where rows
            have several labels.
        names: (k, dims) vectors of the classes' names; one row more a class, if names tell these classes apart
            (.855 becomes .860 with ten rows a class on BANKING77).

    Raises:
        ValueError: there are no rows.
    """
    if not len(vectors):
        raise ValueError("no rows to fit a head on")
    strength = C or (WEAKEST if multilabel else min(max(ROWS / len(vectors), STRONGEST), WEAKEST))
    if multilabel:
        return _one_by_one(vectors, y, k, strength, seed)
    codes = np.asarray(y, np.int64)
    if names is not None and names_tell(vectors, codes, names):
        vectors, codes = np.concatenate([vectors, names]), np.concatenate([codes, np.arange(k)])
    return _jointly(vectors, codes, k, strength, seed)


def names_tell(vectors: Floats, codes: NDArray[np.int64], names: Floats) -> bool:
    """Whether the names of the classes mean something to the encoder: many rows lie nearest to their own."""
    return bool((nearest_name(vectors, names) == codes).mean() >= NAMED) and len(names) > 1


def nearest_name(vectors: Floats, names: Floats) -> NDArray[np.int64]:
    """(n,) class whose name is nearest by cosine; of equals the first."""
    return np.asarray((vectors @ names.T).argmax(axis=1), np.int64)


def _jointly(vectors: Floats, codes: NDArray[np.int64], k: int, strength: float, seed: int) -> Linear:
    """Multinomial regression on evened-out vectors, told as a layer on the vectors themselves."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy

    weight, bias = np.zeros((k, vectors.shape[1])), np.full(k, -2 * SURE)
    seen = np.unique(codes)
    if seen.size == 1:
        bias[seen] = 0.0
        return Linear(weight.astype(np.float32), bias.astype(np.float32), multilabel=False, strength=strength)
    even = _even(vectors, codes)
    model = LogisticRegression(C=strength, max_iter=1000, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)  # few rows a class are no secret
        model.fit(vectors @ even, codes)
    found, shift = model.coef_, model.intercept_
    if seen.size == 2:  # noqa: PLR2004 - scikit-learn tells two classes by one row: the second against the first
        found, shift = np.concatenate([-found, found]) / 2, np.concatenate([-shift, shift]) / 2
    weight[seen] = found.astype(np.float64) @ even.T.astype(np.float64)
    bias[seen] = shift
    bias[np.setdiff1d(np.arange(k), seen)] += bias[seen].min()
    return Linear(weight.astype(np.float32), bias.astype(np.float32), multilabel=False, strength=strength)


def _even(vectors: Floats, codes: NDArray[np.int64]) -> Floats:
    """(dims, dims) map after which rows spread evenly within their classes; mean length of the rows stays 1.

    The spread is shrunk as if ``SHRINK`` more rows had been seen to spread evenly.
    """
    classes, of = np.unique(codes, return_inverse=True)
    sums = np.zeros((classes.size, vectors.shape[1]))
    np.add.at(sums, of, vectors)
    apart = vectors - (sums / np.bincount(of)[:, None])[of]
    free = max(len(vectors) - classes.size, 0)
    spread = apart.T @ apart / max(free, 1)
    level = np.trace(spread) / len(spread)
    if not level > 0:  # one row a class, or copies only
        return np.eye(vectors.shape[1], dtype=np.float32)
    spread = (free * spread + SHRINK * level * np.eye(len(spread))) / (free + SHRINK)
    # Any root will do, for the penalty does not see a turn of the axes; Cholesky's is the cheapest.
    even = np.linalg.inv(np.linalg.cholesky(spread)).T
    length = np.linalg.norm(vectors @ even, axis=1).mean()
    return np.asarray(even / length, np.float32)


def _one_by_one(vectors: Floats, y: NDArray[Any], k: int, strength: float, seed: int) -> Linear:
    """One regression for each label that some rows have and others lack."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy

    weight, bias = np.zeros((k, vectors.shape[1]), np.float32), np.full(k, -SURE, np.float32)
    model = LogisticRegression(C=strength, max_iter=1000, random_state=seed)
    for c in range(k):
        count = int(y[:, c].sum())
        if 0 < count < len(y):
            model.fit(vectors, y[:, c])
            weight[c], bias[c] = model.coef_[0], model.intercept_[0]
        elif count:
            bias[c] = SURE
    return Linear(weight, bias, multilabel=True, strength=strength)
