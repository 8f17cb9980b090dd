from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scored_sets import FIXTURE, sentence

from assay.reports.cli import main


@dataclass
class Ran:
    code: int
    out: str
    err: str
    folder: Path

    @property
    def document(self):
        return json.loads((self.folder / "evaluation.json").read_text("utf-8"))

    def table(self, name):
        return pl.read_parquet(self.folder / name)

    def figure(self, name, metric):
        return next(s for s in self.document["slices"] if s["name"] == name and s["metric"] == metric)


@pytest.fixture
def evaluate(tmp_path, capfd, monkeypatch):
    """Run ``assay evaluate`` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, output="out"):
        with pytest.raises(SystemExit) as left:
            main(["evaluate", *map(str, arguments), "--output", output])
        seen = capfd.readouterr()
        return Ran(int(left.value.code or 0), seen.out, seen.err, tmp_path / output)

    return run


@pytest.fixture
def small(tmp_path):
    """A test set of 120 distinct texts in three classes with a column of places; 30 predictions are wrong."""
    rng = np.random.default_rng(5)
    labels = ["billing", "refund", "other"]
    rows = [
        {"id": f"T{n}", "text": sentence(rng), "label": labels[n % 3], "place": "north" if n % 4 else "south"}
        for n in range(120)
    ]
    for row in rows:
        wrong = rng.random() < 0.25
        row["prediction"] = labels[(labels.index(row["label"]) + 1) % 3] if wrong else row["label"]
    frame = pl.DataFrame(rows)
    frame.drop("prediction").write_csv(tmp_path / "test.csv")
    frame.select("id", "prediction").write_csv(tmp_path / "preds.csv")
    return frame


@pytest.fixture(scope="session")
def ticket_predictions(tmp_path_factory):
    """Probabilities of a bag-of-words model for the support tickets, which is bad at urgent refunds."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    train = pl.read_csv(FIXTURE / "train.csv").drop_nulls(["text", "category"])
    test = pl.read_csv(FIXTURE / "test.csv")
    model = make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=10, max_iter=200))
    model.fit(train["text"].to_list(), train["category"].to_list())
    shares = model.predict_proba(test["text"].to_list())
    classes = model.classes_
    path = tmp_path_factory.mktemp("tickets") / "predictions.csv"
    frame = pl.DataFrame({"id": test["id"], "prediction": [classes[i] for i in shares.argmax(1)]})
    frame.with_columns(pl.Series("confidence", shares.max(1))).write_csv(path)
    return path
