from __future__ import annotations

import json
import math
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit import atomic, baseline, rules, store
from assay.audit.dataset import Part, Roles, assemble
from assay.audit.errors import DataError, OutputError
from assay.audit.findings import evidence_json
from assay.audit.rules import Audit, Finding, Fix, Hit, Severity

COLUMNS = [
    "code",
    "name",
    "severity",
    "split",
    "row",
    "line",
    "path",
    "id",
    "group",
    "related_split",
    "related_row",
    "score",
    "message",
    "given_label",
    "suggested_label",
    "fix",
    "fix_safe",
    "fingerprint",
    "evidence",
]
ROW_COLUMNS = [
    "split",
    "row",
    "id",
    "label",
    "suspect_label",
    "suggested_label",
    "duplicate_group",
    "semantic_group",
    "outlier",
    "test_similarity",
]


@pytest.fixture
def data():
    train = pl.DataFrame({"text": ["a", "b", "c"], "label": ["x", None, "y"], "id": [1, 2, 3]})
    test = pl.DataFrame({"text": ["a", "d"], "label": ["x", "y"], "id": [4, 5]})
    one = Part("train", train, np.array([2, 0, 7]), np.array([0, 0, 1]), ("t1.csv", "t2\udcff.csv"))
    two = Part("test", test, np.array([0, 0]), np.array([0, 0]), ())
    return assemble([one, two], Roles(("text",), "label", "id"), ("label",))


def make(data, *hits, scores=None, code="LEK001"):
    found = tuple(Finding(code, Severity.ERROR, h, f"{n:016x}") for n, h in enumerate(hits))
    return Audit(data, (code,), {"DUP001": "no x"}, (), found, scores or {}, {code: Severity.ERROR}, {}, {})


def test_findings_have_a_line_for_each_row(data):
    leak = Hit(
        (3, 0, 1),
        "leak \udcff",
        {"similarity": np.float64(0.5), "odd": math.nan, "n": np.int64(3), "text": "\ud800"},
        Fix("drop", (0,), safe=True),
        related=(0, 3, -1),
        scores=(1.0, 0.0, math.nan),
        group=7,
        suggested="x",
    )
    frame = store.findings_frame(make(data, leak, Hit((2,), "lonely")))
    assert frame.columns == COLUMNS
    assert frame["split"].to_list() == ["test", "train", "train", "train"]
    assert frame["row"].to_list() == [0, 0, 1, 2]
    assert frame["line"].to_list() == [None, 2, None, 7]
    assert frame["path"].to_list() == [None, "t1.csv", "t1.csv", "t2\\udcff.csv"]
    assert frame["id"].to_list() == ["4", "1", "2", "3"]
    assert frame["group"].to_list() == [7, 7, 7, None]
    assert frame["related_split"].to_list() == ["train", "test", None, None]
    assert frame["related_row"].to_list() == [0, 0, None, None]
    assert frame["score"].to_list() == [1.0, 0.0, None, None]
    assert frame["given_label"].to_list() == ["x", "x", None, "y"]
    assert frame["suggested_label"].to_list() == ["x", "x", "x", None]
    assert frame["fix"].to_list() == [None, "drop", None, None]
    assert frame["fix_safe"].to_list() == [None, True, None, None]
    assert frame["message"][0] == "leak \\udcff"
    assert json.loads(frame["evidence"][0]) == {"similarity": 0.5, "odd": None, "n": 3, "text": "\ud800"}
    assert json.loads(frame["evidence"][3]) == {}


def test_evidence_is_json_text_without_nan():
    assert json.loads(evidence_json({"a": math.nan, "b": [math.inf, np.int32(2)], "c": {"d": (1, 2)}})) == {
        "a": None,
        "b": [None, 2],
        "c": {"d": [1, 2]},
    }


def test_evidence_with_lone_surrogates_is_still_json():
    text = evidence_json({"a": "\udcff", "b": math.nan})
    assert json.loads(text, parse_constant=pytest.fail) == {"a": "\udcff", "b": None}
    text.encode()


LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(st.characters(codec=None))
EVIDENCE = st.dictionaries(
    st.text(), st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)


def finite(value):
    if isinstance(value, dict):
        return {k: finite(v) for k, v in value.items()}
    if isinstance(value, list):
        return [finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@given(EVIDENCE)
def test_any_evidence_is_strict_json_and_comes_back(evidence):
    assert json.loads(evidence_json(evidence), parse_constant=pytest.fail) == finite(evidence)


@pytest.mark.parametrize("hits", [(), (Hit((0,), "m"),)])
def test_types_do_not_depend_on_what_was_found(data, hits):
    schema = store.findings_frame(make(data, *hits)).schema
    assert dict(schema) == {
        **dict.fromkeys(COLUMNS, pl.String),
        **dict.fromkeys(("row", "line", "group", "related_row"), pl.Int64),
        "score": pl.Float64,
        "fix_safe": pl.Boolean,
    }


def test_rows_hold_every_row_and_nulls_for_rules_that_did_not_run(data):
    scores = {
        "outlier": pl.Series([0.0, math.nan, 1.0, None, 0.5]),
        "duplicate_group": pl.Series([0, None, 1, 0, 2], dtype=pl.Int32),
    }
    frame = store.rows_frame(make(data, scores=scores))
    assert frame.columns == ROW_COLUMNS
    assert frame["outlier"].to_list() == [0.0, None, 1.0, None, 0.5]
    assert frame["duplicate_group"].to_list() == [0, None, 1, 0, 2]
    assert frame["label"].to_list() == ["x", None, "y", "x", "y"]
    assert frame["suspect_label"].null_count() == 5
    types = [pl.Float64, pl.String, pl.Int64, pl.Int64, pl.Float64, pl.Float64]
    assert [frame.schema[c] for c in ROW_COLUMNS[4:]] == types


def test_without_label_and_id(data):
    bare = assemble([Part("train", data.frame, data.places.line, data.places.file * 0, ())], Roles(("text",)))
    assert store.rows_frame(make(bare))["label"].null_count() == 5
    assert store.findings_frame(make(bare, Hit((0,), "m")))["id"].to_list() == [None]


def test_document(data):
    document = store.audit_document(make(data, Hit((0, 3), "m"), Hit((3, 1), "n")), {"fail_on": "error"})
    none = {"findings": 0, "rows": 0}
    own = {"error": {"findings": 2, "rows": 3}, "warning": none, "note": none}
    assert document["counts"] == {"LEK001": {"severity": "error", "findings": 2, "rows": 3, "by_severity": own}}
    assert document["data"]["train"]["rows"] == 3
    assert document["data"]["test"]["path"] is None
    assert document["roles"]["guessed"] == ["label"]
    assert (document["ran"], document["skipped"]) == (["LEK001"], {"DUP001": "no x"})


def save(audit, folder, page="<html>"):
    store.save(audit, folder, store.audit_document(audit, {}), {"total": 1.5}, {"report.html": lambda: page})


def test_save_and_load(data, tmp_path):
    audit = make(data, Hit((0, 3), "m"))
    save(audit, tmp_path / "a/b")
    stored = store.load(tmp_path / "a/b")
    assert stored.findings.equals(store.findings_frame(audit))
    assert stored.rows.height == 5
    assert stored.document["schema_version"] == 1
    assert json.loads((tmp_path / "a/b/timings.json").read_text())["total"] == 1.5
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["b"]


def test_other_files_in_the_folder_stay(data, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    save(make(data), tmp_path)
    save(make(data, Hit((0,), "m")), tmp_path, "<html>2")
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "report.html").read_text() == "<html>2"
    assert len(list(tmp_path.iterdir())) == 6


@pytest.mark.parametrize("broken", ["{}", "not json", None])
def test_load_refuses_what_it_did_not_write(data, tmp_path, broken):
    save(make(data), tmp_path)
    if broken is None:
        (tmp_path / "rows.parquet").write_bytes(b"PAR1")
    else:
        (tmp_path / "audit.json").write_text(broken)
    with pytest.raises(DataError):
        store.load(tmp_path)


# whole or not at all


def failing(_):
    raise OSError(28, "No space left on device")


def test_a_failure_leaves_the_old_files(tmp_path):
    atomic.write_folder(tmp_path, {"a": lambda o: o.write(b"old"), "b": lambda o: o.write(b"old")})
    with pytest.raises(OutputError, match="No space left on device"):
        atomic.write_folder(tmp_path, {"a": lambda o: o.write(b"new"), "b": failing})
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a": b"old", "b": b"old"}


def test_a_failure_leaves_no_new_folder(tmp_path):
    with pytest.raises(OutputError):
        atomic.write_folder(tmp_path / "x/y", {"a": lambda o: o.write(b"new"), "b": failing})
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_the_old_files(tmp_path):
    def interrupt(_):
        raise KeyboardInterrupt

    atomic.write_file(tmp_path / "a", b"old")
    with pytest.raises(KeyboardInterrupt):
        atomic.write_folder(tmp_path, {"a": lambda o: o.write(b"new"), "b": interrupt})
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"old"]


@pytest.mark.parametrize("at", range(1, 4))
def test_an_interrupt_between_the_renames_puts_everything_back(tmp_path, monkeypatch, at):
    atomic.write_folder(tmp_path, {"a": lambda o: o.write(b"old"), "b": lambda o: o.write(b"old")})
    calls, rename = [], Path.replace

    def interrupted(path, target):
        calls.append(target)
        if len(calls) == at:
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    new = {name: lambda o: o.write(b"new") for name in ("a", "b", "c")}
    with pytest.raises(KeyboardInterrupt):
        atomic.write_folder(tmp_path, new)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a": b"old", "b": b"old"}


def test_places_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "file/below"):
        with pytest.raises(OutputError, match="file"):
            atomic.write_folder(folder, {"a": lambda o: o.write(b"new")})
    (tmp_path / "a").mkdir()
    with pytest.raises(OutputError, match="folder"):
        atomic.write_folder(tmp_path, {"b": lambda o: o.write(b""), "a": lambda o: o.write(b"new")})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_no_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="Permission denied"):
        atomic.write_folder(tmp_path / "x", {"a": lambda o: o.write(b"new")})


# baseline


def test_baselines_of_every_kind(data, tmp_path, monkeypatch):
    monkeypatch.setattr(rules, "_rules", {})
    save(make(data, Hit((0,), "m"), Hit((3, 1), "n")), tmp_path / "audit")
    lines = store.load(tmp_path / "audit").findings.write_ndjson()
    (tmp_path / "f.jsonl").write_text(lines)
    (tmp_path / "f.txt").write_text("\ufeff# accepted\n" + f"{0:016x}  # ours\r\n\n{1:016x}\n")
    known = {f"{0:016x}": "LEK001", f"{1:016x}": "LEK001"}
    for path in ("audit", "audit/findings.parquet", "f.jsonl"):
        assert baseline.read_baseline(tmp_path / path).known == known
    assert baseline.read_baseline(tmp_path / "f.txt").known == dict.fromkeys(known, "")


def test_stale_entries_are_those_that_were_looked_for(data):
    audit = make(data, Hit((0,), "m"))
    known = {f"{0:016x}": "LEK001", "a" * 16: "LEK001", "b" * 16: "DUP001", "c" * 16: ""}
    assert baseline.Baseline("", known).stale(audit) == ("a" * 16,)  # DUP001 was skipped


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"hello\n", r"f:1: not a fingerprint"),
        (b"PAR1xxxx", "not the findings"),
        (b'{"a": 1}\n', "not a fingerprint"),
        (b"[1]", "not a"),
    ],
)
def test_wrong_baselines(tmp_path, content, words):
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(DataError, match=words):
        baseline.read_baseline(tmp_path / "f")


def test_a_missing_baseline_names_the_nearest_file(tmp_path):
    (tmp_path / "known.txt").write_text("")
    with pytest.raises(DataError, match=r"did you mean 'known\.txt'"):
        baseline.read_baseline(tmp_path / "knwon.txt")
