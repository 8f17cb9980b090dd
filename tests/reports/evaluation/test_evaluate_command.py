"""`assay evaluate` from files to files."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256

import numpy as np
import polars as pl
import pytest
from scored_sets import FIXTURE, sentence

from assay.reports.cli import main

CONFIG = """
[data]
test = "test.csv"
[[slice]]
name = "north refunds"
where = "label = 'refund' AND place = 'north'"
critical = true
[[slice]]
name = "refunds"
where = "label = 'refund'"
[[slice]]
name = "nowhere"
where = "place = 'moon'"
"""


@pytest.fixture
def configured(small, tmp_path):
    (tmp_path / "assay.toml").write_text(CONFIG)
    return small.with_columns(right=pl.col("label") == pl.col("prediction"))


def test_the_files_hold_what_the_contract_says(evaluate, configured):
    ran = evaluate("--predictions", "preds.csv")
    assert ran.code == 0, ran.err
    document = ran.document
    assert document["schema_version"] == 1
    assert document["model"] == {
        "kind": "predictions",
        "name": "preds.csv",
        "fingerprint": sha256((ran.folder.parent / "preds.csv").read_bytes()).hexdigest(),
    }
    assert document["data"]["test"]["path"] == "test.csv"
    assert document["data"]["test"]["rows"] == 120
    for metric in document["overall"].values():
        assert {"n", "value", "low", "high"} <= set(metric)
    for entry in document["slices"]:
        assert {"name", "kind", "critical", "metric", "n", "value", "low", "high"} <= set(entry)
    rows = ran.table("predictions.parquet")
    assert rows.columns[:8] == ["split", "row", "id", "label", "prediction", "confidence", "correct", "cluster"]
    assert rows["correct"].to_list() == configured["right"].to_list()
    for name in ("predictions", "slice_rows"):
        assert document[f"{name}_sha256"] == sha256((ran.folder / f"{name}.parquet").read_bytes()).hexdigest()
    assert sorted(p.name for p in ran.folder.iterdir()) == [
        "evaluation.json",
        "predictions.parquet",
        "report.html",
        "slice_rows.parquet",
        "timings.json",
    ]


def test_figures_of_slices_are_those_of_their_rows(evaluate, configured):
    ran = evaluate("--predictions", "preds.csv")
    north = configured.filter((pl.col("label") == "refund") & (pl.col("place") == "north"))
    found = ran.figure("north refunds", "recall")
    assert (found["n"], found["critical"], found["kind"]) == (north.height, True, "declared")
    assert found["value"] == pytest.approx(north["right"].mean())
    called = configured.filter(pl.col("prediction") == "refund")
    assert ran.figure("refunds", "precision")["value"] == pytest.approx(called["right"].mean())
    assert ran.figure("refunds", "precision")["n"] == called.height
    empty = ran.figure("nowhere", "accuracy")
    assert (empty["n"], empty["value"], empty["low"], empty["high"]) == (0, None, None, None)
    members = ran.table("slice_rows.parquet").filter(pl.col("slice") == "north refunds")["row"]
    assert members.to_list() == north["id"].str.slice(1).cast(pl.Int64).to_list()


def test_slices_come_worst_first(evaluate, configured):
    values = [
        s["value"] for s in evaluate("--predictions", "preds.csv").document["slices"] if s["metric"] == "accuracy"
    ]
    known = [v for v in values if v is not None]
    assert known == sorted(known)
    assert values == known + [None] * (len(values) - len(known))


def test_the_same_input_gives_the_same_bytes(evaluate, configured):
    first, second = (
        evaluate("--predictions", "preds.csv", output="a"),
        evaluate("--predictions", "preds.csv", output="b"),
    )
    for name in ("predictions.parquet", "slice_rows.parquet", "evaluation.json", "report.html"):
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes(), name


def test_every_model_is_an_attempt_and_the_same_one_is_not(evaluate, configured, tmp_path):
    configured.select("id", pl.col("label").alias("prediction")).write_csv(tmp_path / "better.csv")
    files = ("preds.csv", "better.csv", "preds.csv")
    assert [evaluate("--predictions", f).document["attempt"] for f in files] == [1, 2, 1]


def test_nothing_is_written_beside_data_that_are_read_only(evaluate, small, tmp_path):
    home = tmp_path / "kept"
    home.mkdir()
    (tmp_path / "test.csv").rename(home / "test.csv")
    home.chmod(0o555)
    try:
        ran = evaluate("--predictions", "preds.csv", "--data", "kept/test.csv")
    finally:
        home.chmod(0o755)
    assert ran.code == 0, ran.err
    assert [p.name for p in home.iterdir()] == ["test.csv"]
    assert (tmp_path / "test.csv.attempts").is_file()


def test_each_row_twice_is_no_further_evidence(evaluate, configured, tmp_path):
    once = evaluate("--predictions", "preds.csv", output="a").document
    for name, columns in (("test.csv", ["id", "text", "label", "place"]), ("preds.csv", ["id", "prediction"])):
        again = configured.with_columns(id=pl.col("id") + "b")
        pl.concat([configured, again]).select(columns).write_csv(tmp_path / name)
    twice = evaluate("--predictions", "preds.csv", output="b").document
    assert twice["data"]["test"]["rows"] == 240
    assert twice["data"]["test"]["distinct"] == 120
    for metric, figure in once["overall"].items():
        found = twice["overall"][metric]
        assert (found["n"], found["value"]) == (figure["n"], pytest.approx(figure["value"]))
        assert found["high"] - found["low"] == pytest.approx(figure["high"] - figure["low"], abs=0.01)
    one, two = (next(s for s in d["slices"] if s["name"] == "north refunds") for d in (once, twice))
    assert {k: one[k] for k in ("n", "value", "low", "high")} == {k: two[k] for k in ("n", "value", "low", "high")}


def test_sets_are_kept_apart(evaluate, configured, tmp_path):
    for name in ("production", "edges"):
        frame = configured.head(40).with_columns(id=pl.lit(name) + pl.col("id"))
        frame.select("id", "text", "label", "place").write_csv(tmp_path / f"{name}.csv")
        configured = pl.concat([configured, frame.with_columns(prediction=pl.lit("other"))])
    configured.select("id", "prediction").write_csv(tmp_path / "preds.csv")
    ran = evaluate("--predictions", "preds.csv", "--production", "production.csv", "--edge-cases", "edges.csv")
    assert ran.code == 0, ran.err
    document = ran.document
    assert set(document["data"]) == {"test", "production", "edge-cases"}
    assert set(document["sets"]) == {"production", "edge-cases"}
    assert document["overall"]["accuracy"]["n"] == 120
    wanted = (configured.filter(pl.col("id").str.starts_with("edges"))["label"] == "other").mean()
    assert document["sets"]["edge-cases"]["overall"]["accuracy"]["value"] == pytest.approx(wanted)
    rows = ran.table("predictions.parquet")
    assert rows["split"].value_counts(sort=True).rows()[0] == ("test", 120)
    assert set(ran.table("slice_rows.parquet")["split"]) == {"test", "production", "edge-cases"}


def test_traffic_without_labels_is_left_out_and_named(evaluate, configured, tmp_path):
    configured.select("id", "text", "place").with_columns(id=pl.lit("p") + pl.col("id")).write_csv(
        tmp_path / "prod.csv"
    )
    ran = evaluate("--predictions", "preds.csv", "--production", "prod.csv")
    assert ran.code == 0, ran.err
    assert "production (prod.csv) is not evaluated: no labels" in ran.err
    assert set(ran.document["data"]) == {"test"}


def test_rows_without_a_label_are_not_scored(evaluate, configured, tmp_path):
    blank = configured.with_columns(label=pl.when(pl.col("id") == "T5").then(None).otherwise("label"))
    blank.select("id", "text", "label", "place").write_csv(tmp_path / "test.csv")
    document = evaluate("--predictions", "preds.csv").document
    assert document["overall"]["accuracy"]["n"] == 119
    assert document["unlabelled"] == 1


def test_costs_of_the_configuration_are_paid(evaluate, configured, tmp_path):
    prices = '[evaluation]\ncosts = [{label = "refund", predicted = "*", cost = 10.0}]\n'
    (tmp_path / "assay.toml").write_text(CONFIG + prices)
    document = evaluate("--predictions", "preds.csv").document
    wrong = configured.filter((pl.col("label") == "refund") & ~pl.col("right")).height
    assert document["overall"]["cost"]["value"] == pytest.approx(10 * wrong / 120)
    costs = [case["cost"] for case in document["failures"] if not case["critical"]]
    assert costs == sorted(costs, reverse=True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no model was given"),
        (["run", "--predictions", "preds.csv"], "a RUN_DIR and --predictions were given"),
        (["--predictions", "preds.csv", "--perturb"], "--perturb needs a model to ask"),
        (["--predictions", "none.csv"], "none.csv: no such file"),
        (["--predictions", "preds.csv", "--data", "tset.csv"], "Did you mean test.csv"),
        (["--predictions", "preds.csv", "--label", "lable"], "Did you mean 'label'"),
        (["--predictions", "preds.csv", "--audit", "nowhere"], "nowhere: not an audit folder"),
        (["nowhere"], "nowhere: no such run folder"),
    ],
)
def test_what_cannot_be_meant_is_said_with_its_cure(evaluate, configured, arguments, words):
    ran = evaluate(*arguments)
    assert ran.code == 2
    assert words in ran.err
    assert not ran.folder.exists()


def test_without_data_it_says_where_to_name_them(evaluate, small):
    assert "--data F" in evaluate("--predictions", "preds.csv").err


@pytest.mark.parametrize("labels", [["only"] * 120, [f"class {n}" for n in range(120)]])
def test_odd_classes_are_measured(evaluate, small, tmp_path, labels):
    odd = small.with_columns(label=pl.Series(labels))
    odd.drop("prediction").write_csv(tmp_path / "test.csv")
    odd.select("id", prediction="label").write_csv(tmp_path / "preds.csv")
    ran = evaluate("--predictions", "preds.csv", "--data", "test.csv", "--label", "label")
    assert ran.code == 0, ran.err
    assert ran.document["overall"]["macro_f1"]["value"] == 1.0
    assert ran.document["failures"] == []


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """The support tickets with an audit of theirs."""
    folder = tmp_path_factory.mktemp("audited")
    for name in ("train.csv", "test.csv", "assay.toml", "production.jsonl", "validation.csv", "suite.json"):
        shutil.copy(FIXTURE / name, folder)
    told = ["--select", "DUP001,DUP002,LEK001,LEK002,LBL001", "--fail-on", "never", "--quiet"]
    with pytest.raises(SystemExit):
        main(["audit", "--config", str(folder / "assay.toml"), "--output", str(folder / "audit"), *told])
    return folder


def test_leaked_rows_are_counted_and_left_out_side_by_side(evaluate, audited, ticket_predictions):
    config = ["--config", audited / "assay.toml", "--audit", audited / "audit"]
    ran = evaluate("--predictions", ticket_predictions, *config, "--no-discover")
    assert ran.code == 0, ran.err
    document = ran.document
    findings = pl.read_parquet(audited / "audit" / "findings.parquet")
    leaked = findings.filter(pl.col("code").is_in(["LEK001", "LEK002"]) & (pl.col("split") == "test"))["row"].unique()
    assert document["without_suspects"]["leaked"] == len(leaked) > 0
    assert "LEK004" in document["without_suspects"]["not_checked"]
    rows = ran.table("predictions.parquet")
    kept = rows.filter(~pl.col("row").is_in(leaked.implode()))
    found = document["without_suspects"]["overall"]["accuracy"]
    assert document["without_suspects"]["overall"]["macro_f1"]["with"] == document["overall"]["macro_f1"]
    assert found["without"]["n"] == kept["cluster"].n_unique()
    weight = 1 / kept.select(pl.len().over("cluster"))["len"]
    assert found["without"]["value"] == pytest.approx((kept["correct"] * weight).sum() / weight.sum())
    assert document["clusters"]["source"] == "audit"
    digest = sha256((audited / "audit" / "audit.json").read_bytes()).hexdigest()
    assert document["audit"]["fingerprint"] == digest


def test_urgent_refunds_fail_where_all_looks_well(evaluate, audited, ticket_predictions):
    ran = evaluate("--predictions", ticket_predictions, "--config", audited / "assay.toml", "--no-discover")
    rows = ran.table("predictions.parquet").join(pl.read_csv(FIXTURE / "test.csv").select("id", "priority"), on="id")
    urgent = rows.filter((pl.col("label") == "refund") & (pl.col("priority") == "urgent"))
    found = ran.figure("urgent refund", "recall")
    assert found["value"] == pytest.approx(urgent["correct"].mean())
    assert found["high"] < 0.90
    first = ran.document["failures"][0]
    assert first["critical"]
    assert len(first["nearest_training_rows"]) == 3
    similarity = [near["similarity"] for near in first["nearest_training_rows"]]
    assert similarity == sorted(similarity, reverse=True)
    assert {near["suspect"] for near in first["nearest_training_rows"]} == {None}  # no audit was named


def test_an_audit_of_other_data_is_refused(evaluate, audited, small):
    ran = evaluate("--predictions", "preds.csv", "--data", "test.csv", "--audit", audited / "audit")
    assert ran.code == 2
    assert "this audit is of other data" in ran.err


def test_real_intents_are_measured_by_class(evaluate, shared_data, tmp_path):
    from sklearn.metrics import recall_score

    test = pl.read_csv(shared_data / "banking77" / "test.csv").with_row_index("row")
    text, label = test.columns[1:3]
    told = test[label].shuffle(seed=3)
    guess = test.with_columns(prediction=pl.when(pl.col("row") % 5 > 0).then(pl.col(label)).otherwise(told))
    guess.select("row", "prediction").write_csv(tmp_path / "p.csv")
    (tmp_path / "assay.toml").write_text(
        '[[slice]]\nname = "lost or stolen"\ncritical = true\n'
        f"where = \"{label} IN ('lost_or_stolen_card', 'lost_or_stolen_phone')\"\n"
    )
    data = shared_data / "banking77" / "test.csv"
    ran = evaluate("--predictions", "p.csv", "--data", data, "--text", text, "--label", label, "--no-discover")
    assert ran.code == 0, ran.err
    rows = ran.table("predictions.parquet")
    weight = (1 / rows.select(pl.len().over("cluster", "label"))["len"]).to_numpy()
    wanted = recall_score(rows["label"], rows["prediction"], average=None, sample_weight=weight)
    found = [ran.document["classes"][name]["recall"]["value"] for name in sorted(set(rows["label"]))]
    assert found == pytest.approx(wanted.tolist(), abs=0.01)
    slice_ = ran.figure("lost or stolen", "recall")
    assert slice_["n"] <= 80
    assert slice_["value"] == pytest.approx(
        guess.filter(pl.col(label).str.starts_with("lost_or"))
        .select((pl.col(label) == pl.col("prediction")).mean())
        .item(),
        abs=0.02,
    )


def test_a_failing_slice_that_nobody_declared_is_found_and_a_fair_model_is_not_accused(evaluate, tmp_path):
    rng = np.random.default_rng(12)
    texts = [sentence(rng) for _ in range(600)]
    labels = [("billing", "refund", "other")[n % 3] for n in range(600)]
    for name, wrong in (
        ("fair", [rng.random() < 0.08 for _ in texts]),
        ("bad", [rng.random() < (0.8 if "dragon" in text else 0.08) for text in texts]),
    ):
        told = ["other" if w and y != "other" else "refund" if w else y for w, y in zip(wrong, labels, strict=True)]
        pl.DataFrame({"id": range(600), "prediction": told}).write_csv(tmp_path / f"{name}.csv")
    pl.DataFrame({"id": range(600), "text": texts, "label": labels}).write_csv(tmp_path / "test.csv")
    assert evaluate("--predictions", "fair.csv", "--data", "test.csv").document["discovered"] == []
    ran = evaluate("--predictions", "bad.csv", "--data", "test.csv")
    first = ran.document["discovered"][0]
    assert "dragon" in first["where"]
    members = ran.table("slice_rows.parquet").filter(
        (pl.col("kind") == "discovered") & (pl.col("slice") == first["name"])
    )
    assert members["row"].to_list() == [n for n, text in enumerate(texts) if "dragon" in text]
    assert "needs fresh data" in first["caveat"]
    assert "dragon" in ran.out.split("discovered failing slices")[1]


def test_what_is_printed(evaluate, configured):
    terminal = evaluate("--predictions", "preds.csv").out
    assert terminal.index("critical slices") < terminal.index("worst slices") < terminal.index("worst errors")
    assert "north refunds" in terminal
    machine = evaluate("--predictions", "preds.csv", "--format", "json")
    assert json.loads(machine.out) == machine.document
    assert evaluate("--predictions", "preds.csv", "--quiet").out == ""
    assert "| overall | accuracy |" in evaluate("--predictions", "preds.csv", "--format", "markdown").out
