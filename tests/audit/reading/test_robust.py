"""Public collections of hostile files: a right reading, or an error with its place; never a crash or a hang."""

from __future__ import annotations

import json
import time

import pytest

from assay.audit.errors import DataError
from assay.audit.reading.sources import read_file
from assay.reports.cli import main

SECONDS = 2


def test_csv_spectrum(shared_data):
    for path in sorted((shared_data / "robust_csv_spectrum" / "csvs").glob("*.csv")):
        expected = json.loads((path.parents[1] / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
        frame = read_file(str(path)).frame
        if path.name == "newlines_crlf.csv" and b"\r" not in path.read_bytes():
            expected = json.loads(json.dumps(expected).replace("\\r\\n", "\\n"))  # git took the CRs out of the file
        assert frame.to_dicts() == expected, path.name


def test_json_test_suite(shared_data):
    files = sorted((shared_data / "robust_json_test_suite").glob("*/*.json"))
    assert len(files) > 300
    for path in files:
        start = time.monotonic()
        try:
            table = read_file(str(path))
        except DataError as error:
            table, refused = None, error
        assert time.monotonic() - start < SECONDS, path.name
        if path.name.startswith("n_"):
            assert table is None, path.name
            assert refused.line or "empty" in refused.problem, path.name
        if path.name.startswith("y_"):
            if table is None:
                assert "valid JSON, but not a table" in refused.problem, (path.name, str(refused))
            else:
                assert table.frame.height


def test_json_test_suite_as_lines(shared_data, tmp_path):
    """The same files under the name of JSON Lines: no crash, no hang, and wrong JSON never passes."""
    target = tmp_path / "case.jsonl"
    for path in sorted((shared_data / "robust_json_test_suite").glob("*/*.json")):
        target.write_bytes(path.read_bytes())
        start = time.monotonic()
        refused = None
        try:
            read_file(str(target))
        except DataError as error:
            refused = error
        assert refused or not path.name.startswith("n_"), path.name
        assert refused is None or refused.cure, path.name
        assert time.monotonic() - start < SECONDS, path.name


def test_published_file_with_stray_bytes(shared_data):
    path = shared_data / "robust_encoding" / "train_PlayMusic_full.json"
    with pytest.raises(DataError, match=r"byte 0xed at offset 150732 is not valid UTF-8 \(half of a UTF-16") as caught:
        read_file(str(path))
    line = path.read_bytes().split(b"\n")[caught.value.line - 1]
    with pytest.raises(UnicodeDecodeError):
        line.decode()
    # The cure, as the message gives it.
    mended = line.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert "\N{SLICE OF PIZZA}" in mended


def outcomes(files, tmp_path, capsys):
    """Every file through the command: exit code and error, with nothing left behind where it could not run."""
    for number, path in enumerate(files):
        out = tmp_path / f"out{number}"
        with pytest.raises(SystemExit) as ended:
            main(["audit", str(path), "--output", str(out), "--select", "DUP001"])
        said = capsys.readouterr().err
        assert "bug in Assay" not in said, path
        assert "Traceback" not in said, path
        assert ended.value.code != 2 or (str(path) in said and not out.exists()), path
        yield path, ended.value.code


def test_every_file_through_the_command(shared_data, tmp_path, capsys):
    files = [*shared_data.glob("robust_csv_spectrum/csvs/*.csv"), *shared_data.glob("robust_encoding/*.json")]
    files += shared_data.glob("robust_json_test_suite/*/*.json")
    codes = dict(outcomes(sorted(files), tmp_path, capsys))
    assert set(codes.values()) <= {0, 1, 2}
    assert all(code == 2 for path, code in codes.items() if path.name.startswith("n_"))
    assert {path.name for path, code in codes.items() if code == 0} >= {"quotes_and_newlines.csv", "json.csv"}
