"""`assay clean` and `assay split` as a user meets them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "support_tickets"
TRAIN = "text,label\nsame words here,a\nSame words here!,a\n<b>other</b> words there,b\nlast words of all,c\n"


def assay(*arguments, code=0):
    done = subprocess.run(
        [sys.executable, "-m", "assay.reports.cli", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_audit_clean_audit(here):
    (here / "train.csv").write_text(TRAIN)
    (here / "test.csv").write_text("text,label\nlast words of all,c\nnew words in test,a\n")
    assay("audit", "train.csv", "--test", "test.csv", "--select", "DUP001,LEK001", "--output", "a", "-q", code=1)
    dry = assay("clean", "a", "--output", "clean.csv", "--dry-run")
    assert "4 rows would be cleaned (dry run, nothing is written): 2 kept, 2 dropped" in dry.stdout
    assert "kept: train.csv:2, it is the earliest" in dry.stdout
    assert not (here / "clean.csv").exists()
    done = json.loads(assay("clean", "a", "--output", "clean.csv", "--format", "json").stdout)
    assert done["rows"] == {"before": 4, "after": 2, "dropped": 2, "relabelled": 0}
    assert (here / "clean.csv").read_text() == "text,label\nsame words here,a\n<b>other</b> words there,b\n"
    assay("audit", "clean.csv", "--test", "test.csv", "--select", "DUP001,LEK001", "--output", "b", "-q")
    assert assay("clean", "b", "--output", "twice.csv", "-q").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere", "--output", "x.csv"), "not an audit folder"),
        (("a", "--output", "train.csv"), "nothing is changed in place"),
        (("a", "--output", "x.jsonl"), "name it with .csv"),
        (("a", "--output", "x.csv", "--decisions", "none.jsonl"), "none.jsonl: cannot be read"),
        (("a", "--output", "x.csv", "--split", "tset"), "no split 'tset' in this audit; there are train"),
        (("a",), "Missing option '--output'"),
    ],
)
def test_what_cannot_be_cleaned_is_said_in_one_line(here, arguments, says):
    (here / "train.csv").write_text(TRAIN)
    assay("audit", "train.csv", "--select", "DUP001", "--output", "a", "-q")
    done = assay("clean", *arguments, code=2)
    assert says in done.stderr
    assert not (here / "x.csv").exists()


def test_split_of_the_fixture_has_no_leak(here):
    sources = [FIXTURE / f"{name}.csv" for name in ("train", "validation", "test")]
    roles = ["--label", "category", "--group", "customer_id", "--time", "created_at"]
    done = assay("split", *sources, "--output", "parts", "--no-semantic", *roles)
    assert "LEK001 0 copies, LEK002 0 near-copies, LEK004 0 groups on two sides, LEK005 0 rows" in done.stdout
    told = json.loads((here / "parts" / "split.json").read_text())
    made = {path: pl.read_csv(here / "parts" / path, infer_schema=False) for path in told["files"]}
    assert {path: one["rows"] for path, one in told["files"].items()} == {p: f.height for p, f in made.items()}
    whole = pl.concat([pl.read_csv(path, infer_schema=False) for path in sources])
    assert sorted(pl.concat(made.values())["id"].to_list()) == sorted(whole["id"].to_list())
    splits = ["parts/train.csv", "--validation", "parts/validation.csv", "--test", "parts/test.csv"]
    assay("audit", *splits, *roles, "--select", "LEK001,LEK002,LEK004,LEK005", "--output", "a")


def test_split_takes_its_data_from_the_configuration(here):
    rows = "".join(f"number {'x' * (i % 9)} {i} of {i * 7} things {i * 31},{'ab'[i % 2]}\n" for i in range(80))
    (here / "data.csv").write_text("text,label\n" + rows)
    (here / "assay.toml").write_text('[data]\ntrain = "data.csv"\nlabel = "label"\n')
    told = json.loads(assay("split", "--output", "parts", "--no-semantic", "--format", "json").stdout)
    assert told["data"]["rows"] == 80
    assert (here / "parts" / "validation.csv").exists()
    assay("split", "--output", "parts", "--no-semantic", "--validation", "0", "-q")
    assert not (here / "parts" / "validation.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "no data; name a file"),
        (("none.csv",), "none.csv: no such file"),
        (("data.csv", "--label", "lable"), "no column 'lable' for --label"),
        (("data.csv", "--test", "1.2"), "shares must be between 0 and 1"),
        (("data.csv", "--folds", "1"), "--folds must be 2 or more"),
        (("empty.csv",), "the file is empty"),
        (("header.csv",), "no rows, only a header"),
        (("two.csv",), "2 row(s)"),
    ],
)
def test_what_cannot_be_split_is_said_in_one_line(here, arguments, says):
    (here / "data.csv").write_text(TRAIN)
    (here / "empty.csv").write_text("")
    (here / "header.csv").write_text("text,label\n")
    (here / "two.csv").write_text("text,label\nfirst words here,a\nother words there,b\n")
    done = assay("split", *arguments, "--output", "parts", "--no-semantic", code=2)
    assert says in done.stderr
    assert not (here / "parts").exists()
