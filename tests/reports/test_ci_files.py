"""The composite action and the pre-commit hooks do what docs/ci.md says: their own lines are run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")

HOME = Path(__file__).parents[2]
ROWS = "id,text,label\n" + "".join(f"{n},question number {n} about lamps,c{n % 2}\n" for n in range(30))
CONFIG = '[data]\ntrain = "train.csv"\ntest = "test.csv"\n[audit]\nselect = ["LEK001"]\n'


@pytest.fixture
def folder(tmp_path):
    """Data with a leak, and `assay` on the path, which is this interpreter's."""
    (tmp_path / "train.csv").write_text(ROWS)
    (tmp_path / "test.csv").write_text("id,text,label\n99,question number 3 about lamps,c1\n")
    (tmp_path / "assay.toml").write_text(CONFIG)
    script = tmp_path / "bin" / "assay"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m assay.reports.cli "$@"\n')
    script.chmod(0o755)
    return tmp_path


def action():
    return yaml.safe_load((HOME / "action.yml").read_text("utf-8"))


def step(name):
    return next(s for s in action()["runs"]["steps"] if s.get("name") == name)


def run_action(folder, **inputs):
    """The action's own shell lines with its defaults and some inputs, as GitHub would run them."""
    told = {name: one.get("default", "") for name, one in action()["inputs"].items()} | inputs
    env = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "GITHUB_OUTPUT": str(folder / "output"),
           "GITHUB_STEP_SUMMARY": str(folder / "summary")}  # fmt: skip
    for variable, value in step("Run Assay")["env"].items():
        env[variable] = told[re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", value)[1]]
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step("Run Assay")["run"]]
    return subprocess.run(shell, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_the_action_is_whole():
    told = action()
    assert told["runs"]["using"] == "composite"
    for each in told["runs"]["steps"]:
        assert "uses" in each or each["shell"] == "bash"
        assert "${{" not in each.get("run", "")  # an input in a script is a command of whoever writes it
    assert 'constraints.txt" ' in step("Install Assay")["run"]
    assert (HOME / "constraints.txt").is_file()


def test_the_action_audits_annotates_sums_up_and_writes_sarif(folder):
    done = run_action(folder, arguments="--output\nfound\n", sarif="out.sarif")
    assert done.returncode == 1, done.stderr
    assert "::error file=test.csv,line=2,title=LEK001 exact-leak::" in done.stdout
    assert (folder / "output").read_text() == "exit-code=1\n"
    assert "LEK001" in (folder / "summary").read_text("utf-8")
    assert '"LEK001"' in (folder / "out.sarif").read_text("utf-8")


def test_arguments_of_the_action_are_words_and_never_commands(folder):
    bad = "$(touch hacked)\n`touch hacked`\n; touch hacked\n"
    done = run_action(folder, arguments=bad)
    assert done.returncode == 2
    assert not (folder / "hacked").exists()
    assert run_action(folder, command="audit; touch hacked").returncode == 2
    assert not (folder / "hacked").exists()
    assert (folder / "output").read_text() == "exit-code=2\n"


def test_hooks_run_as_pre_commit_would(folder):
    hooks = yaml.safe_load((HOME / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert [h["id"] for h in hooks] == ["assay-audit", "assay-gate-plan"]
    env = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    (folder / "assay.toml").write_text(
        CONFIG + '[[gate.require]]\nslice = "overall"\nmetric = "accuracy"\nat_least = 0.9\n'
    )
    codes, told = {}, {}
    for hook in hooks:
        assert hook["language"] == "python"
        assert hook["pass_filenames"] is False
        done = subprocess.run(
            shlex.split(hook["entry"]), cwd=folder, env=env, capture_output=True, text=True, check=False
        )
        codes[hook["id"]], told[hook["id"]] = done.returncode, done.stdout
    assert codes == {"assay-audit": 1, "assay-gate-plan": 2}
    assert "LEK001" in told["assay-audit"]
    assert "more row" in told["assay-gate-plan"] or "rows" in told["assay-gate-plan"]


def test_the_page_of_continuous_integration_names_every_form_and_hook():
    from assay.reports.options import REPORT_FORMATS

    page = (HOME / "docs" / "ci.md").read_text("utf-8")
    for form in REPORT_FORMATS:
        assert f"`{form}`" in page or f"--format {form}" in page, form
    for name in ("assay-audit", "assay-gate-plan", *action()["inputs"]):
        assert name in page, name
