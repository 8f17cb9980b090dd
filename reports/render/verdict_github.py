"""A verdict as GitHub's annotations: every reason that blocks is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.reports.render.github import Annotation, Level, commands
from assay.reports.render.text import plural
from assay.reports.render.verdict_order import sorted_reasons

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.reports.gating.verdict import Verdict


def render(verdict: Verdict) -> str:
    """Reasons that block as errors, those that would as warnings, then the outcome as a plain line."""
    stopping = sum(reason.stops for reason in verdict.reasons)
    told = f"{stopping} of {plural(len(verdict.reasons), 'reason')} block"
    return commands(_annotations(verdict)) + f"assay gate: {verdict.outcome}: {told}\n"


def _annotations(verdict: Verdict) -> Iterator[Annotation]:
    for reason in sorted_reasons(verdict):
        if reason.outcome != "PASS":
            waived = f" (waived by {reason.waiver})" if reason.waiver else ""
            level: Level = "error" if reason.stops else "warning"
            yield Annotation(level, f"{reason.outcome} {reason.rule}", reason.message + waived)
    for note in verdict.notes[1:]:
        yield Annotation("notice", "gate", note)
