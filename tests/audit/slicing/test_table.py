"""What reports show of slices, and what is suggested."""

from __future__ import annotations

import tomllib

import polars as pl
import pytest

from assay.audit.config_tables import Slice
from assay.audit.reading import from_frames
from assay.audit.rules import Settings, run
from assay.audit.slicing.request import Declared
from assay.audit.slicing.suggest import suggestions
from assay.audit.slicing.table import slice_lines


@pytest.fixture
def data():
    rows = {
        "text": [f"parcel number {n} is late" for n in range(40)] + [f"call {n} about a refund" for n in range(4)],
        "label": ["delivery"] * 40 + ["refund"] * 4,
        "channel": ["mail", "chat"] * 20 + ["phone"] * 4,
    }
    found = from_frames({"train": pl.DataFrame(rows), "test": pl.DataFrame(rows)}, text=("text",), label="label")
    found.memo[Declared] = Declared(
        (
            Slice(name="mail", where="channel = 'mail'", min_train=5, min_test=5),
            Slice(name="phone", where="channel = 'phone'", critical=True, min_train=5, min_test=2),
        )
    )
    return found


def test_the_table_has_critical_slices_first_and_says_what_the_rules_found(data):
    lines = slice_lines(run(data, Settings(select=("SLC001", "SLC002"))))
    assert [line.name for line in lines] == ["phone", "mail"]
    phone, mail = lines
    assert phone.counts == {"train": 4, "test": 4}
    assert phone.shares["test"] == pytest.approx(4 / 44)
    assert "cannot be learnt" in phone.verdict
    assert "underpowered" in phone.verdict
    assert phone.drop > 0.4
    assert mail.counts == {"train": 20, "test": 20}
    assert "cannot be learnt" not in mail.verdict


def test_without_rules_of_slices_there_is_no_table(data):
    assert slice_lines(run(data, Settings(select=("LBL004",)))) == ()


def test_suggestions_are_toml_with_counts_and_leave_out_what_is_declared(data):
    text = suggestions(data)
    found = {each["name"]: each["where"] for each in tomllib.loads(text)["slice"]}
    assert "delivery" in found
    assert "refund" in found
    assert "channel = chat" in found
    assert "channel = mail" not in found
    assert "# train 40, test 40" in text
