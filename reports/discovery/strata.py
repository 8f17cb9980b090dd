"""What a slice's class mix predicts of its errors, and how likely it is that luck made as many.

Classes differ, and each has its own error rate: a slice of hard classes is no news. The rates are taken as draws from
one beta distribution, fitted by moments to the rows outside of the slice (Efron and Morris, JASA 70, 1975). Of each
class, the rows outside of the slice then say what to expect of those inside (a beta-binomial count; Gelman et al.,
Bayesian Data Analysis, section 2.4), and a class without rows outside is expected to be as the other classes are.
So one test serves all slices: a word, which most classes have in some rows, is held against the same classes' other
rows; a class against the spread of the others; a domain against as many other classes. Its tail is computed exactly,
by convolving the counts of the classes.

Few classes say little about a spread: three imaginary ones, of a coefficient of variation of .75, count with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from assay.reports.discovery.evidence import likelihood_ratio

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

LEAST_LIFT = 1.25
"""Times the expected rate that a slice fails at least: with a million rows less is proven, and is no news."""
LEAST_ERRORS = 5
"""Errors that a slice has at least."""
MOST_EXACT = 6_000
"""Rows of a slice that are tested; of a larger one so many, evenly spread."""
IMAGINED, VARIATION = 3, 0.75
"""Imaginary classes, and the coefficient of variation that they have."""
_LEAST_RATE = 1e-4
_TINY = 1e-290
LOWEST = float(np.log(_TINY))
"""Log of the smallest p-value told."""


_NODES = (
    (-1.0, 0.3085),
    (0.0, 0.3829),
    (1.0, 0.2417),
    (2.0, 0.0606),
    (3.0, 5.98e-3),
    (4.0, 2.29e-4),
    (5.0, 3.38e-6),
    (6.0, 1.92e-8),
)
"""Standard errors off the mean, and the chance of each in steps of one (all below -1/2 together)."""
_SURE = 0.1
"""Share of luck's spread that an error of the mean makes at least, to be looked at."""


class Prior(NamedTuple):
    """A beta distribution of error rates."""

    mean: Floats
    """Scalars, or (slices, 1)."""
    strength: Floats
    """Imaginary rows that the mean weighs: a + b."""
    error: Floats
    """Standard error of the mean."""


@dataclass(frozen=True, eq=False)
class Strata:
    """Classes with their rows and errors."""

    of: NDArray[np.int64]
    """(rows,) class of each row."""
    wrong: NDArray[np.bool_]
    """(rows,)"""
    alive: NDArray[np.bool_]
    """(rows,) rows that count: those of slices found before do not."""

    @cached_property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.of.max(initial=-1)) + 1

    @cached_property
    def sizes(self) -> Counts:
        """(classes,) rows that count."""
        return np.bincount(self.of[self.alive], minlength=self.classes)

    @cached_property
    def errors(self) -> Counts:
        """(classes,) errors that count."""
        return np.bincount(self.of[self.alive & self.wrong], minlength=self.classes)

    @cached_property
    def rate(self) -> float:
        """Error rate of all rows that count."""
        return float(self.errors.sum() / max(self.sizes.sum(), 1))

    def without(self, rows: NDArray[np.int32]) -> Strata:
        """The same without some rows."""
        alive = self.alive.copy()
        alive[rows] = False
        return Strata(self.of, self.wrong, alive)

    def counts(self, rows: NDArray[np.int32]) -> tuple[Counts, Counts]:
        """(classes,) rows and errors of a slice, among rows that count."""
        inside = rows[self.alive[rows]]
        own = np.bincount(self.of[inside], minlength=self.classes)
        return own, np.bincount(self.of[inside[self.wrong[inside]]], minlength=self.classes)

    def totals(self, slices: Iterable[NDArray[np.int32]]) -> tuple[Counts, Counts]:
        """(slices,) rows and errors of each, among rows that count."""
        told = [((inside := rows[self.alive[rows]]).size, np.count_nonzero(self.wrong[inside])) for rows in slices]
        table = np.array(told, np.int64).reshape(-1, 2)
        return table[:, 0], table[:, 1]

    def moments(self, own: Counts, wrong: Counts) -> tuple[Floats, Floats]:
        """Mean and variance of the errors that luck gives slices.

        Args:
            own: (slices, classes) rows of the slices.
            wrong: (slices, classes) their errors.
        """
        mean, strength, shift = self._posterior(own, wrong)
        spread = own * mean * (1 - mean) * (strength + own) / (strength + 1)
        return (own * mean).sum(axis=-1), spread.sum(axis=-1) + (own * shift).sum(axis=-1) ** 2

    def predicted(self, rows: NDArray[np.int32]) -> float:
        """Error rate that is expected of a slice."""
        own, wrong = self.counts(rows)
        return float(self.moments(own[None], wrong[None])[0][0] / max(own.sum(), 1))

    def provable(self, own: Counts, wrong: Counts, limit: float | Floats) -> NDArray[np.bool_]:
        """(slices,) whether a slice's errors are worth a tail: it may be as small as a limit.

        A tail is no smaller than a binomial one of the same mean, and that is at least exp(-KL) / sqrt(8 n) (Ash,
        Information Theory, lemma 4.7.2).

        Args:
            own: (slices, classes) rows.
            wrong: (slices, classes) errors.
            limit: log of the p-value; one, or (slices,).
        """
        mean, _ = self.moments(own, wrong)
        n, errors = own.sum(axis=-1), wrong.sum(axis=-1)
        slack = np.log(8.0 * np.maximum(n, 1)) / 2 + 1  # and the mean is about right with a chance of exp(-1)
        out: NDArray[np.bool_] = likelihood_ratio(errors, n, mean) + slack >= -limit
        out &= (errors >= LEAST_ERRORS) & (errors >= LEAST_LIFT * mean)
        return out

    def log_p(self, rows: NDArray[np.int32]) -> float:
        """Log of P(as many errors or more in these rows by luck)."""
        inside = rows[self.alive[rows]]
        tested = inside if inside.size <= MOST_EXACT else inside[:: -(-inside.size // MOST_EXACT)]
        whole, whole_wrong = self.counts(inside)
        own, wrong = self.counts(tested)
        touched = np.flatnonzero(own)
        mean, strength, shift = (x[0][touched] for x in self._posterior(whole[None], whole_wrong[None]))
        found, own = int(wrong.sum()), own[touched]
        spread = np.sqrt((own * mean * (1 - mean) * (strength + own) / (strength + 1)).sum())
        if (own * shift).sum() <= _SURE * spread:
            return log_tail(found, own, mean, strength)
        # The others' mean is known only so well, and an error of it is one of all classes: a large slice would be told
        # of for what is luck outside of it.
        tails = [
            np.log(chance) + log_tail(found, own, np.clip(mean + off * shift, 1e-6, 1 - 1e-6), strength)
            for off, chance in _NODES
        ]
        return float(min(0.0, np.logaddexp.reduce(tails)))

    def _posterior(self, own: Counts, wrong: Counts) -> tuple[Floats, Floats, Floats]:
        """(slices, classes) expected rate in the slice, the weight of what it rests on, and its common error."""
        outside, outside_wrong = self.sizes - own, self.errors - wrong
        prior = fit(outside_wrong, outside)
        strength = prior.strength + outside
        error = prior.strength * prior.error / strength
        return (prior.strength * prior.mean + outside_wrong) / strength, strength, error


def fit(errors: Counts, sizes: Counts) -> Prior:
    """The beta distribution of error rates behind counted errors.

    Args:
        errors: (slices, classes)
        sizes: (slices, classes)
    """
    total = np.maximum(sizes.sum(axis=-1, keepdims=True), 1)
    mean = np.clip(errors.sum(axis=-1, keepdims=True) / total, _LEAST_RATE, 1 - _LEAST_RATE)
    known = sizes > 0
    safe = np.maximum(sizes, 1)
    beyond = np.where(known, (errors / safe - mean) ** 2 - mean * (1 - mean) / safe, 0.0).sum(axis=-1, keepdims=True)
    imagined = IMAGINED * (VARIATION * mean) ** 2
    variance = (np.maximum(beyond, 0.0) + imagined) / (IMAGINED + known.sum(axis=-1, keepdims=True))
    variance = np.minimum(variance, 0.9 * mean * (1 - mean))
    shares = sizes / total
    error = np.sqrt(mean * (1 - mean) / total + variance * (shares**2).sum(axis=-1, keepdims=True))
    return Prior(mean, mean * (1 - mean) / variance - 1, error)


def log_tail(found: int, own: Counts, mean: Floats, strength: Floats) -> float:
    """Log P(X >= found) for X the sum over classes of beta-binomial counts.

    Args:
        found: errors in the slice.
        own: (classes,) its rows.
        mean: (classes,) expected rate.
        strength: (classes,) weight of the expectation.
    """
    mass = np.ones(1)
    for n, m, s in zip(own.tolist(), mean.tolist(), strength.tolist(), strict=True):
        mass = np.convolve(mass, _beta_binomial(n, m * s, (1 - m) * s))
    tail = float(mass[found:].sum())
    return min(0.0, float(np.log(tail))) if tail > _TINY else LOWEST


def _beta_binomial(n: int, a: float, b: float) -> Floats:
    """(n + 1,) chances of each count, by their ratios."""
    k = np.arange(n, dtype=np.float64)
    steps = np.log((n - k) / (k + 1) * (k + a) / (n - k - 1 + b))
    logs = np.concatenate([np.zeros(1), np.cumsum(steps)])
    chances = np.exp(logs - logs.max())
    out: Floats = chances / chances.sum()
    return out
