"""Delimited text against Python's csv module, and what is refused."""

from __future__ import annotations

import csv
import io
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from assay.audit.errors import DataError
from assay.audit.reading import delimited
from assay.audit.reading.delimited import read_delimited, sniff

HARD = 'ab,;"\n\r\t \u2028\x00é😀\x1c'
CELL = st.one_of(st.text(HARD, max_size=6), st.sampled_from(["NA", "null", "007", "1e5", "", " x ", '""', "\r\n"]))


def reference(text, mark=","):
    """Records and their first lines as Python's csv gives them, blank lines left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    rows, start = [], 1
    for row in reader:
        if row:
            rows.append((row, start))
        start = reader.line_num + 1
    return rows


def check(text, mark=","):
    table = read_delimited(text.encode(), "t.csv", mark)
    expected = reference(text, mark)[1:]
    assert [list(r) for r in table.frame.rows()] == [row for row, _ in expected]
    assert table.line.tolist() == [line for _, line in expected]
    return table


@st.composite
def written(draw):
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=8))
    out = io.StringIO(newline="")
    style = {"quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]))}
    mark = draw(st.sampled_from(",;\t|"))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    writer = csv.writer(out, delimiter=mark, lineterminator=end, **style)
    writer.writerow([f"c{i}" for i in range(width)])
    for row in rows:
        writer.writerow(row)
        if draw(st.booleans()) and draw(st.booleans()):
            out.write(end)
    text = out.getvalue()
    return (text.rstrip("\r\n") if draw(st.booleans()) and not text.endswith(end + end) else text), mark, rows


@settings(max_examples=400, deadline=None)
@given(written())
def test_what_csv_writes_comes_back_with_its_lines(case):
    text, mark, rows = case
    records = reference(text, mark)
    assume(len(records) > 1)
    # Before Python 3.13 csv leaves a lone CR unquoted, and does not read back what it wrote.
    assume(all(len(row) == len(rows[0]) for row, _ in records))
    check(text, mark)


@settings(max_examples=600, deadline=None)
@given(st.lists(st.text('a,"\n\r x', max_size=12), min_size=2, max_size=6).map("\n".join))
def test_any_bytes_are_read_as_csv_reads_them_or_refused(text):
    try:
        table = read_delimited(text.encode(), "t.csv", ",")
    except DataError:
        return
    expected = reference(text)
    header = expected[0][0]
    assert table.frame.columns == ([header[0] or "index", *header[1:]] if len(header) > 1 else header)
    assert [list(r) for r in table.frame.rows()] == [row for row, _ in expected[1:]]
    assert table.line.tolist() == [line for _, line in expected[1:]]


@settings(max_examples=200, deadline=None)
@given(written())
def test_the_fast_way_is_taken_for_files_by_the_book(case):
    text, mark, _ = case
    rows = reference(text, mark)
    if len(rows) < 2 or text.startswith(("\n", "\r")):
        return
    found = delimited.records(text.encode(), ord(mark))
    if found is None:
        return
    assert found.quoting.first_stray is None
    assert found.line[~found.blank].tolist() == [line for _, line in rows]


@pytest.mark.parametrize(
    "value", ["NA", "null", "None", "nan", "007", "1e5", "true", "  lead ", "2024-01-01", "=1+1", "#c", "-"]
)
def test_values_stay_as_written(value):
    table = read_delimited(f"text,n\n{value},1\n".encode(), "t.csv")
    assert table.frame["text"].to_list() == [value]


def test_polars_reads_the_ordinary_file(monkeypatch):
    monkeypatch.setattr(delimited, "_careful", lambda *_: pytest.fail("the slow way was taken"))
    data = b'id,text,label\r\n1,"a ""b"", c\r\nd",x\r\n\r\n2,,y\r\n'
    table = read_delimited(data, "t.csv")
    assert table.frame.rows() == [("1", 'a "b", c\r\nd', "x"), ("2", "", "y")]
    assert table.line.tolist() == [2, 5]


def test_a_quote_inside_an_unquoted_field_is_kept_and_noted():
    table = check('size,text\n5" screen,ok\n7,"x"\n')
    assert table.frame["size"].to_list() == ['5" screen', "7"]
    assert table.notes == (
        "t.csv:2: a quote stands inside an unquoted field or after a closing one; read as Python's csv does",
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a,b\n1,2\n3\n", 3, "1 fields where the header has 2"),
        ("a,b\n1,2\n\n3,4,5\n", 4, "3 fields where the header has 2"),
        ('a,b\n"x\ny",2\n3\n', 4, "1 fields"),
        ('a,b\n1,2\n"x,3\n4,5\n', 3, "never closed"),
        ('a,b\n"q\nr","x,3\n4,5\n', 3, "never closed"),
        ('a,b\n1,"x\n2,3\n4,"y\n5,6', 2, "after the next one stands"),
        ('a,b\n1,"x\n2,3"\n"4,y\n",5,6\n', 4, "a quote is probably not closed"),
        ('a,"b\n1,2\n', 1, "never closed"),
        ("a,a\n1,2\n", 1, "stands 2 times"),
        ("a,,c\n1,2,3\n", 1, "column 2 of 3 has no name"),
        ("a,b\n", 1, "no rows"),
        ("\n\n", None, "nothing but blank lines"),
    ],
)
def test_refusals_name_line_and_cure(text, line, words):
    with pytest.raises(DataError, match=words) as caught:
        read_delimited(text.encode(), "t.csv", ",")
    assert caught.value.line == line or words == "no rows"
    assert caught.value.path == "t.csv"
    assert caught.value.cure


def test_a_short_row_deep_in_a_large_file_is_found():
    rows = [f"{i},text number {i},label" for i in range(50_000)]
    rows[40_000] = "40000,short"
    with pytest.raises(DataError) as caught:
        read_delimited("\n".join(["id,text,label", *rows]).encode(), "t.csv")
    assert caught.value.line == 40_002


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2\n", ";"),
        ("a\tb,c\tD\n1\t2\t3\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("text\nhello; you, there\n", ","),
        ('id;"a,b"\n1;2\n', ";"),
        ("text,label\na;b,c\nd,e,f\n", ","),
    ],
)
def test_delimiters_are_found(text, mark):
    assert sniff(text.encode()) == mark


@pytest.mark.parametrize("size", [200_000, 219_610, 3_000_000])
def test_large_fields(size):
    old = csv.field_size_limit()
    value = 'x,"\n' * (size // 4)
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["text", "label"], [value, "a"]])
    assert read_delimited(out.getvalue().encode(), "t.csv").frame["text"][0] == value
    stray = 'text,label\n5" ' + "y" * size + ",b\n"
    assert len(read_delimited(stray.encode(), "t.csv").frame["text"][0]) == size + 3
    assert csv.field_size_limit() == old


@pytest.mark.parametrize("body", ["0,a,x\n1,b,y\n", '0,a,x\n1,5" b,y\n'], ids=["fast", "careful"])
def test_the_index_that_pandas_writes_gets_a_name(body):
    table = read_delimited(f",text,label\n{body}".encode(), "t.csv")
    assert table.frame.columns == ["index", "text", "label"]
    assert table.frame["index"].to_list() == ["0", "1"]
    assert table.notes[0] == "t.csv:1: the first column has no name; it is called 'index'"
    assert read_delimited(f" ,index,label\n{body}".encode(), "t.csv").frame.columns == ["column 1", "index", "label"]


@pytest.mark.parametrize("field", ['"\n"', '"a\n""b"" "'])
def test_a_row_of_very_many_lines_is_refused_soon(field):
    start = time.monotonic()
    with pytest.raises(DataError, match="fields where the header has 2") as caught:
        read_delimited(("text,label\nsome words,x\n" + f"{field}," * 20_000 + "x\n").encode(), "t.csv")
    assert caught.value.line == 3
    assert time.monotonic() - start < 2


def test_names_with_nul_are_refused():
    with pytest.raises(DataError, match="NUL") as caught:
        read_delimited(b"te\0xt,label\na,x\n", "t.csv")
    assert caught.value.line == 1
    assert read_delimited(b"text,label\na\0b,\0\n", "t.csv").frame.rows() == [("a\0b", "\0")]
