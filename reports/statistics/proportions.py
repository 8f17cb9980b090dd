"""Exact statistics of proportions: bounds, intervals and p-values of arrays of counts.

Clopper and Pearson, Biometrika 26 (1934): no normal approximation, so a claim at 95 % is wrong at most 5 % of the
time at every n and every truth. By simulation point thresholds, Wald and the percentile bootstrap are wrong up to
82 %, Jeffreys 13 %, Wilson 7 %.

A share of nothing has no value: where n is 0 bounds are NaN.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

ROUNDING = 1e-12
"""Slack for a tail that equals its level on paper, as 0.05 for one row at 95 %."""


def lower_bound(successes: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> Floats:
    """One-sided exact lower bounds of proportions.

    Args:
        successes: counts, any shape; fractions are allowed (the beta quantile is continuous in them).
        n: counts of trials, broadcast against ``successes``.
        confidence: probability, at least, that a bound is not over the truth.
    """
    from scipy.special import betaincinv  # noqa: PLC0415 - heavy

    x, m = np.broadcast_arrays(np.asarray(successes, np.float64), np.asarray(n, np.float64))
    out = betaincinv(np.where(x > 0, x, 1.0), np.maximum(m - x, 0) + 1.0, 1 - confidence)
    return np.where(m > 0, np.where(x > 0, out, 0.0), np.nan)


def upper_bound(successes: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> Floats:
    """One-sided exact upper bounds of proportions; see ``lower_bound``."""
    x, m = np.asarray(successes, np.float64), np.asarray(n, np.float64)
    return 1.0 - lower_bound(m - x, m, confidence)


def interval(successes: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Two-sided exact intervals: both one-sided bounds at half the error each."""
    one_sided = 1 - (1 - confidence) / 2
    return lower_bound(successes, n, one_sided), upper_bound(successes, n, one_sided)


def p_at_least(successes: ArrayLike, n: ArrayLike, share: float) -> Floats:
    """P(X >= successes) if the truth is ``share``: small where the truth is proven to be over it; 1 for n = 0."""
    from scipy.special import bdtrc  # noqa: PLC0415 - heavy

    x, m = np.broadcast_arrays(np.asarray(successes, np.int64), np.asarray(n, np.int64))
    return np.where(x > 0, bdtrc(np.maximum(x - 1, 0), np.maximum(m, 1), share), 1.0)


def p_at_most(successes: ArrayLike, n: ArrayLike, share: float) -> Floats:
    """P(X <= successes) if the truth is ``share``: small where the truth is proven to be under it; 1 for n = 0."""
    from scipy.special import bdtr  # noqa: PLC0415 - heavy

    x, m = np.broadcast_arrays(np.asarray(successes, np.int64), np.asarray(n, np.int64))
    return np.where(m > 0, bdtr(x, np.maximum(m, 1), share), 1.0)


def exactly(number: float | str) -> Fraction:
    """A threshold as the user wrote it: 0.9 is nine tenths, not the binary number next to it."""
    return Fraction(Decimal(str(number)))


def reaches(successes: int, n: int, floor: float | str) -> bool:
    """Whether a counted share is at or over a floor, in integers: 45 of 50 reaches .90.

    Raises:
        ValueError: n is 0: nothing was counted.
    """
    if n <= 0:
        raise ValueError("a share of nothing reaches no floor")
    return Fraction(int(successes), int(n)) >= exactly(floor)
