"""The verdict as one self-contained page: no request, no script, nothing in it that the data could start."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from assay.reports.render import drawings, not_checked, page, reproduce
from assay.reports.render.text import plural
from assay.reports.render.verdict_order import change_words, sorted_reasons

if TYPE_CHECKING:
    from assay.reports.gating.verdict import Reason, Verdict

WHY = ("policy", "data", "record", "assay_version", "versions")
REASONS, PARTS, ROWS, CASES = 200, 100, 50, 20
"""Reasons, slices or classes of a comparison, rows won or lost, and examples on the page."""
MARGIN = "no_worse_than_baseline_by"


def render(verdict: Verdict) -> str:
    """Outcome and reasons, failed cases, waivers, notes, comparison, what was not checked, record."""
    return page.fitted(lambda scale: _page(verdict, scale))


def _page(verdict: Verdict, scale: float) -> str:
    document = verdict.document
    told = sorted_reasons(verdict)
    reasons = told[: page.limit(REASONS, scale, 5)]
    compared = document.get("comparison")
    margins = {r.rule for r in reasons if MARGIN in r.rule}
    examples = (document.get("examples") or [])[: page.limit(CASES, scale)]
    contents = [("reasons", "reasons")]
    contents += [("examples", "cases that failed")] if examples else []
    contents += [("baseline", "against the baseline")] if compared else []
    return page.draw(
        "verdict.html.jinja",
        verdict=verdict,
        headline=headline(verdict),
        reasons=reasons,
        reasons_more=len(told) - len(reasons),
        margins=margins,
        margin_span=_span(reasons, margins),
        examples=[(name, list(cases)) for name, cases in groupby(examples, key=lambda c: c["slice"])],
        model={"name": None, "fingerprint": ""} | dict(document.get("model") or {}),
        waivers=document.get("waivers") or [],
        changes=change_words(verdict),
        compared=compared,
        span=drawings.span([*compared["slices"], *compared["classes"]]) if compared else 1.0,
        parts=page.limit(PARTS, scale),
        listed=page.limit(ROWS, scale),
        unchecked=not_checked.of_verdict(verdict),
        command=reproduce.gate(document),
        provenance=page.block({key: document[key] for key in WHY if key in document}),
        contents=[*contents, ("unchecked", "not checked"), ("provenance", "provenance")],
    )


def _span(reasons: list[Reason], margins: set[str]) -> float:
    """What the ends of the bars of differences mean."""
    held: list[dict[str, Any]] = [
        {"low": r.low, "high": r.high, "difference": -(r.threshold or 0.0)} for r in reasons if r.rule in margins
    ]
    return drawings.span(held)


def headline(verdict: Verdict) -> str:
    """The verdict in a line."""
    stopping = [r for r in verdict.reasons if r.stops]
    if not stopping:
        return f"all of {plural(len(verdict.reasons), 'reason')} hold"
    proven = sum(r.outcome == "FAIL" for r in stopping)
    return (
        f"{plural(len(stopping), 'reason')} of {len(verdict.reasons)} against it: {proven} proven bad, "
        f"{len(stopping) - proven} not proven good"
    )
