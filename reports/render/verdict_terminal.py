"""The verdict on a terminal: outcome first, what blocks first; plain text when piped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from assay.reports.gating.verdict import HTML, JUNIT, MARKDOWN, VERDICT
from assay.reports.render.screenful import Section, fitted
from assay.reports.render.terminal import Screen, drawn
from assay.reports.render.text import plural, visible
from assay.reports.render.verdict_order import change_words, sorted_reasons

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assay.reports.gating.verdict import Reason, Verdict

STYLES = {"PASS": "bold green", "FAIL": "bold red", "UNKNOWN": "bold yellow"}
LEAST, PASSED = 6, 8
"""Reasons against that are shown however long they are, and reasons that passed, at most."""


def render(verdict: Verdict, folder: str, screen: Screen | None = None) -> str:
    """Draw the verdict.

    Args:
        verdict: what is drawn.
        folder: where its files are.
        screen: what it is shown on.
    """
    screen = screen or Screen()
    return drawn(_lines(verdict, folder, screen), screen)


def _lines(verdict: Verdict, folder: str, screen: Screen) -> Iterator[Text]:
    head, end = list(_head(verdict)), list(_end(verdict, folder))
    yield from head
    yield from fitted(list(_sections(verdict)), screen.width, [*head, *end])
    yield from end


def _head(verdict: Verdict) -> Iterator[Text]:
    model = verdict.document.get("model", {})
    stopping = sum(r.stops for r in verdict.reasons)
    what = "may be promoted" if verdict.outcome == "PASS" else "is not to be promoted"
    name = visible(str(model.get("name") or "the model"), 120)
    yield Text.assemble((verdict.outcome, STYLES[verdict.outcome]), f"  {name} {what}")
    yield Text(f"  attempt {verdict.attempt} on this test set; {stopping} of {len(verdict.reasons)} reasons block")


def _sections(verdict: Verdict) -> Iterator[Section]:
    """Reasons, what blocks first; then waivers, notes and the comparison."""
    reasons = sorted_reasons(verdict)
    against = [r for r in reasons if r.outcome != "PASS"]
    passed = [r for r in reasons if r.outcome == "PASS"]

    def more(left: int) -> str:
        stopping = sum(r.stops for r in against[-left:])
        return f"{left:,} more that did not pass, {stopping:,} of them block: in {VERDICT}"

    yield Section([], [[_reason(r)] for r in against], LEAST, more=more)
    waivers = [[_waiver(one)] for one in verdict.document.get("waivers", ())]
    yield Section([], waivers, 1, more=lambda n: f"and {plural(n, 'waiver')} more", spaced=False)
    notes = [[Text(f"  note: {visible(note, 300)}", "yellow")] for note in verdict.notes[1:]]
    yield Section([], notes, 1, more=lambda n: f"and {plural(n, 'note')} more", spaced=False)
    changes = [[Text(f"  against the baseline: {visible(told, 300)}")] for told in change_words(verdict)]
    yield Section([], changes, 1, spaced=False)
    told = [[_reason(r)] for r in passed]
    yield Section([], told, 1, PASSED, more=lambda n: f"{n:,} more passed, in {VERDICT}", spaced=not against)


def _end(verdict: Verdict, folder: str) -> Iterator[Text]:
    yield Text()
    yield Text(f"Written to {visible(folder, 200)}: {VERDICT}, {JUNIT}, {MARKDOWN}, {HTML}")
    if verdict.outcome == "PASS":
        yield Text("Next: `assay promote RUN_DIR --as production`", "dim")


def _reason(reason: Reason) -> Text:
    mark = reason.outcome if reason.blocking else f"{reason.outcome} (does not block)"
    line = Text.assemble("  ", (mark, STYLES[reason.outcome]), f"  {visible(reason.message, 500)}")
    if reason.waiver:
        line.append(f" Waived by {visible(reason.waiver, 300)}.", "magenta")
    return line


def _waiver(one: Mapping[str, Any]) -> Text:
    where = f" ({one['slice']})" if one["slice"] else ""
    told = f"waiver {one['state']}: {one['rule']}{where}: {one['reason']}, {one['owner']}, until {one['expires']}"
    return Text(f"  {visible(told, 300)}", "magenta")
