"""What was looked at in part only is said in every report, and stays said when the audit is read again."""

import json

import numpy as np
import polars as pl
import pytest
from command import assay

from assay.audit import features, limits, suspicion
from assay.audit.reading import from_frames

SENTENCE = "40 texts are of 1 template with more than 16 texts each"


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """An audit of forty letters from one template, and of other texts."""
    folder = tmp_path_factory.mktemp("limits")
    rng = np.random.default_rng(0)
    word = lambda: "".join(rng.choice(list("abcdefghiklmnoprstu"), 7))  # noqa: E731
    letters = [
        f"Dear customer, your parcel {word()} has left our house today and will reach you by {word()}."
        for _ in range(40)
    ]
    texts = [*letters, *(" ".join(word() for _ in range(9)) for _ in range(60))]
    pl.DataFrame({"text": texts}).write_csv(folder / "train.csv")
    done = assay(folder, "audit", "train.csv", "--select", "DUP002,DUP005", "--output", "audit", "--format", "terminal")
    return folder, done.stdout.decode()


def test_a_large_template_is_told_with_what_was_left_out(audited):
    folder, shown = audited
    assert SENTENCE in json.loads((folder / "audit" / "audit.json").read_text())["limits"]["templates"]
    assert SENTENCE in " ".join(shown.split())


@pytest.mark.parametrize("form", ["terminal", "html", "markdown"])
def test_it_stays_said_when_the_audit_is_read_again(audited, form):
    folder, _ = audited
    assert SENTENCE in " ".join(assay(folder, "report", "audit", "--format", form).stdout.decode().split())


def test_nothing_is_said_where_all_was_looked_at():
    data = from_frames(
        {"train": pl.DataFrame({"text": [f"text number {n} of {n * n}" for n in range(10)]})}, text="text"
    )
    features.alike(data)
    assert limits.said(data) == {}


def test_labels_judged_without_a_view_of_words_are_told(monkeypatch):
    monkeypatch.setattr(suspicion, "WORD_VIEW", 50)
    rng = np.random.default_rng(0)
    topics = [["invoice", "charge", "fee", "paid"], ["parcel", "courier", "late", "lost"]]
    rows = [(" ".join(rng.choice(topics[n % 2], 3)) + f" number {n}", "ab"[n % 2]) for n in range(120)]
    data = from_frames(
        {"train": pl.DataFrame(rows, schema=["text", "label"], orient="row")}, text="text", label="label"
    )
    features.configure(data, "lsa")
    suspicion.suspicion(data)
    assert "words were weighed by naive Bayes alone" in limits.said(data)["labels"]
