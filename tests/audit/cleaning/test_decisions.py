"""What people decided: the format, what wins, what is refused, and what it does to rules."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from assay.audit import read
from assay.audit.clean import clean
from assay.audit.cleaning.decisions import read_decisions, standing
from assay.audit.errors import DataError

TRAIN = "text,label\nsame words here,a\nsame words here,a\nother words there,b\nlast words of all,c\n"
BASE = {"split": "train", "row": 0, "content_hash": "0" * 16, "reviewer": "ana", "time": "2026-01-01T00:00:00Z"}


def write(*lines, path="d.jsonl"):
    Path(path).write_text("".join(json.dumps({**BASE, **line}) + "\n" for line in lines))
    return path


def verdicts(tmp_path, *lines):
    path = write(*lines, path=tmp_path / "d.jsonl")
    return {place: (one.action, one.label) for place, one in standing(read_decisions(str(path))).items()}


@pytest.fixture
def hashes(audited):
    """The audit's folder and the content hash of each row."""
    folder = audited({"train.csv": TRAIN})
    data = read({"train": "train.csv"}, text=["text"], label="label")
    return folder, data.keys(range(len(data)))


@pytest.mark.parametrize(
    ("lines", "stands"),
    [
        ([{"action": "drop"}, {"action": "keep"}], "keep"),
        ([{"action": "keep"}, {"action": "drop"}], "drop"),
        ([{"action": "drop"}, {"action": "skip"}], "drop"),
        ([{"action": "drop"}, {"action": "undo"}], None),
        ([{"action": "drop"}, {"action": "undo"}, {"action": "keep"}], "keep"),
        ([{"action": "drop", "fingerprint": "f"}, {"action": "keep", "fingerprint": "f"}], "keep"),
        ([{"action": "keep", "fingerprint": "f"}, {"action": "drop", "fingerprint": "g"}], "drop"),
        ([{"action": "drop", "fingerprint": "g"}, {"action": "keep", "fingerprint": "f"}], "drop"),
        ([{"action": "drop", "fingerprint": "g"}, {"action": "keep"}], "keep"),
        ([{"action": "drop", "fingerprint": "g"}, {"action": "undo", "fingerprint": "f"}], "drop"),
        ([{"action": "drop"}, {"action": "keep", "reviewer": "ben"}, {"action": "undo"}], "keep"),
        ([{"action": "drop"}, {"action": "drop", "reviewer": "ben"}], "drop"),
    ],
)
def test_what_stands(tmp_path, lines, stands):
    found = verdicts(tmp_path, *lines)
    assert found == ({("train", 0): (stands, None)} if stands else {})


def test_reviewers_who_disagree_are_a_conflict(tmp_path):
    with pytest.raises(
        DataError, match=r"d\.jsonl:3: ben says keep of train row 0, but ana says drop \(line 1\).*undo"
    ):
        verdicts(tmp_path, {"action": "drop"}, {"action": "skip", "row": 1}, {"action": "keep", "reviewer": "ben"})
    with pytest.raises(DataError, match="relabel to 'x'"):
        verdicts(
            tmp_path,
            {"action": "relabel", "label": "x"},
            {"action": "relabel", "label": "y", "reviewer": "ben"},
        )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", r"d\.jsonl:1: not JSON"),
        ("[1]", "not an object"),
        ('{"split": "train"}', "lacks row, content_hash, action, reviewer"),
        (json.dumps({**BASE, "action": "explode"}), "expected one of keep, relabel, drop, skip, undo, got 'explode'"),
        (json.dumps({**BASE, "action": "keep", "row": -1}), "whole number"),
        (json.dumps({**BASE, "action": "keep", "row": True}), "whole number"),
        (json.dumps({**BASE, "action": "keep", "reviewer": None}), "expected a string"),
        (json.dumps({**BASE, "action": "relabel"}), "relabel needs a label"),
        (json.dumps({**BASE, "action": "relabel", "label": "  "}), "relabel needs a label"),
    ],
)
def test_wrong_lines_are_told_with_their_place(tmp_path, line, says):
    (tmp_path / "d.jsonl").write_text(line + "\n")
    with pytest.raises(DataError, match=says):
        read_decisions(str(tmp_path / "d.jsonl"))


def test_a_line_that_was_cut_off_is_left_out_and_said(tmp_path):
    path = write({"action": "drop"}, path=tmp_path / "d.jsonl")
    path.write_text(path.read_text() + '{"split": "tr')
    found = read_decisions(str(path))
    assert len(found.lines) == 1
    assert "d.jsonl:2: a line that was cut off" in found.notes[0]


def test_decisions_win_over_rules(hashes):
    folder, marks = hashes
    mark = pl.read_parquet(folder / "findings.parquet")["fingerprint"][0]
    path = write(
        {"row": 1, "content_hash": marks[1], "action": "keep", "fingerprint": mark},
        {"row": 2, "content_hash": marks[2], "action": "drop"},
        {"row": 3, "content_hash": marks[3], "action": "relabel", "label": "b, then"},
    )
    done = clean(folder, "clean.csv", decisions=path)
    assert Path("clean.csv").read_text() == 'text,label\nsame words here,a\nlast words of all,"b, then"\n'
    log = {line["row"]: line for line in done.changes}
    assert (log[0]["by"], log[0]["kept"]["row"], log[0]["kept"]["why"]) == ("rule", 1, "a reviewer keeps it")
    assert (log[1]["action"], log[1]["by"], log[1]["code"]) == ("keep", "reviewer", "DUP001")
    assert (log[2]["action"], log[2]["reviewer"], log[2]["time"]) == ("drop", "ana", BASE["time"])
    assert (log[3]["from"], log[3]["to"]) == ("c", "b, then")
    assert done.counts == {"DUP001": {"drop": 1}, "reviewer": {"drop": 1, "keep": 1, "relabel": 1}}


def test_a_group_whose_kept_copy_a_person_drops_keeps_another(hashes):
    folder, marks = hashes
    clean(folder, "clean.csv", decisions=write({"content_hash": marks[0], "action": "drop"}))
    assert Path("clean.csv").read_text().count("same words here") == 1


def test_stale_decisions_are_refused_with_file_and_line(hashes):
    folder, marks = hashes
    path = write(
        {"row": 2, "content_hash": marks[2], "action": "keep"}, {"row": 3, "content_hash": marks[2], "action": "drop"}
    )
    with pytest.raises(DataError, match=r"d\.jsonl:2: stale: train row 3 .*content hash differs"):
        clean(folder, "clean.csv", decisions=path)
    with pytest.raises(DataError, match=r"d\.jsonl:1: train has no row 9"):
        clean(folder, "clean.csv", decisions=write({"row": 9, "content_hash": marks[0], "action": "drop"}))
    with pytest.raises(DataError, match=r"d\.jsonl:1: no split 'dev'"):
        clean(folder, "clean.csv", decisions=write({"split": "dev", "content_hash": marks[0], "action": "drop"}))
    assert not Path("clean.csv").exists()
