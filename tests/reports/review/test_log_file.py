"""The file that decisions are added to."""

import pytest

from assay.audit.errors import OutputError
from assay.reports.review.log import Decision, Log


def test_a_file_of_something_else_is_left_as_it_is(tmp_path):
    path = tmp_path / "good.csv"
    path.write_bytes(b"text,label\nhello,a\n")
    with pytest.raises(OutputError, match="holds no decisions, but 2 lines"):
        Log(path)
    assert path.read_bytes() == b"text,label\nhello,a\n"


def test_a_torn_line_beside_decisions_is_none(tmp_path):
    path = tmp_path / "decisions.jsonl"
    log = Log(path)
    log.add(Decision("f", "train", 0, "h", "keep", "ann"))
    with path.open("ab") as file:
        file.write(b'{"finger\n')
    again = Log(path)
    assert again.torn == 1
    assert again.decided(("f", "train", 0), "ann")
