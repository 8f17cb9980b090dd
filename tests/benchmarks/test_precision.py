"""Keys of findings, judged findings matched by them, and the figures made of both."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import judged_keys
import judged_sets
import planted_rows
import precision
from judged_keys import COLUMNS, Judged, identity, key, match, read_judged

from assay.audit.findings import Finding, Hit, Severity
from assay.audit.reading import from_frames
from assay.audit.rules import Settings, all_rules, run


@pytest.fixture
def data():
    """Eight rows of train and four of test: two copies, one leak, one text under two labels."""
    train = {
        "text": ["where is my card", "block the card", "where is my card", "order a card", "Order a card", "stop it",
                 "pay by phone", "send money"],
        "label": ["card", "block", "card", "order", "block", "block", "pay", "pay"],
    }  # fmt: skip
    test = {
        "text": ["block the card", "pay by watch", "send money home", "new"],
        "label": ["block", "pay", "pay", "pay"],
    }
    frames = {"train": pl.DataFrame(train), "test": pl.DataFrame(test)}
    return from_frames(frames, text=("text",), label="label")


def finding(rows, related=(), subject="", severity=Severity.WARNING):
    return Finding("DUP001", severity, Hit(tuple(rows), "m", related=tuple(related), subject=subject), "f")


def judged(where, verdict="true", second="", dataset="d", code="DUP001"):
    return Judged(code, dataset, where, "warning", verdict, second, "intents", "because", 2)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((3,), "train:3"),
        ((9, 0), "train:0+test:1"),
        ((0, 0, 1), "train:0+train:1"),
        ((7, 6, 5, 4, 3, 8), "train:3+train:4+train:5+train:6+2"),
    ],
)
def test_a_key_names_places_and_no_text(data, rows, expected):
    assert key(data, finding(rows)) == expected


def test_a_finding_about_a_subject_is_named_by_it(data):
    assert key(data, finding((1, 2), subject="refund\n: card")) == "subject:refund : card"


def test_the_same_rows_in_another_order_or_number_are_the_same_finding():
    assert identity("test:1+train:0") == identity("train:0+test:1")
    assert identity("train:1+train:2+train:3+train:4+9") == identity("train:1+train:2+train:3+train:4+10")
    assert identity("train:1") != identity("train:11")
    assert identity("subject:a+train:1") == "subject:a+train:1"


def test_judged_findings_are_matched_with_those_reported(data):
    known = [judged("train:2+train:0"), judged("test:0+train:1", "false"), judged("train:5", "arguable")]
    reported = [finding((0, 2)), finding((8,), (1,), severity=Severity.ERROR), finding((3, 4)), finding((6,))]
    found = match(data, known, reported)
    assert [(j.finding, severity) for j, severity in found.reported] == [
        ("train:2+train:0", "warning"),
        ("test:0+train:1", "error"),  # it names the row of train as well
    ]
    assert [j.finding for j in found.lost] == ["train:5"]
    assert found.unjudged == {"warning": 2}


def test_figures_count_what_is_still_reported(data):
    known = [
        judged("train:0+train:2"),
        judged("train:1"),
        judged("train:3", "true", "false"),
        judged("train:4", "false"),
    ]
    figures = precision.rule_figures({"d": match(data, known, [finding((0, 2)), finding((3,)), finding((4,))])})
    assert [figures[name] for name in ("judged", "true", "false", "arguable")] == [3, 1, 1, 1]
    assert figures["strict"] == {"value": 0.3333, "low": 0.0084, "high": 0.9057}  # Clopper-Pearson, 1 of 3
    assert figures["lenient"]["value"] == 0.6667
    assert figures["lost"] == ["d train:1"]
    assert figures["second_reading"] == {"read_twice": 1, "agreed": 0, "kappa": 0.0}
    nothing = precision.rule_figures({})
    assert (nothing["judged"], nothing["strict"], nothing["by_severity"]) == (0, None, {})


def test_agreement_is_corrected_for_chance():
    pairs = [("true", "true")] * 6 + [("false", "false")] * 2 + [("true", "false")] * 2
    found = precision.agreement([judged("train:1", a, b) for a, b in pairs])
    assert found == {"read_twice": 10, "agreed": 8, "kappa": 0.5455}  # 1 - (1 - .8) / (1 - .56)


def test_a_real_audit_is_judged_by_rows(data):
    audit = run(data, Settings(select=("DUP001", "LBL001", "LEK001")))
    known = [
        judged("train:0+train:2", dataset="own"),
        judged("train:3+train:4", dataset="own", code="LBL001"),
        judged("test:0", "false", dataset="own", code="LEK001"),
        judged("test:0", dataset="other", code="LEK001"),
    ]
    found = precision.matched("own", audit, known)
    assert {code: [j.verdict for j, _ in each.reported] for code, each in found.items()} == {
        "DUP001": ["true"], "LBL001": ["true"], "LEK001": ["false"],
    }  # fmt: skip
    rules = {code: precision.rule_figures({"own": each}) for code, each in found.items()}
    together = precision.together(rules, ("error", "warning"))
    assert (together["judged"], together["true"], together["false"]) == (3, 2, 1)
    whole = precision.dataset_figures(audit)
    assert (whole["rows"], whole["rows_in_errors_or_warnings"]) == (12, 5)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("nowhere,train:1,note,true,,mails,because", "no dataset 'nowhere'"),
        ("snips,train:1,note,yes,,mails,because", "true, false or arguable"),
        ("snips,train:1,note,true,maybe,mails,because", "true, false or arguable"),
        ("snips,row 5,note,true,,mails,because", "is no key"),
        ("snips,subject:,note,true,,mails,because", "is no key"),
        ("snips,train:1,fatal,true,,mails,because", "severity 'fatal'"),
        ("snips,train:1,note,true,,mails,", "reason are required"),
        ("snips,train:1,note,true,,mails,a\nsnips,train:1+3,note,true,,mails,b", "more than once"),
    ],
)
def test_a_wrong_line_is_refused_with_its_place(tmp_path, line, problem):
    (tmp_path / "DUP001.csv").write_text(",".join(COLUMNS) + "\n" + line + "\n", "utf-8")
    with pytest.raises(ValueError, match=problem):
        read_judged(judged_sets.SETS, tmp_path)


def test_a_second_reader_has_a_file_of_their_own(tmp_path):
    head = ",".join(COLUMNS) + "\n"
    (tmp_path / "second").mkdir()
    lines = "snips,train:2+train:1,note,true,,intents,copy\nsnips,train:3,note,true,false,intents,copy\n"
    (tmp_path / "DUP001.csv").write_text(head + lines, "utf-8")
    own = "snips,train:1+train:2,note,false,,intents,no copy\nsnips,train:3,note,true,,intents,copy\n"
    (tmp_path / "second" / "DUP001.csv").write_text(head + own + "snips,train:9,note,true,,intents,copy\n", "utf-8")
    found = {j.finding: (j.verdict, j.second, j.agreed) for j in read_judged(judged_sets.SETS, tmp_path)}
    assert found == {
        "train:2+train:1": ("true", "false", "arguable"),
        "train:3": ("true", "false", "arguable"),
        "train:9": ("true", "", "true"),
    }


def test_the_judged_findings_of_the_repository_can_be_read():
    codes = {rule.code for rule in all_rules()}
    for each in read_judged(judged_sets.SETS):
        assert each.code in codes, f"{each.code}.csv is of no rule"
        assert len(each.reason.split()) <= 12, f"{each.code}.csv:{each.line}: a reason, no text of the dataset"


def test_what_is_published_is_what_was_measured():
    full = json.loads(precision.PRECISION.read_text("utf-8"))
    assert precision.PUBLISHED.read_text("utf-8") == precision.as_text(precision.published(full))
    assert set(full["rules"]) == {r.code for r in all_rules() if r.check.__module__.startswith("assay.")}
    assert full["recall"] == precision.recall()


def test_the_sets_name_files_that_exist(shared_data):
    for name, each in judged_sets.SETS.items():
        assert judged_sets.is_present(name)
        for source in each.splits.values():
            assert callable(source) or (shared_data / source).is_file()


def test_converted_rows_are_written_once_a_split(shared_data, tmp_path, monkeypatch):
    monkeypatch.setattr(judged_sets, "WORK", tmp_path)
    data = judged_sets.load("textreuse[scans]")
    assert [s.name for s in data.splits] == ["train", "test"]
    assert data.roles.label is None
    assert (tmp_path / "textreuse[scans]" / "test.csv").is_file()
    assert judged_keys.JUDGED.name == "judged"


def test_a_planted_defect_is_found_with_all_its_rows_in_one_finding():
    found = [(0, 5, 9), (1,), (2,)]
    assert planted_rows.recall(found, [{0, 9}, {1}, {1, 2}, {7}]) == 2
    frames = {"train": pl.DataFrame({"text": ["a b c"] * 60, "label": ["x", "y"] * 30})}
    copied, truth = planted_rows.with_copies(str.upper, planted_rows.another)(frames, random.Random(0))
    assert copied["train"].height == 60 + planted_rows.PLANTED
    for rows in truth:
        one, two = sorted(rows)
        assert copied["train"]["text"][two] == copied["train"]["text"][one].upper()
        assert copied["train"]["label"][two] != copied["train"]["label"][one]


def test_what_is_published_of_recall_adds_up():
    for code, planted in precision.recall().items():
        for each in planted:
            assert 0 <= each["found"] <= each["n"], code
            assert each["planted"]
