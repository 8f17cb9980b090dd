"""The pages of docs/workflows do what they say: their blocks are run, in order, in a copy of the fixture."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "workflows").glob("*.md"))
FIXTURE = ROOT / "fixtures" / "support_tickets"
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_of_a_page_runs(page, tmp_path):
    for path in FIXTURE.iterdir():
        if path.suffix in {".csv", ".jsonl", ".toml", ".json"}:
            shutil.copy(path, tmp_path)
    blocks = BLOCK.findall(page.read_text("utf-8"))
    assert len(blocks) > 2
    told = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for kind, text in blocks:
        command = ["bash", "-euc", text] if kind == "sh" else [sys.executable, "-c", text]
        done = subprocess.run(command, cwd=tmp_path, env=told, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
        assert done.stdout or kind == "python" or ">" in text or "-q" in text, text


def test_pages_link_to_what_is_there():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), (page.name, target)
