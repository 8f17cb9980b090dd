"""SARIF 2.1.0, for code scanning on data files that live in a repository."""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from assay.audit.rules import Rule, registered
from assay.audit.store import assay_version
from assay.reports.measured import measured
from assay.reports.render.text import plural, visible

if TYPE_CHECKING:
    from assay.audit.rules import Finding
    from assay.reports.render.report import Place, Report

SHOWN = 5_000
"""Results that GitHub shows of a run; more than 25,000 are refused."""
ROWS = 10
"""Rows of a finding that are named as related locations."""
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LINK = re.compile(r"\[(?=[^\]]*\]\()")


def render(report: Report) -> str:
    """One run; the worst ``SHOWN`` findings, and how many were left out."""
    known = registered()
    rules = [known[c] for c in sorted({*report.audit.ran, *report.audit.skipped}) if c in known]
    index = {r.code: n for n, r in enumerate(rules)}
    shown = report.findings[:SHOWN]
    left = len(report.findings) - len(shown)
    report.prefetch(shown, ROWS + 1)
    run = {
        "tool": {
            "driver": {
                "name": "Assay",
                "semanticVersion": assay_version(),
                "rules": [_rule(r, report) for r in rules],
            }
        },
        "automationDetails": {"id": "assay/audit/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report, left)],
        "results": [_result(report, f, index.get(f.code, -1)) for f in shown],
        "properties": {
            "outcome": report.outcome,
            "findingsTotal": len(report.findings),
            "findingsOmitted": left,
            "findingsAccepted": report.accepted,
        },
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(rule: Rule, report: Report) -> dict[str, Any]:
    severity = report.audit.severities.get(rule.code, rule.severity)
    figures = measured(rule.code)
    return {
        "id": rule.code,
        "name": "".join(word.title() for word in rule.name.split("-")),
        "shortDescription": {"text": _message(rule.help.split("\n")[0])},
        "fullDescription": {"text": _message(rule.help.split("\n\n")[0].replace("\n", " "))},
        "help": {"text": _message(f"{rule.help}\n\nMeasured: {' '.join(figures.sentences())}")},
        "defaultConfiguration": {"level": str(severity)},
        "properties": {"tags": ["data-quality"], **({"precision": figures.level} if figures.level else {})},
    }


def _invocation(report: Report, left: int) -> dict[str, Any]:
    """What broke, what was not checked, and what did not fit."""
    notes = [_note("error", f"{code} broke: {why}") for code, why in report.incomplete.items()]
    notes += [_note("note", f"{code} was not checked: {why}") for code, why in report.not_checked.items()]
    if left:
        notes.append(
            _note("warning", f"{plural(left, 'finding')} more than SARIF viewers show; all are in findings.parquet")
        )
    return {"executionSuccessful": not report.incomplete, "toolExecutionNotifications": notes}


def _note(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": _message(text)}}


def _result(report: Report, finding: Finding, index: int) -> dict[str, Any]:
    places = report.places(finding, ROWS + 1)
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": str(finding.severity),
        "message": {"text": _message(finding.hit.message)},
        "locations": [_location(places[0])],
        "partialFingerprints": {"assayFinding/v1": finding.fingerprint},
    }
    if places[1:]:
        result["relatedLocations"] = [
            {"id": n, **_location(p), "message": {"text": _message(p.where)}} for n, p in enumerate(places[1:], 1)
        ]
    return result


def _location(place: Place) -> dict[str, Any]:
    logical = [{"fullyQualifiedName": f"{visible(place.split)}[{place.row}]", "kind": "element"}]
    if not place.path:
        return {"logicalLocations": logical}
    physical: dict[str, Any] = {"artifactLocation": _artifact(place.path)}
    if place.line:
        physical["region"] = {"startLine": place.line}
    return {"physicalLocation": physical, "logicalLocations": logical}


def _artifact(path: str) -> dict[str, str]:
    if PurePath(path).is_absolute():
        return {"uri": Path(path).as_uri()}
    return {"uri": quote(PurePath(path).as_posix()), "uriBaseId": "%SRCROOT%"}


def _message(text: str) -> str:
    """Text in which nothing acts: brackets that SARIF would read as a link are escaped."""
    return _LINK.sub(r"\\[", "\n".join(visible(line) for line in text.split("\n"))) or "(no message)"
