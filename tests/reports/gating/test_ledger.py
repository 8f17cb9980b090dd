"""The ledger of attempts: counts, survives, and knows when it was edited."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from assay.audit.errors import DataError
from assay.reports.gating import ledger

RECORD = """
import sys
from pathlib import Path
from assay.reports.gating import ledger
for n in range(20):
    ledger.record(sys.argv[1], "f", {"predictions_sha256": f"{sys.argv[2]}-{n}"}, Path(sys.argv[1]).parent)
"""


def record(path: Path, key: str, fingerprint: str = "f", pairs: object = None) -> int:
    return ledger.record(str(path), fingerprint, {"predictions_sha256": key}, path.parent / "elsewhere", pairs)


def test_attempts_count_different_predictions_on_one_test_set(tmp_path: Path) -> None:
    test = tmp_path / "test.csv"
    assert [record(test, key) for key in "abacb"] == [1, 2, 1, 3, 2]
    assert record(test, "a", "another test set") == 1
    found = ledger.find(str(test), [])
    assert found.attempt("f", "c") == 3
    assert found.attempt("f", "z") is None
    assert len(found.entries) == 4


def test_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    test = tmp_path / "test.csv"
    running = [subprocess.Popen([sys.executable, "-c", RECORD, str(test), name]) for name in "xyz"]
    assert [one.wait() for one in running] == [0, 0, 0]
    found = ledger.find(str(test), [])
    assert sorted(e["attempt"] for e in found.entries) == list(range(1, 61))


@pytest.mark.parametrize("change", ["drop", "edit", "swap", "junk"])
def test_edited_lines_are_noticed(tmp_path: Path, change: str) -> None:
    test = tmp_path / "test.csv"
    for key in "abcd":
        record(test, key)
    path = ledger.beside(str(test))
    lines = path.read_bytes().splitlines(keepends=True)
    edited = {
        "drop": [lines[0], *lines[2:]],
        "edit": [lines[0], lines[1].replace(b'"b"', b'"q"'), *lines[2:]],
        "swap": [lines[0], lines[2], lines[1], lines[3]],
        "junk": [*lines[:2], b"[1]\n", *lines[2:]],
    }[change]
    path.write_bytes(b"".join(edited))
    with pytest.raises(DataError, match="edited or damaged"):
        ledger.read(path)
    with pytest.raises(DataError, match="edited or damaged"):
        record(test, "e")


def test_a_line_that_was_never_finished_is_forgotten(tmp_path: Path) -> None:
    test = tmp_path / "test.csv"
    record(test, "a")
    path = ledger.beside(str(test))
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"attempt": 2, "finger')
    assert len(ledger.read(path).entries) == 1
    assert record(test, "b") == 2
    assert path.read_bytes().startswith(whole)
    assert len(ledger.read(path).entries) == 2


def test_where_nothing_can_stand_beside_the_data_it_stands_elsewhere(tmp_path: Path) -> None:
    test = tmp_path / "no such folder" / "test.csv"
    assert ledger.record(str(test), "f", {"predictions_sha256": "a"}, tmp_path / "out") == 1
    assert ledger.record(str(test), "f", {"predictions_sha256": "b"}, tmp_path / "out") == 2
    assert len(ledger.find(str(test), [tmp_path / "out"]).entries) == 2


def test_a_grown_test_set_continues_its_lineage(tmp_path: Path) -> None:
    test = tmp_path / "test.csv"
    labels, said = list("abab" * 10), list("abaa" * 10)
    record(test, "one", "f1", (labels[:20], said[:20]))
    record(test, "two", "f2", (labels[:30], said[:30]))
    record(test, "other", "f2", (labels[:30], labels[:30]))
    record(test, "three", "f3", (labels, said))
    found = ledger.find(str(test), [])
    assert [e["lineage"] for e in found.entries] == [1, 1, 2, 1]
