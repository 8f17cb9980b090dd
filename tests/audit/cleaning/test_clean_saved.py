"""`assay clean --output hf:DIR`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.audit.clean import clean
from assay.audit.errors import AssayError
from assay.reports.cli import main

datasets = pytest.importorskip("datasets")

TEXTS = [
    "my parcel has not come", "my parcel has not come", "the driver left it next door", "i want my money back",
    "please close my account", "the app shows an empty page",
]  # fmt: skip
NAMES = ["account", "delivery", "refund"]
LABELS = [1, 1, 1, 2, 0, 0]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*arguments):
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return left.value.code


def features():
    return datasets.Features(
        {
            "text": datasets.Value("string"),
            "label": datasets.ClassLabel(names=NAMES),
            "stars": datasets.Value("int8"),
            "tags": datasets.Sequence(datasets.Value("string")),
        }
    )


def saved(texts=TEXTS, labels=LABELS):
    rows = {"text": texts, "label": labels, "stars": list(range(len(texts))), "tags": [["x"], []] * (len(texts) // 2)}
    return datasets.Dataset.from_dict(rows, features=features())


def audited(source="hf:saved"):
    told = ["audit", source, "--text", "text", "--label", "label", "--select", "DUP001,LEK001", "--quiet"]
    command(*told, "--fail-on", "never")


def test_features_and_class_labels_are_kept(folder):
    test = saved([*TEXTS[4:], "another text to test", "and one text more"], [0, 0, 1, 2])
    datasets.DatasetDict({"train": saved(), "test": test}).save_to_disk("saved")
    audited()
    done = clean("assay-out/audit", "hf:clean")
    made = datasets.load_from_disk("clean")
    assert made["train"].features == features()
    assert made["train"]["text"][:] == [TEXTS[0], TEXTS[2], TEXTS[3]]
    assert made["train"]["label"][:] == [1, 1, 2]
    assert made["train"]["tags"][0] == ["x"]
    assert made["test"].to_dict() == test.to_dict(), "what is not cleaned is copied"
    assert done.dropped == 3
    lines = [json.loads(line) for line in Path("changes.jsonl").read_text("utf-8").splitlines()]
    assert {line["output"] for line in lines} == {"clean/train"}
    assert {p.name for p in folder.iterdir()} >= {"clean", "saved"}
    assert not [p for p in folder.iterdir() if p.name.startswith(".assay")]


def test_the_same_bytes_again_and_an_older_one_is_replaced(folder):
    datasets.DatasetDict({"train": saved()}).save_to_disk("saved")
    audited()

    def content():
        return {p.relative_to("clean"): p.read_bytes() for p in sorted(Path("clean").rglob("*")) if p.is_file()}

    clean("assay-out/audit", "hf:clean")
    first = content()
    clean("assay-out/audit", "hf:clean")
    assert content() == first


def test_a_reviewed_label_becomes_a_class_number(folder):
    datasets.DatasetDict({"train": saved()}).save_to_disk("saved")
    audited()
    from assay.audit.reading import read

    data = read({"train": ["hf:saved"]}, text="text", label="label")
    decision = {"split": "train", "row": 3, "content_hash": data.row(3).key, "action": "relabel", "label": "delivery"}
    Path("decisions.jsonl").write_text(
        json.dumps({**decision, "reviewer": "me", "time": "2026-01-01T00:00:00Z"}) + "\n"
    )
    clean("assay-out/audit", "hf:clean", decisions="decisions.jsonl")
    assert datasets.load_from_disk("clean")["train"]["label"][:] == [1, 1, 1, 0, 0]


def test_files_become_a_data_set(folder):
    Path("train.csv").write_text(
        "text,label,zip\n" + "".join(f"{t},{NAMES[n]},0{n}\n" for t, n in zip(TEXTS, LABELS, strict=True))
    )
    audited("train.csv")
    clean("assay-out/audit", "hf:clean")
    made = datasets.load_from_disk("clean")["train"]
    assert made["text"][:] == [TEXTS[0], *TEXTS[2:]]
    assert made["zip"][:] == ["01", "01", "02", "00", "00"], "as written"
    assert made.features["text"] == datasets.Value("string")


@pytest.mark.parametrize("place", ["hf:saved", "hf:saved/train", "hf:mine", "hf:"])
def test_sources_and_other_folders_are_not_written(folder, place):
    datasets.DatasetDict({"train": saved()}).save_to_disk("saved")
    Path("mine").mkdir()
    Path("mine/letter.txt").write_text("dear")
    audited()
    before = sorted(folder.rglob("*"))
    with pytest.raises(AssayError):
        clean("assay-out/audit", place)
    assert sorted(folder.rglob("*")) == before
