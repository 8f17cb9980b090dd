"""The verdict as JUnit XML: a case a reason, for CI systems."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from assay.reports.render.text import visible

if TYPE_CHECKING:
    from assay.reports.gating.verdict import Reason, Verdict

LONGEST = 1000


def render(verdict: Verdict) -> str:
    """A suite with a case for every reason: passed, failed, in error where nothing could be proven, or waived."""
    cases = "".join(_case(reason) for reason in verdict.reasons)
    failed = sum(r.stops and r.outcome == "FAIL" for r in verdict.reasons)
    unknown = sum(r.stops and r.outcome == "UNKNOWN" for r in verdict.reasons)
    skipped = sum(r.outcome != "PASS" and not r.stops for r in verdict.reasons)
    figures = f'tests="{len(verdict.reasons)}" failures="{failed}" errors="{unknown}" skipped="{skipped}"'
    notes = "".join(f"<system-out>{escape(visible(note, LONGEST))}</system-out>\n" for note in verdict.notes)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="assay gate" {figures}>\n<testsuite name="assay gate: {verdict.outcome}" {figures}>\n'
        f"{cases}{notes}</testsuite>\n</testsuites>\n"
    )


def _case(reason: Reason) -> str:
    name = reason.rule if reason.slice is None or reason.rule.startswith(f"{reason.slice}.") else _name(reason)
    head = f"<testcase classname={quoteattr('assay.gate')} name={quoteattr(visible(name, 300))}"
    message = quoteattr(visible(reason.message, LONGEST))
    if reason.outcome == "PASS":
        return f"{head}><system-out>{escape(visible(reason.message, LONGEST))}</system-out></testcase>\n"
    if reason.waiver is not None:
        told = quoteattr(visible(f"waived by {reason.waiver}; {reason.message}", LONGEST))
        return f"{head}><skipped message={told}/></testcase>\n"
    if not reason.blocking:
        return f"{head}><skipped message={message}/></testcase>\n"
    kind = "failure" if reason.outcome == "FAIL" else "error"
    return f"{head}><{kind} type={quoteattr(reason.outcome)} message={message}/></testcase>\n"


def _name(reason: Reason) -> str:
    return f"{reason.rule} [{reason.slice}]"
