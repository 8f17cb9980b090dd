"""The slices that are looked at first: classes and sets of classes, single statements, pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.reports.discovery.candidate import Candidate, strength
from assay.reports.discovery.pairs import number_of_pairs, scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from assay.reports.discovery.candidate import Context
    from assay.reports.discovery.strata import Strata

OF_CLASSES, OF_STATEMENTS = 0.01, 0.99
"""Shares of the error that tests of classes, and all others, may spend.

Rates of classes may well have a longer tail than a beta distribution, and each class is told of in the evaluation
anyway: it must stand far out to be a discovery. By simulation a class at .35 to .6 among classes at .08 still does.
"""
MOST = 600
"""Candidates that are kept, the strongest."""
LARGE = 200_000
"""Rows beyond which pairs are looked for once, and not again without the slices found."""
_LOG_2 = float(np.log(2))
_CELLS = 4_000_000


def pool(context: Context, strata: Strata, *, again: bool = False) -> list[Candidate]:
    """Every candidate that may be proven on its own among rows that count, strongest first.

    Args:
        context: what is searched.
        strata: the rows that count.
        again: whether candidates have been looked for before.
    """
    whole = whole_classes(context)
    weight, of_classes = log_weight(context), float(np.log(OF_CLASSES / max(np.count_nonzero(whole), 1)))
    found = [
        Candidate(((k,),), context.predicates.of(k), of_classes if whole[k] else weight, bool(whole[k]))
        for k in _singles(context, strata, np.where(whole, of_classes, weight)).tolist()
    ]
    if not again or context.predicates.size <= LARGE:
        found += _pairs(context, strata, weight)
    sizes, errors = strata.totals(c.rows for c in found)
    order = np.argsort(-strength(errors, sizes, strata), kind="stable")[:MOST]
    return [found[k] for k in order.tolist()]


def log_weight(context: Context) -> float:
    """Log of what the test of a single statement or of a pair may spend.

    Half of the statements' share goes to them; a slice that is refined or grown spends of the other half (see
    ``assay.reports.discovery.growth``).
    """
    tests = len(context.predicates) + number_of_pairs(context.predicates, context.least)
    return float(np.log(OF_STATEMENTS) - _LOG_2 - np.log(max(tests, 1)))


def whole_classes(context: Context) -> NDArray[np.bool_]:
    """(statements,) whether a statement holds for all rows of a class or none: a class, or a set of classes."""
    strata, predicates = context.strata, context.predicates
    out = predicates.of_kind("label")
    for k in np.flatnonzero(predicates.of_kind("metadata")).tolist():
        own, _ = strata.counts(predicates.of(k))
        out[k] = bool((own[own > 0] == strata.sizes[own > 0]).all())
    return out


def _singles(context: Context, strata: Strata, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Statements whose errors may be beyond luck."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - heavy

    predicates = context.predicates
    alive = np.flatnonzero(strata.alive)
    classes = csr_matrix(
        (np.ones(alive.size, np.float32), (alive, strata.of[alive])), shape=(predicates.size, strata.classes)
    )
    bad = classes.multiply(strata.wrong[:, None].astype(np.float32)).tocsr()
    columns = context.table.T.tocsr()
    step = max(1, _CELLS // max(strata.classes, 1))
    out = [np.empty(0, np.int64)]
    for low in range(0, len(predicates), step):
        part = columns[low : low + step]
        own = np.rint((part @ classes).toarray()).astype(np.int64)
        wrong = np.rint((part @ bad).toarray()).astype(np.int64)
        limits = np.array([context.limit(w) for w in weights[low : low + step].tolist()])
        good = strata.provable(own, wrong, limits) & (own.sum(axis=1) >= context.least)
        out.append(np.flatnonzero(good) + low)
    return np.concatenate(out)


def _pairs(context: Context, strata: Strata, weight: float) -> Iterator[Candidate]:
    predicates = context.predicates
    pairs = scan(predicates, context.table, strata, context.least)
    score = strength(pairs.errors, pairs.sizes, strata)
    limit = context.limit(weight)
    for k in np.argsort(-score, kind="stable")[: 8 * MOST].tolist():
        i, j = int(pairs.first[k]), int(pairs.second[k])
        rows = np.intersect1d(predicates.of(i), predicates.of(j), assume_unique=True)
        own, wrong = strata.counts(rows)
        if strata.provable(own[None], wrong[None], limit)[0]:
            yield Candidate(((i,), (j,)), rows, weight)
