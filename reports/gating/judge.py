"""Policy and evidence in, reasons out.

A requirement passes only if every slice that it means is proven good enough: the gate as a whole promotes a model that
fails one of them with at most the level's probability, however many there are (intersection-union; Berger,
Technometrics 24, 1982). "Proven not good enough" is a claim of the other kind: over all of them Holm's correction
keeps one false alarm among good slices under the level.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assay.reports.gating import claims, needed, pairs, planner, words
from assay.reports.gating.scopes import Measured, Scope, measure, scopes
from assay.reports.gating.verdict import Outcome, Reason
from assay.reports.statistics import multiplicity
from assay.reports.statistics.proportions import ROUNDING

if TYPE_CHECKING:
    from assay.reports.gating.claims import Claim
    from assay.reports.gating.evidence import Evidence
    from assay.reports.gating.pairs import Pairs
    from assay.reports.gating.policy import Need, Policy


@dataclass(frozen=True, slots=True)
class Case:
    """One bound on one scope, with what is proven of it."""

    need: Need
    scope: Scope
    alpha: float
    claim: Claim
    measured: Measured
    before: Measured | None
    """The baseline's figure, for a margin."""
    blocking: bool


def judge(policy: Policy, evidence: Evidence, paired: Pairs | str | None, attempt: int) -> tuple[Reason, ...]:
    """Reasons of every requirement on metrics, in the policy's order.

    Args:
        policy: what is asked.
        evidence: the candidate's evaluation.
        paired: the baseline on the same rows; why it cannot be used; None if none was given.
        attempt: number of the candidate on this test set, from 1.
    """
    out: list[Reason | Case] = []
    for need in policy.needs:
        alpha = planner.level(need, attempt)
        found = scopes(need, policy, evidence)
        if not found:
            out.append(_unknown(need, words.missing(need), alpha))
        elif need.bound == "no_worse_than_baseline_by" and not isinstance(paired, pairs.Pairs):
            why = paired or "there is no baseline; name its evaluation with --baseline"
            out.append(_unknown(need, f"{need.slice}: nothing to compare with: {why}.", alpha))
        else:
            out += [_case(need, scope, policy, evidence, paired, alpha) for scope in found]
    return tuple(_decide(out))


def _unknown(need: Need, message: str, alpha: float, scope: Scope | None = None, *, blocking: bool = True) -> Reason:
    return Reason(
        need.rule,
        "UNKNOWN",
        message,
        slice=scope.name if scope else need.slice,
        metric=need.metric,
        n=0 if scope else None,
        threshold=need.threshold,
        alpha=alpha,
        blocking=blocking,
    )


def _case(  # noqa: PLR0913, PLR0917 - what is asked, of whom, on what evidence
    need: Need, scope: Scope, policy: Policy, evidence: Evidence, paired: Pairs | str | None, alpha: float
) -> Reason | Case:
    blocking = need.unknown == "block" or not need.blanket or scope.critical
    if not scope.at.size and need.metric not in {"precision", "f1"}:
        return _unknown(need, words.empty(need, scope), alpha, scope, blocking=blocking)
    if scope.kind == "slice" and evidence.kinds.get(scope.name) == "discovered":
        return _unknown(need, words.discovered(scope), alpha, scope, blocking=blocking)
    measured = measure(scope, need.metric, evidence)
    if measured is None:
        return _unknown(need, words.meaningless(need, scope), alpha, scope, blocking=blocking)
    before = None
    if isinstance(paired, pairs.Pairs) and need.bound == "no_worse_than_baseline_by":
        claim = pairs.claim(need, scope, paired, alpha)
        before = measure(scope, need.metric, paired.baseline)
    else:
        claim = claims.absolute(need, measured, alpha, looks=policy.sequential)
    if not claim.n:
        return _unknown(need, words.empty(need, scope), alpha, scope, blocking=blocking)
    return Case(need, scope, alpha, claim, measured, before, blocking)


def _decide(found: list[Reason | Case]) -> list[Reason]:
    """Outcomes of all cases, failures corrected for their number."""
    cases = [one for one in found if isinstance(one, Case)]
    corrected = iter(multiplicity.holm([case.claim.p_fail for case in cases]))
    return [_reason(one, float(next(corrected))) if isinstance(one, Case) else one for one in found]


def _reason(case: Case, p_fail: float) -> Reason:
    need, claim, alpha = case.need, case.claim, case.alpha
    enough = claim.n >= need.min_rows
    outcome: Outcome = "UNKNOWN"
    if claim.p_pass <= alpha + ROUNDING and enough:
        outcome = "PASS"
    elif p_fail <= alpha + ROUNDING:
        outcome = "FAIL"
    margin = need.bound == "no_worse_than_baseline_by"
    before = case.before.value if case.before else None
    if margin:
        values = (case.measured.value, before)
        message = f"{words.margin(need, case.scope, claim, values, alpha)} {words.against(need, outcome)}"
    else:
        message = words.absolute(need, case.scope, case.measured, claim, alpha, outcome)
    more = None
    if outcome == "UNKNOWN":
        more, told = _further(case)
        message += told
    return Reason(
        need.rule,
        outcome,
        message,
        slice=case.scope.name,
        metric=need.metric,
        n=claim.n,
        value=claim.value,
        low=claim.low,
        high=claim.high,
        threshold=need.threshold,
        baseline=before,
        alpha=alpha,
        p_value=p_fail if outcome == "FAIL" else claim.p_pass,
        rows_needed=more,
        blocking=case.blocking,
    )


def _further(case: Case) -> tuple[int | None, str]:
    """Further rows that would decide, and how to say so."""
    need, claim, alpha = case.need, case.claim, case.alpha
    if claim.n < need.min_rows:
        return need.min_rows - claim.n, words.few(need, claim.n)
    if need.bound == "no_worse_than_baseline_by":
        return _further_paired(need, claim, alpha)
    if not needed.countable(need) or (need.bound == "at_most" and need.metric != "error_rate"):
        return None, ""
    floor = needed.floor_of(need)
    rate = case.measured.share.proven / claim.n
    rows = needed.at_rate(rate, floor, alpha)
    more = max(1, rows - claim.n) if rows else None
    truth = (1 + floor) / 2
    total = needed.at_truth(floor, truth, alpha)
    # The truth is said in the metric's own terms.
    said = 2 * truth / (1 + truth) if need.metric == "f1" else 1 - truth if need.metric == "error_rate" else truth
    return more, words.further(more, (said, max(1, total - claim.n)) if total else None)


def _further_paired(need: Need, claim: Claim, alpha: float) -> tuple[int | None, str]:
    least = needed.least_rows_paired(need.threshold, alpha, needed.DISAGREE)
    if least is None or least <= claim.n:
        return None, ""
    more = least - claim.n
    return more, f" About {more:,} more rows would prove it for two equal models that differ on one row in ten."


def waive(reasons: tuple[Reason, ...], told: dict[int, str]) -> tuple[Reason, ...]:
    """Reasons with the waivers that apply to them, by position."""
    return tuple(replace(r, waiver=told[n]) if n in told else r for n, r in enumerate(reasons))
