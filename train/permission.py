"""Whether training may start: the audit of exactly these data must be there and must hold no errors."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from assay.audit.dataset import PRODUCTION
from assay.audit.parsing import parse_json

if TYPE_CHECKING:
    from pathlib import Path

    from assay.audit.dataset import Dataset

LISTED = 4
"""Rules that are named."""


@dataclass(frozen=True, slots=True)
class Permission:
    """The answer, with its reasons."""

    reasons: tuple[str, ...]
    """Why training should not start; empty if it may."""
    folder: str
    fingerprint: str | None
    """SHA-256 of audit.json; None without one."""
    forced: bool = False

    @property
    def granted(self) -> bool:
        """Whether nothing stands against it."""
        return not self.reasons

    def document(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "fingerprint": self.fingerprint,
            "reasons": list(self.reasons),
            "forced": self.forced and bool(self.reasons),
        }


def ask(data: Dataset, folder: Path, *, forced: bool = False) -> Permission:
    """Compare the audit's data with these data, and look for errors in it.

    Args:
        data: what is to be trained on and measured with; production traffic does not count.
        folder: an audit folder.
        forced: whether training will start all the same; it is kept in the manifest.
    """
    try:
        content = (folder / "audit.json").read_bytes()
        document = parse_json(content)
        audited, roles = dict(document["data"]), dict(document["roles"])
    except (OSError, ValueError, KeyError, TypeError):
        return Permission(
            (f"there is no audit in {folder}; run `assay audit` on these data",), str(folder), None, forced
        )
    reasons = _other_data(data, audited, roles) or _errors(document, folder)  # errors of other data say nothing
    return Permission(tuple(reasons), str(folder), sha256(content).hexdigest(), forced)


def _other_data(data: Dataset, audited: dict[str, Any], roles: dict[str, Any]) -> list[str]:
    reasons = []
    for split in data.splits:
        known = audited.get(split.name)
        if split.name == PRODUCTION:
            continue
        if not known:
            reasons.append(f"the audit knows no {split.name} data")
        elif known.get("fingerprint") != split.fingerprint:
            reasons.append(
                f"the {split.name} data are not those that were audited: they changed, or other columns count"
            )
    if list(roles.get("text") or ()) != list(data.roles.text) or roles.get("label") != data.roles.label:
        reasons.append("the audit took other columns for text and label")
    return [f"{'; '.join(reasons)}; run `assay audit` on these data"] if reasons else []


def _errors(document: dict[str, Any], folder: Path) -> list[str]:
    reasons = []
    found = _error_counts(document, folder)
    if found:
        named = ", ".join(f"{code} ({n:,})" for code, n in list(found.items())[:LISTED])
        more = f" and {len(found) - LISTED} more rules" if len(found) > LISTED else ""
        total = sum(found.values())
        reasons.append(
            f"the audit holds {total:,} error{'s' * (total != 1)}: {named}{more}; see {folder / 'report.html'}"
        )
    broken = document.get("incomplete") or {}
    if broken:
        reasons.append(f"the audit is incomplete: {', '.join(sorted(broken)[:LISTED])} broke; run `assay audit` again")
    return reasons


def _error_counts(document: dict[str, Any], folder: Path) -> dict[str, int]:
    """Findings that are errors, by rule; a finding may be worse or better than its rule's usual.

    Findings of equal content share a fingerprint, so a rule whose findings are all errors takes the audit's own number.
    """
    import polars as pl  # noqa: PLC0415 - heavy

    from assay.audit.tables import read_table  # noqa: PLC0415 - polars

    try:
        lines = read_table(folder / "findings.parquet", columns=["code", "severity", "fingerprint"])
    except (OSError, pl.exceptions.PolarsError):
        counts = document.get("counts", {})
        return {
            c: n["findings"] for c, n in sorted(counts.items()) if n.get("severity") == "error" and n.get("findings")
        }
    bad = pl.col("severity") == "error"
    by_rule = lines.group_by("code").agg(
        bad.all().alias("all"), pl.col("fingerprint").filter(bad).n_unique().alias("n")
    )
    counts = document.get("counts", {})
    return {
        code: counts.get(code, {}).get("findings", n) if every else n
        for code, every, n in by_rule.sort("code").iter_rows()
        if n
    }
