"""Roles found by looking."""

from __future__ import annotations

import csv
import time

import polars as pl
import pytest

from assay.audit.dataset import Roles
from assay.audit.reading import from_frames, read

N = 40
WORDS = [f"some different words number {i}" for i in range(N)]
CLASSES = ["refund", "delivery"] * (N // 2)
CODES = [f"c{i}" for i in range(N)]


@pytest.mark.parametrize(
    ("columns", "roles"),
    [
        ({"Text": WORDS, "Intent": CLASSES}, Roles(("Text",), "Intent")),
        ({"customer_message": WORDS, "issueCategory": CLASSES}, Roles(("customer_message",), "issueCategory")),
        ({"a": WORDS, "b": CLASSES}, Roles(("a",), "b")),
        ({"a": WORDS, "b": CLASSES, "c": CLASSES}, Roles(("a",))),
        ({"a": WORDS, "language": ["en", "de"] * (N // 2)}, Roles(("a",))),
        ({"title": WORDS, "body": WORDS}, Roles(("body",))),
        ({"label": CODES, "text": WORDS}, Roles(("text",))),
        ({"text": WORDS, "label": [0, 1] * (N // 2)}, Roles(("text",), "label")),
        ({"Customer ID": CODES, "text": WORDS}, Roles(("text",), id="Customer ID")),
        (
            {"customer_id": CODES[:5] * (N // 5), "ticket_id": CODES, "text": WORDS},
            Roles(("text",), None, "ticket_id", "customer_id"),
        ),
        ({"id": [1] * N, "text": WORDS}, Roles(("text",))),
        ({"text": WORDS, "created_at": ["2024-01-05T10:00:00Z"] * N}, Roles(("text",), time="created_at")),
        ({"text": WORDS, "date": ["soon"] * N}, Roles(("text",))),
        ({"text": WORDS, "timestamp": [1_700_000_000 + i for i in range(N)]}, Roles(("text",), time="timestamp")),
        ({"sentence1": WORDS, "sentence2": WORDS, "label": CLASSES}, Roles(("sentence1", "sentence2"), "label")),
        ({"premise": WORDS, "hypothesis": WORDS}, Roles(("premise", "hypothesis"))),
        ({"x": ["如何退款呢我想知道" + str(i) for i in range(N)], "y": CLASSES}, Roles(("x",), "y")),
        ({"text": ["only one"], "label": ["a"]}, Roles(("text",), "label")),
        ({"instruction": ["Sort this."] * N, "input": WORDS, "output": CLASSES}, Roles(("input",), "output")),
        ({"instruction": ["Sort this."] * N, "output": CLASSES}, Roles(("instruction",), "output")),
        ({"text": WORDS, "meta": ['{"source": "web"}', '{"source": "app"}'] * (N // 2)}, Roles(("text",))),
        ({"text": [f'{{"a": "{w}"}}' for w in WORDS], "said": WORDS}, Roles(("said",))),
        ({"text": WORDS, "intents": ["pay;card", "pay"] * (N // 2)}, Roles(("text",), "intents")),
    ],
)
def test_guesses(columns, roles):
    assert from_frames(pl.DataFrame(columns)).roles == roles


@pytest.mark.parametrize(
    ("file", "roles"),
    [
        ("banking77/train.csv", Roles(("text",), "label", split="split")),
        ("banking77_label_errors/train_with_corrections.csv", Roles(("text",), "label", "row")),
        ("clinc150/val.csv", Roles(("text",), "label", split="split")),
        ("docs_issues/test.csv", Roles(("text",), "label", split="split")),
        ("nlupp/data.csv", Roles(("text",), "label")),
        ("sms_spam/data.csv", Roles(("text",), "label")),
        ("snips/train.csv", Roles(("text",), "label", split="split")),
        ("textreuse/paragraphs.csv", Roles(("text",), "label")),
        ("trec_rules/data.csv", Roles(("text",), "label")),
        ("vader_amazon/data.csv", Roles(("text",), "label", "id")),
    ],
)
def test_guesses_on_real_data(shared_data, file, roles):
    data = read({"train": [str(shared_data / file)]})
    assert data.roles == roles
    assert [s.name for s in data.splits] == ["train"]


def test_every_real_file_equals_what_csv_reads(shared_data):
    old = csv.field_size_limit(1 << 30)
    try:
        for path in sorted(shared_data.glob("*/*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                reader = csv.reader(file)
                next(reader)
                rows, lines, start = [], [], reader.line_num + 1
                for row in reader:
                    rows.append(tuple(row))
                    lines.append(start)
                    start = reader.line_num + 1
            data = read({"train": [str(path)]})
            assert data.frame.rows() == rows, path
            assert data.places.line.tolist() == lines, path
    finally:
        csv.field_size_limit(old)


def test_very_wide_frames_are_looked_at_soon():
    names = [f"c{i}" for i in range(3000)]
    frame = pl.DataFrame(
        {**{name: ["a b", "c d"] for name in names}, "text": ["some words", "more"], "label": ["x", "y"]}
    )
    start = time.monotonic()
    assert from_frames(frame).roles == Roles(("text",), "label")
    assert time.monotonic() - start < 5


def test_splits_of_real_data(shared_data):
    for name in ("banking77", "clinc150", "docs_issues", "snips"):
        folder = shared_data / name
        sources = {path.stem: [str(path)] for path in sorted(folder.glob("*.csv"))}
        apart = read(sources)
        assert {s.name for s in apart.splits} == {"validation" if stem == "val" else stem for stem in sources}
        for spec in (str(folder), str(folder / "*.csv")):
            whole = read({"train": spec})
            assert [(s.name, s.rows, s.fingerprint) for s in whole.splits] == [
                (s.name, s.rows, s.fingerprint) for s in apart.splits
            ]
