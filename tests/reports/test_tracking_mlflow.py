"""Results, aliases and result tables with a real MLflow server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gate_world import World, _outcome

mlflow = pytest.importorskip("mlflow", reason="MLflow is not installed")

from mlflow_server import mlflow_server  # noqa: E402

from assay.reports.tracking_mlflow import metrics_of  # noqa: E402


@pytest.fixture(scope="module")
def uri(tmp_path_factory):
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as address:
        yield address


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return World.build(tmp_path)


def test_audit_evaluation_verdict_and_promotion(world, uri, monkeypatch):
    client = mlflow.MlflowClient(uri)
    experiment = client.create_experiment("tickets")
    training = client.create_run(experiment).info.run_id
    monkeypatch.setenv("MLFLOW_RUN_ID", training)
    audit = [
        "audit",
        "test.csv",
        "--text",
        "text",
        "--label",
        "category",
        "--select",
        "DUP001",
        "--output",
        "out/audit",
    ]
    assert _outcome([*audit, "--mlflow", uri, "--quiet"]) == 0
    folder = world.evaluate("good", {100}, "--mlflow", uri)
    assert world.gate(folder, "--mlflow", uri)[0] == 0
    run = client.get_run(training)
    evaluation = json.loads(Path(folder, "evaluation.json").read_text("utf-8"))
    assert run.data.metrics["evaluation.overall.accuracy"] == evaluation["overall"]["accuracy"]["value"]
    assert run.data.metrics["audit.findings.DUP001"] == 0
    assert run.data.metrics["gate.passed"] == 1
    assert run.data.tags["assay.gate.outcome"] == "PASS"
    assert {f.path for f in client.list_artifacts(training, "assay")} == {
        "assay/audit", "assay/evaluation", "assay/gate",
    }  # fmt: skip
    kept = client.download_artifacts(training, "assay/gate/verdict.json", str(world.folder))
    assert Path(kept).read_bytes() == Path("out/gate/verdict.json").read_bytes()
    told = ["--registry", f"mlflow:{uri}", "--name", "tickets"]
    assert world.promote("good.csv", *told) == 0
    first = client.get_model_version_by_alias("tickets", "production")
    held = client.download_artifacts(first.run_id, "model/good.csv", str(world.folder))
    assert Path(held).read_bytes() == Path("good.csv").read_bytes(), "the server holds the model that was judged"
    world.gate(world.evaluate("bad", set(range(20))))
    assert world.promote("bad.csv", *told) == 1
    assert client.get_model_version_by_alias("tickets", "production").version == first.version


def test_a_run_of_its_own_by_configuration(world, uri):
    world.configure(Path("assay.toml").read_text("utf-8") + f'\n[tracking]\nmlflow = "{uri}"\nexperiment = "own"\n')
    world.evaluate("good", {1})
    client = mlflow.MlflowClient(uri)
    (run,) = client.search_runs([client.get_experiment_by_name("own").experiment_id])
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "assay evaluation"


def test_a_server_that_is_not_there_leaves_the_result(world, monkeypatch, capsys):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")
    world.predict("good", {1})
    told = ["evaluate", "--predictions", "good.csv", "--config", "assay.toml", "--output", "out/e", "--no-discover"]
    assert _outcome([*told, "--mlflow", "http://127.0.0.1:9"]) == 2
    assert "MLflow at http://127.0.0.1:9 refused" in capsys.readouterr().err
    assert Path("out/e/evaluation.json").is_file()


def test_result_tables_are_predictions(world):
    rows = [[r["text"], r["category"], r["category"] if n else "returns"] for n, r in enumerate(world.rows)]
    rows[0][2] = next(r["category"] for r in world.rows if r["category"] != world.rows[0]["category"])
    table = {"columns": ["inputs", "targets", "outputs"], "data": rows}
    Path("eval_results_table.json").write_text(json.dumps(table), "utf-8")
    told = ["evaluate", "--predictions", "eval_results_table.json", "--config", "assay.toml", "--output", "out/e"]
    assert _outcome([*told, "--no-discover", "--quiet"]) == 0
    found = json.loads(Path("out/e/evaluation.json").read_text("utf-8"))["overall"]["accuracy"]
    assert found["value"] == pytest.approx(1 - 1 / len(rows))
    table["data"][3] = ["too short"]
    Path("eval_results_table.json").write_text(json.dumps(table), "utf-8")
    assert _outcome([*told, "--no-discover", "--quiet"]) == 2


def test_missing_figures_are_no_zeros():
    empty = {"value": None, "low": None, "high": None, "n": 0}
    document = {"overall": {"accuracy": empty}, "slices": [{"name": "a/b:ü", "metric": "recall", **empty}]}
    assert dict(metrics_of("evaluation", document)) == {"overall.accuracy.n": 0.0, "slice.a/b_ü.recall.n": 0.0}
