"""LBL001 on planted conflicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from assay.audit.reading import read
from assay.audit.rules import Finding, Settings, run

if TYPE_CHECKING:
    from assay.audit.dataset import Dataset

BASE = "the parcel was left in the rain and the heater inside it does not switch on any more"


def data(**splits: list[tuple[str, str | None]]) -> Dataset:
    frames = {
        n: pl.DataFrame({"text": [t for t, _ in rows], "label": [c for _, c in rows]}) for n, rows in splits.items()
    }
    return read(frames, text=["text"], label="label")


def findings(given: Dataset, **options: object) -> list[Finding]:
    return list(run(given, Settings(select=("LBL001",), options={"LBL001": options})).findings)


def test_equal_texts_under_two_labels() -> None:
    given = data(train=[("where is it", "delivery"), ("Where is it?", "refund"), ("where is it!", "delivery")])
    (found,) = findings(given)
    assert found.hit.rows == (0, 1, 2)
    assert found.hit.evidence["labels"] == [{"label": "delivery", "rows": 2}, {"label": "refund", "rows": 1}]
    assert found.hit.suggested == "delivery"
    assert found.hit.fix is not None
    assert (found.hit.fix.action, found.hit.fix.rows, found.hit.fix.safe) == ("relabel", (1,), False)
    assert found.hit.related == (1, 0, 1)


def test_a_tie_suggests_nothing() -> None:
    (found,) = findings(data(train=[("where is it", "a"), ("Where is it?", "b"), ("a b c", "a")]))
    assert found.hit.suggested is None
    assert found.hit.fix is None


def test_across_splits() -> None:
    given = data(train=[("where is it", "a"), ("other words", "b")], test=[("Where is it?", "b")])
    (found,) = findings(given)
    assert [given.row(r).split for r in found.hit.rows] == ["train", "test"]


def test_nearly_equal_texts_under_two_labels() -> None:
    (found,) = findings(data(train=[(BASE, "fault"), (BASE.replace("parcel", "box"), "delivery"), ("x y", "fault")]))
    assert found.hit.rows == (0, 1)
    assert found.hit.evidence["kind"] == "words"
    assert BASE[slice(*found.hit.evidence["difference"]["left"][0])] == "parcel"


def test_a_negation_may_well_change_the_label() -> None:
    pair = [(BASE, "fault"), (BASE.replace("does not switch", "does switch"), "other")]
    assert findings(data(train=pair)) == []


def test_agreeing_labels_and_missing_ones_are_no_conflict() -> None:
    same = [("where is it", "a"), ("Where is it?", "a"), ("where is it", None), ("where is it", " "), ("b c d", "b")]
    assert findings(data(train=same)) == []


def test_near_similarity_option() -> None:
    pair = [(BASE, "fault"), (BASE.replace("parcel", "box"), "delivery")]
    assert findings(data(train=pair), near_similarity=0.98) == []


def test_without_labels_it_is_skipped() -> None:
    audit = run(read({"train": pl.DataFrame({"text": ["a b", "a b"]})}, text=["text"]), Settings(select=("LBL001",)))
    assert "LBL001" in audit.skipped
