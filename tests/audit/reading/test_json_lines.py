"""JSON Lines against Python's json, and what is refused."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.audit.errors import DataError
from assay.audit.reading import arrow_lines
from assay.audit.reading.json_lines import read_json_lines

TEXT = st.text(st.sampled_from('ab"\\\n\r\t \u2028\x00é😀\x1c/{}[]:,'), max_size=8)
FLAT = st.one_of(TEXT, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False))
NESTED = st.recursive(
    FLAT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6
)
KEY = st.sampled_from(["text", "label", "a b", 'q"q', "é", "k\\"])


def spelled(value):
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@st.composite
def file_of(draw, values):
    rows = draw(st.lists(st.dictionaries(KEY, values, max_size=4), min_size=1, max_size=6))
    end = draw(st.sampled_from(["\n", "\r\n", "\n\n", "\n \t\n"]))
    return rows, end.join(json.dumps(row, ensure_ascii=False) for row in rows) + draw(st.sampled_from(["", end]))


def check(rows, text):
    if not any(rows):
        with pytest.raises(DataError, match="no keys"):
            read_json_lines(text.encode(), "t.jsonl")
        return
    table = read_json_lines(text.encode(), "t.jsonl")
    names = list(dict.fromkeys(key for row in rows for key in row))
    assert set(table.frame.columns) == set(names)
    assert table.frame.select(names).rows() == [tuple(spelled(row.get(n)) for n in names) for row in rows]
    expected = [i for i, line in enumerate(text.split("\n"), 1) if line.strip(" \t\r")]
    assert table.line.tolist() == expected


@settings(max_examples=300, deadline=None)
@given(file_of(NESTED))
def test_the_careful_way_spells_values_as_the_source(case):
    check(*case)


@settings(max_examples=300, deadline=None)
@given(file_of(FLAT))
def test_the_fast_way_gives_the_same(case):
    old, arrow_lines._SMALL = arrow_lines._SMALL, 0
    try:
        check(*case)
    finally:
        arrow_lines._SMALL = old


@pytest.mark.parametrize(
    "value", ["1", "0", "-0", "1.0", "1.50", "1e5", "12345678901234567890", "0.1", "-1E+2", "true", "null"]
)
def test_literals_survive_both_ways(value, monkeypatch):
    text = "".join(f'{{"text": "t {i}", "n" :  {value}}}\n' for i in range(3))
    slow = read_json_lines(text.encode(), "t.jsonl").frame
    monkeypatch.setattr(arrow_lines, "_SMALL", 0)
    fast = read_json_lines(text.encode(), "t.jsonl").frame
    assert slow["n"].to_list() == fast["n"].to_list() == [None if value == "null" else value] * 3


def test_the_fast_way_is_taken_for_flat_rows(monkeypatch):
    monkeypatch.setattr("assay.audit.reading.json_lines._careful", lambda *_: pytest.fail("the slow way was taken"))
    text = "".join(
        json.dumps({"text": f't {i} "n": 3', "label": i % 2, "n": i / 7, "d": "2024-01-01 10:00:00"}) + "\n"
        for i in range(5000)
    )
    frame = read_json_lines(text.encode(), "t.jsonl").frame
    assert frame["n"].to_list() == [repr(i / 7) for i in range(5000)]
    assert frame["label"].to_list() == [str(i % 2) for i in range(5000)]
    assert frame["d"][0] == "2024-01-01 10:00:00"


@pytest.mark.parametrize(
    "late", ['{"text": "x", "extra": [1,  2]}', '{"text": 5}', '{"text": {"a": 1}}', '{"other": "o"}']
)
def test_a_row_unlike_the_sample_is_still_right(late):
    rows = ['{"text": "x"}'] * 4001
    rows[3000] = late
    frame = read_json_lines("\n".join(rows).encode(), "t.jsonl").frame
    value = json.loads(late)
    assert frame.height == 4001
    assert frame["text"][3000] == spelled(value.get("text")) or late.startswith('{"text": {')
    if "extra" in value:
        assert frame["extra"][3000] == "[1,  2]"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{"a": "x"}\n\n[1]\n', 3, "not a JSON object"),
        ('[{"a": 1}]', 1, "name the file .json"),
        ('{"a": "x"}\n{"a": "y"} {"a": "z"}\n', 2, "something follows"),
        ('{"a": "x"}\n{"a": \n', 2, "not valid JSON"),
        ('{"a": NaN}\n', 1, "NaN is not JSON"),
        ('{"a": "x"}\n{"a": -Infinity}\n', 2, "Infinity is not JSON"),
        ('{"a": "x"}\n{"b": "x", "b": "y"}\n', 2, "'b' stands twice"),
        ("{'a': 1}\n", 1, "double quotes"),
        ('{"a": "tab\there"}\n', 1, "control character"),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}\n", 1, "nested too deeply"),
        (" \n\t\n", None, "nothing but blank lines"),
        ('{"": 1}\n', 1, "has no name"),
        ("{}\n", None, "no keys"),
    ],
)
def test_refusals_name_line_and_cure(text, line, words):
    with pytest.raises(DataError, match=words) as caught:
        read_json_lines(text.encode(), "t.jsonl")
    assert caught.value.line == line
    assert caught.value.cure


def test_errors_deep_in_a_large_flat_file_have_their_line():
    rows = ['{"text": "x"}'] * 5000
    rows[4321] = '{"text": "x", "text": "y"}'
    with pytest.raises(DataError, match="stands twice") as caught:
        read_json_lines("\n".join(rows).encode(), "t.jsonl")
    assert caught.value.line == 4322


@pytest.mark.parametrize("filler", [0, 3000])
def test_lone_surrogates_are_replaced_and_noted(filler):
    text = '{"t": "ok"}\n' * filler + '{"t": "a\\ud800b"}\n{"t": "\\ud83d\\ude00 \\u0000"}\n'
    table = read_json_lines(text.encode(), "t.jsonl")
    assert table.frame["t"].to_list()[-2:] == ["a\ufffdb", "😀 \x00"]
    assert table.notes == (f"t.jsonl:{filler + 1}: unpaired surrogate escapes replaced by U+FFFD in 1 value(s)",)


def test_two_objects_on_one_line_are_no_two_rows():
    rows = ['{"text": "x"}'] * 4000
    rows[10] = '{"text": "x"}{"text": "y"}'
    with pytest.raises(DataError, match="something follows"):
        read_json_lines("\n".join(rows).encode(), "t.jsonl")


def test_lone_surrogates_in_keys():
    table = read_json_lines(b'{"a\\ud800": "x"}\n{"b": "y"}\n', "t.jsonl")
    assert table.frame.columns == ["a\ufffd", "b"]
    with pytest.raises(DataError, match="stands 2 times"):
        read_json_lines(b'{"a\\ud800": "x", "a\\ud801": "y"}\n', "t.jsonl")


def test_very_many_keys_take_no_long():
    start = time.monotonic()
    keys = {f"k{i}": [i] for i in range(3000)}
    frame = read_json_lines(json.dumps(keys).encode(), "t.jsonl").frame
    assert frame.row(0) == tuple(f"[{i}]" for i in range(3000))
    flat = "{" + "".join(f'"k{i}": 1, ' for i in range(50_000)) + '"k49999": 1}'
    with pytest.raises(DataError, match="'k49999' stands twice"):
        read_json_lines(flat.encode(), "t.jsonl")
    assert time.monotonic() - start < 4


def test_nested_values_are_spelled_in_every_row():
    rows = ['{"b": [1,  2], "a": {"x": "}"}, "c": true}', '{"a": [ ], "c": {"b": 0}}']
    frame = read_json_lines("\n".join(rows).encode(), "t.jsonl").frame
    assert frame.select("a", "b", "c").rows() == [('{"x": "}"}', "[1,  2]", "true"), ("[ ]", None, '{"b": 0}')]
