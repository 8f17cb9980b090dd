"""Limits on the findings of an audit of the very data that were evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from assay.reports.gating.verdict import Outcome, Reason

if TYPE_CHECKING:
    from assay.audit.store import Stored
    from assay.reports.gating.evidence import Evidence
    from assay.reports.gating.policy import Policy

RULE = "max_audit_findings"


def limits(policy: Policy, evidence: Evidence, audit: Stored | None, why_not: str = "") -> tuple[Reason, ...]:
    """A reason for every limit of the policy.

    Args:
        policy: with its limits.
        evidence: what was evaluated.
        audit: the audit folder; None if there is none.
        why_not: why there is none.
    """
    if not policy.audit:
        return ()
    if audit is None:
        words = why_not or "name the audit folder with --audit"
        return tuple(_reason(code, most, None, "UNKNOWN", f"there is no audit: {words}") for code, most in policy.audit)
    if stale := _stale(audit.document, evidence):
        return tuple(_reason(code, most, None, "UNKNOWN", stale) for code, most in policy.audit)
    return tuple(_limit(code, most, audit) for code, most in policy.audit)


def _stale(document: dict[str, Any], evidence: Evidence) -> str | None:
    told = document.get("data", {}).get(evidence.split)
    if not isinstance(told, dict):
        return f"the audit did not see the {evidence.split} split; audit it together with the training data"
    if not evidence.fingerprint or told.get("fingerprint") != evidence.fingerprint:
        return f"the audit is of another {evidence.split} file than the one that was evaluated; run `assay audit` again"
    return None


def _limit(prefix: str, most: int, audit: Stored) -> Reason:
    ran = sorted(c for c in audit.document.get("ran", ()) if c.startswith(prefix))
    skipped = {c: why for c, why in audit.document.get("skipped", {}).items() if c.startswith(prefix)}
    if not ran and not skipped:
        return _reason(prefix, most, None, "UNKNOWN", "no rule of this name ran in the audit")
    found = _count(prefix, audit.findings)
    told = sum(c.get("findings", 0) for code, c in audit.document.get("counts", {}).items() if code.startswith(prefix))
    # Findings about equal rows share a fingerprint, so that fewer may be told apart than were counted; never more.
    if found > told or (told and not found):
        return _reason(prefix, most, found, "UNKNOWN", f"audit.json counts {told} findings, findings.parquet {found}")
    found = told
    shown = f"{found} finding{'' if found == 1 else 's'} of {', '.join(ran)}, at most {most} allowed"
    if found > most:
        return _reason(prefix, most, found, "FAIL", shown)
    if skipped:
        code, why = next(iter(sorted(skipped.items())))
        return _reason(prefix, most, found, "UNKNOWN", f"{code} was skipped ({why}), and skipped is not passed")
    if broken := {c: why for c, why in audit.document.get("incomplete", {}).items() if c.startswith(prefix)}:
        code, why = next(iter(sorted(broken.items())))
        return _reason(prefix, most, found, "UNKNOWN", f"{code} is incomplete: {why}")
    return _reason(prefix, most, found, "PASS", shown)


def _count(prefix: str, findings: pl.DataFrame) -> int:
    """Findings of a prefix: a finding has a line for each of its rows."""
    mine = findings.filter(pl.col("code").str.starts_with(prefix))
    return mine.select("code", "fingerprint").n_unique() if mine.height else 0


def _reason(prefix: str, most: int, found: int | None, outcome: Outcome, words: str) -> Reason:
    value = None if found is None else float(found)
    return Reason(
        f"{RULE}.{prefix}",
        outcome,
        f"audit {prefix}: {words}.",
        metric="findings",
        value=value,
        threshold=float(most),
    )
