"""Files of predictions: what is understood, and what is refused with its line."""

from __future__ import annotations

import polars as pl
import pytest

CSV = "id,prediction\n"


def lines(small, **changed):
    """The predictions as lines of a file, some of them replaced."""
    rows = {i: f"{i},{p}" for i, p in small.select("id", "prediction").rows()}
    return CSV + "\n".join(changed.get(i, line) for i, line in rows.items()) + "\n"


def refused(evaluate, tmp_path, content, name="p.csv"):
    (tmp_path / name).write_text(content)
    ran = evaluate("--predictions", name, "--data", "test.csv")
    assert ran.code == 2
    assert not ran.folder.exists()
    return ran.err


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"T3": "T3,refnd"}, "p.csv:5: 'refnd' is no class of the data. Did you mean 'refund'?"),
        ({"T3": "T3,"}, "p.csv:5: column 'prediction': no prediction"),
        ({"T3": "T3,nan"}, "p.csv:5: column 'prediction': no prediction ('nan')"),
        ({"T3": "T2,refund"}, "p.csv:5: id 'T2' stands twice, first at line 4"),
        ({"T3": "T999,refund"}, "p.csv:5: id 'T999' is no row of the data"),
        ({"T3": ",refund"}, "p.csv:5: column 'id': a prediction without a row to go to"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(evaluate, small, tmp_path, changed, words):
    assert words in refused(evaluate, tmp_path, lines(small, **changed))


def test_missing_rows_are_named_by_their_place_in_the_data(evaluate, small, tmp_path):
    content = "\n".join(lines(small).splitlines()[:-2]) + "\n"
    err = refused(evaluate, tmp_path, content)
    assert "2 of 120 rows have no prediction: id 'T118', 'T119' (the first is test.csv:120)" in err


@pytest.mark.parametrize("value", ["1.2", "-0.1", "nan", "inf", "high"])
def test_a_confidence_that_is_no_probability_is_refused(evaluate, small, tmp_path, value):
    body = [f"{i},{p},{value if i == 'T7' else 0.5}" for i, p in small.select("id", "prediction").rows()]
    err = refused(evaluate, tmp_path, "id,prediction,confidence\n" + "\n".join(body) + "\n")
    assert "p.csv:9: column 'confidence'" in err


def test_probabilities_must_sum_to_one(evaluate, small, tmp_path):
    body = [f"{i},0.2,0.3,{0.9 if i == 'T7' else 0.5}" for i in small["id"]]
    content = "id,prob_billing,prob_other,prob_refund\n" + "\n".join(body) + "\n"
    assert "p.csv:9: the probabilities of 3 classes sum to 1.4, not 1" in refused(evaluate, tmp_path, content)


def test_no_column_of_predictions_lists_those_there_are(evaluate, small, tmp_path):
    err = refused(evaluate, tmp_path, "id,guess\nT0,refund\n")
    assert "no column of predictions" in err
    assert "The columns are: id, guess" in err


def test_a_column_that_is_named_is_taken(evaluate, small, tmp_path):
    small.select("id", pl.col("prediction").alias("guess")).write_csv(tmp_path / "p.csv")
    assert evaluate("--predictions", "p.csv", "--data", "test.csv", "--prediction", "guess").code == 0
    wrong = evaluate("--predictions", "p.csv", "--data", "test.csv", "--prediction", "gues")
    assert wrong.code == 2
    assert "did you mean 'guess'" in wrong.err


def figures(ran):
    assert ran.code == 0, ran.err
    return ran.document["overall"]["accuracy"]["value"], ran.document["predictions_sha256"]


def test_every_format_and_order_gives_the_same(evaluate, small, tmp_path):
    told = small.select("id", "prediction").sample(fraction=1, shuffle=True, seed=1)
    told.write_csv(tmp_path / "p.csv")
    told.write_parquet(tmp_path / "p.parquet")
    told.write_ndjson(tmp_path / "p.jsonl")
    told.rename({"prediction": "pred"}).write_csv(tmp_path / "p.tsv", separator="\t")
    small.select(pl.int_range(pl.len()).alias("row"), "prediction").write_csv(tmp_path / "rows.csv")
    files = ("p.csv", "p.parquet", "p.jsonl", "p.tsv", "rows.csv")
    found = {figures(evaluate("--predictions", f, "--data", "test.csv")) for f in files}
    wanted = (small["label"] == small["prediction"]).mean()
    assert len(found) == 1
    assert next(iter(found))[0] == pytest.approx(wanted)


def test_numbers_as_ids_join_whatever_their_type(evaluate, small, tmp_path):
    numbered = small.with_columns(pl.int_range(1000, 1000 + pl.len()).alias("id"))
    numbered.drop("prediction").write_csv(tmp_path / "n.csv")
    numbered.select(pl.col("id").cast(pl.Float64), "prediction").write_parquet(tmp_path / "p.parquet")
    ran = evaluate("--predictions", "p.parquet", "--data", "n.csv")
    assert figures(ran)[0] == pytest.approx((small["label"] == small["prediction"]).mean())


def test_lines_without_ids_are_taken_in_order_and_that_is_said(evaluate, small, tmp_path):
    small.select("prediction").write_csv(tmp_path / "p.csv")
    ran = evaluate("--predictions", "p.csv", "--data", "test.csv")
    assert figures(ran)[0] == pytest.approx((small["label"] == small["prediction"]).mean())
    assert "its lines were taken in the order of the rows" in ran.err
    assert any("in the order" in note for note in ran.document["notes"])


def test_lines_without_ids_must_be_as_many(evaluate, small, tmp_path):
    err = refused(evaluate, tmp_path, "prediction\nrefund\nother\n")
    assert "2 predictions for 120 rows of test" in err


def test_texts_in_another_order_are_noticed(evaluate, small, tmp_path):
    small.select("text", "prediction").reverse().write_csv(tmp_path / "p.csv")
    ran = evaluate("--predictions", "p.csv", "--data", "test.csv")
    assert ran.code == 2
    assert "its text is not that of test.csv:2" in ran.err


def test_ids_that_stand_twice_in_the_data_cannot_join(evaluate, small, tmp_path):
    small.with_columns(pl.lit("same").alias("id")).drop("prediction").write_csv(tmp_path / "test.csv")
    ran = evaluate("--predictions", "preds.csv", "--data", "test.csv", "--id", "id")
    assert ran.code == 2
    assert "test.csv:2: column 'id': the id 'same' stands on several rows" in ran.err


def test_probabilities_alone_are_enough(evaluate, small, tmp_path):
    labels = ["billing", "other", "refund"]
    body = [[i, *(0.8 if p == label else 0.1 for label in labels)] for i, p in small.select("id", "prediction").rows()]
    pl.DataFrame(body, schema=["id", *(f"prob_{x}" for x in labels)], orient="row").write_csv(tmp_path / "p.csv")
    ran = evaluate("--predictions", "p.csv", "--data", "test.csv")
    assert figures(ran)[0] == pytest.approx((small["label"] == small["prediction"]).mean())
    assert ran.table("predictions.parquet")["confidence"].unique().to_list() == [0.8]


def test_nested_probabilities_are_read(evaluate, small, tmp_path):
    even = {"billing": 0.6, "other": 0.3, "refund": 0.1}
    told = small.select("id").with_columns(pl.lit([even]).list.first().alias("probabilities"))
    told.write_ndjson(tmp_path / "p.jsonl")
    ran = evaluate("--predictions", "p.jsonl", "--data", "test.csv")
    assert figures(ran)[0] == pytest.approx((small["label"] == "billing").mean())


def test_scores_beyond_one_rank_errors_only(evaluate, small, tmp_path):
    small.select("id", "prediction", (pl.int_range(pl.len()) - 40.0).alias("score")).write_csv(tmp_path / "p.csv")
    ran = evaluate("--predictions", "p.csv", "--data", "test.csv")
    assert ran.code == 0, ran.err
    assert ran.document["calibration"] == []
    said = [case["confidence"] for case in ran.document["failures"]]
    assert said == sorted(said, reverse=True)
    assert ran.table("predictions.parquet")["confidence"].null_count() == 120


def test_a_class_that_only_training_data_have_may_be_predicted(evaluate, small, tmp_path):
    told = small.with_columns(pl.when(pl.col("id") == "T3").then(pl.lit("legal")).otherwise("prediction").alias("p"))
    told.select("id", pl.col("p").alias("prediction")).write_csv(tmp_path / "p.csv")
    train = pl.DataFrame({"text": ["somebody sues us now", "a bill was paid twice"], "label": ["legal", "billing"]})
    train.write_csv(tmp_path / "train.csv")
    assert "'legal' is no class" in evaluate("--predictions", "p.csv", "--data", "test.csv").err
    ran = evaluate("--predictions", "p.csv", "--data", "test.csv", "--train", "train.csv")
    assert ran.code == 0, ran.err
    assert ran.document["classes"]["legal"]["recall"]["value"] is None


def test_a_list_is_no_prediction_where_rows_have_one_label(evaluate, small, tmp_path):
    small.select("id", pl.concat_list("prediction")).write_ndjson(tmp_path / "p.jsonl")
    ran = evaluate("--predictions", "p.jsonl", "--data", "test.csv")
    assert ran.code == 2
    assert "is no class of the data" in ran.err
