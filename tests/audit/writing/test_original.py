"""Bytes: rows that are not changed are copied, whatever the file looks like."""

from __future__ import annotations

import csv
import gzip
import io
import json

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.errors import DataError
from assay.audit.reading.sources import read_file
from assay.audit.writing.envelope import pack
from assay.audit.writing.original import Selection, open_original, render, suffix_of

CELLS = st.text(st.sampled_from("ab ,;\t\"'\n\ré漢\u2028\u0085|x"), max_size=8)
ENDS = st.sampled_from(["\n", "\r\n"])


def everything(original):
    return Selection(original, np.arange(original.rows))


def as_csv(rows, mark, end, *, quoting, last):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=mark, lineterminator=end, quoting=quoting).writerows(rows)
    text = out.getvalue()
    return text if last else text.removesuffix(end)


@given(
    rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8),
    mark=st.sampled_from(",;\t|"),
    end=ENDS,
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    last=st.booleans(),
    bom=st.booleans(),
    data=st.data(),
)
def test_rows_of_hostile_csv_keep_their_bytes(tmp_path_factory, rows, mark, end, quoting, last, bom, data):
    path = tmp_path_factory.mktemp("csv") / ("a.tsv" if mark == "\t" else "a.csv")
    text = as_csv([("text", "label"), *rows], mark, end, quoting=quoting, last=last)
    raw = (b"\xef\xbb\xbf" if bom else b"") + text.encode()
    path.write_bytes(raw)
    try:
        frame = read_file(str(path)).frame
    except DataError:
        return  # what the reader refuses is never copied
    original = open_original(str(path))
    assert original.rows == frame.height
    assert render([everything(original)], loose=True) == raw
    kept = np.flatnonzero(data.draw(st.lists(st.booleans(), min_size=frame.height, max_size=frame.height)))
    if not kept.size:
        return
    made = render([Selection(original, kept)], loose=True)
    path.write_bytes(made)
    assert read_file(str(path)).frame.equals(frame[kept])
    # Nothing but whole rows is gone: what is left stands in the source in the same order.
    pieces = iter(range(len(raw)))
    assert all(any(raw[i] == byte for i in pieces) for byte in made)


@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5), label=CELLS, at=st.integers(0, 4), end=ENDS)
def test_a_new_label_changes_its_cell_alone(tmp_path_factory, rows, label, at, end):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(as_csv([("text", "label"), *rows], ",", end, quoting=csv.QUOTE_MINIMAL, last=True).encode())
    try:
        frame = read_file(str(path)).frame
    except DataError:
        return
    original = open_original(str(path))
    if at >= original.rows or "\r" in label or label != label.strip():
        return
    made = render([Selection(original, np.arange(original.rows), {at: label}, "label")], loose=True)
    before, after = (original.body.row(at), made)
    path.write_bytes(made)
    new = read_file(str(path)).frame
    assert new["label"].to_list() == [*frame["label"][:at], label, *frame["label"][at + 1 :]]
    assert new["text"].equals(frame["text"])
    others = [original.body.row(r) for r in range(original.rows) if r != at]
    assert all(row in after for row in others)
    assert len(made) - len(original.body.data) <= len(label.encode()) * 2 + 2
    assert before.endswith(end.encode())


def test_blank_lines_stay_when_rows_go(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\ntext,label\n\na,x\n\nb,y\nc,z")
    original = open_original(str(tmp_path / "a.csv"))
    assert original.line.tolist() == [4, 6, 7]
    assert render([Selection(original, np.array([0, 2]))], loose=True) == b"\ntext,label\n\na,x\n\nc,z"
    assert render([Selection(original, np.array([0, 2]))], loose=False) == b"\ntext,label\n\na,x\nc,z"


def test_stray_quotes_are_copied_as_python_reads_them(tmp_path):
    raw = b'text,label\nsay "hi" now,a\n"x"y,b\nplain,c\n'
    (tmp_path / "a.csv").write_bytes(raw)
    original = open_original(str(tmp_path / "a.csv"))
    assert render([Selection(original, np.array([0, 2]))], loose=True) == b'text,label\nsay "hi" now,a\nplain,c\n'


OBJECTS = st.dictionaries(
    st.sampled_from(["text", "label", "n", "é"]),
    st.one_of(st.text(max_size=6), st.integers(), st.none(), st.booleans(), st.lists(st.integers(), max_size=2)),
    min_size=1,
)


@given(rows=st.lists(OBJECTS, min_size=1, max_size=6), ascii_only=st.booleans(), end=ENDS, data=st.data())
def test_json_lines_keep_their_bytes(tmp_path_factory, rows, ascii_only, end, data):
    path = tmp_path_factory.mktemp("jsonl") / "a.jsonl"
    raw = end.join(json.dumps(row, ensure_ascii=ascii_only) for row in rows).encode()
    path.write_bytes(raw)
    original = open_original(str(path))
    assert render([everything(original)], loose=True) == raw
    at = data.draw(st.integers(0, len(rows) - 1))
    made = render([Selection(original, np.arange(len(rows)), {at: "new\n"}, "label")], loose=True)
    lines = made.decode().split(end)
    assert json.loads(lines[at]) == {**rows[at], "label": "new\n"}
    assert [x for i, x in enumerate(lines) if i != at] == [x for i, x in enumerate(raw.decode().split(end)) if i != at]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("wrapped", [False, True])
def test_json_lists_keep_their_layout(tmp_path, indent, wrapped):
    rows = [{"text": f"é {i}", "label": i} for i in range(4)]
    raw = json.dumps({"name": "x", "data": rows, "end": 1} if wrapped else rows, indent=indent, ensure_ascii=False)
    path = tmp_path / "a.json"
    path.write_text(raw, "utf-8")
    original = open_original(str(path))
    assert render([everything(original)], loose=True).decode() == raw
    made = render([Selection(original, np.array([1, 3]), {3: "7"}, "label")], loose=True).decode()
    left = [rows[1], {**rows[3], "label": 7}]
    assert json.loads(made) == ({"name": "x", "data": left, "end": 1} if wrapped else left)
    expected = {"name": "x", "data": left, "end": 1} if wrapped else left
    assert made == json.dumps(expected, indent=indent, ensure_ascii=False)


def test_json_columns(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"text": ["a", "b", "c"], "label": [1, 2, 3]}\n', "utf-8")
    original = open_original(str(path))
    made = render([Selection(original, np.array([0, 2]), {2: "9"}, "label")], loose=True)
    assert made == b'{"text": ["a", "c"], "label": [1, 9]}\n'


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8-sig"])
def test_encodings_are_kept(tmp_path, encoding):
    text = "text,label\r\nnaïve 漢,a\r\nb,b\r\nc,c\r\n"
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff", "utf-8-sig": b""}[encoding]
    path = tmp_path / "a.csv"
    path.write_bytes(mark + text.encode(encoding))
    made = render([Selection(open_original(str(path)), np.array([0, 2]), {0: "é"}, "label")], loose=True)
    assert made == mark + "text,label\r\nnaïve 漢,é\r\nc,c\r\n".encode(encoding)


def test_packing_follows_the_name_and_is_the_same_each_time(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"text,label\na,x\n"))
    original = open_original(str(path))
    content = render([everything(original)], loose=True)
    assert suffix_of(original) == ".csv.gz"
    assert pack(content, "b.csv.gz") == pack(content, "b.csv.gz")
    assert gzip.decompress(pack(content, "b.csv.gz")) == content
    (tmp_path / "b.csv.zst").write_bytes(pack(content, "b.csv.zst"))
    assert read_file(str(tmp_path / "b.csv.zst")).frame.rows() == [("a", "x")]


@pytest.mark.parametrize("form", ["parquet", "file", "stream"])
def test_tables_keep_schema_and_values(tmp_path, form):
    table = pa.table(
        {
            "text": pa.array(["a", "b", "c", "d"]).dictionary_encode(),
            "label": pa.array([1, 2, None, 4], pa.int8()),
            "nested": pa.array([[1], [], None, [2, 3]], pa.list_(pa.int16())),
        }
    ).replace_schema_metadata({"huggingface": "{}"})
    path = tmp_path / ("a.parquet" if form == "parquet" else "a.arrow")
    if form == "parquet":
        pq.write_table(table, path, compression="zstd")
    else:
        with (pa.ipc.new_file if form == "file" else pa.ipc.new_stream)(path, table.schema) as out:
            out.write_table(table)
    original = open_original(str(path))
    path.write_bytes(render([Selection(original, np.array([0, 2, 3]), {2: "5"}, "label")], loose=True))
    made = open_original(str(path)).body.table
    assert made.schema.equals(original.body.table.schema, check_metadata=True)
    assert made.schema.metadata == table.schema.metadata
    assert made.column("label").to_pylist() == [1, 5, 4]
    assert made.column("nested").to_pylist() == [[1], None, [2, 3]]
    if form == "parquet":
        assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"
    with pytest.raises(DataError, match="does not fit its type int8"):
        render([Selection(original, np.array([0]), {0: "many"}, "label")], loose=True)


def test_dictionary_labels_get_new_values(tmp_path):
    table = pa.table({"text": ["a", "b", "c"], "label": pa.array(["x", "y", "x"]).dictionary_encode()})
    pq.write_table(table, tmp_path / "a.parquet")
    original = open_original(str(tmp_path / "a.parquet"))
    (tmp_path / "b.parquet").write_bytes(render([Selection(original, np.arange(3), {1: "z"}, "label")], loose=True))
    made = pq.read_table(tmp_path / "b.parquet")
    assert made.column("label").to_pylist() == ["x", "z", "x"]
    assert pa.types.is_dictionary(made.schema.field("label").type)


def test_files_are_joined_under_one_header(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"text,label\na,x\nb,y")
    (tmp_path / "b.csv").write_bytes(b"text,label\r\nc,z\r\n")
    one, two = (open_original(str(tmp_path / name)) for name in ("a.csv", "b.csv"))
    assert render([everything(one), everything(two)], loose=False) == b"text,label\na,x\nb,y\nc,z\r\n"
    (tmp_path / "c.csv").write_bytes(b"label,text\nz,c\n")
    with pytest.raises(DataError, match="cannot be joined"):
        render([everything(one), everything(open_original(str(tmp_path / "c.csv")))], loose=False)


def test_json_lists_are_joined(tmp_path):
    (tmp_path / "a.json").write_text('[\n {"t": 1},\n {"t": 2}\n]\n')
    (tmp_path / "b.json").write_text('[{"t": 3}]')
    chosen = [everything(open_original(str(tmp_path / name))) for name in ("a.json", "b.json")]
    assert json.loads(render(chosen, loose=False)) == [{"t": 1}, {"t": 2}, {"t": 3}]


def test_every_real_file_is_copied_to_the_byte(shared_data):
    seen = 0
    for path in sorted(shared_data.rglob("*.csv")):
        raw = path.read_bytes()
        try:
            frame = read_file(str(path)).frame
        except DataError:
            continue
        original = open_original(str(path))
        assert original.rows == frame.height
        assert render([everything(original)], loose=True) == raw
        half = np.arange(0, original.rows, 2)
        made = render([Selection(original, half)], loose=False)
        again = pl.read_csv(made, infer_schema=False) if b'"' not in made and original.mark == "," else None
        assert again is None or again.height == half.size
        seen += 1
    assert seen >= 10


def test_views_that_polars_writes_are_picked_and_relabelled(tmp_path):
    frame = pl.DataFrame({
        "text": ["a", None, "c"], "label": ["x", "y", "x"], "tags": [["p"], [], ["q", None]], "raw": [b"1", b"2", None],
        "deep": [{"s": "v", "n": [["w"]]}] * 3,
    })  # fmt: skip
    path = tmp_path / "a.arrow"
    frame.write_ipc(path)
    original = open_original(str(path))
    made = render([Selection(original, np.array([0, 2]), {2: "new"}, "label")], loose=False)
    new = pl.read_ipc(io.BytesIO(made))
    assert new.schema == frame.schema
    assert new.to_dicts() == frame[[0, 2]].with_columns(label=pl.Series(["x", "new"])).to_dicts()
    with pa.ipc.open_file(path) as old, pa.ipc.open_file(io.BytesIO(made)) as other:
        assert old.schema == other.schema
