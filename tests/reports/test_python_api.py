"""The commands as functions of the same names."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys

import pytest

from assay import audit, reports
from assay.audit.errors import AssayError, DataError

NAMES = {"audit": ("clean", "split", "run", "read"), "reports": ("evaluate", "gate", "promote", "review", "run")}
ROWS = "id,text,label\n" + "".join(
    f"r{n},{w} number {n} of them {n * 7},{w}\n" for n in range(40) for w in ("card", "fee")
)
POLICY = """[data]
test = "test.csv"
[[gate.require]]
slice = "overall"
metric = "accuracy"
at_least = 0.8
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test.csv").write_text(ROWS)
    (tmp_path / "predictions.csv").write_text("prediction\n" + "card\nfee\n" * 40)
    (tmp_path / "assay.toml").write_text(POLICY)
    return tmp_path


@pytest.mark.parametrize(("package", "name"), [(p, n) for p, names in NAMES.items() for n in names])
def test_each_command_is_a_function_however_it_is_reached(package, name):
    home = importlib.import_module(f"assay.{package}")
    assert name in home.__all__
    before = getattr(home, name)
    for module in ("clean", "split") if package == "audit" else ("review", "review.app"):
        importlib.import_module(f"assay.{package}.{module}")
    for function in (before, getattr(home, name)):
        assert callable(function)
        assert inspect.signature(function).parameters
        assert function.__doc__


def test_imports_alone_are_light():
    heavy = "('numpy', 'polars', 'torch', 'click', 'pydantic')"
    code = f"import sys, assay.audit, assay.train, assay.reports; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_from_predictions_to_a_promotion(here):
    said = []
    scored = reports.evaluate(predictions="predictions.csv", discover=False, tell=said.append)
    assert (
        scored.document["overall"]["accuracy"]
        == json.loads((here / "assay-out/evaluation/evaluation.json").read_text())["overall"]["accuracy"]
    )
    verdict = reports.gate()
    assert verdict.outcome == "PASS"
    moved = reports.promote("predictions.csv", "production", registry=here / "registry")
    assert moved["alias"] == "production"
    (here / "predictions.csv").write_text("prediction\n" + "fee\ncard\n" * 40)
    blocked = []
    assert reports.promote("predictions.csv", "production", registry=here / "registry", tell=blocked.append) is None
    assert "blocked: the verdict is of another model" in blocked[0]


def test_errors_are_raised(here):
    with pytest.raises(AssayError, match="no model was given"):
        reports.evaluate()
    with pytest.raises(AssayError, match="not an evaluation"):
        reports.gate("nothing")
    with pytest.raises(AssayError, match="no training data"):
        reports.run()
    with pytest.raises(DataError, match="not an audit folder"):
        reports.review("nothing", browser=False)
    with pytest.raises(DataError, match="not an audit folder"):
        audit.clean("nothing", "clean.csv")


def test_split_and_clean_are_the_commands(here):
    done = audit.split("test.csv", "parts", text=["text"], label="label", meaning=False)
    assert done.document["files"].keys() == {"train.csv", "validation.csv", "test.csv"}
    data = audit.read({"train": "test.csv"}, text="text", label="label")
    assert len(data) == 80
