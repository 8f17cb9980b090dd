"""A model that can be asked, in place of a file."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from assay.reports.evaluation import from_run

CLASSES = ("billing", "other", "refund")


@pytest.fixture
def run(monkeypatch, small):
    """A run that knows the predictions of the small set by their texts, and is 90 % sure of them."""
    told = dict(small.select("text", "prediction").rows())

    def predict(texts):
        codes = [CLASSES.index(told[text]) for text in texts]
        shares = np.full((len(codes), 3), 0.05, np.float32)
        shares[np.arange(len(codes)), codes] = 0.9
        return SimpleNamespace(labels=tuple(CLASSES[c] for c in codes), probabilities=shares, sets=None)

    model = SimpleNamespace(labels=CLASSES, multilabel=False, fingerprint="f" * 64, predict=predict)
    monkeypatch.setattr(from_run, "load_run", lambda _: model)
    return model


def test_a_run_is_measured_like_a_file_of_its_predictions(evaluate, run, small):
    ran = evaluate("somewhere", "--data", "test.csv")
    assert ran.code == 0, ran.err
    file = evaluate("--predictions", "preds.csv", "--data", "test.csv", output="file")
    assert ran.document["slices"] == file.document["slices"]
    assert ran.document["attempt"] == file.document["attempt"] == 1  # the same predictions
    assert ran.document["model"] == {"kind": "run", "name": "somewhere", "fingerprint": "f" * 64}
    assert ran.table("predictions.parquet")["confidence"].to_list() == pytest.approx([0.9] * 120, abs=1e-6)
    assert ran.document["calibration"][0]["verdict"] == "too confident"


def test_classes_that_the_run_does_not_know_are_errors_and_named(evaluate, run, small, tmp_path):
    new = small.with_columns(label=pl.when(pl.col("id") == "T5").then(pl.lit("recall")).otherwise("label"))
    new.select("id", "text", "label").write_csv(tmp_path / "test.csv")
    ran = evaluate("somewhere", "--data", "test.csv")
    assert ran.code == 0, ran.err
    assert "the model does not know 'recall'" in ran.err
    assert ran.document["classes"]["recall"]["recall"]["value"] == 0.0
