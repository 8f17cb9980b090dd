"""`assay advise` as a user meets it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl
import pytest

from assay.audit.encoders import folder as models
from assay.reports.cli import main
from assay.train import evidence, weights
from assay.train.recommendation import CHOICES, CLEAN_OR_COLLECT

sys.path.append(str(Path(__file__).resolve().parents[1] / "train"))


@pytest.fixture(autouse=True)
def bare_machine(tmp_path, monkeypatch):
    """A clean folder on a machine without a pretrained model and without a network: what costs seconds stays out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setattr(models, "find_minilm", lambda: None)
    monkeypatch.setattr(weights, "find_minilm", lambda: None)
    monkeypatch.setattr(evidence, "QUICK", tuple(code for code in evidence.QUICK if code != "LBL002"))


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    return ended.value.code


def write(path: str, count: int = 120, **others) -> str:
    from rows import frame

    frame(count, **others).write_csv(path)
    return path


def test_advice_is_written_and_printed(capsys):
    assert call("advise", write("train.csv")) == 0
    said = capsys.readouterr().out
    told = json.loads(Path("assay-out/advice/advice.json").read_text("utf-8"))
    assert told["schema_version"] == 1
    assert told["recommendation"]["choice"] in CHOICES
    assert said.startswith(f"Recommended: {told['recommendation']['choice']}")
    for head in (
        "because:",
        "what would change it:",
        "Cheap models",
        "Learning curve",
        "Ceiling",
        "Cost of fine-tuning",
    ):
        assert head in said
    assert "assay-out/advice/advice.json" in said
    names = [row["name"] for row in told["table"]["rows"]]
    assert names == ["majority", "TF-IDF + linear SVM", "5 nearest neighbours", "linear head on frozen embeddings"]
    assert all(
        0 <= r["accuracy"]["low"] <= r["accuracy"]["value"] <= r["accuracy"]["high"] <= 1 for r in told["table"]["rows"]
    )
    assert told["encoder"]["name"] == "lsa"
    assert "not on this machine" in told["encoder"]["note"]
    assert told["table"]["zero_shot_skipped"]
    assert told["costs"]["methods"] == []


def test_json_on_standard_output_is_the_file_and_quiet_only_writes_the_same_figures(capsys):
    write("train.csv")
    assert call("advise", "train.csv", "--format", "json", "--output", "one") == 0
    assert json.loads(capsys.readouterr().out) == json.loads(Path("one/advice.json").read_text("utf-8"))
    assert call("advise", "train.csv", "-q", "--output", "two") == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")
    drop = {"seconds"}
    told = []
    for output in ("one", "two"):
        document = json.loads(Path(output, "advice.json").read_text("utf-8"))
        rows = [{k: v for k, v in row.items() if k not in drop} for row in document["table"]["rows"]]
        told.append({**{k: v for k, v in document.items() if k not in drop}, "table": rows})
    assert told[0] == told[1]


def test_thirty_rows_are_collected_first(capsys):
    assert call("advise", write("train.csv", 30)) == 0
    assert f"Recommended: {CLEAN_OR_COLLECT}" in capsys.readouterr().out


def test_a_file_of_leaks_is_cleaned_first_and_test_rows_score_nothing(capsys):
    write("train.csv")
    pl.read_csv("train.csv").head(60).with_columns(pl.col("text").str.to_uppercase()).write_csv("test.csv")
    assert call("advise", "train.csv", "--test", "test.csv") == 0
    said = capsys.readouterr().out
    assert f"Recommended: {CLEAN_OR_COLLECT}" in said
    assert "60 of 60 test rows leak" in said
    assert "no test row is looked at" in said


def test_facts_of_the_configuration_count_and_options_win(capsys):
    write("train.csv")
    Path("assay.toml").write_text(
        '[data]\ntrain = "train.csv"\n[train]\ntask_changes_often = true\ncost_per_month = 7\n'
    )
    assert call("advise", "--format", "json", "--cost-per-month", "40") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["facts"]["task_changes_often"] is True
    assert told["facts"]["cost_per_month"] == 40


def test_hostile_labels_and_texts_stay_harmless(capsys):
    labels = ["\x1b[31mred", "[bold]x[/nope]", "a\u202eb"]
    write("train.csv")
    rows = pl.read_csv("train.csv")
    rows.with_columns(label=pl.Series([labels[n % 3] for n in range(120)])).write_csv("odd.csv")
    assert call("advise", "odd.csv") == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "[bold]x[/nope]" in said


@pytest.mark.parametrize(
    ("content", "arguments", "words"),
    [
        ("", (), "the file is empty"),
        ("text,label\n", (), "no rows"),
        ("text,label\n" + "".join(f"row {n},a\n" for n in range(20)), (), "one class only"),
        ("text,label\na,b\n", ("--label", "nope"), "no column 'nope'"),
        ("text,label\na,b\nc,d\n", ("--model", "nobody/nothing"), "is not on this machine"),
        ("text,label\na,b\nc,d\n", ("--output", ""), "'--output': it needs the name"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(content, arguments, words, capsys):
    Path("data.csv").write_text(content)
    assert call("advise", "data.csv", *arguments) == 2
    assert words in capsys.readouterr().err
    assert not Path("assay-out").exists()
