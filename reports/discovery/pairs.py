"""Pairs of statements that may hold a failing slice, found from rows with errors alone.

All pairs are tests, and all are counted; but most need no look: of two statements with few errors in common nothing can
be proven. Errors in common come from one sparse product over the error rows, what was to be expected of them from one
over a sample of all rows; only pairs that stand out have their rows counted one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.reports.discovery.strata import LEAST_ERRORS, Strata

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from assay.reports.discovery.predicates import Predicates

    Floats = NDArray[np.float64]

BEATS = 2.0
"""Standard errors by which a pair must be worse than the rest of each of its two statements."""
WORK = 4e7
"""Cells of a sparse product beyond which rows are sampled."""
MOST, MOST_OF_MANY, MANY = 20_000, 4_000, 200_000
"""Pairs that are counted at most, those that stand out most; and among so many rows."""
_PROMISING = 4.0
"""Nats by which a pair must stand out in the sample."""
_HARD = 1.5
"""Times the rate of all rows up to which a class's own rate is believed here: a pair may be what makes a class hard."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of statements with their counts."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    errors: NDArray[np.int64]
    sizes: NDArray[np.int64]


def number_of_pairs(predicates: Predicates, least: int) -> int:
    """An upper bound of the number of pairs that hold for ``least`` rows; whether they fail plays no part in it.

    Each such pair takes ``least`` of the pairs of statements that rows have.
    """
    coarse = np.repeat(~predicates.fine, predicates.sizes)
    held = np.bincount(predicates.rows[coarse], minlength=predicates.size).astype(np.float64)
    by_rows = float((held * (held - 1) / 2).sum()) / max(least, 1)
    number = np.count_nonzero(~predicates.fine)
    every = number * (number - 1) / 2
    return int(np.ceil(min(every, by_rows)))


def scan(predicates: Predicates, strata: Strata, least: int) -> Pairs:
    """Pairs that hold for ``least`` rows, fail more than expected, and more than either statement without the other.

    Args:
        predicates: statements.
        strata: classes and errors.
        least: rows that a pair needs.
    """
    errors = predicates.counts(strata.wrong & strata.alive)
    live = np.flatnonzero((errors >= LEAST_ERRORS) & ~predicates.fine)
    first, second = _promising(predicates.table[:, live], strata, predicates.families[live])
    counted = _counted(predicates, live[first], live[second], strata)
    return _worse(counted, predicates.counts(strata.alive), errors, least)


def _promising(table: csr_matrix, strata: Strata, families: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Pairs of columns whose errors stand out in what is looked at, strongest first."""
    wrong, right = np.flatnonzero(strata.wrong & strata.alive), np.flatnonzero(~strata.wrong & strata.alive)
    held = np.diff(table.indptr).astype(np.float64) ** 2
    bad, good = _sample(wrong, held), _sample(right, held)
    expectation = _expectation(strata)
    found = _products(table[bad], np.ones(bad.size))
    of_bad = _products(table[bad], expectation[bad] * (wrong.size / max(bad.size, 1)))
    of_good = _products(table[good], expectation[good] * (right.size / max(good.size, 1)))
    expected = (of_bad + of_good).tocsr()
    found = found.tocoo()
    keep = (found.row < found.col) & (found.data >= LEAST_ERRORS)
    keep &= (families[found.row] < 0) | (families[found.row] != families[found.col])
    i, j, scale = found.row[keep], found.col[keep], wrong.size / max(bad.size, 1)
    seen = found.data[keep].astype(np.float64)
    awaited = np.asarray(expected[i, j], np.float64).ravel() / scale if i.size else np.zeros(0)
    # Poisson's likelihood ratio: the rows of a pair are not known yet, and it is never over the binomial one.
    score = np.where(seen > awaited, seen * np.log(seen / np.maximum(awaited, 1e-9)) - (seen - awaited), 0.0)
    chosen = np.flatnonzero(score >= _PROMISING)
    chosen = chosen[np.lexsort((j[chosen], i[chosen], -score[chosen]))][
        : MOST if table.shape[0] <= MANY else MOST_OF_MANY
    ]
    order = np.lexsort((j[chosen], i[chosen]))
    return i[chosen][order], j[chosen][order]


def _expectation(strata: Strata) -> Floats:
    """(rows,) chance of an error as a row's class has it; a bound for classes that are hard."""
    rates = np.minimum(strata.errors / np.maximum(strata.sizes, 1), _HARD * strata.rate)
    return np.where(strata.alive, rates[strata.of], 0.0)


def _sample(rows: NDArray[np.int64], cost: Floats) -> NDArray[np.int64]:
    """Every n-th row, so that a product over them stays within ``WORK``."""
    step = max(1, int(np.ceil(cost[rows].sum() / WORK))) if rows.size else 1
    return rows[::step]


def _products(table: csr_matrix, weights: Floats) -> csr_matrix:
    """(columns, columns) sums over rows of what both columns have."""
    weighted = table.multiply(weights.astype(np.float32)[:, None]).tocsr()
    return (table.T @ weighted).tocsr()


def _counted(predicates: Predicates, first: Floats, second: Floats, strata: Strata) -> Pairs:
    """Rows and errors of some pairs; pairs are in order of their first statement."""
    counts = np.zeros((2, first.size), np.int64)
    inside = np.zeros(predicates.size, np.bool_)
    before = -1
    for k, (i, j) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        if i != before:
            inside[:] = False
            inside[predicates.of(i)] = True
            inside &= strata.alive
            before = i
        rows = predicates.of(j)
        rows = rows[inside[rows]]  # alive, as ``inside`` is
        counts[:, k] = np.count_nonzero(strata.wrong[rows]), rows.size
    return Pairs(first.astype(np.int64), second.astype(np.int64), counts[0], counts[1])


def _worse(pairs: Pairs, sizes: NDArray[np.int64], errors: NDArray[np.int64], least: int) -> Pairs:
    """Pairs of enough rows that beat both of their statements."""
    good = (pairs.sizes >= least) & (pairs.errors >= LEAST_ERRORS)
    for parent in (pairs.first, pairs.second):
        good &= beats(pairs.errors, pairs.sizes, errors[parent], sizes[parent])
    return Pairs(*(np.asarray(getattr(pairs, name))[good] for name in Pairs.__slots__))


def beats(
    errors: NDArray[np.int64], sizes: NDArray[np.int64], whole: NDArray[np.int64], whole_size: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether a part fails more than the rest of its whole by ``BEATS`` standard errors (pooled two-sample z).

    Args:
        errors: errors of the parts.
        sizes: rows of the parts.
        whole: errors of the wholes.
        whole_size: rows of the wholes.
    """
    rest, rest_errors = whole_size - sizes, whole - errors
    rate = whole / np.maximum(whole_size, 1)
    spread = np.sqrt(np.maximum(rate * (1 - rate), 1e-9) * (1 / np.maximum(sizes, 1) + 1 / np.maximum(rest, 1)))
    out: NDArray[np.bool_] = (rest > 0) & (
        errors / np.maximum(sizes, 1) - rest_errors / np.maximum(rest, 1) > BEATS * spread
    )
    return out
