from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
from review_client import serving

TEXTS = [
    "where is my parcel it has not come yet",
    "where is my parcel it has not come yet",
    "Where is my parcel? It has not come yet!",
    "<script>alert(1)</script> i want my money back please",
    "<script>alert(1)</script> i want my money back please",
    "\u202egnp.exe reversed \x07 bell and 😀 emoji with words",
    "javascript:alert(1) onerror=alert(2) {{7*7}} some more words",
    "n/a",
]
LABELS = ["delivery", "refund", "delivery", "refund", "delivery", "other", "other", "other"]


@pytest.fixture(scope="session")
def audit_of_hostile_texts(tmp_path_factory):
    pytest.importorskip("starlette", reason="the extra `review` is not installed")
    pytest.importorskip("uvicorn", reason="the extra `review` is not installed")
    folder = tmp_path_factory.mktemp("review")
    rows = [{"text": t, "label": label} for t, label in zip(TEXTS, LABELS, strict=True)]
    (folder / "train.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), "utf-8")
    command = [sys.executable, "-m", "assay.reports.cli", "audit", "train.jsonl", "--output", "audit", "-q"]
    done = subprocess.run([*command, "--select", "DUP,LBL001,RLS", "--encoder", "lsa"], cwd=folder, check=False)
    assert done.returncode in {0, 1}
    return folder


@pytest.fixture
def audited(audit_of_hostile_texts, tmp_path):
    """An audit folder over hostile texts, two of them in conflict."""
    return shutil.copytree(audit_of_hostile_texts, tmp_path / "work")


@pytest.fixture
def served(audited):
    with serving(audited, "--reviewer", "ana") as page:
        yield page


@pytest.fixture(scope="module")
def untouched(audit_of_hostile_texts, tmp_path_factory):
    """A page that no test decides anything on, and its folder."""
    folder = shutil.copytree(audit_of_hostile_texts, tmp_path_factory.mktemp("untouched") / "work")
    with serving(folder, "--reviewer", "ana") as page:
        yield page, folder
