"""Can this policy pass at all with these test rows; from which true rate on; how many rows are missing?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.reports.gating import needed, words
from assay.reports.gating.policy import CRITICAL, EVERY_CLASS, EVERY_SLICE, OVERALL
from assay.reports.statistics import multiplicity, paired, sequential
from assay.reports.statistics.proportions import ROUNDING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.reports.gating.policy import Need, Policy


@dataclass(frozen=True, slots=True)
class Counts:
    """Distinct labelled test rows (near-duplicates count once) of everything that a policy can name."""

    overall: int
    slices: Mapping[str, int]
    classes: Mapping[str, int]
    critical: frozenset[str] = frozenset()
    baseline_wrong: Mapping[tuple[str, str], int] | None = None
    """What the baseline gets wrong, by metric and scope, if there is one: all that a candidate can win."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One requirement on one slice, before any model is measured."""

    rule: str
    slice: str
    metric: str
    threshold: float
    n: int
    possible: bool
    rows_least: int | None
    """Rows that prove it if no row is wrong (for a margin: if both models agree everywhere)."""
    truth: float | None
    """True rate from which on it passes 4 times in 5 with these rows."""
    rows_power: int | None
    """Rows with which it passes 4 times in 5 at ``truth_asked``."""
    truth_asked: float | None
    """A true rate half-way between the floor and perfection; for a margin, the share of rows on which models differ."""
    blocking: bool
    message: str


def plans(policy: Policy, counts: Counts, attempt: int = 1) -> list[Plan]:
    """What every requirement on every slice asks of the test set."""
    return [_plan(need, name, n, policy, counts, attempt) for need in policy.needs for name, n in _scopes(need, counts)]


def impossible(policy: Policy, counts: Counts) -> list[str]:
    """Requirements that no model can meet with these rows, a sentence each; empty if there is none."""
    return [p.message for p in plans(policy, counts) if not p.possible and p.blocking]


def level(need: Need, attempt: int) -> float:
    """One-sided error that an attempt may spend."""
    return multiplicity.spent(1 - need.confidence, attempt)


def _scopes(need: Need, counts: Counts) -> list[tuple[str, int]]:
    if need.slice == OVERALL:
        return [(OVERALL, counts.overall)]
    if need.slice == EVERY_SLICE:
        return sorted(counts.slices.items())
    if need.slice == EVERY_CLASS:
        return sorted(counts.classes.items())
    if need.slice == CRITICAL:
        return [(name, counts.slices.get(name, 0)) for name in sorted(counts.critical)]
    return [(need.slice, counts.slices.get(need.slice, counts.classes.get(need.slice, 0)))]


def _plan(need: Need, name: str, n: int, policy: Policy, counts: Counts, attempt: int) -> Plan:  # noqa: PLR0913, PLR0917
    alpha = level(need, attempt)
    if need.bound == "no_worse_than_baseline_by":
        least = needed.least_rows_paired(need.threshold, alpha)
        power = needed.least_rows_paired(need.threshold, alpha, needed.DISAGREE)
        truth, asked = None, needed.DISAGREE
        # A candidate that mends what the baseline gets wrong proves it with fewer rows: it can win them, and lose none.
        wins = n if counts.baseline_wrong is None else counts.baseline_wrong.get((need.metric, name), n)
        possible = bool(n and paired.p_not_worse(0, wins, n, need.threshold) <= alpha + ROUNDING)
    elif needed.countable(need):
        floor = needed.floor_of(need)
        least = _least(floor, alpha, looks=policy.sequential)
        asked = (1 + floor) / 2
        power, truth = needed.at_truth(floor, asked, alpha), needed.truth_for(n, floor, alpha) if n else None
        # Precision and F1 count rows that the model calls so: known only once there is a model.
        unknowable = need.metric in {"precision", "f1"}
        possible = n > 0 and (unknowable or n >= least)
        if need.bound == "at_most" and need.metric != "error_rate":
            possible = n > 0
    else:
        least = power = truth = asked = None
        possible = n > 0
    possible = possible and n >= need.min_rows
    blocking = need.unknown == "block" or not need.blanket or name in counts.critical
    message = _message(need, name, n, alpha, least, power, truth, asked)
    told = (need.rule, name, need.metric, need.threshold, n, possible, least, truth, power, asked, blocking, message)
    return Plan(*told)


def _least(floor: float, alpha: float, *, looks: bool) -> int:
    """Rows without an error that prove a floor, by exact bounds or by the e-process of growing test sets."""
    if not looks:
        return needed.least_rows(floor, alpha)
    low, high = 0, 1
    while sequential.p_at_least(high, high, floor) > alpha + ROUNDING:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        done = sequential.p_at_least(middle, middle, floor) <= alpha + ROUNDING
        low, high = (low, middle) if done else (middle, high)
    return high


def _message(  # noqa: PLR0911, PLR0913, PLR0917 - a sentence for each case, out of its pieces
    need: Need,
    name: str,
    n: int,
    alpha: float,
    least: int | None,
    power: int | None,
    truth: float | None,
    asked: float | None,
) -> str:
    metric, at = words.metric_words(need.metric), words.confidence_words(alpha)
    have = f"{name}: {n} distinct test row{'' if n == 1 else 's'}"
    if not n:
        return f"{have}: {metric} cannot be measured."
    if n < need.min_rows:
        return f"{have}; the policy asks for {need.min_rows}."
    if need.bound == "no_worse_than_baseline_by":
        if least is None:
            return f"{have}; a margin of 0 is met only by a model that is proven to be better than the baseline."
        more = f" and about {power:,} if they differ on one row in ten" if power else ""
        return (
            f"{have}; no worse by more than {words.points(need.threshold)} with {at} confidence needs {least:,} rows "
            f"for two models that agree on every row{more}."
        )
    if least is None:
        return f"{have}; how many {metric} needs depends on its classes."
    goal = f"{metric} {'at least' if need.bound == 'at_least' else 'at most'} {words.threshold_words(need.threshold)}"
    head = f"{have}; {goal} with {at} confidence needs {least:,} even if no row is wrong"
    tail = f", {power:,} for a model that is truly at {words.number(asked)} to pass 4 times in 5" if power else ""
    if truth is None:
        return f"{head}{tail}: {least - n:,} more must be labelled." if n < least else f"{head}{tail}."
    return f"{head}{tail}; with these rows it passes 4 times in 5 from a true {words.number(truth)} on."
