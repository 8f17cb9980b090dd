from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.reports.evaluation.labelsets import canonical, label_sets, mark_of, split


@pytest.mark.parametrize(
    ("names", "mark"),
    [
        (["refund", "billing"], None),
        (["a;b", "a", "b;c", "c"], ";"),
        (["a|b", "b|c", "a"], "|"),
        (["Shipping; returns", "Billing", "Safety"], None),
        (['["a", "b"]', '["b"]'], "["),
        (["['a', 'b']", "['b']"], "["),
        (["[urgent]", "other"], None),
    ],
)
def test_several_labels_are_told_from_names_with_marks(names, mark):
    assert mark_of(names) == mark


@given(st.lists(st.text("abc", min_size=1, max_size=3), max_size=5))
def test_order_and_repetition_do_not_matter(parts):
    assert canonical(";".join(parts), ";") == ";".join(sorted(set(parts)))
    assert split(str(parts), "[") == tuple(sorted(set(parts)))


def test_sets_are_taken_apart():
    found = label_sets(["", "a", "a;b"], np.array([2, 1]), np.array([1, 0]))
    assert found.names == ("a", "b")
    assert found.truth.tolist() == [[True, True], [True, False]]
    assert found.predicted.tolist() == [[True, False], [False, False]]


@pytest.fixture
def nlupp(shared_data, tmp_path):
    """Utterances with several labels; one label is left out of a third of the predictions, order shuffled."""
    frame = pl.read_csv(shared_data / "nlupp" / "data.csv").drop_nulls("label").head(300).with_row_index("id")
    rng = np.random.default_rng(2)
    told = []
    for label in frame["label"]:
        parts = label.split(";")
        rng.shuffle(parts)
        told.append(";".join(parts[1:] if rng.random() < 0.3 else parts))
    frame.write_csv(tmp_path / "nl.csv")
    pl.DataFrame({"id": frame["id"], "prediction": told}).write_csv(tmp_path / "p.csv")
    return frame["label"].to_list(), told


def test_figures_of_several_labels_are_those_of_scikit_learn(evaluate, nlupp, tmp_path):
    from sklearn.metrics import f1_score
    from sklearn.preprocessing import MultiLabelBinarizer

    ran = evaluate("--predictions", "p.csv", "--data", "nl.csv", "--text", "text", "--label", "label", "--no-discover")
    assert ran.code == 0, ran.err
    document = ran.document
    assert document["multilabel"] is True
    # Copies count once, so that scikit-learn is given one weight a cluster.
    rows = ran.table("predictions.parquet")
    weight = (1 / rows.select(pl.len().over("cluster"))["len"]).to_numpy()
    truth, told = ([set(filter(None, one.split(";"))) for one in each] for each in nlupp)
    every = MultiLabelBinarizer().fit([*truth, *told])
    a, b = every.transform(truth), every.transform(told)
    overall = document["overall"]
    exact = np.array([x == y for x, y in zip(truth, told, strict=True)])
    assert overall["exact_match"]["value"] == pytest.approx(np.average(exact, weights=weight))
    for average in ("micro", "macro", "weighted"):
        wanted = f1_score(a, b, average=average, zero_division=0, sample_weight=weight)
        found = overall[f"{average}_f1"]
        assert found["value"] == pytest.approx(wanted)
        assert found["low"] < found["value"] < found["high"]
    assert set(document["classes"]) == set(every.classes_)


def test_an_unknown_label_of_several_is_named(evaluate, nlupp, tmp_path):
    text = (tmp_path / "p.csv").read_text().replace("arrival", "arival", 1)
    (tmp_path / "p.csv").write_text(text)
    ran = evaluate("--predictions", "p.csv", "--data", "nl.csv", "--text", "text", "--label", "label")
    assert ran.code == 2
    assert "'arival' is no class of the data. Did you mean 'arrival'?" in ran.err
