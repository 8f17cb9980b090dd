"""The verdict as Markdown: for a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assay.reports.render.text import visible
from assay.reports.render.verdict_order import change_words, sorted_reasons

if TYPE_CHECKING:
    from assay.reports.gating.verdict import Reason, Verdict

_SIGN = {"PASS": "✅", "FAIL": "❌", "UNKNOWN": "❔"}

_SPECIAL = str.maketrans(
    {c: f"\\{c}" for c in "\\`*_[]|~$"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "#": "&#35;"}
)
_LINKS = re.compile(r"(?i)(https?|ftp)(:)(?=//)|(www)(\.)")
"""What GitHub makes a link of without being asked."""


def render(verdict: Verdict) -> str:
    """Outcome, reasons worst first, waivers, comparison."""
    model = _safe(str(verdict.document.get("model", {}).get("name") or "model"), 120)
    lines = [f"## {_SIGN[verdict.outcome]} {verdict.outcome}: {model}", ""]
    lines += [_line(reason) for reason in sorted_reasons(verdict)]
    if verdict.document.get("waivers"):
        lines += ["", "### Waivers", ""]
        for one in verdict.document["waivers"]:
            words = f"{one['rule']}{' (' + one['slice'] + ')' if one['slice'] else ''}: {one['reason']}"
            lines.append(f"- {one['state']}: {_safe(words, 500)}, {_safe(one['owner'], 80)}, until {one['expires']}")
    if verdict.notes:
        lines += ["", "### Notes", "", *(f"- {_safe(note, 500)}" for note in verdict.notes)]
    if told := change_words(verdict):
        lines += ["", "### Against the baseline", "", *(f"- {_safe(one, 300)}" for one in told)]
    return "\n".join(lines) + "\n"


def _line(reason: Reason) -> str:
    mark = _SIGN[reason.outcome] if reason.blocking else "▫️"
    waived = f" *Waived by {_safe(reason.waiver, 300)}.*" if reason.waiver else ""
    return f"- {mark} {_safe(reason.message, 800)}{waived}"


def _safe(text: str, cap: int) -> str:
    """Text in which nothing acts, and which reads well as it stands."""
    plain = visible(text, cap).translate(_SPECIAL)
    return _LINKS.sub(lambda m: f"{m[1]}&#58;" if m[1] else f"{m[3]}&#46;", plain)
