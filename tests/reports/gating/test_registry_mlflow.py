"""Aliases in a real MLflow store on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from gate_world import World

from assay.audit.errors import AssayError

pytest.importorskip("mlflow", reason="MLflow is not installed")


@pytest.fixture
def store(world: World) -> str:
    """URI of an SQLite store in the current folder."""
    return f"sqlite:///{world.folder / 'mlflow.db'}"


def opened(store: str):
    from assay.reports.registry_mlflow import MlflowRegistry

    return MlflowRegistry.open(store, "tickets", None)


def test_promote_and_roll_back(world: World, store: str) -> None:
    from mlflow.tracking import MlflowClient

    told = ["--registry", f"mlflow:{store}", "--name", "tickets"]
    client = MlflowClient(store, store)
    world.gate(world.evaluate("bad", set(range(20))))
    assert world.promote("bad.csv", *told) == 1
    world.gate(world.evaluate("good", {100}))
    assert world.promote("good.csv", *told) == 0
    first = client.get_model_version_by_alias("tickets", "production")
    assert Path(first.source.removeprefix("file://")) == (world.folder / "good.csv").resolve()
    world.predict("forced", {1, 2, 3})
    assert world.promote("forced.csv", *told, "--force", "--reason", "demo") == 0
    second = client.get_model_version_by_alias("tickets", "production")
    assert second.version != first.version
    assert world.promote("forced.csv", *told, "--rollback") == 0
    assert client.get_model_version_by_alias("tickets", "production").version == first.version
    assert [one["action"] for one in opened(store).history("production")] == ["promote", "force", "rollback"]
    assert world.promote("forced.csv", *told, "--rollback") == 2


def test_a_move_that_saw_another_state_is_refused(world: World, store: str) -> None:
    world.predict("m", {1})
    registry = opened(store)
    registry.move("production", {"model": {"path": "m.csv", "fingerprint": "a"}}, 0)
    with pytest.raises(AssayError, match="while this promotion was being checked"):
        registry.move("production", {"model": {"path": "m.csv", "fingerprint": "b"}}, 0)


def test_an_alias_moved_by_hand_is_noticed(world: World, store: str) -> None:
    world.predict("m", {1})
    registry = opened(store)
    for n, mark in enumerate("ab"):
        registry.move("production", {"model": {"path": "m.csv", "fingerprint": mark}}, n)
    registry.client.set_registered_model_alias("tickets", "production", "1")
    with pytest.raises(AssayError, match="past Assay"):
        registry.current("production")
