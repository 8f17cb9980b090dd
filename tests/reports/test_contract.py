"""The command line's contract, where no other test looks: options that every command takes, names that are empty."""

from __future__ import annotations

import json

import polars as pl
import pytest
from click.testing import CliRunner

from assay.audit import config
from assay.audit.errors import AssayError
from assay.reports.cli import COMMANDS, cli
from assay.reports.running import steps

WORDS = {"bill": "invoice charge fee paid twice", "login": "password account locked reset code"}
ROWS = [(f"{words} case {n}", label) for n in range(24) for label, words in WORDS.items()]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [(f"r{n}", *row) for n, row in enumerate(ROWS)]
    pl.DataFrame(rows, schema=["id", "text", "label"], orient="row").write_csv("t.csv")
    return tmp_path


def assay(*arguments):
    """Exit code and output; errors as the command line would tell them."""
    try:
        done = CliRunner().invoke(cli, [*map(str, arguments)], standalone_mode=True, catch_exceptions=False)
    except AssayError as error:
        return 2, str(error)
    return done.return_value or done.exit_code, done.output


def names(command):
    return {name for parameter in cli.get_command(None, command).params for name in parameter.opts}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_a_configuration_and_can_be_quiet(command):
    assert {"--config", "--quiet"} <= names(command)


@pytest.mark.parametrize("command", ["init", "audit", "split", "train", "advise", "evaluate", "gate", "run"])
def test_every_command_that_reads_data_takes_the_roles(command):
    assert {"--text", "--label", "--id", "--group", "--time"} <= names(command)


def test_a_whole_run_hands_the_columns_to_each_step():
    given = {"text": ("a", "b"), "label": "y", "ident": "k", "group": None, "time": "t"}
    told = ("--config", "c.toml", "--text", "a", "--text", "b", "--label", "y", "--id", "k", "--time", "t")
    assert steps.told(given, "c.toml") == told
    assert steps.told({}, None) == ()


@pytest.mark.parametrize(
    "arguments",
    [
        ("audit", ""),
        ("audit", "t.csv", "--validation", ""),
        ("split", "t.csv", "--output", ""),
        ("clean", "", "--output", "x.csv"),
        ("report", ""),
        ("gate", ""),
    ],
)
def test_an_empty_name_is_no_name(folder, arguments):
    code, said = assay(*arguments)
    assert code == 2
    assert "empty" in said
    assert [p.name for p in folder.iterdir()] == ["t.csv"]


@pytest.mark.parametrize("arguments", [("explain", "DUP001"), ("rules",), ("report", "x"), ("review", "x")])
def test_a_wrong_configuration_is_told_by_commands_that_only_check_it(folder, arguments):
    (folder / "c.toml").write_text("[audit]\nfail_onn = 1\n")
    code, said = assay(*arguments, "--config", "c.toml")
    assert code == 2
    assert "c.toml:2: audit.fail_onn: unknown key; did you mean 'fail_on'?" in said


def test_rules_are_told_as_json():
    one = json.loads(assay("explain", "near-duplicate", "--format", "json")[1])
    assert (one["schema_version"], one["code"], one["options"]) == (1, "DUP002", {"similarity": 0.84})
    assert one in [{"schema_version": 1, **rule} for rule in json.loads(assay("rules", "--format", "json")[1])["rules"]]
    assert assay("explain", "NOPE", "--format", "json")[0] == 2


def test_own_probabilities_of_the_command_line_reach_the_rule(folder):
    quick = ("audit", "t.csv", "--encoder", "lsa", "--no-cache", "--select", "LBL002", "-q")
    code, said = assay(*quick, "--probabilities", "missing.csv")
    assert code == 2
    assert "missing.csv" in said
    assert not (folder / "assay-out").exists()
    sure = pl.DataFrame({"id": [f"r{n}" for n in range(len(ROWS))], "bill": [label == "bill" for _, label in ROWS]})
    sure.select("id", pl.col("bill").cast(float), login=1 - pl.col("bill").cast(float)).write_csv("p.csv")
    assert assay(*quick, "--probabilities", "p.csv")[0] == 0
    told = json.loads((folder / "assay-out" / "audit" / "audit.json").read_text())
    assert told["config"]["rules"]["LBL002"]["probabilities"] == "p.csv"


def test_init_writes_the_file_that_is_named_with_paths_relative_to_it(folder):
    (folder / "conf").mkdir()
    assert assay("init", "t.csv", "--config", "conf/mine.toml", "-q")[0] == 0
    assert 'train = "../t.csv"' in (folder / "conf" / "mine.toml").read_text()
    assert config.load(folder / "conf" / "mine.toml").data.train == (str(folder / "t.csv"),)
    assert assay("init", "t.csv", "--config", "conf/mine.toml", "-q")[0] == 2
    assert not (folder / "assay.toml").exists()


def test_a_part_never_replaces_a_file_that_no_split_wrote(folder):
    (folder / "test.csv").write_text("mine\n")
    quick = ("split", "t.csv", "--output", ".", "--no-semantic", "-q")
    code, said = assay(*quick)
    assert code == 2
    assert "no earlier split wrote it" in said
    assert sorted(p.name for p in folder.iterdir()) == ["t.csv", "test.csv"]
    assert assay(*quick[:3], "parts", *quick[4:])[0] == 0
    assert assay(*quick[:3], "parts", *quick[4:], "--seed", "1")[0] == 0


def test_an_audit_that_is_named_and_not_there_is_an_error_of_the_gate(folder):
    (folder / "g.toml").write_text('[[gate.require]]\nslice = "overall"\nmetric = "accuracy"\nat_least = 0.5\n')
    code, said = assay("gate", "evaluation", "--audit", "missing", "--config", "g.toml")
    assert code == 2
    assert "missing: no such folder" in said


def test_review_names_a_rule_that_is_none(folder):
    assay("audit", "t.csv", "--encoder", "lsa", "--no-cache", "--select", "DUP001,DUP002", "-q")
    code, said = assay("review", "assay-out/audit", "--select", "DUPP", "--no-browser")
    assert code == 2
    assert "no rule starts with 'DUPP'" in said
