"""Promotion: whole or not at all, one at a time, remembered for ever."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from gate_world import World

from assay.audit.errors import AssayError, OutputError
from assay.reports.registry import Registry, fingerprint

ASSAY = [sys.executable, "-m", "assay.reports.cli"]
PROMOTE = ["promote", "--as", "production", "--config", "assay.toml", "--verdict", "out/gate/verdict.json"]


def history() -> list[dict]:
    return [json.loads(line) for line in Path("registry/history.jsonl").read_text("utf-8").splitlines()]


def test_only_a_pass_moves_the_alias(world: World) -> None:
    assert world.promote("good.csv") == 2  # no verdict, no model
    world.gate(world.evaluate("bad", set(range(20))))
    assert world.promote("bad.csv") == 1
    assert world.production is None
    world.gate(world.evaluate("good", {100}))
    assert world.promote("bad.csv") == 1  # the verdict is of another model
    assert world.promote("good.csv") == 0
    assert world.production["forced"] is False
    assert world.production["verdict"]["outcome"] == "PASS"
    assert len(world.production["verdict"]["sha256"]) == 64
    assert {"promoted_at", "promoted_by", "revision", "data"} <= world.production.keys()


def test_force_needs_a_reason_and_stays_marked(world: World) -> None:
    world.gate(world.evaluate("bad", set(range(20))))
    assert world.promote("bad.csv", "--force") == 2
    assert world.promote("bad.csv", "--force", "--reason", "  ") == 2
    assert world.production is None
    assert world.promote("bad.csv", "--force", "--reason", "board decision") == 0
    assert world.production["forced"] is True
    assert world.production["verdict"]["outcome"] == "FAIL"
    world.gate(world.evaluate("good", {100}))
    assert world.promote("good.csv") == 0
    assert world.production["forced"] is False
    assert world.production["forced_revisions"] == [1]
    world.gate(world.evaluate("better", {101}))
    assert world.promote("better.csv") == 0
    assert world.production["forced_revisions"] == [1]
    assert [one["reason"] for one in history() if one["forced"]] == ["board decision"]


def test_rollback_goes_back_and_back(world: World) -> None:
    for n in (1, 2, 3):
        world.predict(f"m{n}", {n})
        assert world.promote(f"m{n}.csv", "--force", "--reason", "x") == 0
    for wanted in ("m2.csv", "m1.csv"):
        assert world.promote("m3.csv", "--rollback") == 0
        assert world.production["model"]["path"] == wanted
    assert world.promote("m3.csv", "--rollback") == 2  # nothing before the first
    assert [one["action"] for one in history()] == ["force"] * 3 + ["rollback"] * 2
    assert [one["revision"] for one in history()] == [1, 2, 3, 4, 5]


def test_a_changed_model_is_not_rolled_back_to(world: World) -> None:
    for n in (1, 2):
        world.predict(f"m{n}", {n})
        assert world.promote(f"m{n}.csv", "--force", "--reason", "x") == 0
    world.predict("m1", {5})
    assert world.promote("m2.csv", "--rollback") == 2
    assert world.production["model"]["path"] == "m2.csv"


def test_of_many_moves_at_once_one_wins(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry")
    registry.move("production", {"model": {"path": "first"}}, 0)

    def move(n: int) -> str:
        try:
            return str(registry.move("production", {"model": {"path": f"m{n}"}}, 1)["revision"])
        except OutputError as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(move, range(8)))
    assert said.count("2") == 1
    assert sum("while this promotion was being checked" in one for one in said) == 7
    assert registry.current("production")["model"]["path"] == f"m{said.index('2')}"
    assert len(registry.history()) == 2


def test_two_commands_at_once(world: World) -> None:
    world.gate(world.evaluate("good", {100}))
    both = [
        subprocess.Popen([*ASSAY, *PROMOTE, "good.csv"], stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [one.communicate()[1].decode() for one in both]
    codes = sorted(one.returncode for one in both)
    # Either they met, and the other was told, or one was done before the other looked.
    assert codes in ([0, 2], [0, 0])
    assert len(history()) == codes.count(0)
    if codes == [0, 2]:
        assert any("moved 'production'" in one for one in said)


@pytest.mark.parametrize("alias", ["../evil", "a/b", "", "history", ".hidden", "x" * 80])
def test_an_alias_cannot_leave_the_registry(tmp_path: Path, alias: str) -> None:
    with pytest.raises(AssayError, match="alias"):
        Registry(tmp_path / "registry").move(alias, {}, 0)
    assert not (tmp_path / "evil.json").exists()


def test_a_damaged_record_is_no_empty_one(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    (tmp_path / "production.json").write_text("{", "utf-8")
    with pytest.raises(AssayError, match=r"history\.jsonl"):
        registry.move("production", {}, 0)


def test_fingerprints_see_every_byte_and_every_name(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.bin").write_bytes(b"one")
    (folder / "deep/b.bin").write_bytes(b"two")
    before = fingerprint(str(folder))
    assert fingerprint(str(folder)) == before
    (folder / "deep/b.bin").write_bytes(b"twO")
    assert fingerprint(str(folder)) != before
    (folder / "deep/b.bin").write_bytes(b"two")
    (folder / "deep/b.bin").rename(folder / "deep/c.bin")
    assert fingerprint(str(folder)) != before
    with pytest.raises(AssayError, match="no such model"):
        fingerprint(str(tmp_path / "nothing"))
