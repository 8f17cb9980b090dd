"""Real sets and the fixture: cleaned, audited again, nothing that was fixed is found."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from assay.audit.clean import clean

FIXTURE = Path(__file__).resolve().parents[3] / "fixtures" / "support_tickets"
SELECT = ("DUP001", "LEK001", "LBL005", "RLS001")


def cleaned_twice(audited, sources, **roles):
    folder = audited.again(sources, SELECT, "first", **roles)
    done = clean(folder, "clean.csv")
    again = audited.again({**sources, "train": "clean.csv"}, SELECT, "second", **roles)
    found = pl.read_parquet(again / "findings.parquet")
    assert found.filter(pl.col("fix_safe") & (pl.col("split") == "train")).is_empty()
    twice = clean(again, "twice/clean.csv")
    assert not twice.changes
    assert Path("twice/clean.csv").read_bytes() == Path("clean.csv").read_bytes()
    lines = set(Path(sources["train"]).read_bytes().splitlines(keepends=True))
    made = Path("clean.csv").read_bytes().splitlines(keepends=True)
    assert sum(line not in lines for line in made) <= done.relabelled
    return done, found


def test_the_fixture(audited):
    sources = {"train": str(FIXTURE / "train.csv"), "test": str(FIXTURE / "test.csv")}
    done, found = cleaned_twice(audited, sources, label="category")
    assert done.counts["LEK001"]["drop"] >= 12
    assert done.counts["LBL005"]["relabel"] >= 5
    held = found.filter(pl.col("code") == "LEK001")
    assert all('"labels_differ":true' in evidence for evidence in held["evidence"].to_list())


@pytest.mark.parametrize("name", ["banking77", "snips"])
def test_public_sets(audited, shared_data, name):
    sources = {split: str(shared_data / name / f"{split}.csv") for split in ("train", "test")}
    done, _ = cleaned_twice(audited, sources)
    assert done.dropped > 0
