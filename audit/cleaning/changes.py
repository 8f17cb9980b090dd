"""What is done to a row, why, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from assay.audit.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Change:
    """One row dropped or relabelled, or kept by a person against a rule."""

    row: int
    """Index in the data set's frame."""
    action: Literal["drop", "relabel", "keep"]
    reason: str
    """The finding's message, or that a person decided."""
    code: str | None = None
    fingerprint: str | None = None
    label: str | None = None
    """The new label."""
    kept: int | None = None
    """Row that stays in the place of a dropped one."""
    why_kept: str | None = None
    safe: bool = True
    reviewer: str | None = None
    """Who decided; None for a rule."""
    time: str | None = None
    """When, as the decision says."""


def as_line(data: Dataset, change: Change, output: str) -> dict[str, Any]:
    """A line of ``changes.jsonl``."""
    row = data.row(change.row)
    line: dict[str, Any] = {
        "output": output,
        "split": row.split,
        "row": row.row,
        "line": row.line,
        "path": row.path,
        "id": row.id,
        "content_hash": row.key,
        "action": change.action,
        "code": change.code,
        "fingerprint": change.fingerprint,
        "reason": change.reason,
        "safe": change.safe,
        "by": "reviewer" if change.reviewer is not None else "rule",
    }
    if change.reviewer is not None:
        line |= {"reviewer": change.reviewer, "time": change.time}
    if change.action == "relabel":
        now = data.column("label")[change.row]
        line |= {"column": data.roles.label, "from": now, "to": change.label}
    if change.kept is not None:
        other = data.row(change.kept)
        line["kept"] = {
            "split": other.split, "row": other.row, "line": other.line, "path": other.path, "id": other.id,
            "why": change.why_kept,
        }  # fmt: skip
    return line
