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

ROUNDS = 8
"""Times that is looked for slices at most."""
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
    topics, found = Topics(context), list[Found]()
    strata = context.strata
    for n in range(ROUNDS):
        # What is found raises the rate of its classes and of the set: the rest is seen better without it.
        new = _cover(context, strata, topics, most - len(found), again=n > 0)
        new = new or _topic(context, strata, topics)
        for each in new:
            strata = strata.without(each.candidate.rows)
        found += new
        if not new or len(found) >= most:
            break
    return found


def _cover(context: Context, strata: Strata, topics: Topics, most: int, *, again: bool) -> list[Found]:
    """Slices among the rows that count, each strongest among what those before it leave."""
    left, found = pool(context, strata, again=again), list[Found]()
    while left and len(found) < most:
        best, left = _strongest(left, context, strata, topics)
        if best is None:
            break
        found.append(Found(best, strata))
        strata = strata.without(best.rows)
    return found


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


def _topic(context: Context, strata: Strata, topics: Topics) -> list[Found]:
    """A slice of words none of which is proven alone, but all together; empty if there is none."""
    for k in _seeds(context, strata)[:MOST_SEEDS].tolist():
        seed = Candidate(((k,),), context.predicates.of(k), context.log_weight)
        grown = grow(seed, context, strata, topics)
        if len(grown.literals[0]) > 1 and context.proven(grown, strata):
            return [Found(grown, strata)]
    return []


def _seeds(context: Context, strata: Strata) -> NDArray[np.int64]:
    """Words that stand out among the rows not explained yet, strongest first."""
    predicates = context.predicates
    errors, sizes = predicates.counts(strata.wrong & strata.alive), predicates.counts(strata.alive)
    score = np.where(predicates.of_kind("word"), strength(errors, sizes, strata), 0.0)
    order = np.argsort(-score, kind="stable")
    return order[score[order] >= _SEED].astype(np.int64)
