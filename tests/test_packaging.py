"""What pyproject.toml says about the package is true of the folders."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
HEAVY = ["torch", "transformers", "datasets", "pandas", "sklearn", "great_expectations"]


def test_every_package_folder_is_listed() -> None:
    folders = {
        f"assay.{init.parent.relative_to(ROOT).as_posix().replace('/', '.')}"
        for top in ("audit", "train", "reports")
        for init in (ROOT / top).rglob("__init__.py")
    }
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == folders


def test_templates_and_type_marker_are_in_the_package_data() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    others = {
        f.name
        for top in ("audit", "train", "reports")
        for f in (ROOT / top).rglob("*.*")
        if "__pycache__" not in f.parts and f.suffix != ".py"
    }
    assert {"report.js", "review.css", "report.html.jinja", "py.typed"} <= others
    assert {name for name in others if not any(fnmatch(name, pattern) for pattern in patterns)} == set()


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from assay.reports.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += f"found = sorted(set({HEAVY!r}) & set(sys.modules)); print('HEAVY', found)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "HEAVY []"


def test_an_audit_imports_no_learning_framework(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\nhello there,a\nHello there!,a\ngood bye now,b\n", "utf-8")
    code = "import sys; from assay.reports.cli import main\n"
    code += "try: main(['audit', 'a.csv', '--output', 'out', '--quiet'])\nexcept SystemExit: pass\n"
    code += f"print('HEAVY', sorted(set({HEAVY!r}) & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert run.stdout.splitlines()[-1] == "HEAVY []", run.stderr


def test_versions_agree() -> None:
    out = subprocess.run(
        [sys.executable, "-m", "assay.reports.cli", "--version"], capture_output=True, text=True, check=True
    ).stdout
    assert PROJECT["project"]["version"] in out


def test_no_file_of_the_package_is_longer_than_a_room() -> None:
    long = {
        str(f.relative_to(ROOT)): n
        for top in ("audit", "train", "reports", "benchmarks")
        for f in (ROOT / top).rglob("*.py")
        if "work" not in f.parts and (n := len(f.read_text("utf-8").splitlines())) > 400
    }
    assert long == {}
