"""A whole run as Markdown and as GitHub's annotations: the verdict, what was cleaned, where the pages are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.reports.render.github import Annotation, Level, commands
from assay.reports.render.markdown import escaped
from assay.reports.render.text import plural
from assay.reports.running.story import headline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SIGN = {"PASS": "✅", "FAIL": "❌", "UNKNOWN": "❔", "STOPPED": "⚠️"}
_RANK = {"FAIL": 0, "UNKNOWN": 1, "PASS": 2}
REASON = 600


def render(told: Mapping[str, Any]) -> str:
    """Outcome, reasons worst first, the two audits, the model."""
    return "".join(_blocks(told))


def github(told: Mapping[str, Any]) -> str:
    """Reasons that block as errors, then the outcome as a plain line."""
    return commands(_annotations(told)) + f"assay run: {told['outcome']}: {headline(dict(told))}\n"


def _annotations(told: Mapping[str, Any]) -> Iterator[Annotation]:
    if told["stopped"]:
        yield Annotation("error", "assay run", headline(dict(told)))
    for reason in _worst_first(told):
        if reason["outcome"] != "PASS":
            level: Level = "error" if reason.get("blocking", True) and not reason.get("waiver") else "warning"
            yield Annotation(level, f"{reason['outcome']} {reason['rule']}", reason["message"])


def _blocks(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {_SIGN[told['outcome']]} {told['outcome']}: {escaped(headline(dict(told)))}\n\n"
    for reason in _worst_first(told):
        yield f"- {_SIGN[reason['outcome']]} {escaped(reason['message'], REASON)}\n"
    yield "\n| | errors | warnings | notes |\n| --- | --: | --: | --: |\n"
    for title, key in (("the data as they came", "audit"), ("after cleaning", "audit_cleaned")):
        if told[key]:
            found = told[key]["severities"]
            figures = " | ".join(f"{found.get(s, 0):,}" for s in ("error", "warning", "note"))
            yield f"| {title} | {figures} |\n"
    if told["changes"]:
        changed = ", ".join(f"{plural(n, 'row')} {escaped(action, 40)}" for action, n in told["changes"].items())
        yield f"\nCleaned: {changed}\n"
    if told["training"]:
        method, base = (escaped(str(told["training"][key]), 200) for key in ("method", "base"))
        yield f"\nModel: {method}, {base}\n"


def _worst_first(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return sorted(told["reasons"], key=lambda r: _RANK.get(r["outcome"], 1))
