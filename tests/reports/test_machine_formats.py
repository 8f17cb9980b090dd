"""What other programs read keeps their rules, whatever the data say: SARIF, JUnit, CSV, GitHub's commands, Markdown."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from assay.audit.rules import Severity
from assay.reports import step_summary
from assay.reports.gating.verdict import Reason, Verdict
from assay.reports.render import (
    csv as csv_format,
)
from assay.reports.render import (
    github,
    junit,
    markdown,
    sarif,
    screenful,
    terminal,
    verdict_github,
    verdict_junit,
    verdict_markdown,
    verdict_tables,
    verdict_terminal,
)
from assay.reports.render.github import Annotation
from assay.reports.render.report import Report
from assay.reports.render.terminal import Screen

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")

ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
COMMAND = re.compile(r"::(error|warning|notice) ((?:[a-z]+=[^:,\r\n]*)(?:,[a-z]+=[^:,\r\n]*)*)::[^\r\n]*")
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LOCATION = {
    "type": "object",
    "properties": {
        "id": {"type": "integer", "minimum": 0},
        "message": TEXT,
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "properties": {
                        "uri": {"type": "string", "pattern": r"^[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+$"},
                        "uriBaseId": {"type": "string"},
                    },
                    "additionalProperties": False,
                },
                "region": {
                    "type": "object",
                    "properties": {"startLine": {"type": "integer", "minimum": 1}},
                    "additionalProperties": False,
                },
            },
            "additionalProperties": False,
        },
        "logicalLocations": {"type": "array", "uniqueItems": True, "minItems": 1},
    },
    "additionalProperties": False,
}
RESULT = {
    "type": "object",
    "required": ["message", "ruleId", "level", "locations", "partialFingerprints"],
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": -1},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "message": TEXT,
        "locations": {"type": "array", "items": LOCATION, "minItems": 1, "maxItems": 10},
        "relatedLocations": {"type": "array", "items": LOCATION, "uniqueItems": True},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "additionalProperties": False,
}
RULE = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string", "pattern": "^[A-Za-z]+$"},
        "shortDescription": TEXT,
        "fullDescription": TEXT,
        "help": TEXT,
        "defaultConfiguration": {"properties": {"level": {"enum": ["none", "note", "warning", "error"]}}},
        "properties": {"type": "object", "properties": {"tags": {"type": "array", "uniqueItems": True}}},
    },
    "additionalProperties": False,
}
DRIVER = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "semanticVersion": {"type": "string"},
        "rules": {"type": "array", "items": RULE, "uniqueItems": True},
    },
    "additionalProperties": False,
}
RUN = {
    "type": "object",
    "required": ["tool"],
    "properties": {
        "tool": {"type": "object", "required": ["driver"], "properties": {"driver": DRIVER}},
        "results": {"type": "array", "items": RESULT},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "automationDetails": {"type": "object", "properties": {"id": {"type": "string"}}},
        "invocations": {"type": "array", "items": {"type": "object", "required": ["executionSuccessful"]}},
        "properties": {"type": "object"},
    },
    "additionalProperties": False,
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": RUN, "minItems": 1},
    },
    "additionalProperties": False,
}
"""The part of SARIF 2.1.0 (OASIS standard, section 3) that is written here, in our own words."""


@pytest.mark.parametrize("report", ["hostile", "big"])
def test_sarif_keeps_the_standards_rules(report, hostile, big):
    made = hostile if report == "hostile" else big(20)
    log = json.loads(sarif.render(made))
    jsonschema.Draft202012Validator(SARIF).validate(log)
    results = log["runs"][0]["results"]
    assert len(results) == len(made.findings)
    for told, finding in zip(results, made.findings, strict=True):
        line = told["locations"][0]["physicalLocation"]["region"]["startLine"]
        assert line == int(made.audit.data.places.line[finding.hit.rows[0]])
        assert told["partialFingerprints"] == {"assayFinding/v1": finding.fingerprint}


def rows_of(text):
    return list(csv.reader(io.StringIO(text)))


def test_csv_holds_no_formula_and_every_row(hostile):
    head, *rows = rows_of(csv_format.render(hostile))
    assert head[0] == "code"
    assert len(rows) == 26
    numbers = {head.index(n) for n in ("row", "line", "group", "related_row", "score")}
    for row in rows:
        assert len(row) == len(head)
        for n, cell in enumerate(row):
            assert not ACTS.search(cell)
            assert n in numbers or cell[:1] not in set("=+-@|%\t\r\n")
    assert any(row[head.index("given_label")] == "'" + hostile.audit.data.text[-1] for row in rows)


@given(st.text())
def test_no_cell_becomes_a_formula(text):
    cell = csv_format.cell(text)
    assert cell[:1] not in set("=+-@|%\t\r\n\uff1d\uff0b\uff0d\uff20")
    assert not ACTS.search(cell)
    assert rows_of(csv_format.table(["a", "b"], [[text, 1]]))[1] == [cell, "1"]


def test_cells_that_are_no_text_stay_what_they_are():
    assert csv_format.table(["a", "b", "c", "d"], [[-1, 0.5, None, True]]) == '"a","b","c","d"\n-1,0.5,"","true"\n'


@given(st.text(), st.text(), st.text(min_size=1), st.integers(1, 10**9))
def test_an_annotation_is_one_command_that_says_only_itself(title, message, file, line):
    told = Annotation("error", title, message, file, line).command()
    assert told.endswith("\n")
    assert COMMAND.fullmatch(told[:-1]), told
    assert told.count("\n") == 1
    assert f"line={line}" in told


def test_annotations_stay_within_githubs_ten_and_spread_over_the_rules(hostile, big):
    lines = github.render(hostile).splitlines()
    commands = [COMMAND.fullmatch(line) for line in lines[:-1]]
    assert all(commands)
    levels = [c[1] for c in commands]
    assert levels.count("error") == 8  # seven findings, and a rule that broke
    assert levels.count("warning") == 6
    assert lines[0].endswith("Boom: ␛[31m<script>")
    assert lines[-1].startswith("assay audit: INCOMPLETE: ")
    many = github.render(big(500)).splitlines()
    assert len(many) == 11
    assert "500 errors" in many[-1]


def test_lines_of_an_annotation_are_those_of_the_file(big):
    told = github.render(big(3)).splitlines()
    assert re.match(r"::error file=data/train\.csv,line=\d+,title=ZZZ001 same-text::finding 2", told[0])


def test_a_summary_that_grows_too_long_is_cut(big, monkeypatch, tmp_path):
    path = tmp_path / "summary"
    monkeypatch.setenv(step_summary.VARIABLE, str(path))
    said = []
    step_summary.append("é" * (step_summary.LIMIT // 2), said.append)
    assert not path.exists()
    assert "1 MiB" in said[0]
    step_summary.append(markdown.render(big(2000, ["&<>|`" * 60] * 10)), said.append)
    assert 0 < path.stat().st_size <= step_summary.LIMIT
    monkeypatch.delenv(step_summary.VARIABLE)
    step_summary.append("x", said.append)
    assert len(said) == 1


# verdicts


def verdict_of(texts):
    reasons = tuple(
        Reason(f"rule {t}", ("FAIL", "UNKNOWN", "PASS")[n % 3], f"says {t}", slice=t, metric="recall", n=3, value=0.5,
               low=0.1, high=0.9, threshold=0.9, blocking=n % 4 != 3, waiver=t if n % 5 == 4 else None)
        for n, t in enumerate(texts)
    )  # fmt: skip
    waivers = [
        {"state": "in force", "rule": t, "slice": t, "reason": t, "owner": t, "expires": "2999-01-01"} for t in texts
    ]
    return Verdict("FAIL", reasons, 2, ("attempt 2", *texts), {"model": {"name": texts[0]}, "waivers": waivers})


def test_a_verdict_shows_hostile_words_harmlessly(hostile):
    texts = hostile.audit.data.text.to_list()
    told = verdict_of(texts)
    for text in (
        verdict_github.render(told), verdict_junit.render(told), verdict_markdown.render(told),
        verdict_tables.as_csv(told), verdict_tables.jsonl(told), verdict_terminal.render(told, "o\x1bt"),
    ):  # fmt: skip
        assert not ACTS.search(text)
    lines = verdict_github.render(told).splitlines()
    assert all(COMMAND.fullmatch(line) for line in lines[:-1])
    suite = ET.fromstring(verdict_junit.render(told))[0]  # noqa: S314 - made by us
    cases = suite.findall("testcase")
    assert len(cases) == len(texts)
    kinds = [c[0].tag for c in cases]
    assert [suite.get(k) for k in ("failures", "errors", "skipped")] == [
        str(kinds.count(k)) for k in ("failure", "error", "skipped")
    ]
    shown = verdict_markdown.render(told)
    assert not re.search(r"<|(?<!\\)[|`\[\]]|@org|https?:|^::", shown, re.MULTILINE)
    for row in rows_of(verdict_tables.as_csv(told)):
        assert all(cell[:1] not in set("=+-@|%") or cell.lstrip("-").replace(".", "").isdigit() for cell in row)
    assert len(verdict_tables.jsonl(told).splitlines()) == len(texts)
    assert Verdict.of(json.loads(json.dumps(told.facts()))).facts() == told.facts()


# one screen


@pytest.mark.parametrize("width", [100, None])
def test_the_story_stays_on_one_screen(hostile, big, width, monkeypatch):
    monkeypatch.setattr(terminal, "WORST", 3)
    monkeypatch.setattr(screenful, "LINES", 40)
    for report in (hostile, big(5000), big(3, ["x" * 5000] * 3)):
        shown = terminal.render(report, Screen(width=width)).splitlines()
        assert 8 <= len(shown) <= 40
        assert any("more, in findings.parquet" in line for line in shown) or len(report.findings) <= 3
    shown = verdict_terminal.render(
        verdict_of([*hostile.audit.data.text[:5], *["slice"] * 60]), "out", Screen(width=width)
    ).splitlines()
    assert len(shown) <= 40
    assert any("did not pass" in line for line in shown)


def test_sections_share_the_lines_in_turn_and_say_what_they_leave_out():

    def section(name, count, least=0):
        items = [[Text(f"{name}{n}")] for n in range(count)]
        return screenful.Section([Text(name)], items, least, more=lambda n: f"{n} more {name}")

    beside = [Text("x")] * 28
    shown = [t.plain for t in screenful.fitted([section("a", 9, 1), section("b", 9), section("c", 0)], 80, beside)]
    assert len(shown) <= 12
    assert [t for t in shown if t.startswith("a")] == ["a", "a0", "a1", "a2", "a3"]
    assert "  5 more a" in shown
    assert "  7 more b" in shown
    assert not [t for t in shown if t == "c"]


def test_errors_are_no_pass_though_nobody_fails_on_them(hostile):
    whole = replace(hostile.audit, skipped={}, crashed=())
    report = Report(whole, {}, "never")
    assert (report.outcome, report.exit_code) == ("FOUND", 0)
    for shown in (terminal.render(report), markdown.render(report), github.render(report), sarif.render(report)):
        assert "PASS" not in shown
    assert terminal.render(report).startswith("ERRORS FOUND  7 errors")
    assert "not failing, as asked" in terminal.render(report)
    warnings = tuple(f for f in whole.findings if f.severity is Severity.WARNING)
    assert Report(replace(whole, findings=warnings), {}, "never").outcome == "PASS"


def test_junit_says_what_fails_and_hides_nothing(hostile):
    text = junit.render(hostile)
    assert "␀" in text  # NUL, shown
    assert max(map(cell_len, text.splitlines())) < 2000
