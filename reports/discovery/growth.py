"""Slices made better step by step: a further condition, or further words of the same topic.

Every step chooses among a known number of ways, whatever the errors say, so that what may be spent on the result is
divided by that number, and by two, with each step: the whole of all slices that could be reached spends no more than
was set aside (see ``pool.log_weight``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from assay.reports.discovery.candidate import Candidate, strength
from assay.reports.discovery.pairs import beats
from assay.reports.discovery.strata import LEAST_ERRORS, Strata

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.reports.discovery.candidate import Context
    from assay.reports.discovery.topics import Topics

DEEPEST = 3
"""Conditions that a slice has at most."""
MOST_WORDS = 40
"""Words that a topic has at most."""
COMMON = 0.05
"""Share of the rows up to which a word may name a topic."""
_LOG_2 = float(np.log(2))
_BETTER = 0.5
"""Nats that make a bound better."""
_LEAST_NEW = 3
_LOOKED_AT = 8
_AS_BAD = 0.5
"""Share of the slice's error rate that a further word's rows have at least: a mix of bad and good is no topic."""


def improve(candidate: Candidate, context: Context, strata: Strata, topics: Topics) -> Candidate:
    """Grow and refine a slice for as long as either helps; only rows that are alive are looked at."""
    grown = sharpen(grow(candidate, context, strata, topics), context, strata)
    refined = refine(grown, context, strata)
    return sharpen(grow(refined, context, strata, topics), context, strata) if refined is not grown else grown


def sharpen(candidate: Candidate, context: Context, strata: Strata) -> Candidate:
    """Move each bound of a slice to where the slice is strongest; a move costs as the choice among all bounds does."""
    for at, literal in enumerate(candidate.literals):
        ladder = context.predicates.ladder(literal[0])
        if ladder.size <= 1:
            continue
        others = candidate.literals[:at] + candidate.literals[at + 1 :]
        within = np.ones(context.predicates.size, np.bool_)
        if others:
            within[:] = False
            within[rows_of(others, context)] = True
        sizes, errors = strata.totals((r := context.predicates.of(k))[within[r]] for k in ladder.tolist())
        score = np.where(sizes >= context.least, strength(errors, sizes, strata), 0.0)
        best = int(ladder[np.argmax(score)])
        own = np.flatnonzero(ladder == literal[0])
        if best != literal[0] and score.max() > score[own[0]] + _BETTER:
            literals = (*candidate.literals[:at], (best,), *candidate.literals[at + 1 :])
            weight = candidate.log_weight - float(np.log(ladder.size)) - _LOG_2
            candidate = Candidate(literals, rows_of(literals, context), weight)
    return candidate


def refine(candidate: Candidate, context: Context, strata: Strata) -> Candidate:
    """Add the condition that makes a slice worse, if one does by more than the choice among all explains."""
    if len(candidate.literals) >= DEEPEST:
        return candidate
    rows = candidate.rows[strata.alive[candidate.rows]]
    table = context.predicates.table[rows]
    held = np.asarray(table.sum(axis=0)).ravel().astype(np.int64)
    errors = np.asarray(table[strata.wrong[rows]].sum(axis=0)).ravel().astype(np.int64)
    whole = int(strata.wrong[rows].sum())
    ways = len(context.predicates)
    gain = strength(errors, held, strata) - strength(np.array(whole), np.array(rows.size), strata)
    good = (held >= context.least) & (errors >= LEAST_ERRORS) & (gain >= np.log(ways) + 1)
    good &= beats(errors, held, np.full(ways, whole), np.full(ways, rows.size))
    good &= ~context.predicates.fine
    families = context.predicates.families
    for literal in candidate.literals:
        good[list(literal)] = False
        good &= (families != families[literal[0]]) | (families < 0)
    if not good.any():
        return candidate
    best = int(np.argmax(np.where(good, gain, -np.inf)))
    both = np.intersect1d(candidate.rows, context.predicates.of(best), assume_unique=True)
    weight = candidate.log_weight - float(np.log(ways)) - _LOG_2
    return Candidate((*candidate.literals, (best,)), both, weight)


def grow(candidate: Candidate, context: Context, strata: Strata, topics: Topics) -> Candidate:
    """Add related words whose rows fail as well, while each is proven to by more than the choice explains."""
    for at, literal in enumerate(candidate.literals):
        if _names_a_topic(literal[0], context):
            while len(candidate.literals[at]) < MOST_WORDS:
                larger = _with_word(candidate, at, context, strata, topics)
                if larger is None:
                    break
                candidate = larger
    return candidate


def _names_a_topic(statement: int, context: Context) -> bool:
    """Whether a statement is a word that not every text has: function words keep company with all others."""
    word = context.predicates.statements[statement].kind == "word"
    return word and bool(context.predicates.sizes[statement] <= COMMON * context.predicates.size)


def _with_word(candidate: Candidate, at: int, context: Context, strata: Strata, topics: Topics) -> Candidate | None:
    related = topics.related(candidate.literals[at])
    if not related.size:
        return None
    open_rows = _open_rows(candidate, at, context, strata)
    new = [rows[open_rows[rows]] for rows in (context.predicates.of(k) for k in related.tolist())]
    sizes = np.array([rows.size for rows in new])
    errors = np.array([np.count_nonzero(strata.wrong[rows]) for rows in new])
    own = candidate.rows[strata.alive[candidate.rows]]
    own_errors = int(strata.wrong[own].sum())
    before = strength(own_errors, own.size, strata)
    gain = strength(own_errors + errors, own.size + sizes, strata) - before
    good = (errors * own.size >= _AS_BAD * own_errors * sizes) & (sizes >= _LEAST_NEW) & (gain > 0)
    # The word's other rows are in the slice: what it adds is held against rows of neither.
    rest, limit = strata.without(own), -float(np.log(related.size)) - 1
    order = [k for k in np.argsort(-gain, kind="stable").tolist() if good[k]][:_LOOKED_AT]
    best = next((k for k in order if rest.log_p(new[k]) <= limit), None)
    if best is None:
        return None
    literals = list(candidate.literals)
    literals[at] = (*literals[at], int(related[best]))
    weight = candidate.log_weight - float(np.log(related.size)) - _LOG_2
    return replace(candidate, literals=tuple(literals), rows=rows_of(tuple(literals), context), log_weight=weight)


def _open_rows(candidate: Candidate, at: int, context: Context, strata: Strata) -> NDArray[np.bool_]:
    """Rows alive that hold the other conditions and are not in the slice yet."""
    out = strata.alive.copy()
    others = candidate.literals[:at] + candidate.literals[at + 1 :]
    if others:
        inside = np.zeros(out.size, np.bool_)
        inside[rows_of(others, context)] = True
        out &= inside
    out[candidate.rows] = False
    return out


def rows_of(literals: tuple[tuple[int, ...], ...], context: Context) -> NDArray[np.int32]:
    """Rows for which one statement of each literal holds."""
    count = np.zeros(context.predicates.size, np.int8)
    for literal in literals:
        any_of = np.zeros(count.size, np.bool_)
        for k in literal:
            any_of[context.predicates.of(k)] = True
        count += any_of
    return np.flatnonzero(count == len(literals)).astype(np.int32)
