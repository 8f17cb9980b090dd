"""A whole run: what every step writes fits its published schema, and `assay report` tells it again."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import polars as pl
import pytest
from command import assay

from assay.reports.review.log import Decision, Log

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
NAMES = ("run", "change", "split", "manifest", "baselines", "timings", "decision")
CONFIG = """
[data]
train = "train.csv"
text = "text"
label = "label"
id = "id"
[audit]
encoder = "lsa"
select = ["DUP001", "LBL006", "LEK001", "LBL005"]
[train]
method = "head"
[[gate.require]]
slice = "overall"
metric = "accuracy"
at_least = 0.2
"""
WORDS = {"delivery": ["parcel", "courier", "late"], "billing": ["invoice", "charge", "fee"]}


def printed_by(folder, *arguments):
    return assay(folder, *arguments, codes=(0,)).stdout


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A folder in which `assay run` came to a verdict, and what it printed."""
    pytest.importorskip("torch", reason="the extra `train` is not installed")
    folder = tmp_path_factory.mktemp("steps")
    rows = []
    for n in range(120):
        label = list(WORDS)[n % 2]
        told = f"number {n}: my {WORDS[label][n % 3]} and the {WORDS[label][(n // 3) % 3]}"
        rows.append({"id": f"t{n}", "text": told, "label": label})
    rows += [
        {**rows[0], "id": "copy"},
        {**rows[1], "id": "typo", "text": "about my fee and charge", "label": "Billing"},
    ]
    pl.DataFrame(rows).write_csv(folder / "train.csv")
    (folder / "assay.toml").write_text(CONFIG, "utf-8")
    log = Log(folder / "assay-out" / "audit" / "decisions.jsonl")
    return folder, printed_by(folder, "run", "--format", "json"), log


def documents(folder, name):
    out = folder / "assay-out"
    places = {
        "run": ["run.json"], "change": ["clean/changes.jsonl"], "split": ["split/split.json"],
        "manifest": ["train/manifest.json"], "baselines": ["train/baselines.json"],
        "timings": ["audit/timings.json", "evaluation/timings.json"], "decision": ["audit/decisions.jsonl"],
    }  # fmt: skip
    for place in places[name]:
        text = (out / place).read_text("utf-8")
        yield from map(json.loads, text.splitlines() if place.endswith("l") else [text])


def decide(log):
    for n, action in enumerate(("keep", "relabel", "drop", "skip", "undo")):
        log.add(Decision("0" * 16, "train", n, "f" * 16, action, "ana", "billing" if action == "relabel" else None))


@pytest.mark.parametrize("name", NAMES)
def test_what_a_step_writes_is_what_is_published(ran, name):
    folder, _, log = ran
    if name == "decision" and not log.path.read_bytes():
        decide(log)
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    check = jsonschema.Draft202012Validator(schema)
    check.check_schema(schema)
    found = list(documents(folder, name))
    assert found
    for document in found:
        check.validate(document)
    for key in schema["required"]:
        broken = copy.deepcopy(found[0])
        del broken[key]
        assert not check.is_valid(broken), key


def test_every_schema_is_checked_here_or_beside(ran):
    del ran
    known = {*NAMES, "audit", "finding", "evaluation", "verdict"}
    assert {p.name.removesuffix(".schema.json") for p in SCHEMAS.glob("*.schema.json")} == known


def test_a_run_is_told_again(ran):
    folder, printed, _ = ran
    assert printed_by(folder, "report", "assay-out", "--format", "json") == printed
    page = printed_by(folder, "report", "assay-out", "--format", "html")
    assert page == (folder / "assay-out" / "report.html").read_bytes()
    words = printed_by(folder, "report", "assay-out").decode()
    assert words.startswith("PASS  the model may be promoted\n")
    assert len(words.splitlines()) <= 40
    told = printed_by(folder, "report", "assay-out", "--format", "markdown").decode()
    assert told.startswith("## ✅ PASS")
    assert printed_by(folder, "report", "assay-out", "--format", "github").endswith(b"the model may be promoted\n")


def test_a_training_is_told_again(ran):
    folder, _, _ = ran
    run = folder / "assay-out" / "train"
    assert printed_by(folder, "report", "assay-out/train", "--format", "markdown") == (run / "README.md").read_bytes()
    told = json.loads(printed_by(folder, "report", "assay-out/train", "--format", "json"))
    assert told["run"] == "assay-out/train"
    assert told["metrics"] == json.loads((run / "manifest.json").read_text("utf-8"))["metrics"]
    assert b"method head" in printed_by(folder, "report", "assay-out/train")
