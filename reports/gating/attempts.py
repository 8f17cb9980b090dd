"""Which attempt on its test set an evaluation is, checked against the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assay.audit.errors import DataError
from assay.reports.evaluation.document import attempt_key
from assay.reports.gating import ledger
from assay.reports.gating.verdict import Reason

if TYPE_CHECKING:
    from assay.reports.gating.evidence import Evidence

RULE = "attempts"


def attempt(evidence: Evidence, *, sequential: bool = False) -> tuple[int, Reason | None]:
    """Number of the attempt, and why it cannot be trusted if it cannot.

    Args:
        evidence: the evaluation.
        sequential: for a test set that grows: earlier looks at the same rows with the same predictions are no attempts.
    """
    told = evidence.document.get("attempt")
    if not isinstance(told, int) or isinstance(told, bool) or told < 1:
        return 1, _reason("the evaluation does not say which attempt on its test set it is; evaluate again")
    split = evidence.data.get(evidence.split)
    path = str(split.get("path") or "test").split(", ", maxsplit=1)[0] if isinstance(split, dict) else "test"
    try:
        found = ledger.find(path, [Path(evidence.folder).parent])
    except DataError as error:
        return told, _reason(str(error).rstrip("."))
    if found is None:
        words = f"the ledger of attempts on {path} ({ledger.beside(path).name}) is missing"
        cure = "restore the ledger, or evaluate again"
        return told, _reason(f"{words}; the evaluation says that it is attempt {told}; {cure}")
    recorded = found.attempt(evidence.fingerprint, key(evidence))
    if recorded is None:
        return told, _reason(f"{found.path} knows nothing of this evaluation; evaluate again")
    if recorded != told:
        return max(told, recorded), _reason(f"{found.path} calls this attempt {recorded}, the evaluation {told}")
    looks = found.lineage(evidence.fingerprint, key(evidence)) if sequential else None
    return looks or recorded, None


def key(evidence: Evidence) -> str:
    """What the ledger knows these predictions by."""
    return attempt_key(evidence.rows)


def _reason(words: str) -> Reason:
    return Reason(RULE, "UNKNOWN", f"attempts: {words}.", pardonable=False)
