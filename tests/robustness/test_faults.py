"""Faults of the machine: kills, full disks, folders that are none, other processes, wrong clocks, damaged caches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import fuzzing
import killing
import pytest

from assay.audit import atomic
from assay.audit.errors import OutputError

ASSAY = [sys.executable, "-m", "assay.reports.cli"]


def write(content):
    return lambda out: out.write(content)


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    killing.write_rows(tmp_path / "train.csv")
    return tmp_path


@pytest.fixture
def audited(data):
    code, said = fuzzing.assay("audit", "train.csv", "--select", "DUP001,LBL001", "--output", "audit", "-q")
    assert code == 1, said
    return data


@pytest.mark.parametrize(("kind", "kills"), [("clean", 10), ("review", 4), ("run", 3)])
def test_random_kills_leave_nothing_torn(kind, kills):
    pytest.importorskip("torch" if kind == "run" else "uvicorn", reason="an extra is not installed")
    if not Path("/proc/self/task").is_dir():
        pytest.skip("forks only where threads can be counted")
    told = killing.measure(kills, 1, {kind: 1.0})[kind]
    assert not told["problems"], told
    assert told["kills"] == kills


@pytest.mark.parametrize("at", range(1, 9))
def test_a_kill_between_any_two_steps_leaves_all_old_or_all_new_files(tmp_path, at):
    """The process is killed for good at each change of the file system after the contents are written."""
    atomic.write_folder(tmp_path, {n: write(b"old " + n.encode()) for n in ("a", "b", "gone")})
    code = """
import os, pathlib, sys
from assay.audit import atomic
at, real, count = int(sys.argv[1]), pathlib.Path.replace, [0]

def step(path, target=None, **more):
    count[0] += 1
    if count[0] == at:
        os.kill(os.getpid(), 9)
    return real(path, target) if target is not None else os.unlink(path)

pathlib.Path.replace, pathlib.Path.unlink = step, step
new = {name: (lambda out, name=name: out.write(b"new " + name.encode())) for name in ("a", "b", "c")}
atomic.write_folder(pathlib.Path(sys.argv[2]), new, remove=["gone"])
"""
    done = subprocess.run([sys.executable, "-c", code, str(at), str(tmp_path)], capture_output=True, check=False)
    assert done.returncode in (0, -9), done.stderr
    atomic.settle(tmp_path)
    there = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    old = {"a": b"old a", "b": b"old b", "gone": b"old gone"}
    assert there in (old, {"a": b"new a", "b": b"new b", "c": b"new c"})


def test_what_a_note_names_outside_of_the_folder_is_not_touched(tmp_path):
    folder, other = tmp_path / "in", tmp_path / "precious"
    hidden = folder / ".assay-evil"
    hidden.mkdir(parents=True)
    other.write_text("mine")
    for name in ("../precious", str(other)):
        (hidden / ".moves.json").write_text(json.dumps({"files": [name], "remove": [name]}))
        atomic.settle(folder)
        assert other.read_text() == "mine"
        hidden.mkdir(exist_ok=True)


def test_files_on_their_way_of_a_living_process_are_left_alone(tmp_path):
    seen = []

    def slow(out):
        code = "import sys, pathlib; from assay.audit import atomic; atomic.write_file(pathlib.Path(sys.argv[1]), b'b')"
        other = subprocess.run([sys.executable, "-c", code, str(tmp_path / "b")], check=False)
        seen.append((other.returncode, len(list(tmp_path.glob(".assay-*")))))
        out.write(b"a")

    atomic.write_folder(tmp_path, {"a": slow})
    assert seen == [(0, 1)]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_writers_at_once_leave_the_files_of_one_of_them(tmp_path):
    def writer(mark):
        for _ in range(15):
            atomic.write_folder(tmp_path, {name: write(mark) for name in ("a", "b", "c")})

    threads = [threading.Thread(target=writer, args=(mark,)) for mark in (b"1", b"2", b"3")]
    for each in threads:
        each.start()
    torn = 0
    while any(t.is_alive() for t in threads):
        with atomic.steady(tmp_path):
            torn += len({p.read_bytes() for p in tmp_path.glob("[abc]")}) > 1
    assert torn == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b", "c"]


@pytest.mark.parametrize("command", ["audit", "clean", "split"])
def test_a_full_disk_is_an_error_and_leaves_nothing(audited, command):
    """Files may not grow beyond 2 KiB; the signal that tells of it is ignored, so that writing fails as on a disk."""
    told = {
        "audit": ["audit", "train.csv", "--select", "DUP001", "--output", "out"],
        "clean": ["clean", "audit", "--output", "out/clean.csv"],
        "split": ["split", "train.csv", "--output", "out", "--no-semantic"],
    }[command]
    code = f"""
import resource, signal
from assay.reports.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))
main({[*told, "-q"]!r})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: cannot write into out"), done.stderr
    assert not (audited / "out").exists()


@pytest.mark.parametrize("where", ["train.csv/out", "/proc/out", "/dev/null/out"])
@pytest.mark.parametrize("command", ["audit", "clean", "split", "gate", "evaluate", "run"])
def test_a_place_that_cannot_be_written_is_an_error(audited, where, command):
    Path("test.csv").write_bytes(Path("train.csv").read_bytes())
    Path("predictions.csv").write_text("prediction\n" + "billing\n" * 270)
    Path("assay.toml").write_text(killing.RUN_CONFIG)
    told = {
        "audit": ["audit", "train.csv", "--select", "DUP001", "--output", where],
        "clean": ["clean", "audit", "--output", f"{where}/clean.csv"],
        "split": ["split", "train.csv", "--output", where, "--no-semantic"],
        "evaluate": ["evaluate", "--predictions", "predictions.csv", "--data", "test.csv", "--output", where],
        "gate": ["gate", "evaluation", "--output", where],
        "run": ["run", "--output", where],
    }[command]
    code, said = fuzzing.assay(*told, "-q")
    assert code == 2, said
    assert "error: " in said
    assert "bug in Assay" not in said
    assert Path("train.csv").is_file()


def test_a_second_run_in_the_same_folder_is_refused(data):
    from assay.reports.gating import locks

    Path("assay.toml").write_text(killing.RUN_CONFIG)
    Path("assay-out").mkdir()
    with locks.locked(Path("assay-out/.run.lock")):
        code, said = fuzzing.assay("run", "-q")
    assert code == 2
    assert "another `assay run` is at work in this folder" in said
    assert sorted(p.name for p in Path("assay-out").iterdir()) == [".run.lock"]


def test_cleaning_several_files_at_once_keeps_every_line_of_the_log(audited):
    started = [subprocess.Popen([*ASSAY, "clean", "audit", "--output", f"out/c{n}.csv", "-q"]) for n in range(4)]
    assert [each.wait() for each in started] == [0] * 4
    lines = [json.loads(line) for line in Path("out/changes.jsonl").read_text().splitlines()]
    counts = {name: sum(line["output"] == name for line in lines) for name in {line["output"] for line in lines}}
    assert len(counts) == 4
    assert len(set(counts.values())) == 1


@pytest.mark.parametrize("moment", [0, 4_000_000_000])
def test_times_of_files_decide_nothing(audited, moment):
    before = Path("audit/audit.json").read_bytes()
    for path in [Path("train.csv"), *Path("audit").iterdir()]:
        os.utime(path, (moment, moment))
    assert fuzzing.assay("clean", "audit", "--output", "out/clean.csv", "-q")[0] == 0
    assert fuzzing.assay("audit", "train.csv", "--select", "DUP001,LBL001", "--output", "audit", "-q")[0] == 1
    assert Path("audit/audit.json").read_bytes() == before


def test_a_damaged_cache_of_vectors_is_made_again(data, monkeypatch):
    from assay.audit.encoders.disk import Shelf

    monkeypatch.setenv("ASSAY_CACHE", str(data / "cache"))
    import numpy as np

    shelf, texts = Shelf.of("x", 3), ["a", "b"]
    shelf.keep(texts, np.ones((2, 3), np.float32))
    (kept,) = data.glob("cache/vectors/*/*.vectors")
    whole = kept.read_bytes()
    assert shelf.find(texts)[1].all()
    for torn in (b"", whole[:10], whole[:-1], whole[:-1] + b"\x00", b"\x00" * len(whole), whole + b"x"):
        kept.write_bytes(torn)
        assert not shelf.find(texts)[1].any()
    shelf.keep(texts, np.ones((2, 3), np.float32))
    assert shelf.find(texts)[1].all()


@pytest.mark.parametrize("record", ["", "{", "[]", '{"steps": 3}', '{"steps": [{"name": 1}]}', "null", "[" * 5000])
def test_a_damaged_record_of_a_run_is_told_with_its_cure(data, record):
    Path("assay.toml").write_text(killing.RUN_CONFIG)
    Path("assay-out").mkdir()
    Path("assay-out/run.json").write_text(record)
    code, said = fuzzing.assay("run", "-q")
    assert code == 2
    assert "not the record of a run" in said
    assert "Remove it to start again" in said


def test_a_step_whose_result_was_damaged_does_not_stand(data):
    from assay.reports.running.record import Record
    from assay.reports.running.steps import Step

    Path("left.json").write_text("{}")
    Path("more.parquet").write_text("table")
    step = Step("audit", (), (), "left.json", also=("more.parquet",))
    Record(data).add(step, "key", 0)
    assert Record(data).stands(step, "key")
    Path("more.parquet").write_text("tab")
    assert not Record(data).stands(step, "key")
    Path("more.parquet").write_text("table")
    assert not Record(data).begin(step, "key")
    assert not Record(data).stands(step, "key")  # a step that was begun anew and cut short is not done
    assert Record(data).begin(step, "key")
    assert not Record(data).begin(step, "other key")


def test_a_folder_held_by_another_process_is_given_up_in_time(tmp_path, monkeypatch):
    import fcntl

    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    monkeypatch.setattr(atomic._locked.__wrapped__, "__defaults__", (0.1,))
    with pytest.raises(OutputError, match="another process is writing into it"):
        atomic.write_file(tmp_path / "a", b"new")
    os.close(handle)
    atomic.write_file(tmp_path / "a", b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("resume", [False, True])
def test_a_training_folder_is_taken_up_wherever_its_opening_was_killed(tmp_path, monkeypatch, resume):
    """Killed as the folder is made, as the mark is written, and as an earlier run is removed."""
    from types import SimpleNamespace

    from assay.train import folder as opening

    monkeypatch.setattr(opening, "identity", lambda job: {"job": job.name})
    place = tmp_path / "train"
    for at in range(1, 14):
        for name in ("model/weights", "checkpoints/step-1/state", "checkpoints/step-2/state", "README.md"):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text("of the earlier run")
        (place / "checkpoints/started.json").write_text(json.dumps({"job": "earlier"}))
        child = os.fork()
        if not child:
            real, count = {n: getattr(os, n) for n in ("unlink", "rmdir", "mkdir", "rename", "replace")}, [0]
            for name, change in real.items():

                def step(*a, change=change, count=count, at=at, **k):
                    count[0] += 1
                    if count[0] == at:
                        os.kill(os.getpid(), 9)
                    return change(*a, **k)

                setattr(os, name, step)
            opening.open_folder(SimpleNamespace(folder=place, resume=False, name="new"))
            os._exit(0)
        os.waitpid(child, 0)
        known = opening.read_object(place / "checkpoints/started.json")
        if known != {"job": "earlier"} or not resume:
            opening.open_folder(SimpleNamespace(folder=place, resume=resume, name="new"))
            assert json.loads((place / "checkpoints/started.json").read_text()) == {"job": "new"}
            assert sorted(p.name for p in place.rglob("*")) == ["checkpoints", "started.json"]


@pytest.mark.parametrize("left", ["checkpoints", "checkpoints/.assay-x"])
def test_a_training_folder_that_was_only_made_can_be_resumed(tmp_path, monkeypatch, left):
    from types import SimpleNamespace

    from assay.train import folder as opening

    monkeypatch.setattr(opening, "identity", lambda _: {"job": "new"})
    (tmp_path / left).mkdir(parents=True)
    assert opening.open_folder(SimpleNamespace(folder=tmp_path, resume=True)) is False
    assert [p.name for p in (tmp_path / "checkpoints").iterdir()] == ["started.json"]
