"""A world in which a good model passes, so that every mutation has something to spoil."""

from __future__ import annotations

from pathlib import Path

import pytest
from gate_world import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The current folder with a test set and a policy."""
    monkeypatch.chdir(tmp_path)
    return World.build(tmp_path)


@pytest.fixture
def promotable(world: World) -> World:
    """The same with a good model evaluated in out/good; it would pass."""
    world.evaluate("good", {100, 150})
    return world
