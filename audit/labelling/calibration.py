"""Scores as probabilities: softmax with a temperature fitted on out-of-sample scores."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_STEP = 0.02  # of the temperature's logarithm: finer ones change no ranking
_DIGITS = 10  # of losses: what is compared must not differ by the rounding of one processor


def log_softmax(scores: NDArray[np.float64], scale: float = 1.0) -> NDArray[np.float64]:
    """Logarithms of softmax probabilities over classes.

    Args:
        scores: (rows, classes).
        scale: inverse temperature.

    Returns:
        (rows, classes).
    """
    out: NDArray[np.float64] = (scores - scores.max(axis=1, keepdims=True)) * scale
    out -= np.log(np.exp(out).sum(axis=1, keepdims=True))
    return out


def fit_scale(
    scores: NDArray[np.float64],
    codes: NDArray[np.intp],
    low: float = -3.0,
    high: float = 6.0,
    transition: NDArray[np.float64] | None = None,
) -> tuple[float, float]:
    """Inverse temperature that makes the labels likeliest (Guo et al. 2017, arXiv 1706.04599).

    Args:
        scores: (rows, classes) out-of-sample scores.
        codes: (rows,) label of each row.
        low: smallest logarithm of the scale.
        high: largest one.
        transition: (classes, classes) chance of each label by true class; with it the probabilities are of the
            true class, and explain the labels through it (forward correction, Patrini et al. 2017, arXiv 1609.03683).

    Returns:
        The scale, and the mean negative log-likelihood there (nats).
    """
    shifted = scores - scores.max(axis=1, keepdims=True)
    own = shifted[np.arange(codes.size), codes]
    column = None if transition is None else transition.T[codes]

    def loss(exponent: float) -> float:
        scale = math.exp(exponent)
        chances = np.exp(scale * shifted)
        total = np.log(chances.sum(axis=1))
        if column is None:
            return round(float((total - scale * own).mean()), _DIGITS)
        named = np.maximum(np.einsum("ij,ij->i", chances, column), 1e-300)
        return round(float((total - np.log(named)).mean()), _DIGITS)

    exponent, lowest = _golden(loss, low, high)
    return math.exp(exponent), lowest


def _golden(loss: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Golden-section search for the lowest point of a function with one valley."""
    ratio = (math.sqrt(5) - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = loss(left), loss(right)
    while high - low > _STEP:
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = loss(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = loss(right)
    return (left, at_left) if at_left <= at_right else (right, at_right)
