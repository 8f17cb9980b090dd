from __future__ import annotations

import subprocess
import sys

import pytest

from assay import audit
from assay.audit import dataset, reading, rules


def test_all_is_what_is_exported():
    assert sorted(audit.__all__) == sorted(audit._HOMES)
    assert set(audit.__all__) <= set(dir(audit))
    assert (audit.Audit, audit.Finding, audit.Settings) == (rules.Audit, rules.Finding, rules.Settings)
    assert (audit.run, audit.read, audit.Dataset) == (rules.run, reading.read, dataset.Dataset)
    assert audit.from_frames is reading.from_frames


def test_unknown_names_are_no_attributes():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = audit.nothing
    with pytest.raises(ImportError):
        from assay.audit import nothing  # noqa: F401


def test_the_import_alone_is_light():
    code = "import sys, assay.audit\nprint([m for m in ('numpy', 'polars', 'numba', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_example_of_the_docstring_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.csv").write_text(
        "text,label\nmy card never came at all,card\nis this fee right,fee\ntop up failed again,top\n"
    )
    (tmp_path / "test.csv").write_text("text,label\nMy card never came at all!,card\nwhich rate is used,rate\n")
    block = audit.__doc__.split("Example::")[1].split("Names are")[0]
    exec("\n".join(line[4:] for line in block.split("\n")))  # noqa: S102 - our own documentation
    assert "LEK001 test.csv:2 " in capsys.readouterr().out
