"""Models that look good and fail where it matters, on the fixture and on BANKING77."""

from __future__ import annotations

import tomllib
from pathlib import Path

import polars as pl
import pytest
from gate_world import SLICE, World

FIXTURE = Path(__file__).resolve().parents[3] / "fixtures" / "support_tickets"
HEAD = '[data]\ntest = "test.csv"\ntext = "{}"\nlabel = "{}"\n'
NEED = """
[gate]
[[gate.require]]
slice = "critical"
metric = "recall"
at_least = 0.90
[[gate.require]]
slice = "overall"
metric = "accuracy"
at_least = {}
"""


def train(folder: Path, rows: pl.DataFrame, test: pl.DataFrame, text: str, label: str) -> None:
    """Write test.csv and the predictions of a bag-of-words model."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    model = LinearSVC(tol=1e-2).fit(words.fit_transform(rows[text].to_list()), rows[label].to_list())
    said = model.predict(words.transform(test[text].to_list()))
    test.write_csv(folder / "test.csv")
    pl.DataFrame({"row": range(test.height), "prediction": said}).write_csv(folder / "m.csv")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(tmp_path)
    return World(tmp_path)


def test_the_fixture_blocks_urgent_refunds(here: World) -> None:
    rows = pl.read_csv(FIXTURE / "train.csv").drop_nulls(["text", "category"])
    test = pl.read_csv(FIXTURE / "test.csv").drop_nulls(["text", "category"])
    train(here.folder, rows, test, "text", "category")
    here.configure(HEAD.format("text", "category") + SLICE + NEED.format(0.6))
    code, verdict = here.gate(here.evaluate("m"))
    found = {r["slice"]: r["outcome"] for r in verdict["reasons"]}
    assert (code, found) == (1, {"urgent refund": "FAIL", "overall": "PASS"})


def test_banking77_blocks_its_critical_slices(here: World, shared_data: Path) -> None:
    home = shared_data / "banking77"
    rows, test = pl.read_csv(home / "train.csv"), pl.read_csv(home / "test.csv")
    text, label = "text", next(c for c in rows.columns if c != "text")
    tables = tomllib.loads((home / "slices.toml").read_text("utf-8"))["slice"]
    # The gap that the audit would report: eight training rows a class of the refund slice.
    thin = next(each["labels"] for each in tables if each["name"] == "refund")
    few = pl.int_range(pl.len()).over(label) < 8
    train(here.folder, rows.filter(~pl.col(label).is_in(thin) | few).sample(5000, seed=1), test, text, label)
    told = ""
    for each in tables:
        if each["kind"] == "labels" and each["importance"] == "critical":
            names = ", ".join("'" + name.replace("'", "''") + "'" for name in each["labels"])
            told += f'[[slice]]\nname = "{each["name"]}"\nwhere = "{label} IN ({names})"\ncritical = true\n'
    here.configure(HEAD.format(text, label) + told + NEED.format(0.75))
    code, verdict = here.gate(here.evaluate("m"))
    found = {r["slice"]: r["outcome"] for r in verdict["reasons"]}
    assert found["overall"] == "PASS"
    assert (code, verdict["outcome"]) == (1, "FAIL")
    assert found["refund"] == "FAIL"
