from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from assay.audit.baseline import Baseline
from assay.audit.rules import Severity
from assay.reports.render import csv as csv_format
from assay.reports.render import github, html, jsonl, junit, markdown, sarif, terminal
from assay.reports.render import json as json_format
from assay.reports.render.report import Report, facts
from assay.reports.render.terminal import Screen

DANGEROUS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
EVERY = [terminal, html, json_format, jsonl, csv_format, sarif, junit, markdown, github]


@pytest.mark.parametrize("form", EVERY, ids=lambda m: m.__name__.rpartition(".")[2])
def test_no_hidden_character_reaches_any_output(form, hostile):
    assert not (found := DANGEROUS.findall(form.render(hostile))), found


@pytest.mark.parametrize("form", EVERY, ids=lambda m: m.__name__.rpartition(".")[2])
def test_an_audit_without_findings_renders(form, hostile):
    empty = replace(hostile.audit, findings=(), skipped={}, crashed=())
    assert "PASS" in form.render(Report(empty, {})) or form in {jsonl, junit, csv_format}


def test_worst_first_and_verdict(hostile):
    assert [f.severity for f in hostile.findings] == [Severity.ERROR] * 7 + [Severity.WARNING] * 6
    errors = [f.hit.scores[0] for f in hostile.findings[:7]]
    assert errors == sorted(errors, reverse=True)
    assert (hostile.outcome, hostile.exit_code) == ("INCOMPLETE", 2)


@pytest.mark.parametrize(("fail_on", "code"), [("error", 1), ("warning", 1), ("note", 1), ("never", 0)])
def test_exit_code_follows_the_threshold(hostile, fail_on, code):
    whole = replace(hostile.audit, skipped={}, crashed=())
    assert Report(whole, {}, fail_on).exit_code == code


def test_warnings_do_not_fail_at_error(hostile):
    warnings = tuple(f for f in hostile.audit.findings if f.severity is Severity.WARNING)
    audit = replace(hostile.audit, skipped={}, crashed=(), findings=warnings)
    assert Report(audit, {}, "error").exit_code == 0
    assert Report(audit, {}, "warning").exit_code == 1


def test_nothing_ran_is_no_pass(hostile):
    audit = replace(hostile.audit, ran=(), findings=(), crashed=(), skipped={"ZZZ001": "no label"}, severities={})
    assert Report(audit, {}, "never").exit_code == 2


def test_baseline_hides_known_findings_and_names_stale_ones(hostile):
    known = {f.fingerprint: f.code for f in hostile.audit.findings}
    base = Baseline("base", {**known, "f" * 16: "ZZZ001", "e" * 16: "ZZZ003"})
    report = Report(replace(hostile.audit, skipped={}, crashed=()), {}, "note", base)
    assert (report.exit_code, report.findings, report.accepted) == (0, (), 13)
    assert report.stale == ("f" * 16,)  # ZZZ003 did not run: nobody knows
    out = terminal.render(report)
    assert "13 findings accepted, 1 stale" in out
    assert "odd" not in out


# terminal


def test_terminal_shows_verdict_first_and_markup_as_written(hostile):
    out = terminal.render(hostile)
    assert out.startswith("INCOMPLETE  ")
    assert "[bold red]x[/bold red] [/nope] :smile:" in out
    assert "no group column" in out


def test_terminal_never_wraps_or_cuts_when_piped(hostile):
    path = "very/long/" * 40 + "train.csv"
    data = replace(hostile.audit.data, splits=(replace(hostile.audit.data.splits[0], files=(path,)),))
    lines = terminal.render(Report(replace(hostile.audit, data=data), {})).split("\n")
    assert any(line.startswith("  train") and line.endswith("characters)") for line in lines)
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize("width", [20, 40, 59, 60, 80, 120])
def test_terminal_fits_its_width(hostile, width):
    from rich.cells import cell_len

    out = terminal.render(hostile, Screen(width=width))
    assert max(cell_len(line) for line in out.split("\n")) <= width
    assert ("severity" in out.split("\n\n")[1]) == (width >= 60)


def mixed(build, path="t.csv"):
    """An audit with a rule of two warnings and three notes, and 25 other rules with a warning each."""
    from assay.audit.findings import Hit
    from assay.audit.rules import Audit, Finding

    data = build([f"text number {n}" for n in range(40)], ["a", "b"] * 20, path=path)
    rows = [(0,), (1,), (2, 3), (4, 5), (5, 6)]
    bad = [Severity.WARNING, Severity.WARNING, Severity.NOTE, Severity.NOTE, Severity.NOTE]
    found = [Finding("ZZZ001", s, Hit(r, "m"), f"{n:016x}") for n, (r, s) in enumerate(zip(rows, bad, strict=True))]
    codes = [f"ZZZ1{n:02}" for n in range(25)]
    found += [Finding(code, Severity.WARNING, Hit((0,), "z"), f"{n:015x}f") for n, code in enumerate(codes)]
    ran = ("ZZZ001", *codes)
    return Audit(data, ran, {}, (), tuple(found), {}, dict.fromkeys(ran, Severity.WARNING), {}, {})


def test_notes_never_add_to_warnings(build):
    from assay.audit.store import counts

    audit = mixed(build)
    report = Report(audit, {})
    own = [(g.severity, g.count, g.rows) for g in report.groups if g.code == "ZZZ001"]
    assert own == [(Severity.WARNING, 2, 2), (Severity.NOTE, 3, 5)]
    assert counts(audit)["ZZZ001"] == {
        "severity": "warning", "findings": 5, "rows": 7,
        "by_severity": {
            "error": {"findings": 0, "rows": 0},
            "warning": {"findings": 2, "rows": 2},
            "note": {"findings": 3, "rows": 5},
        },
    }  # fmt: skip
    out = terminal.render(report)
    assert re.search(r"warning +ZZZ001 same-text +2 +2 ", out)
    assert "Notes, for information only: ZZZ001 same-text 5 rows" in out
    assert "| 🔵 note | ZZZ001 same-text | 3 | 5 |" in markdown.render(report)
    assert "| 🟠 warning | ZZZ001 same-text | 2 | 2 |" in markdown.render(report)
    assert 'message="2 warnings in 2 rows, 3 notes in 5 rows"' in junit.render(Report(audit, {}, "warning"))
    page = html.render(report)
    assert page.count('<a href="#ZZZ001">ZZZ001</a> same-text') == 2


@pytest.mark.parametrize("width", [40, 80, 120, None])
def test_the_first_screen_has_at_most_20_groups_each_with_a_step(build, width):
    audit = mixed(build)
    lines = terminal.render(Report(audit, {}), Screen(width=width)).splitlines()
    shown = [n for n, line in enumerate(lines) if line.startswith("■")]
    assert 8 <= len(shown) <= 18
    assert any(line.lstrip().startswith("and ") and "more: ZZZ1" in line for line in lines)
    alone = Report(replace(audit, findings=audit.findings[:5], ran=("ZZZ001",)), {})
    out = " ".join(terminal.render(alone, Screen(width=width)).split())
    assert "drop one" in out


def test_groups_come_worst_first_and_largest_first(build):
    audit = mixed(build)
    error = replace(audit.findings[0], severity=Severity.ERROR, code="ZZZ124", fingerprint="e" * 16)
    report = Report(replace(audit, findings=(*audit.findings, error)), {})
    ranks = [(g.severity.rank, -g.rows, g.code) for g in report.groups]
    assert ranks == sorted(ranks)
    assert report.groups[0].code == report.ranked[0].code == "ZZZ124"
    assert [(g.severity, g.rows) for g in report.ranked[0].groups] == [(Severity.ERROR, 1), (Severity.WARNING, 1)]


def test_the_next_step_is_the_first_sentence_of_the_fix():
    from assay.reports.render.report import next_step

    doc = "Find x.\n\nWhy: y.\nFix: read v1.2 of it;\ndrop the row. Then rest.\nOptions: z."
    assert next_step(doc) == "read v1.2 of it; drop the row"
    assert next_step("Find x.\nFix: drop it\nOptions: z.") == "drop it"
    assert next_step("Find x.") == ""


def test_terminal_marks_the_difference(build, hostile):
    data = build(["pay by card", "pay by cash"], ["a", "b"], path="t.csv")
    hit = hostile.audit.findings[0].hit
    evidence = {"difference": {"kind": "words", "left": [[7, 11]], "right": [[7, 11]]}}
    hit = replace(hit, rows=(1, 0), related=(0, 1), evidence=evidence)
    audit = replace(hostile.audit, data=data, findings=(replace(hostile.audit.findings[0], hit=hit),))
    out = terminal.render(Report(audit, {}))
    assert "t.csv:3  (b) pay by [-cash-]" in out
    assert "t.csv:2  (a) pay by {+card+}" in out
    assert "\x1b[1;7m" in terminal.render(Report(audit, {}), Screen(width=80, color=True))


def test_terminal_keeps_paragraphs_and_indents_what_wraps(hostile):
    lines = terminal.render(hostile, Screen(width=60)).split("\n")
    assert lines[lines.index("Skipped rules") - 1] == ""
    long = next(n for n, line in enumerate(lines) if line.lstrip().startswith("xxxxx"))
    assert lines[long].startswith("      x")
    assert lines[long + 1].startswith("      x")


def test_terminal_tells_what_reading_changed(hostile):
    data = replace(hostile.audit.data, notes=("t.csv:3: a NUL was left out \x1b[31m",))
    report = Report(replace(hostile.audit, data=data), {})
    for form in (terminal, html, markdown, json_format):
        assert "a NUL was left out" in form.render(report)


def test_facts_are_told_once_and_only_if_true(hostile):
    evidence = {
        "kind": "words", "difference": {"kind": "words", "left": [], "right": []}, "labels_differ": False,
        "same_label": True, "similarity": 0.98765, "rows": list(range(10)), "nested": {"a": 1},
    }  # fmt: skip
    finding = hostile.audit.findings[0]
    assert facts(replace(finding, hit=replace(finding.hit, evidence=evidence))) == [
        ("kind", "words"), ("same label", "yes"), ("similarity", "0.988"), ("rows", "0, 1, 2, 3, 4, 5, 6, 7 …"),
    ]  # fmt: skip


def test_worst_is_the_strongest_then_the_largest(build, hostile):
    first = hostile.audit.findings[0]
    hits = [((0,), 0.5), ((1, 2), 0.5), ((3,), 0.9), ((4, 5, 6), None)]
    found = tuple(
        replace(first, hit=replace(first.hit, rows=r, related=(), scores=() if s is None else (s,) * len(r)))
        for r, s in hits
    )
    report = Report(replace(hostile.audit, findings=found), {})
    assert [f.hit.rows[0] for f in report.findings] == [3, 1, 0, 4]


def test_terminal_without_colour_has_no_escapes(hostile):
    assert "\x1b" not in terminal.render(hostile, Screen(width=80, color=False))


# html


class Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.marks, self._mark = [], [], [], False

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self._mark = tag == "mark"

    def handle_data(self, data):
        if self._mark:
            self.marks.append(data)

    def handle_endtag(self, _):
        self._mark = False


def test_html_runs_and_requests_nothing(hostile):
    page = html.render(hostile)
    reader = Reader()
    reader.feed(page)
    assert not {"img", "link", "iframe", "object", "form", "base"} & set(reader.tags)
    assert reader.tags.count("script") == 2  # the findings, which are text, and our own script
    assert "alert" not in re.findall(r"<script>(.*?)</script>", page, re.DOTALL)[0]
    assert not [a for a in reader.attributes if a.startswith("on") or a in {"style", "src"}]
    without = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert "49" not in re.findall(r"\{\{ 7\*7 \}\}|49", without)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"default-src &#39;none&#39;; style-src &#39;sha256-{digest}&#39;".replace("&#39;", "'") in page
    assert reader.marks


def test_html_caps_texts_and_findings(big):
    page = html.render(big(5000, ["y" * 10_000, "z"]))
    assert page.count("<article") == html.SHOWN
    assert "4,900 findings more" in page
    assert "y" * 301 not in page
    assert len(page) < 1_000_000


def test_html_quotas_share_the_page():
    assert html.quotas([5000, 10, 5000], 2000) == [995, 10, 995]
    assert html.quotas([1, 2], 2000) == [1, 2]
    assert html.quotas([], 2000) == []


# machine formats


def test_json_is_the_document_and_every_line(hostile):
    whole = json.loads(json_format.render(hostile))
    assert whole["schema_version"] == 1
    assert whole["incomplete"] == {"ZZZ003": "Boom: \x1b[31m<script>"}
    assert (whole["outcome"], whole["baseline"], whole["notes"]) == ("INCOMPLETE", None, [])
    assert whole["findings"] == [json.loads(line) for line in jsonl.render(hostile).split("\n")[:-1]]
    assert len(whole["findings"]) == 26
    assert whole["findings"][3]["score"] is None


def test_jsonl_is_one_line_each(hostile):
    assert len(jsonl.render(hostile).splitlines()) == 26


def test_sarif_keeps_the_schema_rules(hostile):
    log = json.loads(sarif.render(hostile))
    run = log["runs"][0]
    assert log["version"] == "2.1.0"
    rules = [r["id"] for r in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        physical = result["locations"][0]["physicalLocation"]
        assert physical["region"]["startLine"] >= 2
        assert re.fullmatch(r"[A-Za-z0-9%._~/-]+", physical["artifactLocation"]["uri"])
        assert len(result["partialFingerprints"]["assayFinding/v1"]) == 16
    assert not re.search(r"(?<!\\)\[[^\]]*\]\(", " ".join(r["message"]["text"] for r in run["results"]))
    notes = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert any("ZZZ003 broke" in n for n in notes)
    assert any("ZZZ004 was not checked" in n for n in notes)


def test_sarif_is_capped_and_says_so(big):
    run = json.loads(sarif.render(big(6000)))["runs"][0]
    assert len(run["results"]) == 5000
    assert run["properties"]["findingsOmitted"] == 1000
    assert "1,000 findings more" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_sarif_absolute_paths_are_uris(hostile):
    data = hostile.audit.data
    data = replace(data, splits=(replace(data.splits[0], files=("/tmp/a b.csv",)),), memo={})  # noqa: S108
    artifact = json.loads(sarif.render(Report(replace(hostile.audit, data=data), {})))["runs"][0]["results"][0]
    assert artifact["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///tmp/a%20b.csv"}


def test_junit_has_a_case_for_each_rule(hostile):
    suite = ET.fromstring(junit.render(hostile))[0]  # noqa: S314 - made by us
    cases = {c.get("name").split()[0]: c for c in suite}
    assert cases["ZZZ001"][0].tag == "failure"
    assert cases["ZZZ002"][0].tag == "system-out"
    assert cases["ZZZ003"][0].tag == "error"
    assert cases["ZZZ004"][0].tag == "skipped"
    assert [suite.get(k) for k in ("tests", "failures", "errors", "skipped")] == ["4", "1", "1", "1"]


def test_markdown_lets_nothing_act(hostile):
    out = markdown.render(hostile)
    assert set(re.findall(r"</?(\w+)", out)) == {"details", "summary", "del", "ins"}
    assert "](" not in out
    assert not re.search(r"^::", out, re.MULTILINE)
    assert "@org" not in out


def test_markdown_stays_under_githubs_limit(big):
    report = big(10, ["&<>|`" * 60] * 10)
    lines = tuple(replace(report.lines[0], code=f"ZZZ{n}") for n in range(400))
    report.__dict__["lines"] = lines
    out = markdown.render(report)
    assert len(out.encode()) <= markdown.LIMIT + 100
    assert "(cut here" in out
