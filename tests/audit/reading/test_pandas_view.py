"""What pandas makes of CSV values, told without it, against pandas itself."""

from __future__ import annotations

import csv
import io

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.audit.reading import read
from assay.audit.reading.pandas_view import ABSENT, changed
from assay.audit.rules import Settings, run

VALUE = st.sampled_from(
    ["007", "7", "-3", "+5", "1.50", "0.25", "01.5", "true", "False", "TRUE", "text", "NA", "None", "nan", "", "1e5",
     "9007199254740993", " 12 ", "yes", "0", "-0.5", "1_000", "0x10"]
)  # fmt: skip


def as_pandas(values):
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerows([["c"], *[[v] for v in values]])
    return pd.read_csv(io.StringIO(buffer.getvalue()), skip_blank_lines=False, low_memory=False)["c"]


@settings(max_examples=300)
@given(st.lists(VALUE, min_size=1, max_size=6))
def test_absent_values_and_booleans_are_those_of_pandas(values):
    told = {
        one.kind: dict(zip(one.rows.to_list(), one.become.to_list(), strict=True)) for one in changed(pl.Series(values))
    }
    read_by = as_pandas(values)
    gone = {n for n, v in enumerate(read_by.isna()) if v and values[n] != ""}
    assert set(told.get("absent", {})) == gone
    if read_by.dtype == bool:
        assert all(str(read_by[n]) == v for n, v in told.get("boolean", {}).items())
    assert ("boolean" in told) == any(
        isinstance(v, bool) and str(v) != values[n] for n, v in enumerate(read_by.tolist())
    )


@settings(max_examples=300)
@given(st.lists(VALUE, min_size=1, max_size=6))
def test_changed_numbers_are_those_whose_digits_pandas_loses(values):
    told = next((dict(zip(one.rows.to_list(), one.become.to_list(), strict=True))
                 for one in changed(pl.Series(values)) if one.kind == "number"), {})  # fmt: skip
    read_by = as_pandas(values)
    number = pd.api.types.is_numeric_dtype(read_by) and read_by.dtype != bool
    for n, value in enumerate(values):
        if n in told:
            assert number, f"{value} is told as changed, but pandas keeps text"
            assert float(told[n]) == float(read_by[n])
    if number and not read_by.isna().all():
        for n, value in enumerate(values):
            if value.strip() in {"007", "+5", "01.5"} and value:
                assert n in told
            if (
                value == "9007199254740993"
                and read_by.dtype == float
                and all("." not in v and "e" not in v for v in values)
            ):
                assert told[n] == "9007199254740992"


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        (["18446744073709551615", "007"], {"number"}),
        (["18446744073709551615", "-1"], set()),
        (["18446744073709551615", "-0.5"], set()),
        (["18446744073709551615", "NA"], set()),
        (["18446744073709551615", "NA", "1.5"], {"absent", "number"}),
        (["12345678901234567890123", "NA"], {"absent"}),
    ],
)
def test_whole_numbers_past_63_bits(values, kinds):
    assert {one.kind for one in changed(pl.Series(values))} - {"number"} == kinds - {"number"}
    kept = as_pandas(values)
    assert (not kept.isna().any()) == ("absent" not in kinds)


def test_the_words_of_absence_are_those_of_pandas():
    assert set(ABSENT) | {""} == set(pd._libs.parsers.STR_NA_VALUES)


def test_datasets_changes_the_same(tmp_path):
    datasets = pytest.importorskip("datasets")
    path = tmp_path / "train.csv"
    path.write_text("text,code,flag\nNone,007,true\na text to read,008,false\n", "utf-8")
    loaded = datasets.Dataset.from_csv(str(path), cache_dir=str(tmp_path / "cache"))
    assert loaded[0] == {"text": None, "code": 7, "flag": True}
    audit = run(read({"train": [str(path)]}, text="text"), Settings(select=("RLS007",)))
    assert {f.hit.evidence["column"] for f in audit.findings} == {"text", "code", "flag"}
    strings = datasets.Features(dict.fromkeys(("text", "code", "flag"), datasets.Value("string")))
    told = {"features": strings, "keep_default_na": False, "cache_dir": str(tmp_path / "cache")}
    kept = datasets.load_dataset("csv", data_files=str(path), split="train", **told)
    assert kept[0] == {"text": "None", "code": "007", "flag": "true"}
