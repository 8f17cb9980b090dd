"""Slices as a configuration declares them: counted right, and refused where they are wrong or reach out."""

from __future__ import annotations

import re
import tomllib

import polars as pl
import pytest

from assay.audit.config_tables import Slice
from assay.audit.errors import ConfigError
from assay.audit.reading import from_frames, read
from assay.audit.rules import Settings, run
from assay.audit.slices import members
from assay.audit.slicing.conditions import parse
from assay.audit.slicing.request import Declared

ROWS = {
    "text": ["where is my REFUND", "urgent refund please", "hello there", "my parcel, my parcel", "Refund? urgent!"],
    "category": ["refund", "refund", "other", "delivery", "refund"],
    "channel": ["mail", "chat", "mail", "chat", None],
}


def counted(*slices, frame=None):
    data = from_frames({"train": frame if frame is not None else pl.DataFrame(ROWS)}, text=("text",), label="category")
    data.memo[Declared] = Declared(tuple(Slice.model_validate(each, strict=False) for each in slices))
    known = members(data)
    return {each.name: int(known.counts[n, 0]) for n, each in known}


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ("category = 'refund' AND text ILIKE '%urgent%'", 2),
        ("channel IS NULL OR channel = 'mail'", 3),
        ("regexp_like(text, '^[a-z ]+$')", 2),
        ("length(text) > 15", 3),
        ("label = 'refund'", 3),
    ],
)
def test_conditions_are_counted(where, rows):
    assert counted({"name": "s", "where": where}) == {"s": rows}


def test_every_value_of_a_column_is_a_slice():
    assert sorted(counted({"name": "c", "by": "channel"}).values()) == [2, 2]


def test_a_wrong_condition_names_the_columns_that_exist():
    with pytest.raises(ConfigError, match="channel"):
        counted({"name": "s", "where": "chanel = 'mail'"})


@pytest.mark.parametrize(
    "where",
    [
        "text = (SELECT 1)",
        "1 = 1; DROP TABLE x",
        "text IN (SELECT * FROM read_csv('/etc/passwd'))",
        "read_csv('/etc/passwd') = ''",
        "category = 'refund' -- and so on",
        "count(*) > 3",
        "",
    ],
)
def test_what_is_no_condition_over_a_row_is_refused(where):
    with pytest.raises(ConfigError):
        parse(where)


def test_a_missing_critical_slice_is_an_error_and_a_missing_one_a_warning():
    data = from_frames({"train": pl.DataFrame(ROWS), "test": pl.DataFrame(ROWS)}, text=("text",), label="category")
    data.memo[Declared] = Declared(
        (
            Slice(name="urgent", where="text ILIKE '%urgent%'", critical=True, min_train=3, min_test=1),
            Slice(name="chat", where="channel = 'chat'", min_train=3, min_test=1),
        )
    )
    found = run(data, Settings(select=("SLC001",))).findings
    assert {(f.hit.evidence["slice"], str(f.severity), f.hit.evidence["rows"]) for f in found} == {
        ("urgent", "error", 2),
        ("chat", "warning", 2),
    }


FILES = {"train": "train.csv", "validation": "val.csv", "test": "test.csv"}


def condition(told, label):
    """A group of the sets' slices.toml as a condition; None for the pattern that looks ahead."""
    if told["kind"] == "labels":
        return f"{label} IN ({', '.join(repr(one) for one in told['labels'])})"
    if told["kind"] == "length":
        return f"length(text) BETWEEN {told['min_chars']} AND {told['max_chars']}"
    pattern = told["pattern"].replace("'", "''")
    return None if "(?=" in pattern else f"regexp_like(text, '(?i){pattern}')"


@pytest.mark.parametrize("name", ["banking77", "clinc150"])
def test_counts_are_those_of_an_independent_count(name, shared_data):
    folder = shared_data / name
    told = tomllib.loads((folder / "slices.toml").read_text(encoding="utf-8"))["slice"]
    files = {split: [str(folder / file)] for split, file in FILES.items() if (folder / file).exists()}
    data = read(files, text=("text",))
    named = {s["name"]: condition(s, data.roles.label) for s in told}
    declared_slices = [Slice(name=name, where=where) for name, where in named.items() if where]
    assert len(declared_slices) >= len(told) - 1
    data.memo[Declared] = Declared(tuple(declared_slices))
    known = members(data)
    at = {split.name: i for i, split in enumerate(data.splits)}
    counts = {each.name: {split: int(known.counts[n, at[split]]) for split in files} for n, each in known}
    short = {"validation": "val"}
    assert counts == {
        s["name"]: {split: s["count"][short.get(split, split)] for split in files} for s in told if named[s["name"]]
    }


def test_the_places_of_declared_slices_are_told(tmp_path):
    from assay.audit.config import load
    from assay.audit.slicing.request import declared

    file = tmp_path / "assay.toml"
    file.write_text('[[slice]]\nname = "a"\nwhere = "x = 1"\n')
    assert re.search(r"assay\.toml:3", declared(load(file), str(file)).place(0))
