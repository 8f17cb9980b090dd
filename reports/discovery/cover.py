"""The search: the strongest slice first, then the strongest among what it leaves, and so on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.reports.discovery.candidate import Candidate, Found, strength
from assay.reports.discovery.growth import grow, improve
from assay.reports.discovery.pool import pool
from assay.reports.discovery.strata import LEAST_ERRORS, LEAST_LIFT, Strata
from assay.reports.discovery.topics import Topics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.reports.discovery.candidate import Context

ROUNDS = 4
"""Times that candidates are looked for."""
WORDS = 2
"""Words that contend with the strongest candidate."""
MOST_SEEDS = 15
"""Words that are tried as seeds of a topic without being proven themselves."""
_SEED = 6.0
"""Nats that a seed has at least."""


def search(context: Context, most: int) -> list[Found]:
    """Failing slices, strongest first; none explains rows that an earlier one has explained.

    Args:
        context: what is searched.
        most: slices wanted at most.
    """
    topics = Topics(context)
    strata = context.strata
    found: list[Found] = []
    for n in range(ROUNDS):
        # What is found raises the rate of its classes and of the set: the rest is seen better without it.
        left, before = pool(context, strata, again=n > 0), len(found)
        while left and len(found) < most:
            best, left = _strongest(left, context, strata, topics)
            if best is None:
                break
            found.append(Found(best, strata))
            strata = strata.without(best.rows)
        if len(found) in {before, most}:
            break
    return _topics(found, context, strata, topics, most)


def _strongest(
    left: list[Candidate], context: Context, strata: Strata, topics: Topics
) -> tuple[Candidate | None, list[Candidate]]:
    """The strongest slice that is still proven on rows not explained yet; and the candidates that are left.

    The strongest candidate is made better, and so are the strongest words: a topic is more than its best word.
    """
    sizes, errors = strata.totals(c.rows for c in left)
    score = np.where((sizes < context.least) | (errors < LEAST_ERRORS), 0.0, strength(errors, sizes, strata))
    best: list[Candidate] = []
    gone = score <= 0
    for k in np.argsort(-score, kind="stable").tolist():
        if score[k] <= 0 or len(best) > WORDS:
            break
        if best and not _is_word(left[k], context):
            continue
        worse = errors[k] >= LEAST_LIFT * strata.predicted(left[k].rows) * sizes[k]
        if worse and context.proven(left[k], strata):
            best.append(left[k])
        else:
            gone[k] = True
    if not best:
        return None, []
    made = [improve(each, context, strata, topics) for each in best]
    made_sizes, made_errors = strata.totals(c.rows for c in made)
    kept = [c for c, out in zip(left, gone, strict=True) if not out]
    return made[int(np.argmax(strength(made_errors, made_sizes, strata)))], kept


def _is_word(candidate: Candidate, context: Context) -> bool:
    return len(candidate.literals) == 1 and context.predicates.statements[candidate.literals[0][0]].kind == "word"


def _topics(found: list[Found], context: Context, strata: Strata, topics: Topics, most: int) -> list[Found]:
    """Slices of words none of which is proven alone, but all together."""
    predicates, weight = context.predicates, context.log_weight
    tried = 0
    while len(found) < most and tried < MOST_SEEDS:
        seeds = _seeds(context, strata)
        for k in seeds[: MOST_SEEDS - tried].tolist():
            tried += 1
            grown = grow(Candidate(((k,),), predicates.of(k), weight), context, strata, topics)
            if len(grown.literals[0]) > 1 and context.proven(grown, strata):
                found.append(Found(grown, strata))
                strata = strata.without(grown.rows)
                break
        else:
            break
    return found


def _seeds(context: Context, strata: Strata) -> NDArray[np.int64]:
    """Words that stand out among the rows not explained yet, strongest first."""
    predicates = context.predicates
    errors, sizes = predicates.counts(strata.wrong & strata.alive), predicates.counts(strata.alive)
    score = np.where(predicates.of_kind("word"), strength(errors, sizes, strata), 0.0)
    order = np.argsort(-score, kind="stable")
    return order[score[order] >= _SEED].astype(np.int64)
