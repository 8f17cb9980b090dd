"""How surprising a number of errors is: likelihood ratios, bounds of tails, exact tails, many claims at once.

The null hypothesis of a slice: within every class, errors fall on its rows as on any others. Given the rows and errors
of each class, the slice's errors are then a sum of independent hypergeometric counts (the exact conditional test of
Mantel and Haenszel, JNCI 22, 1959; Mehta, Patel and Gray, JASA 80, 1985), whatever the classes' own error rates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

MOST_EXACT = 4_000
"""Rows of a slice up to which the exact tail is computed; of a larger slice its upper bound is taken."""
_SPREAD = 12.0
"""Standard deviations around its mean within which a class's count is followed: what is left out is under 1e-30."""
_TINY = 1e-300


def likelihood_ratio(errors: ArrayLike, n: ArrayLike, expected: ArrayLike) -> Floats:
    """Log-likelihood ratio of the slice's own rate against the expected one; 0 where it is not worse.

    n * KL(errors/n || expected/n), in nats. exp(-this) bounds P(X >= errors) for every sum of independent outcomes, and
    of draws without replacement, with that mean (Chernoff; Hoeffding, JASA 58, 1963, theorems 1 and 4).
    """
    e, m, b = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (errors, n, expected)))
    safe = np.maximum(m, 1.0)
    q, p = e / safe, np.clip(b / safe, 1e-12, 1 - 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        wrong = np.where(q > 0, q * np.log(q / p), 0.0)
        right = np.where(q < 1, (1 - q) * np.log((1 - q) / (1 - p)), 0.0)
    return np.where((q > p) & (m > 0), m * (wrong + right), 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """Classes with their rows and errors, and the class of every row."""

    of: NDArray[np.int64]
    """(rows,)"""
    wrong: NDArray[np.bool_]
    """(rows,)"""
    alive: NDArray[np.bool_]
    """(rows,) rows that count."""

    @property
    def sizes(self) -> NDArray[np.int64]:
        """(classes,) rows that count."""
        return np.bincount(self.of[self.alive], minlength=int(self.of.max(initial=-1)) + 1)

    @property
    def errors(self) -> NDArray[np.int64]:
        """(classes,) errors that count."""
        return np.bincount(self.of[self.alive & self.wrong], minlength=int(self.of.max(initial=-1)) + 1)

    def rates(self) -> Floats:
        """(classes,) error rate; 0 for a class without rows."""
        return self.errors / np.maximum(self.sizes, 1)

    def expectation(self) -> Floats:
        """(rows,) chance of an error as the row's class has it; 0 for rows that do not count."""
        return np.where(self.alive, self.rates()[self.of], 0.0)

    def without(self, rows: NDArray[np.int32]) -> Strata:
        """The same without some rows."""
        alive = self.alive.copy()
        alive[rows] = False
        return Strata(self.of, self.wrong, alive)

    def log_p(self, rows: NDArray[np.int32], enough: float = -np.inf) -> float:
        """Log of P(as many errors or more), exact for slices up to ``MOST_EXACT`` rows, else an upper bound.

        Args:
            rows: rows of the slice; those that do not count are left out.
            enough: where the upper bound is below this, it is returned at once.
        """
        inside = rows[self.alive[rows]]
        own = np.bincount(self.of[inside], minlength=self.sizes.size)
        sizes, errors = self.sizes, self.errors
        found = int(self.wrong[inside].sum())
        bound = -float(likelihood_ratio(found, inside.size, float((own * errors / np.maximum(sizes, 1)).sum())))
        if bound <= enough or inside.size > MOST_EXACT or bound == 0:
            return bound
        touched = np.flatnonzero((own > 0) & (errors > 0))
        return min(0.0, log_tail(found, own[touched], sizes[touched], errors[touched]))


def log_tail(found: int, own: NDArray[np.int64], sizes: NDArray[np.int64], errors: NDArray[np.int64]) -> float:
    """Log P(X >= found) for X the sum over classes of hypergeometric counts.

    Args:
        found: errors in the slice.
        own: (classes,) its rows.
        sizes: (classes,) rows of the class.
        errors: (classes,) errors of the class.
    """
    mass, first = np.ones(1), 0
    for n, total, wrong in zip(own.tolist(), sizes.tolist(), errors.tolist(), strict=True):
        low, chances = _hypergeometric(n, total, wrong)
        first += low
        mass = np.convolve(mass, chances)
    at = found - first
    if at >= mass.size:
        return -np.inf
    tail = float(mass[max(at, 0) :].sum())
    # Where the tail is lost in rounding, the bound is as good.
    return float(np.log(tail)) if tail > _TINY else -np.inf


def _hypergeometric(n: int, total: int, wrong: int) -> tuple[int, Floats]:
    """First count and the chances of it and those after it."""
    from scipy.special import gammaln  # noqa: PLC0415 - heavy

    mean = n * wrong / total
    spread = _SPREAD * np.sqrt(max(mean * (1 - wrong / total), 1.0)) + _SPREAD
    low = max(0, n - (total - wrong), int(mean - spread))
    high = min(n, wrong, int(mean + spread) + 1)
    k = np.arange(low, high + 1, dtype=np.float64)

    def choose(m: float, x: Floats) -> Floats:
        out: Floats = gammaln(m + 1) - gammaln(x + 1) - gammaln(m - x + 1)
        return out

    logs = choose(wrong, k) + choose(total - wrong, n - k)
    chances = np.exp(logs - logs.max())
    return low, chances / chances.sum()


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
