"""A run folder measured by `assay evaluate`: the same answers as the run itself gives."""

import json

import polars as pl
import pytest

from assay import train
from assay.reports.cli import main


@pytest.fixture(scope="module")
def folder(data, model_folder, files, tmp_path_factory):
    made = tmp_path_factory.mktemp("evaluated")
    table = {"model": str(model_folder), "epochs": 1.0, "batch_size": 8, "threads": 1, "method": "head"}
    train.fit(data, table, output=made / "run", ladder=False)
    command = ["evaluate", str(made / "run"), "--data", files["test"], "--text", "text", "--label", "label"]
    with pytest.raises(SystemExit) as ended:
        main([*command, "--perturb", "--output", str(made / "evaluation"), "--quiet"])
    assert not ended.value.code
    return made


def test_answers_are_those_of_the_run(folder, files):
    test = pl.read_csv(files["test"], infer_schema=False)
    told = train.load_run(folder / "run").predict(test["text"].to_list())
    kept = pl.read_parquet(folder / "evaluation" / "predictions.parquet").sort("row")
    assert kept["prediction"].to_list() == list(told.labels)
    assert kept["correct"].to_list() == (test["label"] == pl.Series(told.labels)).to_list()
    whole = json.loads((folder / "evaluation" / "evaluation.json").read_text("utf-8"))
    accuracy = whole["overall"]["accuracy"]
    assert accuracy["rows"] == test.height
    assert accuracy["n"] == test["text"].n_unique()


def test_changes_that_should_not_matter_are_counted(folder):
    whole = json.loads((folder / "evaluation" / "evaluation.json").read_text("utf-8"))
    told = {kind["kind"]: kind for kind in whole["perturbations"]["kinds"]}
    assert {"typos", "capitals", "whitespace"} <= set(told)
    assert all(0 <= kind["changed"] <= kind["n"] <= 30 for kind in told.values())
