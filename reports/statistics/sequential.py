"""Looking again and again at a test set that grows.

Exact bounds at each of 50 looks promote a model at the edge 21 % of the time, naive thresholds 95 %. An e-process is a
wager against "not good enough" that cannot be expected to gain if the claim is true: it exceeds 1/alpha, at any look
ever, with probability alpha at most (Ville 1939; Ramdas et al., Statistical Science 38, 2023).

The wager is spread evenly over all better truths q: E = mean over q in (floor, 1) of q^x (1-q)^f / floor^x (1-floor)^f
for x right and f wrong rows, which is an incomplete beta function. Only the current counts enter: looks need not be
remembered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_STEPS = 50
_LEAST = -745.0
"""Logarithm of the smallest double."""


def log_e_over(right: ArrayLike, n: ArrayLike, floor: ArrayLike) -> Floats:
    """Logarithm of the evidence that the truth is over the floor; 0 for no rows."""
    from scipy.special import betaincc, betaln, xlog1py, xlogy  # noqa: PLC0415 - heavy

    x = np.asarray(right, np.float64)
    f, at = np.asarray(n, np.float64) - x, np.asarray(floor, np.float64)
    tail = betaincc(x + 1, f + 1, at)
    won = betaln(x + 1, f + 1) + np.log(np.maximum(tail, 5e-324)) - np.log1p(-at)
    out: Floats = won - xlogy(x, at) - xlog1py(f, -at)
    # A tail too small for a double is a lost wager; its exact size does not matter.
    return np.where(tail > 0, out, _LEAST)


def log_e_under(right: ArrayLike, n: ArrayLike, floor: ArrayLike) -> Floats:
    """Logarithm of the evidence that the truth is under the floor: the same wager on wrong rows."""
    right, n = np.asarray(right, np.float64), np.asarray(n, np.float64)
    return log_e_over(n - right, n, 1 - np.asarray(floor, np.float64))


def p_at_least(right: ArrayLike, n: ArrayLike, floor: float) -> Floats:
    """P-values that stay valid at every look: 1/E, at most 1."""
    return np.exp(-np.maximum(log_e_over(right, n, floor), 0))


def p_at_most(right: ArrayLike, n: ArrayLike, floor: float) -> Floats:
    """P-values of the other side."""
    return np.exp(-np.maximum(log_e_under(right, n, floor), 0))


def lower_bound(right: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> Floats:
    """Lower end of a confidence sequence: all bounds of all looks hold together with this confidence; NaN for n = 0."""
    x, m = np.broadcast_arrays(np.asarray(right, np.float64), np.asarray(n, np.float64))
    needed = -np.log(1 - confidence)
    low, high = np.full(x.shape, 1e-12), np.clip(x / np.maximum(m, 1), 1e-12, 1 - 1e-12)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        proven = log_e_over(x, m, middle) >= needed
        low, high = np.where(proven, middle, low), np.where(proven, high, middle)
    return np.where(m > 0, np.where(low > 1e-11, low, 0.0), np.nan)  # noqa: PLR2004 - where the search began


def upper_bound(right: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> Floats:
    """Upper end of a confidence sequence."""
    return 1 - lower_bound(np.subtract(n, right), n, confidence)
