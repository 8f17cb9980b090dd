"""Paths, globs, folders, packed files, encodings, and files that cannot be read."""

from __future__ import annotations

import gzip
import os
import time
from pathlib import Path

import polars as pl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.audit.errors import DataError
from assay.audit.reading import compressed, encodings, read
from assay.audit.reading.sources import expand, read_file

CSV = "text,label\na few words,x\nand some more,y\n"


def put(path, content=CSV):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def refusal(path):
    with pytest.raises(DataError) as caught:
        read({"train": [str(path)]})
    assert caught.value.path == str(path)
    assert caught.value.cure
    return str(caught.value)


def test_files_of_one_split_run_on_in_sorted_order(tmp_path):
    put(tmp_path / "b.csv", "text,label\nfrom file b,y\n")
    put(tmp_path / "a.csv", 'label,text\nx,"from\nfile a"\nx,again file a\n')
    put(tmp_path / "c.jsonl", '{"text": "from c", "label": "z"}\n')
    for spec in (str(tmp_path), str(tmp_path / "*"), str(tmp_path / "**")):
        data = read({"train": [spec]})
        assert data.frame["text"].to_list() == ["from\nfile a", "again file a", "from file b", "from c"]
        assert [data.row(i).place.rsplit("/", 1)[1] for i in range(4)] == ["a.csv:2", "a.csv:4", "b.csv:2", "c.jsonl:1"]
        assert [data.row(i).row for i in range(4)] == [0, 1, 2, 3]


def test_columns_of_one_split_must_agree(tmp_path):
    put(tmp_path / "a.csv")
    other = put(tmp_path / "b.csv", "text,category\nwords here,x\n")
    with pytest.raises(DataError, match="lacks label and has category besides") as caught:
        read({"train": [str(tmp_path)]})
    assert caught.value.path == other


def test_nothing_there(tmp_path):
    put(tmp_path / "train.csv")
    assert "Did you mean" in refusal(tmp_path / "trian.csv")
    assert "no file matches" in refusal(tmp_path / "*.json")
    (tmp_path / "empty").mkdir()
    put(tmp_path / "empty" / "notes.md")
    assert "holds no data file" in refusal(tmp_path / "empty")
    assert "the file is empty" in refusal(put(tmp_path / "e.csv", ""))
    assert "the file is empty" in refusal(put(tmp_path / "e.csv.gz", gzip.compress(b"")))
    assert "only a header" in refusal(put(tmp_path / "h.csv", "text,label\n"))
    assert "no such file" in refusal(tmp_path / "train.csv" / "x.csv")


@pytest.mark.parametrize("name", ["a.xlsx", "a.pkl", "a.zip"])
def test_other_kinds_are_refused(tmp_path, name):
    assert "not a kind of file" in refusal(put(tmp_path / name))


@pytest.mark.parametrize("name", ["a.txt", "a", "a.data"])
@pytest.mark.parametrize(
    ("content", "kind", "lines"),
    [
        (CSV, "CSV", [2, 3]),
        (CSV.replace(",", "\t"), "TSV", [2, 3]),
        ('{"text": "a", "label": 1}\n{"text": "b"}\n', "JSONL", [1, 2]),
        ('{"text": "a"}\n', "JSONL", [1]),
        ('\n[{"text": "a"},\n{"text": "b"}]', "JSON", [2, 3]),
        ('{"data": [\n{"text": "a"}]}', "JSON", [2]),
        ('{\n"data": [\n{"text": "a"}]}', "JSON", [3]),
    ],
)
def test_a_name_that_says_no_kind(tmp_path, name, content, kind, lines):
    path = put(tmp_path / name, content)
    table = read_file(path)
    assert table.notes == (f"{path}: read as {kind} by its content, as its name says no kind of file",)
    assert table.line.tolist() == lines


def test_plain_text_is_no_table(tmp_path):
    assert "give it a header line" in refusal(put(tmp_path / "a.txt", "Just a letter.\nWith two lines, no more.\n"))


def test_the_first_bytes_say_more_than_the_name(tmp_path):
    frame = pl.DataFrame({"text": ["a few words", "NA"]})
    frame.write_parquet(tmp_path / "a.csv")
    frame.write_ipc(tmp_path / "b.json")
    for name in ("a.csv", "b.json"):
        assert read_file(str(tmp_path / name)).frame.equals(frame)
    packed = gzip.compress((tmp_path / "a.csv").read_bytes())
    assert "Unpack it" in refusal(put(tmp_path / "c.parquet.gz", packed))
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    assert "git lfs pull" in refusal(put(tmp_path / "d.csv", pointer))
    assert "not a readable Parquet" in refusal(put(tmp_path / "e.parquet"))
    assert "packed as a zip" in refusal(put(tmp_path / "f.csv", b"PK\x03\x04" + bytes(50)))


def test_pipes_and_devices_do_not_hang(tmp_path):
    os.mkfifo(tmp_path / "p.csv")
    assert "not a plain file" in refusal(tmp_path / "p.csv")
    (tmp_path / "z.csv").symlink_to("/dev/zero")
    assert "not a plain file" in refusal(tmp_path / "z.csv")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path):
    path = tmp_path / "a.csv"
    put(path)
    path.chmod(0)
    assert "chmod" in refusal(path)


def test_a_folder_that_may_not_be_looked_into(tmp_path, monkeypatch):
    whole = Path.stat

    def forbidden(path, **options):
        if path.parent == tmp_path:
            raise PermissionError(13, "x")
        return whole(path, **options)

    monkeypatch.setattr("pathlib.Path.stat", forbidden)
    monkeypatch.setattr("pathlib.Path.iterdir", lambda _: (_ for _ in ()).throw(PermissionError(13, "x")))
    assert "no permission" in refusal(tmp_path)


def test_a_file_that_vanishes_or_is_forbidden(tmp_path, monkeypatch):
    path = put(tmp_path / "a.csv")
    for error, words in (
        (FileNotFoundError(2, "x"), "no such file"),
        (PermissionError(13, "x"), "permission"),
        (OSError(5, "I/O error"), "I/O error"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr("pathlib.Path.open", lambda *_, e=error: (_ for _ in ()).throw(e))
            assert words in refusal(path)


def test_packed_files(tmp_path):
    whole = read_file(put(tmp_path / "a.csv")).frame
    assert read_file(put(tmp_path / "a.csv.gz", gzip.compress(CSV.encode()))).frame.equals(whole)
    frames = zstandard.compress(CSV[:20].encode()) + zstandard.compress(CSV[20:].encode())
    assert read_file(put(tmp_path / "a.csv.zst", frames)).frame.equals(whole)
    assert read_file(put(tmp_path / "misnamed.csv", gzip.compress(CSV.encode()))).frame.equals(whole)
    members = gzip.compress(CSV[:20].encode()) + gzip.compress(CSV[20:].encode())
    assert read_file(put(tmp_path / "two.csv.gz", members)).frame.equals(whole)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_damaged_and_endless_packed_files(tmp_path, monkeypatch, pack):
    packed = pack(os.urandom(50_000).hex().encode())
    assert "damaged" in refusal(put(tmp_path / "cut.csv.gz", packed[: len(packed) // 2]))
    assert "damaged" in refusal(put(tmp_path / "bad.csv.gz", packed[:100] + b"\0" * 300 + packed[400:]))
    monkeypatch.setattr(compressed, "memory_limit", lambda: 8 << 20)
    assert "half of the memory" in refusal(put(tmp_path / "bomb.csv.gz", pack(b"a" * (64 << 20))))


def test_encodings(tmp_path):
    text = 'text,label\n"naïve\r\n😀",x\n'
    for encoding in ("utf-8-sig", "utf-16", "utf-16-be", "utf-32"):
        raw = text.encode(encoding)
        raw = b"\xfe\xff" + raw if encoding == "utf-16-be" else raw
        table = read_file(put(tmp_path / "a.csv", raw))
        assert table.frame.rows() == [("naïve\r\n😀", "x")]
        assert table.frame.columns == ["text", "label"]
    assert read_file(put(tmp_path / "b.jsonl", b'\xef\xbb\xbf{"text": "a"}\n')).frame["text"].to_list() == ["a"]


def test_bytes_that_are_no_utf8_have_their_line(tmp_path):
    rows = ["text,label"] + [f"row number {i} é,x" for i in range(200_000)]
    raw = "\n".join(rows).encode()
    at = raw.index(b"row number 150000 ")
    bad = raw[:at] + b"caf\xe9 " + raw[at:]
    message = refusal(put(tmp_path / "a.csv", bad))
    assert f"a.csv:150002: byte 0xe9 at offset {at + 3} is not valid UTF-8" in message
    assert "(in Windows-1252 it is 'é'). The rest of the file is UTF-8, so do not convert it: mend this line" in message
    more = refusal(put(tmp_path / "b.csv", bad.replace(b"number 7 ", b"n\xfcmber ")))
    assert "b.csv:9: byte 0xfc" in more
    assert "mend this line and others, 2 places in all" in more
    assert "iconv -f WINDOWS-1252" in refusal(put(tmp_path / "c.csv", CSV.replace("few", "féw").encode("cp1252")))


@pytest.mark.parametrize(("encoding", "name"), [("utf-16-le", "UTF-16LE"), ("utf-16-be", "UTF-16BE")])
def test_utf16_without_a_mark_is_not_taken_for_text_with_nul(tmp_path, encoding, name):
    for file, content in (("a.csv", CSV), ("a.jsonl", '{"text": "é"}\n')):
        message = refusal(put(tmp_path / file, content.encode(encoding)))
        assert f"looks like {name} without" in message
        assert f"iconv -f {name}" in message


def test_utf16_that_is_cut_off_has_its_line(tmp_path):
    message = refusal(put(tmp_path / "a.csv", CSV.encode("utf-16")[:-1]))
    assert "a.csv:3: not valid UTF-16-LE" in message


@settings(max_examples=500)
@given(st.binary(max_size=12) | st.text(max_size=6).map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_bytes_are_utf8_exactly_where_python_says_so(data):
    try:
        data.decode()
    except UnicodeDecodeError as error:
        assert encodings._first_bad_byte(data) == error.start
    else:
        assert encodings._first_bad_byte(data) is None


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_name_that_says_packed(tmp_path, suffix):
    assert read_file(put(tmp_path / f"a.csv{suffix}")).line.tolist() == [2, 3]
    assert "not packed, though its name says so" in refusal(put(tmp_path / f"b.csv{suffix}", b"\xff\xfd\x00" * 50))


def test_names_with_glob_signs(tmp_path):
    path = put(tmp_path / "a[1].csv")
    assert expand(path) == [path]


def test_a_hub_name_without_network_fails_soon(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    for proxy in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    start = time.monotonic()
    for name in ("someone/some_data", "imdb", "hf:imdb", "hf:glue:mrpc", "hf:someone/some_data@main"):
        assert "hub cannot be reached" in refusal(name)
    assert time.monotonic() - start < 5
    assert "no name of a data set on the hub" in refusal("hf:../../x")
    with pytest.raises(DataError, match="no such file"):
        read({"train": ["someone/some_data.csv"]})
