"""Classes that are worse than the others' spread explains.

Every class has its own figures in the evaluation. One is a discovery only if it stands out: classes differ, and the
hardest of a hundred is always hard. The others' rates are taken as draws from a beta distribution, fitted by moments,
and the class's errors are held against what one more draw would give (beta-binomial tail; Efron and Morris, JASA 70,
1975, for the shrinkage of many rates). Few classes say little about a spread: three imaginary ones of a coefficient
of variation of a half are counted with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

IMAGINED, VARIATION = 3, 0.5
"""Imaginary classes, and the coefficient of variation that they have."""
_LEAST_RATE = 1e-4


def outlier(errors: NDArray[np.int64], sizes: NDArray[np.int64], own: int) -> tuple[float, float]:
    """How far one class is off from the others.

    Args:
        errors: (classes,) errors.
        sizes: (classes,) rows.
        own: the class.

    Returns:
        Log P(as many errors or more) under the others' spread, and the rate that the others predict.
    """
    others = (sizes > 0) & (np.arange(sizes.size) != own)
    if not others.any() or not sizes[own]:
        return 0.0, float(errors[own] / max(sizes[own], 1))
    mean, variance = _spread(errors[others].astype(np.float64), sizes[others].astype(np.float64))
    return _log_tail(int(errors[own]), int(sizes[own]), mean, variance), mean


def _spread(errors: Floats, sizes: Floats) -> tuple[float, float]:
    """Mean and variance of the rates behind counted errors, sampling noise taken out (moments)."""
    mean = max(float(errors.sum() / sizes.sum()), _LEAST_RATE)
    rates = errors / sizes
    between = float(((rates - mean) ** 2 - mean * (1 - mean) / sizes).sum())
    imagined = IMAGINED * (VARIATION * mean) ** 2
    variance = (max(between, 0.0) + imagined) / (IMAGINED + sizes.size)
    return mean, min(variance, 0.9 * mean * (1 - mean))


def _log_tail(found: int, n: int, mean: float, variance: float) -> float:
    from scipy.special import betaln, gammaln, logsumexp  # noqa: PLC0415 - heavy

    strength = mean * (1 - mean) / variance - 1
    a, b = mean * strength, (1 - mean) * strength
    k = np.arange(found, n + 1, dtype=np.float64)
    logs = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + betaln(k + a, n - k + b) - betaln(a, b)
    return min(0.0, float(logsumexp(logs)))


def grouped(errors: NDArray[np.int64], sizes: NDArray[np.int64], members: NDArray[np.bool_]) -> tuple[float, float]:
    """How far a set of whole classes (a domain) is off from a random set of as many classes.

    Within classes nothing can be compared: the statement holds for all rows of a class or none. So the classes' rates
    are compared, as if the set had been drawn from all of them without replacement (Hoeffding 1963, theorem 4: the
    bound for draws with replacement holds).

    Args:
        errors: (classes,) errors.
        sizes: (classes,) rows.
        members: (classes,) whether a class belongs to the set.

    Returns:
        Log of an upper bound of P(a sum of rates as high), and the mean rate of the others.
    """
    there = sizes > 0
    rates = errors[there] / sizes[there]
    inside = members[there]
    k = int(inside.sum())
    outside = float(errors[there][~inside].sum() / max(sizes[there][~inside].sum(), 1))
    if not 0 < k < rates.size:
        return 0.0, outside
    mean = float(rates[inside].mean())
    if mean <= rates.mean():
        return 0.0, outside
    tilt = np.linspace(0.0, 1.0, 60) ** 2 * 200.0
    logs = tilt[:, None] * (rates[None, :] - mean)
    most = logs.max(axis=1)
    moments = most + np.log(np.exp(logs - most[:, None]).mean(axis=1))
    return float(min(0.0, k * moments.min())), outside
