"""How surprising a number of errors is: likelihood ratios, and many claims at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_TINY = 1e-300


def likelihood_ratio(errors: ArrayLike, n: ArrayLike, expected: ArrayLike) -> Floats:
    """Log-likelihood ratio of the slice's own rate against the expected one; 0 where it is not worse.

    n * KL(errors/n || expected/n), in nats. exp(-this) bounds P(X >= errors) for every sum of independent outcomes with
    that mean (Chernoff; Hoeffding, JASA 58, 1963, theorem 1).
    """
    e, m, b = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (errors, n, expected)))
    safe = np.maximum(m, 1.0)
    q, p = e / safe, np.clip(b / safe, 1e-12, 1 - 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        wrong = np.where(q > 0, q * np.log(q / p), 0.0)
        right = np.where(q < 1, (1 - q) * np.log((1 - q) / (1 - p)), 0.0)
    return np.where((q > p) & (m > 0), m * (wrong + right), 0.0)


def holm(log_p: Floats, weights: Floats) -> Floats:
    """Adjusted p-values with weights (Holm, Scandinavian Journal of Statistics 6, 1979, section 3).

    Args:
        log_p: (claims,) logs of p-values.
        weights: (claims,) share of the error that each claim may spend. Those of all claims, with those never looked
            at, add up to at most 1.

    Returns:
        (claims,) values in 0..1; claiming those under a level is wrong at most that often about any of them.
    """
    ratio = np.asarray(log_p, np.float64) - np.log(weights)
    order = np.argsort(ratio, kind="stable")
    left = 1.0 - np.concatenate([np.zeros(1), np.cumsum(np.asarray(weights, np.float64)[order])[:-1]])
    steps = np.exp(np.minimum(ratio[order] + np.log(np.maximum(left, _TINY)), 0.0))
    out = np.empty(order.size)
    out[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return out
