"""Slices under consideration, and what they are considered in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from assay.reports.discovery.evidence import likelihood_ratio
from assay.reports.discovery.pairs import number_of_pairs

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from assay.reports.discovery.predicates import Predicates
    from assay.reports.discovery.strata import Strata


OF_CLASSES, OF_STATEMENTS = 0.01, 0.99
"""Shares of the error that tests of classes, and all others, may spend.

Rates of classes may well have a longer tail than a beta distribution, and each class is told of in the evaluation
anyway: it must stand far out to be a discovery. By simulation a class at .35 to .6 among classes at .08 still does.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A slice: rows for which one statement of each literal holds."""

    literals: tuple[tuple[int, ...], ...]
    """Numbers of statements: any of the inner ones, all of the outer ones."""
    rows: NDArray[np.int32]
    """Ascending."""
    log_weight: float
    """Log of the share of the error that its test may spend."""
    whole: bool = False
    """Whether it is a class or a set of classes."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A candidate that was found, and among which rows: those of slices found before it are set aside."""

    candidate: Candidate
    strata: Strata

    def log_p(self) -> float:
        """Log of its p-value."""
        return self.strata.log_p(self.candidate.rows)


@dataclass(frozen=True, eq=False)
class Context:
    """Everything a search looks at."""

    predicates: Predicates
    strata: Strata
    least: int
    """Rows that a slice has at least."""
    log_level: float
    """Log of the chance of any false slice."""
    flat: bool = False
    """Whether every test may spend all of it: a search whose finds are confirmed on other rows."""

    @cached_property
    def log_weight(self) -> float:
        """Log of what the test of a single statement or of a pair may spend.

        Half of the statements' share goes to them; a slice that is refined or grown spends of the other half (see
        ``assay.reports.discovery.growth``).
        """
        tests = len(self.predicates) + number_of_pairs(self.predicates, self.least)
        return float(np.log(OF_STATEMENTS / 2) - np.log(max(tests, 1)))

    def limit(self, log_weight: float) -> float:
        """Log of the p-value that a test of this weight must reach."""
        return self.log_level + (0.0 if self.flat else log_weight)

    def proven(self, candidate: Candidate, strata: Strata) -> bool:
        """Whether a candidate's errors, among rows that count, are beyond luck."""
        return strata.log_p(candidate.rows) <= self.limit(candidate.log_weight)


def strength(errors: ArrayLike, n: ArrayLike, strata: Strata) -> NDArray[np.float64]:
    """Log-likelihood ratio against the rate of all rows that count: what slices are ranked by."""
    return likelihood_ratio(errors, n, strata.rate * np.asarray(n))
