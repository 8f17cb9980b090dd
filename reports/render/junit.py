"""JUnit XML: a case for each rule, never for a row."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from assay.audit.rules import registered
from assay.reports.render.text import plural, visible

if TYPE_CHECKING:
    from assay.reports.render.report import Report, RuleLine

SHOWN = 10
"""Findings named in a case."""


def render(report: Report) -> str:
    """A suite with a case for every selected rule: failed, passed, skipped or broken."""
    names = {code: rule.name for code, rule in registered().items()}
    lines = {line.code: line for line in report.lines}
    cases = [
        _case(code, names.get(code, ""), _body(report, code, lines.get(code)))
        for code in sorted({*report.audit.ran, *report.audit.skipped})
    ]
    cases += [
        _case(f"rows.parquet {name}", "", f"<error message={_attribute(why)}/>")
        for name, why in sorted(report.audit.broken_scores.items())
    ]
    cases += [
        _case(f"{code} what it could not look at", "", f"<error message={_attribute(why)}/>")
        for code, why in sorted(report.audit.partial.items())
    ]
    failed = sum("<failure " in c for c in cases)
    broken, skipped = sum("<error " in c for c in cases), len(report.not_checked)
    figures = f'tests="{len(cases)}" failures="{failed}" errors="{broken}" skipped="{skipped}"'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="assay audit" {figures}>\n<testsuite name="assay audit" {figures}>\n'
        + "".join(cases)
        + "</testsuite>\n</testsuites>\n"
    )


def _case(code: str, name: str, body: str) -> str:
    head = f"<testcase classname={_attribute('assay.audit')} name={_attribute(f'{code} {name}'.rstrip())}"
    return f"{head}>{body}</testcase>\n" if body else f"{head}/>\n"


def _body(report: Report, code: str, line: RuleLine | None) -> str:
    if line is None:
        why = report.audit.skipped[code]
        return f"<{'error' if code in report.audit.crashed else 'skipped'} message={_attribute(why)}/>"
    if not line.findings:
        return ""
    shown = [f"{report.place(f.hit.rows[0]).where}: {f.hit.message}" for f in line.findings[:SHOWN]]
    if line.count > SHOWN:
        shown.append(f"{line.count - SHOWN:,} more, in findings.parquet")
    text = escape("\n".join(visible(t, 300) for t in shown))
    if not report.fails(line.severity):
        return f"<system-out>{text}</system-out>"
    message = ", ".join(f"{plural(g.count, str(g.severity))} in {plural(g.rows, 'row')}" for g in line.groups)
    return f"<failure type={_attribute(line.severity)} message={_attribute(message)}>{text}</failure>"


def _attribute(text: str) -> str:
    return quoteattr(visible(text, 500))
