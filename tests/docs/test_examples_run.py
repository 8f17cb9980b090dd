"""Examples of the pages on other tools: each is run as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
NEEDS = {"great-expectations": "great_expectations", "datasets": "datasets", "mlflow": "mlflow", "pytest": "pandas"}


@pytest.mark.parametrize("page", NEEDS)
def test_the_example_of_a_page_runs(page, tmp_path):
    if find_spec(NEEDS[page]) is None or (page == "mlflow" and find_spec("sqlalchemy") is None):
        pytest.skip(f"{NEEDS[page]} is not installed")
    blocks = re.findall(r"^```python\n(.*?)^```$", (DOCS / f"{page}.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert blocks, "a page without an example"
    (tmp_path / "example.py").write_text("\n".join(blocks), "utf-8")
    quiet = {**os.environ, "DO_NOT_TRACK": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}
    quiet.pop("MLFLOW_RUN_ID", None)
    done = subprocess.run(
        [sys.executable, "example.py"],
        cwd=tmp_path,
        env=quiet,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
