"""Requirements that a person set aside, for a reason, until a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date

    from assay.reports.gating.policy import Pardon, Policy
    from assay.reports.gating.verdict import Reason


def matches(pardon: Pardon, reason: Reason) -> bool:
    """Whether a waiver speaks of a reason.

    Its rule is the reason's (``critical.recall.at_least``), the requirement's slice and metric (``critical recall``),
    the judged slice with or without the metric (``urgent refund recall``), or rule codes of the audit (``LEK001``).
    With ``slice`` only that slice is meant.
    """
    if not reason.pardonable or (pardon.slice is not None and pardon.slice != reason.slice):
        return False
    told = pardon.rule.casefold()
    requirement = reason.rule.split(".")[0]
    names = {reason.rule, requirement, f"{requirement} {reason.metric}"}
    if reason.slice:
        names |= {reason.slice, f"{reason.slice} {reason.metric}", f"{reason.slice}.{reason.metric}"}
    if reason.rule.startswith("max_audit_findings."):
        names = {reason.rule, reason.rule.split(".", 1)[1]}
    return told in {name.casefold() for name in names}


def apply(policy: Policy, reasons: tuple[Reason, ...], today: date) -> tuple[dict[int, str], list[dict[str, Any]]]:
    """What is waived, by position in the reasons, and every waiver with what became of it.

    A waiver holds to the end of the day on which it expires.
    """
    waived: dict[int, str] = {}
    told = []
    for pardon in policy.pardons:
        met = [n for n, r in enumerate(reasons) if r.outcome != "PASS" and matches(pardon, r)]
        spoke = any(matches(pardon, r) for r in reasons)
        expired = today > pardon.expires
        state = "expired" if expired else "applied" if met else "not needed" if spoke else "matches nothing"
        if not expired:
            for n in met:
                waived.setdefault(n, f"{pardon.owner}, until {pardon.expires.isoformat()}: {pardon.reason}")
        told.append(
            {
                "rule": pardon.rule,
                "slice": pardon.slice,
                "reason": pardon.reason,
                "owner": pardon.owner,
                "expires": pardon.expires.isoformat(),
                "state": state,
            }
        )
    return waived, told


def notes(told: list[dict[str, Any]]) -> list[str]:
    """Sentences about waivers that do not hold."""
    out = []
    for one in told:
        name = f"waiver of {one['rule']!r} by {one['owner']}"
        if one["state"] == "expired":
            out.append(f"{name} expired on {one['expires']} and is ignored")
        elif one["state"] == "matches nothing":
            out.append(f"{name} speaks of no reason of this verdict")
    return out
