"""Pages of every kind out of the support-ticket fixture, through the real commands: for browser tests and pictures."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "support_tickets"
FILES = ("train.csv", "validation.csv", "test.csv", "production.jsonl", "assay.toml", "suite.json")
# The baseline's clause needs a baseline; the policy of the fixture itself is left as it stands.
QUIET = ("-q",)


def assay(folder: Path, *arguments: str, codes: tuple[int, ...] = (0, 1)) -> str:
    """Run a command in a folder; its standard output."""
    command = [sys.executable, "-m", "assay.reports.cli", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode not in codes:
        raise AssertionError(f"{' '.join(arguments)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def predictions(folder: Path, name: str, most: int) -> None:
    """Predictions of the test tickets by a linear model over words, learnt from the first ``most`` training rows."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    train = pl.read_csv(folder / "train.csv", infer_schema=False).drop_nulls(["text", "category"]).head(most)
    test = pl.read_csv(folder / "test.csv", infer_schema=False)
    words = TfidfVectorizer(sublinear_tf=True)
    model = LogisticRegression(C=20, max_iter=300, random_state=0)
    model.fit(words.fit_transform(train["text"].to_list()), train["category"].to_list())
    chances = model.predict_proba(words.transform(test["text"].fill_null("").to_list())).round(6)
    columns = {"id": test["id"], "prediction": model.classes_[chances.argmax(1)], "confidence": chances.max(1)}
    pl.DataFrame(columns).write_csv(folder / name)


def build(folder: Path, *, encoder: str = "lsa") -> dict[str, Path]:
    """Audit the fixture, evaluate two models on it, and judge the second against the first.

    Returns:
        The page of each: ``audit``, ``evaluation``, ``verdict``.
    """
    for name in FILES:
        shutil.copy(FIXTURE / name, folder / name)
    config = folder / "assay.toml"
    text = config.read_text("utf-8").replace('[expectations]\nsuite = "suite.json"', "#")
    config.write_text(text, "utf-8")
    assay(folder, "audit", "--config", "assay.toml", "--encoder", encoder, "--output", "audit", *QUIET)
    for name, most in (("baseline", 500), ("candidate", 5000)):
        predictions(folder, f"{name}.csv", most)
        where = ("--data", "test.csv", "--audit", "audit", "--output", name)
        assay(folder, "evaluate", "--predictions", f"{name}.csv", *where, "--config", "assay.toml", *QUIET)
    told = ("--baseline", "baseline", "--audit", "audit", "--output", "gate")
    assay(folder, "gate", "candidate", *told, "--config", "assay.toml", *QUIET)
    pages = {"audit": "audit", "evaluation": "candidate", "verdict": "gate"}
    return {name: folder / where / "report.html" for name, where in pages.items()}
