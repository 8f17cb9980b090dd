from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import polars as pl
import pytest

WORDS = {
    "delivery": ["parcel", "courier", "doorstep", "late", "tracking"],
    "billing": ["invoice", "charge", "fee", "statement", "paid twice"],
    "account": ["password", "login", "profile", "e-mail address", "locked out"],
}
CONFIG = """
[data]
train = "train.csv"
text = "text"
label = "label"
id = "id"
[audit]
encoder = "lsa"
ignore = ["LEK003", "DUP003", "LEK006"]
[train]
method = "head"
[gate]
[[gate.require]]
slice = "overall"
metric = "accuracy"
at_least = 0.2
"""


@pytest.fixture
def folder(tmp_path):
    pytest.importorskip("torch", reason="the extra `train` is not installed")
    rows = []
    for n in range(240):
        label = list(WORDS)[n % 3]
        a, b = WORDS[label][n % 5], WORDS[label][(n // 3) % 5]
        rows.append({"id": f"t{n}", "text": f"number {n}: please help with my {a} and the {b}", "label": label})
    rows.append({**rows[0], "id": "copy"})
    pl.DataFrame(rows).write_csv(tmp_path / "train.csv")
    (tmp_path / "assay.toml").write_text(CONFIG, "utf-8")
    return tmp_path


def run(folder, *more):
    command = [sys.executable, "-m", "assay.reports.cli", "run", *more]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_run_goes_from_a_file_to_a_verdict_and_is_not_done_twice(folder):
    done = run(folder, "--format", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["outcome"] == "PASS"
    assert told["changes"] == {"drop": 1}
    cleaned = pl.read_csv(folder / "assay-out" / "split" / "train.csv")
    held_out = pl.read_csv(folder / "assay-out" / "split" / "test.csv")
    assert not set(cleaned["text"]) & set(held_out["text"])
    assert "copy" not in {*cleaned["id"], *held_out["id"]}
    again = run(folder)
    assert again.returncode == 0
    assert again.stderr.count("nothing has changed") == 7
    (folder / "assay.toml").write_text(CONFIG.replace("0.2", "0.999999"), "utf-8")
    stricter = run(folder)
    assert stricter.returncode in {1, 2}


def test_a_killed_run_goes_on_and_comes_to_the_same_verdict(folder):
    whole = run(folder, "--output", "whole")
    assert whole.returncode == 0, whole.stderr
    command = [sys.executable, "-m", "assay.reports.cli", "run", "--output", "killed"]
    for seconds in (1.5, 4.0, 7.0):
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = run(folder, "--output", "killed")
    assert done.returncode == 0, done.stderr
    one, other = (json.loads((folder / f / "gate" / "verdict.json").read_text()) for f in ("whole", "killed"))
    assert one["outcome"] == other["outcome"]
    for name in ("clean/train.csv", "split/train.csv", "split/test.csv", "train/model/head.safetensors"):
        assert (folder / "whole" / name).read_bytes() == (folder / "killed" / name).read_bytes(), name


def test_a_run_without_a_policy_stops_before_anything_is_done(folder):
    (folder / "assay.toml").write_text(CONFIG.split("[gate]", maxsplit=1)[0], "utf-8")
    done = run(folder)
    assert done.returncode == 2
    assert "gate.require" in done.stderr
    assert not (folder / "assay-out").exists()


def test_leaks_stop_it_at_training(folder):
    train = pl.read_csv(folder / "train.csv")
    train.head(60).with_columns(label=pl.col("label").reverse()).write_csv(folder / "test.csv")
    (folder / "assay.toml").write_text(CONFIG.replace('train = "train.csv"', 'train = "train.csv"\ntest = "test.csv"'))
    done = run(folder, "--format", "json")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["stopped"] == "train"
    assert not (folder / "assay-out" / "train").exists()
