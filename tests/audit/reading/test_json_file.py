"""JSON files of every shape."""

from __future__ import annotations

import pytest

from assay.audit.errors import DataError
from assay.audit.reading.json_file import read_json


def test_a_list_of_objects_with_lines():
    text = '[\n {"t": "a", "n": 1.0},\n {"t": "b",\n  "n": [1,  2]},\n\n {"t": null}\n]\n'
    table = read_json(text.encode(), "t.json")
    assert table.frame.rows() == [("a", "1.0"), ("b", "[1,  2]"), (None, None)]
    assert table.line.tolist() == [2, 3, 6]


def test_one_key_holds_the_rows():
    table = read_json(b'{"data": [{"t": "a"},\n{"t": true}]}', "t.json")
    assert table.frame["t"].to_list() == ["a", "true"]
    assert table.line.tolist() == [1, 2]


def test_an_object_of_columns():
    table = read_json(b'{"t": ["a", null, "\\ud800"], "n": [1.0, {"x": 1}, [ ]]}', "t.json")
    assert table.frame.rows() == [("a", "1.0"), (None, '{"x": 1}'), ("\ufffd", "[ ]")]
    assert table.notes


def test_json_lines_under_the_name_json():
    table = read_json(b'{"t": "a"}\n\n{"t": "b"}\n', "t.json")
    assert table.frame["t"].to_list() == ["a", "b"]
    assert table.line.tolist() == [1, 3]


@pytest.mark.parametrize(
    "text",
    [
        "1",
        '"x"',
        "null",
        "[]",
        "{}",
        "[1, 2]",
        '{"a": 1}',
        '{"a": []}',
        '[{"a": 1}, 2]',
        "[{}]",
        '{"a": [1], "b": [1, 2]}',
        "[[]]",
    ],
)
def test_valid_json_that_is_no_table(text):
    with pytest.raises(DataError, match="valid JSON, but not a table") as caught:
        read_json(text.encode(), "t.json")
    assert caught.value.cure


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[{"a": 1},\n{"a": 2},\n]', 3),
        ('[{"a": 1}\n{"a": 2}]', 2),
        ('[{"a": 1}]\n\nx', 3),
        ('[{"a": 1},\n {"a": NaN}]', 2),
        ('[\n{"a": 1, "a": 2}]', 2),
        ("[1, 2", 1),
        ('{"a": 1}}', 1),
        ("[\n" + "[" * 100_000, 2),
        ('{"a":' * 100_000, 1),
    ],
)
def test_refusals_have_their_line(text, line):
    with pytest.raises(DataError) as caught:
        read_json(text.encode(), "t.json")
    assert caught.value.line == line
    assert "not a table" not in caught.value.problem


def test_many_rows_come_in_chunks(monkeypatch):
    monkeypatch.setattr("assay.audit.reading.json_file._CHUNK_ROWS", 3)
    rows = ",\n".join(f'{{"t": "{i}"' + (f', "late": {i}' if i == 7 else "") + "}" for i in range(10))
    table = read_json(f"[{rows}]".encode(), "t.json")
    assert table.frame["t"].to_list() == [str(i) for i in range(10)]
    assert table.frame["late"].to_list() == [None] * 7 + ["7"] + [None] * 2
    assert table.line.tolist() == list(range(1, 11))


def test_rows_under_one_key_beside_plain_values():
    table = read_json(b'{"version": "1",\n "data": [{"t": "a"},\n{"t": "b"}], "n": {"x": []}}', "t.json")
    assert table.frame["t"].to_list() == ["a", "b"]
    assert table.line.tolist() == [2, 3]
    assert table.notes == ("t.json: the rows are the list under 'data'; left out: 'version', 'n'",)
    with pytest.raises(DataError, match="no lists"):
        read_json(b'{"data": [1, 2], "version": 1}', "t.json")
    with pytest.raises(DataError, match="differ in length"):
        read_json(b'{"data": [{"t": "a"}], "other": [{"t": "a"}, {"t": "b"}]}', "t.json")
