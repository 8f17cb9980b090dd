import json

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from assay.reports.cli import cli

WORDS = {"refund": "money back refund return paid", "login": "password account sign code reset"}


@pytest.fixture
def data(tmp_path):
    rng = np.random.default_rng(0)
    truth = rng.choice(list(WORDS), 300)
    texts = [f"{' '.join(rng.choice(WORDS[t].split(), 4))} number {n}" for n, t in enumerate(truth)]
    labels = np.where(rng.random(300) < 0.1, np.where(truth == "login", "refund", "login"), truth)
    path = tmp_path / "train.csv"
    pl.DataFrame({"text": texts, "label": labels, "truth": truth}).write_csv(path)
    return path


def audit(data, tmp_path, *more):
    arguments = ["audit", str(data), "--text", "text", "--label", "label", "--select", "LBL002", "--fail-on", "never"]
    return CliRunner().invoke(cli, [*arguments, "--output", str(tmp_path / "out"), *more], standalone_mode=False)


def test_list_filled_in_gives_the_rate(data, tmp_path):
    result = audit(data, tmp_path, "--noise-audit", "100")
    assert result.exception is None, result.output
    path = tmp_path / "out" / "noise-audit.csv"
    frame = pl.read_csv(path, infer_schema=False, empty_string_is_null=False)
    assert frame.height == 100
    assert frame.columns[:3] == ["text", "label", "correct_label"]
    assert set(frame["correct_label"]) == {""}
    truth = pl.read_csv(data)["truth"]
    answers = [truth[int(row)] for row in frame["row"]]
    answers[0] = "?"
    answers[1] = ""
    filled = tmp_path / "filled.csv"
    frame.with_columns(correct_label=pl.Series(answers)).write_csv(filled)
    result = audit(data, tmp_path, "--noise-audit", str(filled))
    assert "wrong labels:" in result.output
    assert "95 % interval" in result.output
    rate = json.loads((tmp_path / "out" / "noise-rate.json").read_text())
    true = (pl.read_csv(data)["label"] != truth).mean()
    assert rate["low"] <= true <= rate["high"]
    assert (rate["rows"], rate["read"]) == (300, 98)


def test_answers_are_never_overwritten(data, tmp_path):
    audit(data, tmp_path, "--noise-audit", "50")
    path = tmp_path / "out" / "noise-audit.csv"
    frame = pl.read_csv(path, infer_schema=False, empty_string_is_null=False)
    frame.with_columns(correct_label=pl.lit("refund")).write_csv(path)
    before = path.read_bytes()
    result = audit(data, tmp_path, "--noise-audit", "50")
    assert "holds answers" in str(result.exception)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("3", "at least 20 rows"),
        ("missing.csv", "no list of labels to check"),
        ("train.csv", "no column correct_label"),
    ],
)
def test_what_makes_no_sense_is_refused(data, tmp_path, monkeypatch, value, words):
    monkeypatch.chdir(tmp_path)
    assert words in str(audit(data, tmp_path, "--noise-audit", value).exception)


def test_an_empty_list_is_refused(data, tmp_path):
    audit(data, tmp_path, "--noise-audit", "50")
    path = tmp_path / "out" / "noise-audit.csv"
    assert "no answer" in str(audit(data, tmp_path, "--noise-audit", str(path)).exception)


def test_strata_must_stay(data, tmp_path):
    audit(data, tmp_path, "--noise-audit", "50")
    frame = pl.read_csv(tmp_path / "out" / "noise-audit.csv", infer_schema=False, empty_string_is_null=False)
    changed = tmp_path / "changed.csv"
    frame.with_columns(correct_label=pl.col("label"), stratum_rows=pl.lit("x")).write_csv(changed)
    assert "must stay as they were" in str(audit(data, tmp_path, "--noise-audit", str(changed)).exception)


def test_probabilities_by_option(data, tmp_path):
    labels = pl.read_csv(data)["truth"]
    path = tmp_path / "p.csv"
    pl.DataFrame({n: (labels == n).cast(pl.Float64) * 0.9 + 0.05 for n in WORDS}).write_csv(path)
    result = audit(data, tmp_path, "--probabilities", str(path))
    assert result.exception is None
    rows = pl.read_parquet(tmp_path / "out" / "rows.parquet")
    wrong = (pl.read_csv(data)["label"] != labels).to_numpy()
    score = rows["suspect_label"].to_numpy()
    assert score[wrong].min() > np.median(score[~wrong])
