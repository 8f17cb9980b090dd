"""Parquet and Arrow files."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from assay.audit.errors import DataError
from assay.audit.reading.sources import read_file

TABLE = pa.table(
    {
        "text": pa.array(["NA", None, "  x "], pa.large_string()),
        "view": pa.array(["a", "b", "a"], pa.string_view()),
        "label": pa.array(["p", "q", "p"]).dictionary_encode(),
        "n": pa.array([1, None, 3], pa.int32()),
        "at": pa.array([dt.datetime(2024, 1, 1), None, dt.datetime(2024, 1, 2)]),  # noqa: DTZ001 - no zone on purpose
        "nested": pa.array([[{"a": 1}], None, []]),
        "nothing": pa.nulls(3),
    }
)


def save(table, path):
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    elif path.suffix == ".feather":
        feather.write_feather(table, path)
    else:
        sink = pa.OSFile(str(path), "wb")
        make = pa.ipc.new_file if path.suffix == ".ipc" else pa.ipc.new_stream
        with sink, make(sink, table.schema) as writer:
            writer.write_table(table)
    return str(path)


@pytest.mark.parametrize("name", ["t.parquet", "t.feather", "t.ipc", "t.arrow"])
def test_types_are_kept(tmp_path, name):
    frame = read_file(save(TABLE, tmp_path / name)).frame
    assert frame["text"].to_list() == ["NA", None, "  x "]
    assert frame["view"].to_list() == ["a", "b", "a"]
    assert frame["label"].dtype == pl.String
    assert frame["n"].to_list() == [1, None, 3]
    assert isinstance(frame.schema["at"], pl.Datetime)
    assert frame["nested"].to_list() == [[{"a": 1}], None, []]
    assert frame["nothing"].null_count() == 3


@pytest.mark.parametrize("name", ["t.parquet", "t.ipc", "t.arrow"])
def test_extension_types_give_way_to_their_storage(tmp_path, name):
    table = pa.table({"text": ["a"], "u": pa.array([b"0" * 16], pa.uuid()), "j": pa.array(["{}"], pa.json_())})
    frame = read_file(save(table, tmp_path / name)).frame
    assert frame["j"].to_list() == ["{}"]


def attempt(path):
    """The refusal of a file, or None where it can be read."""
    try:
        read_file(str(path))
    except DataError as error:
        return error
    return None


@pytest.mark.parametrize("name", ["t.parquet", "t.feather", "t.ipc", "t.arrow"])
def test_damaged_files_are_refused_or_read_never_worse(tmp_path, name):
    path = tmp_path / name
    good = Path(save(TABLE, path)).read_bytes()
    noise = random.Random(7)
    for trial in range(120):
        bad = bytearray(good[: noise.randrange(1, len(good))] if trial % 2 else good)
        for _ in range(noise.randrange(0, 4)):
            bad[noise.randrange(len(bad))] = noise.randrange(256)
        path.write_bytes(bad)
        refused = attempt(path)
        assert refused is None or (refused.path == str(path) and refused.cure)


def test_duplicate_columns_and_no_rows(tmp_path):
    twice = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["t", "t"])
    for name in ("t.parquet", "t.arrow"):
        with pytest.raises(DataError, match="stands 2 times"):
            read_file(save(twice, tmp_path / name))
        with pytest.raises(DataError, match="no rows"):
            read_file(save(TABLE.slice(0, 0), tmp_path / name))


def test_feather_version_1_is_refused(tmp_path):
    path = tmp_path / "t.feather"
    path.write_bytes(b"FEA1" + b"\0" * 100)
    with pytest.raises(DataError, match="version 1"):
        read_file(str(path))
