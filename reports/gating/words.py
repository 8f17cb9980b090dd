"""Reasons in words that a manager understands."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from assay.reports.gating.policy import CRITICAL, EVERY_CLASS, EVERY_SLICE, OVERALL

if TYPE_CHECKING:
    from assay.reports.gating.claims import Claim
    from assay.reports.gating.policy import Need
    from assay.reports.gating.scopes import Measured, Scope

_METRICS = {"f1": "F1", "error_rate": "error rate", "accuracy": "accuracy"}


def metric_words(metric: str) -> str:
    """``macro F1`` for ``macro_f1``."""
    return _METRICS.get(metric) or metric.replace("_", " ").replace("f1", "F1")


def number(value: float | None) -> str:
    """``.68``, ``.905``: two decimals, three where two would hide the rest; ``1`` and ``0`` only where exact."""
    if value is None:
        return "unknown"
    if value in {0, 1}:
        return f"{value:g}"
    short = f"{value:.2f}" if abs(value - round(value, 2)) < 5e-4 else f"{value:.3f}"  # noqa: PLR2004 - as printed
    if short.lstrip("-").strip("0.") == "" or short.lstrip("-").startswith("1"):
        short = f"{value:.4g}"
    return short.replace("0.", ".", 1) if short.lstrip("-").startswith("0.") else short


def confidence_words(alpha: float) -> str:
    """``95 %``, ``96.96 %``."""
    return f"{100 * (1 - alpha):.4g} %"


def counted(need: Need, measured: Measured, claim: Claim) -> str:
    """``recall 27/40 = .68``; copies, where there are any, are said to count once."""
    told, share = metric_words(need.metric), measured.share
    if measured.kind == "share" and claim.value is not None:
        right = share.n - share.total if need.metric == "error_rate" else share.total
        figure = f"{told} {right:.4g}/{share.n} = {number(claim.value)}"
    else:
        figure = f"{told} {number(claim.value)} on {share.n} row{'' if share.n == 1 else 's'}"
    return figure + (f" ({share.rows} rows, copies counted once)" if share.rows != share.n else "")


def bound_words(need: Need) -> str:
    """``.90``, with what it is."""
    if need.bound == "no_worse_than_baseline_by":
        return f"{points(need.threshold)} below the baseline"
    return f"{'' if need.bound == 'at_least' else 'the ceiling of '}{threshold_words(need.threshold)}"


def threshold_words(value: float) -> str:
    """A threshold as people write it: two decimals at least."""
    text = f"{value:.2f}" if round(value, 2) == value else f"{value:g}"
    return text.removeprefix("0")


def points(share: float) -> str:
    """``2 points`` for a difference of .02."""
    return f"{100 * share:.3g} point{'' if 100 * share == 1 else 's'}"


def absolute(  # noqa: PLR0913, PLR0917 - the pieces of a sentence
    need: Need, scope: Scope, measured: Measured, claim: Claim, alpha: float, outcome: str
) -> str:
    """A sentence about a floor or a ceiling."""
    floor, told = need.bound == "at_least", bound_words(need)
    at = confidence_words(alpha)
    proven = f"at least {number(claim.low)}" if floor else f"at most {number(claim.high)}"
    shown = f"{proven} with {at} confidence"
    head = f"{scope.told}: {counted(need, measured, claim)}"
    if outcome == "PASS":
        return f"{head} ({shown}) meets {told}."
    if outcome == "FAIL":
        worst = f"at most {number(claim.high)}" if floor else f"at least {number(claim.low)}"
        return f"{head} ({shown}, {worst}) is {'below' if floor else 'above'} {told}."
    goal = f"{'at least' if floor else 'at most'} {threshold_words(need.threshold)}"
    return f"{head} ({shown}) is not proven to be {goal}."


def margin(need: Need, scope: Scope, claim: Claim, values: tuple[float | None, float | None], alpha: float) -> str:
    """The beginning of a sentence about a baseline."""
    mine, theirs = values
    shown = f"the difference is between {signed(claim.low)} and {signed(claim.high)} points"
    at = confidence_words(alpha)
    return (
        f"{scope.told}: {metric_words(need.metric)} {number(mine)} against the baseline's {number(theirs)} "
        f"on {claim.n} row{'' if claim.n == 1 else 's'} ({shown}, each with {at} confidence)"
    )


def against(need: Need, outcome: str) -> str:
    """The end of it."""
    most = f"more than {points(need.threshold)}" if need.threshold else "anything"
    if outcome == "PASS":
        return f"is no worse by {most}."
    return f"is worse by {most}." if outcome == "FAIL" else f"is not proven to be no worse by {most}."


def signed(value: float | None) -> str:
    """``-3.2`` points; ``+1``."""
    return "unknown" if value is None else f"{100 * value:+.1f}".replace("+0.0", "0").replace("-0.0", "0")


def missing(need: Need) -> str:
    """A requirement that speaks of nothing that was evaluated."""
    if need.slice == CRITICAL:
        return "critical: no slice is marked critical = true, so that this requirement speaks of nothing."
    if need.slice == EVERY_SLICE:
        return "every slice: the evaluation holds no slices, so that this requirement speaks of nothing."
    if need.slice == EVERY_CLASS:
        return "every class: the evaluation holds no classes, so that this requirement speaks of nothing."
    if need.slice == OVERALL:
        return "overall: the evaluation holds no labelled rows."
    return f"{need.slice}: no slice or class of this name was evaluated; a missing slice is not a passed one."


def empty(need: Need, scope: Scope) -> str:
    """A scope without rows."""
    what = "rows that the model calls so" if need.metric == "precision" else "labelled test rows"
    return f"{scope.told}: there are no {what}, so that {metric_words(need.metric)} is unknown."


def discovered(scope: Scope) -> str:
    """A slice that was found in the very rows that it would be judged on."""
    return (
        f"{scope.told}: this slice was discovered in these very rows, which were picked because they fail; declare it "
        "as a [[slice]] and judge it on fresh data."
    )


def meaningless(need: Need, scope: Scope) -> str:
    """A metric that says nothing about a scope."""
    if need.metric in {"precision", "f1"}:
        return (
            f"{scope.told}: {metric_words(need.metric)} means nothing for a slice that cuts through classes, "
            "as it has no false alarms of its own; ask for recall, accuracy or macro_f1."
        )
    return f"{scope.told}: {metric_words(need.metric)} means nothing among rows of one class; ask for recall."


def further(rows: int | None, planned: tuple[float, int] | None) -> str:
    """What would decide."""
    out = []
    if rows:
        out.append(f"about {rows:,} more rows would prove it if the model stays as good as on these")
    else:
        out.append("no number of rows like these would prove it")
    if planned:
        truth, more = planned
        prove = "row proves" if more == 1 else "rows prove"
        out.append(f"{more:,} more {prove} it 4 times in 5 if it is truly {number(truth)}")
    return " " + "; ".join(out)[0].upper() + "; ".join(out)[1:] + "."


def few(need: Need, n: int) -> str:
    """Fewer rows than the policy asks for."""
    return f" The policy asks for {need.min_rows} rows: {ceil(need.min_rows - n)} more are needed."
