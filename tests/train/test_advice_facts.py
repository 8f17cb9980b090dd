from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from rows import dataset, frame

from assay.audit import rules, store
from assay.train import ceiling, evidence
from assay.train.evidence import Evidence


@pytest.fixture(autouse=True)
def no_encoder(monkeypatch):
    """Suspects of labels need vectors, which take seconds; they have tests of their own."""
    monkeypatch.setattr(evidence, "QUICK", tuple(code for code in evidence.QUICK if code != "LBL002"))


NONE = Evidence("", True, {}, {}, 0, {}, None, 0, 0, 0, 0, (), 0)  # noqa: FBT003 - nothing found


def with_leaks():
    train, test = frame(90), frame(60, seed=1)
    copied = pl.concat([test.head(40), train.head(20).with_columns(pl.col("text").str.to_uppercase())])
    return dataset(train, test=copied)


def kept(data, folder: Path, select=("DUP", "LBL001", "LEK001")) -> Path:
    audit = rules.run(data, rules.Settings(select=select))
    store.save(audit, folder, store.audit_document(audit, {}), {}, {})
    return folder


def test_without_an_audit_the_quick_rules_find_the_leaks(tmp_path):
    told = evidence.gather(with_leaks(), tmp_path / "none")
    assert not told.audited
    assert "there is no audit" in told.source
    assert told.leaks["test"] == {"rows": 60, "exact": 20, "any": 20}


def test_the_audit_of_these_data_is_used_and_gives_the_same(tmp_path):
    data = with_leaks()
    folder = kept(data, tmp_path / "audit")
    told = evidence.gather(data, folder)
    assert told.audited
    assert told.leaks["test"]["exact"] == 20
    assert told.errors == 20
    assert told.suspects is None


def test_an_audit_of_other_data_is_not(tmp_path):
    folder = kept(dataset(frame(30, seed=9)), tmp_path / "audit")
    told = evidence.gather(with_leaks(), folder)
    assert not told.audited
    assert "of other data" in told.source


def test_a_broken_audit_folder_is_no_audit(tmp_path):
    (tmp_path / "audit.json").write_text('{"data": 7}')
    assert not evidence.gather(dataset(frame(30)), tmp_path).audited


def test_misspelt_labels_and_repeated_rows_are_counted(tmp_path):
    rows = frame(90)
    labels = rows["label"].to_list()
    labels[0], labels[3] = "Refund ", "refnud"
    rows = pl.concat([rows.with_columns(label=pl.Series(labels)), rows.tail(30)])
    told = evidence.gather(dataset(rows), tmp_path)
    assert (told.misspelt, told.variants, told.copies) == (2, 2, 30)


def test_the_ceiling_is_a_range_with_its_reason():
    from dataclasses import replace

    told = ceiling.ceiling(replace(NONE, suspects=(50, 30), conflicts=10, labelled=1_000), None)
    assert told.low < 0.79 * 0.05 < 0.08 < told.high
    assert told.accuracy == (1 - told.high, 1 - told.low)
    assert "only reading tells" in told.how
    assert "--noise-audit" in told.how


def test_no_suspect_in_few_rows_is_no_proof_of_clean_labels():
    from dataclasses import replace

    told = ceiling.ceiling(replace(NONE, suspects=(0, 0), labelled=30), None)
    assert told.low == 0
    assert told.high == pytest.approx(0.116, abs=0.001)


def test_labels_read_by_hand_are_believed(tmp_path):
    (tmp_path / ceiling.RATE).write_text(
        json.dumps({"low": 0.02, "high": 0.09, "value": 0.05, "read": 200, "wrong": 9})
    )
    told = ceiling.ceiling(NONE, tmp_path)
    assert told.read_by_hand
    assert (told.low, told.high) == (0.02, 0.09)
    assert "200 labels read by hand" in told.how


def test_where_nobody_looked_nothing_is_said(tmp_path):
    (tmp_path / ceiling.RATE).write_text("[]")
    assert ceiling.ceiling(NONE, tmp_path) is None
