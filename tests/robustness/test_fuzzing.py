"""Hostile inputs through the real commands: a right result, or exit code 2 with an error, and nothing half-written.

A part of what ``benchmarks/robustness.py`` runs 10,000 of.
"""

from __future__ import annotations

import json

import fuzzing
import hostile
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EXAMPLES = {
    "readers": 60,
    "config": 25,
    "conditions": 25,
    "decisions": 30,
    "predictions": 30,
    "policies": 40,
    "artefacts": 40,
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return fuzzing.build(tmp_path_factory.mktemp("world"))


@pytest.mark.parametrize("kind", sorted(fuzzing.CASES))
def test_hostile_inputs_end_in_a_result_or_a_clear_error(kind, world, tmp_path_factory):
    @settings(max_examples=EXAMPLES[kind], suppress_health_check=list(HealthCheck))
    @given(st.randoms(use_true_random=True))
    def ends_well(rng):
        assert fuzzing.CASES[kind](rng, world, tmp_path_factory.mktemp("case")) is None

    ends_well()


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True), st.sampled_from(sorted(set(hostile.FORMATS))))
def test_undamaged_files_are_read_as_they_were_written(tmp_path_factory, rng, form):
    here = tmp_path_factory.mktemp("case")
    frame = hostile.table(rng, plain=True).with_columns(
        # CSV knows no difference between no value and an empty one, and no NUL.
        pl.col("text").str.replace_all("\x00", "").str.replace_all("\r\n|\r", "\n").replace("", "x")
    )
    (here / f"data.{form}").write_bytes(hostile.packed(frame, form))
    out = here / "out"
    code, said = fuzzing.assay(
        "audit", here / f"data.{form}", "--text", "text", "--select", "DUP001", "--output", out, "-q"
    )
    assert code in {0, 1}, said
    assert json.loads((out / "audit.json").read_text())["data"]["train"]["rows"] == frame.height


@pytest.mark.parametrize("form", ["parquet", "arrow", "csv.gz", "jsonl.zst"])
def test_a_packed_file_cut_off_anywhere_is_refused(form, tmp_path):
    frame = pl.DataFrame({"text": [f"words of row {n}" for n in range(50)], "label": ["a", "b"] * 25})
    whole, out = hostile.packed(frame, form), tmp_path / "out"
    for share in (0.0, 0.1, 0.5, 0.9, 0.99):
        (tmp_path / f"data.{form}").write_bytes(whole[: int(share * len(whole))])
        code, said = fuzzing.assay("audit", tmp_path / f"data.{form}", "--select", "DUP001", "--output", out, "-q")
        assert code == 2, share
        assert said.startswith(f"error: {tmp_path}"), said
        assert not out.exists()


def test_a_condition_of_hundreds_of_parts_is_refused_at_once(world, tmp_path):
    """polars' time grows with the cube of the depth: 300 took half a minute."""
    where = " OR ".join(["label = 'a'"] * 300)
    (tmp_path / "assay.toml").write_text(f'[[slice]]\nname = "s"\nwhere = "{where}"\n')
    told = ["audit", world.folder / "train.csv", "--config", tmp_path / "assay.toml", "--select", "SLC001", "-q"]
    code, said = fuzzing.assay(*told, "--output", tmp_path / "out")
    assert code == 2
    assert "say a long list of values as column IN ('a', 'b')" in said
