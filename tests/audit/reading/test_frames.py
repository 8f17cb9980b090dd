"""Frames in memory."""

from __future__ import annotations

import datasets
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from assay.audit.errors import DataError
from assay.audit.reading import frames, from_frames, read

ROWS = {"text": ["the first one", "NA", "third is here"], "label": ["a", "b", "a"]}


class Stream:
    """Something of another library that speaks Arrow."""

    def __arrow_c_stream__(self, requested_schema=None):
        return pa.table(ROWS).__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame(ROWS),
        pl.LazyFrame(ROWS),
        pd.DataFrame(ROWS),
        pd.DataFrame(ROWS, index=[5, 6, 7]),
        pd.DataFrame(ROWS, dtype=object),
        pd.DataFrame(ROWS).astype("category"),
        pa.table(ROWS),
        pa.RecordBatch.from_pydict(ROWS),
        pa.table(ROWS).to_reader(),
        datasets.Dataset.from_dict(ROWS),
        Stream(),
    ],
    ids=lambda frame: f"{type(frame).__module__.split('.')[0]}.{type(frame).__name__}",
)
def test_every_kind_gives_the_same(frame):
    data = from_frames(frame, label="label")
    assert data.frame.rows() == list(zip(*ROWS.values(), strict=True))
    assert data.frame.columns == ["text", "label"]
    assert [s.name for s in data.splits] == ["train"]
    assert data.row(1).line is None
    assert data.row(1).place == "train[1]"
    assert data.splits[0].fingerprint == from_frames(pl.DataFrame(ROWS), label="label").splits[0].fingerprint


def test_a_filtered_dataset_gives_only_its_rows():
    whole = datasets.Dataset.from_dict(ROWS)
    part = whole.select([2, 0])
    assert from_frames(part).frame["text"].to_list() == ["third is here", "the first one"]


def test_dicts_give_splits():
    splits = datasets.DatasetDict(test=datasets.Dataset.from_dict(ROWS), train=datasets.Dataset.from_dict(ROWS))
    assert [s.name for s in from_frames(splits).splits] == ["train", "test"]
    data = read({"dev": pl.DataFrame(ROWS), "train": pd.DataFrame(ROWS)})
    assert [(s.name, s.files) for s in data.splits] == [("train", ()), ("validation", ())]


def test_odd_pandas_columns_are_text():
    frame = pd.DataFrame({"text": ["a few words", 5, None], "n": [1.5, np.nan, 2], 7: [{"a": 1}, "x", 3]})
    data = from_frames(frame, text=["text"])
    assert data.frame["text"].to_list() == ["a few words", "5", None]
    assert data.frame["7"].to_list() == ["{'a': 1}", "x", "3"]
    assert data.frame["n"].to_list() == [1.5, None, 2.0]


def test_what_is_no_table_is_refused_with_a_cure():
    for other in (5, [{"text": "a"}], object(), ROWS["text"]):
        with pytest.raises(DataError) as caught:
            from_frames(other)
        assert caught.value.cure
    with pytest.raises(DataError, match="no rows"):
        from_frames(pl.DataFrame(ROWS).head(0))
    with pytest.raises(DataError, match="stands 2 times"):
        from_frames(pd.DataFrame([["a", "b"]], columns=["t", "t"]))


def test_surrogates_of_pandas_are_replaced_and_noted():
    frame = pd.DataFrame({"text": pd.Series(["a \ud800 b", "c d"], dtype=object)})
    data = from_frames(frame)
    assert data.frame["text"].to_list() == ["a \ufffd b", "c d"]
    assert data.notes == ("train (pandas.DataFrame): unpaired surrogates replaced by U+FFFD in 1 value(s), in text",)


def test_values_of_odd_types_are_what_they_print():
    frame = pd.DataFrame({"text": ["a b", "c d"], "month": pd.period_range("2020-01", periods=2, freq="M")})
    assert from_frames(frame).frame["month"].to_list() == ["2020-01", "2020-02"]
    objects = pl.DataFrame({"text": pl.Series(["a b", 5, None], dtype=pl.Object)})
    assert from_frames(objects).frame["text"].to_list() == ["a b", "5", None]


def test_bytes_are_text_if_they_are_utf8():
    frame = pl.DataFrame({"text": ["é b".encode(), None], "raw": [b"\xff", b"a"]})
    data = from_frames(frame, text=["text"])
    assert data.frame["text"].to_list() == ["é b", None]
    assert data.frame["raw"].to_list() == [b"\xff", b"a"]


def test_damaged_content_is_refused():
    ends = np.array([0, 2, 4], np.int32)
    bad = pa.Array.from_buffers(pa.string(), 2, [None, pa.py_buffer(ends), pa.py_buffer(b"\xff\xfeab")])
    with pytest.raises(DataError, match=r"damaged content.*UTF8"):
        from_frames(pa.table({"text": bad}))
    with pytest.raises(DataError, match="NUL"):
        from_frames(pd.DataFrame({"te\0xt": ["a"]}))


def test_frames_that_fail_while_they_are_asked():
    class Broken:
        def __arrow_c_stream__(self, requested_schema=None):
            raise RuntimeError("no connection")

    with pytest.raises(DataError, match="no connection"):
        from_frames(Broken())
    with pytest.raises(DataError, match="cannot be collected"):
        from_frames(pl.scan_csv("/nowhere/at/all.csv"))


def test_an_index_that_filter_and_shuffle_left_behind_is_applied():
    whole = datasets.Dataset.from_dict({"text": [f"text {i}" for i in range(50)], "n": list(range(50))})
    part = whole.filter(lambda row: row["n"] % 2 == 0).shuffle(seed=1)
    assert part._indices is not None
    data = from_frames(datasets.DatasetDict(train=part, test=whole.select([1])))
    assert data.frame["text"].to_list() == [*part["text"], "text 1"]
    for view in (part.with_format("numpy", columns=["n"]), part.with_transform(lambda batch: {"other": batch["n"]})):
        assert from_frames(view).frame["text"].to_list() == list(part["text"])


def test_a_stream_is_read_batch_by_batch(monkeypatch):
    monkeypatch.setattr(frames, "STREAM_BATCH", 2)
    labels = datasets.ClassLabel(names=["delivery", "refund"])
    features = datasets.Features({"text": datasets.Value("string"), "label": labels})
    rows = {"text": [f"text number {n} to read" for n in range(5)], "label": [0, 1, -1, 1, 0]}
    stream = datasets.Dataset.from_dict(rows, features=features).to_iterable_dataset()
    data = from_frames(stream, text="text", label="label")
    assert data.frame["text"].to_list() == rows["text"]
    assert data.frame["label"].to_list() == ["delivery", "refund", None, "refund", "delivery"]
    monkeypatch.setattr(frames, "STREAM_ROWS", 3)
    with pytest.raises(DataError, match=r"more than 3 rows.*stream\.take"):
        from_frames(stream, text="text", label="label")


@pytest.mark.parametrize("saved", [False, True])
def test_class_numbers_are_read_as_their_names(tmp_path, saved):
    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])})
    rows = {"text": ["one text to read", "two texts to read", "a third text"], "label": [1, 0, -1]}
    value = datasets.Dataset.from_dict(rows, features=features)
    if saved:
        value.save_to_disk(tmp_path / "saved")
        value = f"hf:{tmp_path / 'saved'}"
    data = read({"train": value}, text="text", label="label")
    assert data.frame["label"].to_list() == ["yes", "no", None]
