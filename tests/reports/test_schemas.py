from __future__ import annotations

import copy
import json
from pathlib import Path

import polars as pl
import pytest
from page_world import assay

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
CONFIG = """
[data]
train = "train.csv"
test = "test.csv"
text = "text"
label = "label"
id = "id"
[[slice]]
name = "odd"
where = "text ILIKE '%odd%'"
critical = true
min_test = 10
[[slice]]
name = "nobody"
where = "text = 'x'"
[[gate.require]]
slice = "critical"
metric = "accuracy"
at_least = 0.2
"""


def schema(name):
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("schemas")
    rows = [
        {"id": f"{n}", "text": f"{'odd' if n % 2 else 'even'} words number {n} to read", "label": f"c{n % 3}"}
        for n in range(120)
    ]
    pl.DataFrame([*rows[:60], {**rows[0], "id": "copy"}]).write_csv(made / "train.csv")
    pl.DataFrame([*rows[60:], {**rows[1], "id": "leak"}]).write_csv(made / "test.csv")
    test = pl.read_csv(made / "test.csv", infer_schema=False)
    wrong = pl.Series(range(test.height)) % 10 == 0
    guessed = pl.DataFrame({"l": test["label"], "w": wrong}).select(pl.when("w").then(pl.lit("c0")).otherwise("l"))
    pl.DataFrame({"id": test["id"], "prediction": guessed.to_series()}).write_csv(made / "p.csv")
    (made / "assay.toml").write_text(CONFIG, "utf-8")
    return made


@pytest.fixture(scope="module")
def documents(folder):
    audit = json.loads(assay(folder, "audit", "--format", "json", "--encoder", "lsa", "--output", "audit"))
    lines = assay(folder, "audit", "--format", "jsonl", "--encoder", "lsa", "--output", "audit").splitlines()
    assay(folder, "evaluate", "--predictions", "p.csv", "--output", "ev", "-q")
    assay(folder, "gate", "ev", "--output", "gate", "-q")
    return {
        "audit": [audit, json.loads((folder / "audit" / "audit.json").read_text("utf-8"))],
        "finding": [json.loads(line) for line in lines],
        "evaluation": [json.loads((folder / "ev" / "evaluation.json").read_text("utf-8"))],
        "verdict": [json.loads((folder / "gate" / "verdict.json").read_text("utf-8"))],
    }


@pytest.mark.parametrize("name", ["audit", "finding", "evaluation", "verdict"])
def test_what_is_written_is_what_is_published(documents, name):
    check = jsonschema.Draft202012Validator(schema(name))
    check.check_schema(schema(name))
    assert documents[name]
    for document in documents[name]:
        check.validate(document)


@pytest.mark.parametrize("name", ["audit", "finding", "evaluation", "verdict"])
def test_every_promised_key_is_missed(documents, name):
    check = jsonschema.Draft202012Validator(schema(name))
    for key in schema(name)["required"]:
        broken = copy.deepcopy(documents[name][0])
        del broken[key]
        assert not check.is_valid(broken), key


def test_no_evidence_is_never_a_number(documents):
    told = copy.deepcopy(documents["evaluation"][0])
    nobody = [s for s in told["slices"] if s["name"] == "nobody"]
    assert nobody
    assert all(s["n"] == 0 and s["value"] is None for s in nobody)
    nobody[0]["value"] = 0.0
    assert not jsonschema.Draft202012Validator(schema("evaluation")).is_valid(told)
