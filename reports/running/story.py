"""What a run came to, from the files of its steps: as facts, as words, as one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.audit.parsing import parse_json, read_object
from assay.audit.tables import read_table
from assay.reports.evaluation.trained import trained
from assay.reports.render.text import plural, visible

if TYPE_CHECKING:
    from pathlib import Path

    from assay.reports.running.steps import Files

SCHEMA_VERSION = 1
MOST = 40
"""Reasons and slices that are shown."""
CASES = 10
SHOWN = 12
"""Reasons on a terminal, which at 100 columns take two lines each."""


def tell(folder: Path, files: Files, stopped: str | None, code: int) -> dict[str, Any]:
    """The facts of a run: outcome, audits before and after cleaning, changes, rungs, slices, reasons."""
    verdict = None if stopped else read_object(folder / "gate" / "verdict.json")
    outcome = str(verdict["outcome"]) if verdict else "STOPPED"
    return {
        "schema_version": SCHEMA_VERSION,
        "outcome": outcome,
        "stopped": stopped,
        "exit_code": code,
        "files": {"train": list(files.train), "validation": list(files.validation), "test": list(files.test)},
        "audit": _audit(folder / "audit"),
        "changes": _changes(folder / "clean" / "changes.jsonl"),
        "audit_cleaned": _audit(folder / "audit-cleaned"),
        "training": trained(folder / "train"),
        "evaluation": _evaluation(folder / "evaluation"),
        "reasons": list(verdict["reasons"])[:MOST] if verdict else [],
        "pages": {
            name: f"{name}/{page}"
            for name, page in (
                ("audit", "report.html"),
                ("audit-cleaned", "report.html"),
                ("train", "README.md"),
                ("evaluation", "report.html"),
                ("gate", "report.html"),
            )
            if (folder / name / page).is_file()
        },
    }


def words(told: dict[str, Any]) -> str:
    """The facts for a terminal."""
    lines = [f"{told['outcome']}  {headline(told)}"]
    for title, key in (("audit of the data", "audit"), ("after cleaning", "audit_cleaned")):
        found = told[key]
        if found:
            lines.append(
                f"  {title:18} " + (", ".join(plural(n, s) for s, n in found["severities"].items()) or "clean")
            )
    if told["changes"]:
        lines.append("  changes            " + ", ".join(f"{v} {k}" for k, v in told["changes"].items()))
    if told["training"]:
        lines.append(f"  model              {told['training']['method']}, {visible(told['training']['base'])}")
    rank = {"FAIL": 0, "UNKNOWN": 1}
    reasons = sorted(told["reasons"], key=lambda r: (rank.get(r["outcome"], 2), not r.get("blocking", True)))
    lines += [f"  {reason['outcome']}  {visible(reason['message'], 300)}" for reason in reasons[:SHOWN]]
    if len(reasons) > SHOWN:
        lines.append(f"  {plural(len(reasons) - SHOWN, 'reason')} more, in gate/verdict.json")
    pages = ", ".join(told["pages"].values())
    return "\n".join([*lines, f"Written: report.html, {pages}", ""])


def headline(told: dict[str, Any]) -> str:
    """Why, in one line."""
    if told["stopped"]:
        return f"the run stopped at `{told['stopped']}` (exit code {told['exit_code']})"
    blocking = [r for r in told["reasons"] if r["outcome"] != "PASS" and r.get("blocking", True)]
    return "the model may be promoted" if not blocking else f"{plural(len(blocking), 'reason')} against promotion"


def page(told: dict[str, Any]) -> str:
    """The facts as one page, with links to those of the steps."""
    from assay.reports.render import run_html  # noqa: PLC0415 - loads Jinja2

    return run_html.render(told, headline(told))


def _audit(folder: Path) -> dict[str, Any] | None:
    found = read_object(folder / "audit.json")
    if found is None:
        return None
    rules = {code: _by_severity(c) for code, c in found["counts"].items() if c["findings"]}
    each = read_table(folder / "findings.parquet", columns=["severity", "fingerprint", "code"]).unique()
    counts = dict(each["severity"].value_counts().rows())
    severities = {severity: counts[severity] for severity in ("error", "warning", "note") if severity in counts}
    return {"severities": severities, "rules": rules, "skipped": found["skipped"]}


def _by_severity(counts: dict[str, Any]) -> list[dict[str, Any]]:
    """A rule's counts, a line for each severity that occurs, worst first."""
    known = counts.get("by_severity") or {counts["severity"]: counts}
    lines = [{"severity": s, **known[s]} for s in ("error", "warning", "note") if s in known]
    return [line for line in lines if line["findings"]]


def _changes(path: Path) -> dict[str, int]:
    """Rows changed, by action."""
    out: dict[str, int] = {}
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError:
        return out
    for line in lines:
        if line.strip():
            action = str(parse_json(line).get("action", "changed"))
            out[action] = out.get(action, 0) + 1
    return dict(sorted(out.items()))


def _evaluation(folder: Path) -> dict[str, Any] | None:
    found = read_object(folder / "evaluation.json")
    if found is None:
        return None
    slices = [s for s in found["slices"] if s["kind"] != "class"][: 4 * MOST]
    shown = ("overall", "confidence", "confusion_matrix")
    return {key: found.get(key) for key in shown} | {"slices": slices, "failures": found["failures"][:CASES]}
