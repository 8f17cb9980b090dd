"""What every form of a verdict shows, in what order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.reports.gating.verdict import Reason, Verdict

_RANK = {"FAIL": 0, "UNKNOWN": 1, "PASS": 3}
SLICES = 5
"""Slices named on each side of a comparison."""


def sorted_reasons(verdict: Verdict) -> list[Reason]:
    """What blocks first, then what would, then what passed; within each as the policy has it."""
    return sorted(verdict.reasons, key=lambda r: (not r.stops, _RANK[r.outcome]))


def change_words(verdict: Verdict) -> list[str]:
    """Sentences about the comparison with the baseline; none without one."""
    told = verdict.document.get("comparison")
    if not told:
        return []
    one = told["accuracy"]
    out = []
    if one["n"]:
        out.append(
            f"accuracy {100 * one['difference']:+.1f} points (between {100 * one['low']:+.1f} and "
            f"{100 * one['high']:+.1f} with {100 * told['confidence']:g} % confidence), {told['wins']} rows won, "
            f"{told['losses']} lost"
        )
    for change in ("worse", "better"):
        found = [s for s in (*told["slices"], *told["classes"]) if s["change"] == change]
        if found:
            named = ", ".join(f"{s['name']} ({100 * s['difference']:+.0f})" for s in found[:SLICES])
            more = f" and {len(found) - SLICES} more" if len(found) > SLICES else ""
            out.append(f"clearly {change}: {named}{more}")
    return out
