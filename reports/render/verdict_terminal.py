"""The verdict on a terminal: outcome first, what blocks first; plain text when piped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from assay.reports.gating.verdict import HTML, JUNIT, MARKDOWN, VERDICT
from assay.reports.render.screen import drawn
from assay.reports.render.text import visible
from assay.reports.render.verdict_order import change_words, sorted_reasons

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.reports.gating.verdict import Reason, Verdict

STYLES = {"PASS": "bold green", "FAIL": "bold red", "UNKNOWN": "bold yellow"}
PASSED = 8
"""Reasons that passed which are shown; the rest is counted."""


def render(verdict: Verdict, folder: str) -> str:
    """Draw the verdict."""
    return drawn(_lines(verdict, folder))


def _lines(verdict: Verdict, folder: str) -> Iterator[Text]:
    model = verdict.document.get("model", {})
    stopping = sum(r.stops for r in verdict.reasons)
    what = "may be promoted" if verdict.outcome == "PASS" else "is not to be promoted"
    name = visible(str(model.get("name") or "the model"), 120)
    yield Text.assemble((verdict.outcome, STYLES[verdict.outcome]), f"  {name} {what}")
    yield Text(f"  attempt {verdict.attempt} on this test set; {stopping} of {len(verdict.reasons)} reasons block")
    yield Text()
    passed = 0
    for reason in sorted_reasons(verdict):
        passed += reason.outcome == "PASS"
        if reason.outcome != "PASS" or passed <= PASSED:
            yield from _reason(reason)
    if passed > PASSED:
        yield Text(f"  {passed - PASSED:,} more passed, in {VERDICT}", "dim")
    yield from _waivers(verdict)
    for note in verdict.notes[1:]:
        yield Text(f"  note: {visible(note, 500)}", "yellow")
    for told in change_words(verdict):
        yield Text(f"  against the baseline: {visible(told, 300)}")
    yield Text()
    yield Text(f"Written to {visible(folder, 200)}: {VERDICT}, {JUNIT}, {MARKDOWN}, {HTML}")
    if verdict.outcome == "PASS":
        yield Text("Next: `assay promote RUN_DIR --as production`", "dim")


def _reason(reason: Reason) -> Iterator[Text]:
    mark = reason.outcome if reason.blocking else f"{reason.outcome} (does not block)"
    line = Text.assemble("  ", (mark, STYLES[reason.outcome]), f"  {visible(reason.message, 800)}")
    if reason.waiver:
        line.append(f" Waived by {visible(reason.waiver, 300)}.", "magenta")
    yield line


def _waivers(verdict: Verdict) -> Iterator[Text]:
    for one in verdict.document.get("waivers", ()):
        where = f" ({one['slice']})" if one["slice"] else ""
        told = f"waiver {one['state']}: {one['rule']}{where}: {one['reason']}, {one['owner']}, until {one['expires']}"
        yield Text(f"  {visible(told, 500)}", "magenta")
