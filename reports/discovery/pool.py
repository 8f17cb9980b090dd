"""The slices that are looked at first: classes and sets of classes, single statements, pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.reports.discovery.candidate import OF_CLASSES, Candidate, strength
from assay.reports.discovery.pairs import scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from assay.reports.discovery.candidate import Context
    from assay.reports.discovery.strata import Strata

MOST = 600
"""Candidates that are kept, the strongest."""
LARGE = 200_000
"""Rows beyond which pairs are looked for once, and not again without the slices found."""


def pool(context: Context, strata: Strata, *, again: bool = False) -> list[Candidate]:
    """Every candidate that may be proven on its own among rows that count, strongest first.

    Args:
        context: what is searched.
        strata: the rows that count.
        again: whether candidates have been looked for before.
    """
    whole = whole_classes(context)
    weight, of_classes = context.log_weight, float(np.log(OF_CLASSES) - np.log(max(int(whole.sum()), 1)))
    found = [
        Candidate(((k,),), context.predicates.of(k), of_classes if whole[k] else weight, bool(whole[k]))
        for k in _singles(context, strata, np.where(whole, of_classes, weight)).tolist()
    ]
    if not again or context.predicates.size <= LARGE:
        found += _pairs(context, strata, weight)
    sizes, errors = strata.totals(c.rows for c in found)
    order = np.argsort(-strength(errors, sizes, strata), kind="stable")[:MOST]
    return [found[k] for k in order.tolist()]


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
    predicates = context.predicates
    of = np.where(strata.alive, strata.of, -1)
    of_wrong = np.where(strata.wrong, of, -1)
    out = [np.empty(0, np.int64)]
    both = zip(predicates.by_class(of, strata.classes), predicates.by_class(of_wrong, strata.classes), strict=True)
    for (low, own), (_, wrong) in both:
        limits = np.array([context.limit(w) for w in weights[low : low + len(own)].tolist()])
        good = strata.provable(own, wrong, limits) & (own.sum(axis=1) >= context.least)
        out.append(np.flatnonzero(good) + low)
    return np.concatenate(out)


def _pairs(context: Context, strata: Strata, weight: float) -> Iterator[Candidate]:
    predicates = context.predicates
    pairs = scan(predicates, strata, context.least)
    score = strength(pairs.errors, pairs.sizes, strata)
    limit = context.limit(weight)
    for k in np.argsort(-score, kind="stable")[: 8 * MOST].tolist():
        i, j = int(pairs.first[k]), int(pairs.second[k])
        rows = np.intersect1d(predicates.of(i), predicates.of(j), assume_unique=True)
        own, wrong = strata.counts(rows)
        if strata.provable(own[None], wrong[None], limit)[0]:
            yield Candidate(((i,), (j,)), rows, weight)
