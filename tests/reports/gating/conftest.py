"""The current folder with a test set and a policy."""

from __future__ import annotations

from pathlib import Path

import pytest
from gate_world import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A test set of 60 urgent refunds, a critical slice, and 240 other rows."""
    monkeypatch.chdir(tmp_path)
    return World.build(tmp_path)
