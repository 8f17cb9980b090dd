"""GEX001: a user's suite as a rule."""

from __future__ import annotations

import json
import socket
import tempfile
from pathlib import Path

import polars as pl
import pytest

from assay.audit import config_tables
from assay.audit.errors import ConfigError
from assay.audit.gx.request import Suite, read_suite
from assay.audit.reading import from_frames, read
from assay.audit.rules import Settings, run
from assay.reports.cli import main

gx = pytest.importorskip("great_expectations", reason="Great Expectations is not installed")


def expectation(kind, severity="critical", description=None, **kwargs):
    more = {"description": description} if description else {}
    return {"type": kind, "kwargs": kwargs, "severity": severity, **more}


def audit(data, *expectations, parameters=None, **options):
    data.memo[Suite] = Suite("s", "s.json", tuple(expectations), parameters or {})
    return run(data, Settings(select=("GEX001",), options={"GEX001": options}))


def told(audit):
    return [(str(f.severity), f.hit.rows[0], f.hit.message) for f in audit.findings]


def command(*arguments):
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return left.value.code


@pytest.fixture
def tickets():
    return pl.DataFrame(
        {
            "text": ["my parcel has not come", "the box was open", "i want my money back", "where is it"],
            "label": ["delivery", "delivery", "refund", "delivery"],
            "channel": ["mail", "fax", "fax", "mail"],
            "stars": [1, 2, 9, None],
        }
    )


def test_rows_and_severities_of_the_suite(tickets):
    found = audit(
        from_frames(tickets, text="text", label="label"),
        expectation("expect_column_values_to_be_in_set", "warning", column="channel", value_set=["mail"]),
        expectation("expect_column_values_to_be_between", "info", column="stars", max_value=5),
        expectation("expect_column_values_to_not_be_null", column="stars", description="every ticket has stars"),
    )
    assert told(found) == [
        ("warning", 1, "channel is 'fax', against expect_column_values_to_be_in_set(value_set=['mail'])"),
        ("note", 2, "stars is '9', against expect_column_values_to_be_between(max_value=5)"),
        ("warning", 2, "channel is 'fax', against expect_column_values_to_be_in_set(value_set=['mail'])"),
        ("error", 3, "stars is missing, against 'every ticket has stars'"),
    ]
    assert found.complete
    assert len({f.fingerprint for f in found.findings}) == 4, "two expectations that fail on one row are two findings"


def test_fingerprints_survive_reordering(tickets):
    def marks(frame):
        wanted = expectation("expect_column_values_to_be_in_set", column="channel", value_set=["mail"])
        return {f.fingerprint for f in audit(from_frames(frame, text="text", label="label"), wanted).findings}

    assert marks(tickets) == marks(tickets.reverse())


def test_mostly_is_the_suites_business(tickets):
    some = expectation("expect_column_values_to_be_in_set", column="channel", value_set=["mail"], mostly=0.5)
    assert not audit(from_frames(tickets, text="text"), some).findings


def test_an_expectation_that_raises_is_incomplete_and_costs_the_others_nothing(tickets):
    found = audit(
        from_frames(tickets, text="text"),
        expectation("expect_column_values_to_not_be_null", column="nowhere"),
        expectation("expect_nothing_of_the_kind", column="text"),
        expectation("expect_column_values_to_match_regex", column="text", regex="("),
        expectation("expect_column_values_to_be_in_set", column="channel", value_set=["mail"]),
    )
    assert [f.hit.rows[0] for f in found.findings] == [1, 2]
    assert found.ran == ("GEX001",)
    assert not found.complete
    assert "3 expectations of s.json could not be evaluated" in found.partial["GEX001"]
    assert "nowhere" in found.partial["GEX001"]


def test_a_suite_of_which_nothing_can_be_evaluated_did_not_run(tickets):
    found = audit(from_frames(tickets, text="text"), expectation("expect_column_values_to_be_unique", column="x"))
    assert found.crashed == ("GEX001",)
    assert not found.complete


def test_no_suite_is_skipped_with_the_cure(tickets):
    found = run(from_frames(tickets, text="text"), Settings(select=("GEX001",)))
    assert found.skipped == {"GEX001": 'no suite; name one in assay.toml: [expectations] suite = "suite.json"'}


def test_parameters_of_the_suite(tickets):
    most = expectation("expect_table_row_count_to_be_between", max_value={"$PARAMETER": "most"})
    data = from_frames(tickets, text="text")
    assert not audit(data, most, parameters={"most": 4}).findings
    assert told(audit(data, most, parameters={"most": 3}))[0][1] == 0


def test_csv_values_as_pandas_reads_them_or_as_written(tmp_path):
    path = tmp_path / "train.csv"
    path.write_text("text,label,stars,code\na text of some words,a,10,007\nanother text of words,b,9,NA\n", "utf-8")
    data = read({"train": [str(path)]}, text="text", label="label")
    number = expectation("expect_column_values_to_be_between", column="stars", min_value=0, max_value=9)
    there = expectation("expect_column_values_to_not_be_null", column="code")
    assert [f.hit.rows[0] for f in audit(data, number, there).findings] == [0, 1]
    written = audit(data, there, expectation("expect_column_value_lengths_to_equal", column="code", value=3),
                    values="written")  # fmt: skip
    assert [f.hit.rows[0] for f in written.findings] == [1], "007 has three characters, and NA is a value"


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_role_columns_reach_the_suite_in_their_own_type(tmp_path, suffix):
    frame = pl.DataFrame({"text": ["one text here", "two texts here"], "label": [0, 7], "good": [True, False]})
    path = tmp_path / f"train.{suffix}"
    frame.write_ndjson(path) if suffix == "jsonl" else frame.write_parquet(path)
    data = read({"train": [str(path)]}, text="text", label="label", group="good")
    wanted = [
        expectation("expect_column_values_to_be_in_set", column="label", value_set=[0, 1]),
        expectation("expect_column_values_to_be_in_set", column="good", value_set=[True]),
    ]
    assert [f.hit.rows[0] for f in audit(data, *wanted).findings] == [1, 1]


def test_splits_are_checked_by_themselves_and_production_is_left_out(tickets):
    data = from_frames({"train": tickets, "test": tickets, "production": tickets}, text="text", label="label")
    unique = expectation("expect_column_values_to_be_unique", column="text")
    assert not audit(data, unique).findings, "the same texts in two files are two batches"
    few = expectation("expect_column_values_to_be_in_set", column="channel", value_set=["mail"])
    assert {data.row(f.hit.rows[0]).split for f in audit(data, few).findings} == {"train", "test"}
    assert {data.row(f.hit.rows[0]).split for f in audit(data, few, splits=("test",)).findings} == {"test"}
    with pytest.raises(ConfigError, match="no split 'tets'; there are train, test, production"):
        audit(data, few, splits=("tets",))


def test_nothing_is_sent_left_or_changed(tickets, monkeypatch, tmp_path):
    def refuse(*_):
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    mine = gx.get_context(mode="ephemeral")
    audit(from_frames(tickets, text="text"), expectation("expect_column_values_to_be_unique", column="text"))
    from great_expectations.data_context.data_context.context_factory import project_manager

    assert project_manager.get_current_project() is mine
    assert not list(tmp_path.iterdir())


def test_a_suite_of_a_project_by_name(tmp_path, monkeypatch):
    context = gx.get_context(mode="file", project_root_dir=str(tmp_path / "project"))
    suite = context.suites.add(gx.ExpectationSuite(name="tickets"))
    suite.add_expectation(gx.expectations.ExpectColumnValuesToBeInSet(column="label", value_set=["a"], severity="info"))
    before = sorted(tmp_path.rglob("*"))
    found = read_suite(config_tables.Expectations(suite="tickets", project=str(tmp_path / "project")))
    assert [e["type"] for e in found.expectations] == ["expect_column_values_to_be_in_set"]
    assert found.expectations[0]["severity"] == "info"
    assert sorted(tmp_path.rglob("*")) == before
    with pytest.raises(ConfigError, match="did you mean 'tickets'"):
        read_suite(config_tables.Expectations(suite="tickts", project=str(tmp_path / "project")))
    with pytest.raises(ConfigError, match="no suite"):
        read_suite(config_tables.Expectations(suite="../great_expectations", project=str(tmp_path / "project")))
    with pytest.raises(ConfigError, match="no project of Great Expectations"):
        read_suite(config_tables.Expectations(suite="tickets", project=str(tmp_path)))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        ("{", "no JSON"),
        ("[]", "no list of expectations"),
        ('{"expectations": []}', "nothing to check"),
        ('{"expectations": [{"kwargs": {}}]}', "expectation 1 has no type"),
    ],
)
def test_wrong_suites_are_told_before_data_are_read(tmp_path, monkeypatch, capsys, content, words):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("suite.json").write_text(content, "utf-8")
    Path("assay.toml").write_text('[data]\ntrain = "no-such.csv"\n[expectations]\nsuite = "suite.json"\n', "utf-8")
    assert command("audit") == 2
    said = capsys.readouterr().err
    assert "suite.json" in said
    assert words in said


def test_the_command_writes_findings_and_says_what_is_incomplete(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("train.csv").write_text("text,label,channel\na text of words,a,fax\nanother text,b,mail\n", "utf-8")
    wanted = [
        expectation("expect_column_values_to_be_in_set", column="channel", value_set=["mail"]),
        expectation("expect_column_values_to_not_be_null", column="nowhere"),
    ]
    Path("sub").mkdir()
    Path("sub/suite.json").write_text(json.dumps({"name": "s", "expectations": wanted}), "utf-8")
    Path("sub/assay.toml").write_text('[data]\ntrain = "../train.csv"\n[expectations]\nsuite = "suite.json"\n', "utf-8")
    assert command("audit", "--config", "sub/assay.toml", "--select", "GEX001", "--output", "out") == 2
    said = capsys.readouterr()
    assert "INCOMPLETE" in said.out
    assert "bug in the rule" not in said.out
    document = json.loads(Path("out/audit.json").read_text("utf-8"))
    assert document["ran"] == ["GEX001"]
    assert document["counts"]["GEX001"]["findings"] == 1
    assert "nowhere" in document["incomplete"]["GEX001"]
    assert document["config"]["expectations"]["suite"] == "s"
    line = pl.read_parquet("out/findings.parquet").row(0, named=True)
    assert (line["line"], line["severity"]) == (2, "error")
    for form, word in (("junit", "<error"), ("sarif", '"executionSuccessful": false')):
        command("audit", "--config", "sub/assay.toml", "--select", "GEX001", "--output", "out", "--format", form)
        assert word in capsys.readouterr().out
