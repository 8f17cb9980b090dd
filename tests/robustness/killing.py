"""Random kills of `assay clean`, `assay run` and `assay review`: what is left must be whole, and nothing answered lost.

A process that has loaded the libraries, and started no thread yet, forks a child for each command and kills it with
SIGKILL after a random part of the time that the command takes: the kills land in the work and not in the imports.

Run: ``python tests/robustness/killing.py KIND KILLS SEED``; prints one JSON line.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KINDS = {"clean": 0.5, "review": 0.3, "run": 0.2}
"""Shares of the kills."""
STOPPED = 3
"""Tables: what a run may leave."""
RUN_CONFIG = """[data]
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
SUBJECTS = {"delivery": "parcel courier doorstep", "billing": "invoice charge fee", "account": "password login profile"}


def measure(kills: int, seed: int, shares: dict[str, float] | None = None) -> dict[str, object]:
    """Each kind's share of the kills, in a process of its own."""
    out: dict[str, object] = {}
    for kind, share in (shares or KINDS).items():
        command = [sys.executable, str(Path(__file__).resolve()), kind, str(max(1, round(share * kills))), str(seed)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        out[kind] = json.loads(done.stdout) if done.returncode == 0 else {"problems": [done.stderr[-2000:]]}
    return out


def forked(arguments: list[str], out: int | None = None) -> int:
    """A command in a child process; returns its id."""
    child = os.fork()
    if child:
        return child
    quiet = os.open(os.devnull, os.O_RDWR)
    os.dup2(quiet if out is None else out, 1)
    os.dup2(quiet, 2)
    try:
        from assay.reports.cli import _outcome

        code = _outcome(arguments)
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 - nothing of the parent's may run in the child
        code = 99
    os._exit(code)


def killed(child: int, seconds: float) -> bool:
    """Kill a child after some time; whether it was still at work."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if os.waitpid(child, os.WNOHANG)[0]:
            return False
        time.sleep(min(0.002, max(0.0, until - time.monotonic())))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def finished(arguments: list[str]) -> tuple[int, float]:
    """A command to its end: exit code and seconds."""
    began = time.monotonic()
    code = os.waitstatus_to_exitcode(os.waitpid(forked(arguments), 0)[1])
    return code, time.monotonic() - began


def write_rows(path: Path, seed: int = 0, *, conflicts: bool = True) -> None:
    """A training file with copies, near-copies and a conflict."""
    rng = random.Random(seed)
    lines = ["id,text,label"]
    for n in range(240):
        label = list(SUBJECTS)[n % 3]
        a, b = rng.choices(SUBJECTS[label].split(), k=2)
        lines.append(f"t{n},number {n}: please help with my {a} and the {b} of {rng.randint(1, 99)},{label}")
    texts = [line.split(",") for line in lines[1:]]
    lines += [f"c{n},{texts[n][1]},{texts[n][2]}" for n in range(0, 40, 2)]
    if conflicts:
        lines += [f"d{n},{texts[n][1]},other" for n in range(1, 20, 2)]
    path.write_text("\n".join(lines) + "\n")


def pair(folder: Path) -> tuple[bytes | None, bytes | None]:
    """The cleaned file and its log, as whoever comes next finds them."""
    from assay.audit.atomic import settle

    if folder.is_dir():
        settle(folder)
    return tuple(p.read_bytes() if p.exists() else None for p in (folder / "clean.csv", folder / "changes.jsonl"))  # type: ignore[return-value]


def kill_clean(kills: int, rng: random.Random) -> dict[str, object]:
    """Two kinds of cleaning in turn into one folder: its file and its log are always those of one of them."""
    write_rows(Path("train.csv"))
    assert finished(["audit", "train.csv", "--select", "DUP001,LBL001", "--output", "audit", "-q"])[0] == 1
    commands = [["clean", "audit", "--output", "out/clean.csv", "-q", *more] for more in ([], ["--unsafe"])]
    whole, took = [(None, None)], 0.0
    for command in commands:
        code, took = finished(command)
        assert code == 0
        whole.append(pair(Path("out")))
    assert len({w[0] for w in whole}) == STOPPED
    for name in ("clean.csv", "changes.jsonl"):
        (Path("out") / name).unlink()
    problems, hit, leftovers = [], 0, 0
    for n in range(kills):
        at_work = killed(forked(commands[rng.randint(0, 1)]), rng.uniform(0, 1.1 * took))
        hit += at_work
        leftovers += any(Path("out").glob(".assay-*")) if Path("out").is_dir() else 0
        if pair(Path("out")) not in whole:
            problems.append(f"kill {n}: file and log are of different runs")
        if any(Path("out").glob(".assay-*")):
            problems.append(f"kill {n}: something was left after tidying")
    if finished(commands[0])[0] != 0 or pair(Path("out")) != whole[1]:
        problems.append("the run after the last kill is not right")
    return {"kills": kills, "killed_at_work": hit, "leftovers_found_and_tidied": leftovers, "problems": problems}


def files(folder: Path) -> dict[str, bytes]:
    """What must be the same however often a run was killed."""
    names = ["clean/train.csv", "clean/changes.jsonl", "split/train.csv", "split/test.csv", "split/validation.csv",
             "audit/audit.json", "audit/findings.parquet", "train/model/head.safetensors",
             "evaluation/predictions.parquet"]  # fmt: skip
    return {name: (folder / name).read_bytes() for name in names}


def kill_run(kills: int, rng: random.Random) -> dict[str, object]:
    """Kill a run, go on, kill it again: at last it comes to the files of a run that nobody disturbed."""
    write_rows(Path("train.csv"), conflicts=False)
    Path("assay.toml").write_text(RUN_CONFIG)
    code, took = finished(["run", "--output", "whole", "-q"])
    assert code == 0, code
    right = files(Path("whole"))
    problems, hit, ended, done = [], 0, 0, 0
    for n in range(kills):
        folder = Path(f"killed{ended}")
        at_work = killed(forked(["run", "--output", str(folder), "-q"]), rng.uniform(0, took / 2))
        hit, done = hit + at_work, done + 1
        for each in folder.rglob("*.json"):
            try:
                json.loads(each.read_bytes())
            except ValueError:
                problems.append(f"kill {n}: {each} is no JSON")
        if not at_work or done % 6 == 0 or n == kills - 1:
            after, _ = finished(["run", "--output", str(folder), "-q"])
            left = [str(path) for path in folder.rglob(".assay-*")]
            other = [name for name, content in files(folder).items() if content != right[name]] if after == code else []
            if after != code or other or left:
                problems.append(f"kill {n}: exit code {after}, other files: {other}, left behind: {left}")
            ended += 1
    return {"kills": kills, "killed_at_work": hit, "runs_gone_on_to_the_end": ended, "problems": problems}


def post(address: str, body: dict[str, object]) -> bool:
    """Whether a decision was answered as saved."""
    place, _, token = address.strip().partition("#")
    port = int(place.rstrip("/").rpartition(":")[2])
    made = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        headers = {"X-Review-Token": token, "Origin": f"http://127.0.0.1:{port}", "Content-Type": "application/json"}
        made.request("POST", "/decide", json.dumps(body), headers)
        return made.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        made.close()


def kill_review(kills: int, rng: random.Random) -> dict[str, object]:
    """Kill the page while decisions come in: every one that was answered is in the file, and the file can be used."""
    from assay.audit.cleaning.decisions import read_decisions

    write_rows(Path("train.csv"))
    assert finished(["audit", "train.csv", "--select", "DUP001,LBL001", "--output", "audit", "-q"])[0] == 1
    items = json.loads(subprocess.run([sys.executable, __file__, "items", "0", "0"], capture_output=True, text=True,
                                      check=True).stdout)  # fmt: skip
    problems, answered, log = [], [], Path("audit/decisions.jsonl")
    for n in range(kills):
        told, given = os.pipe()
        told, child = os.fdopen(told), forked(["review", "audit", "--no-browser", "-q", "--reviewer", "ana"], given)
        os.close(given)
        address = told.readline()
        told.close()
        seconds, killer = rng.uniform(0.0, 0.3), 0
        while address:
            if not killer and answered and answered[-1][2] == n:  # the server is up: the kill lands among decisions
                killer = os.fork()
                if not killer:
                    time.sleep(seconds)
                    os.kill(child, signal.SIGKILL)
                    os._exit(0)
            item, action = rng.choice(items), rng.choice(["keep", "drop", "skip", "undo"])
            if not post(address, {**item, "action": action}):
                break
            answered.append((item["fingerprint"], action, n))
        if killer:
            os.waitpid(killer, 0)
        else:
            os.kill(child, signal.SIGKILL)
            problems.append(f"kill {n}: the page did not come up")
        os.waitpid(child, 0)
        said = [(d.fingerprint, d.action) for d in read_decisions(str(log)).lines] if log.exists() else []
        wanted = [(fingerprint, action) for fingerprint, action, _ in answered]
        rest = iter(said)
        if not all(one in rest for one in wanted):
            problems.append(f"kill {n}: an answered decision is lost")
    code, _ = finished(["clean", "audit", "--output", "out/c.csv", "--decisions", str(log), "-q"])
    if code != 0:
        problems.append(f"the decisions cannot be applied: exit code {code}")
    return {"kills": kills, "answered_decisions": len(answered), "problems": problems}


def items() -> list[dict[str, object]]:
    """Items of the review queue, as a decision names them."""
    from assay.reports.review.queue import open_queue

    queue = open_queue(Path("audit"))
    return [
        {"place": p, "fingerprint": queue.key(p)[0], "content_hash": queue.content_hash(p)} for p in range(len(queue))
    ]


def main() -> None:
    kind, kills, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if kind == "items":
        sys.stdout.write(json.dumps(items()) + "\n")
        return
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # they would start threads
    import assay.reports.clean_command
    import assay.reports.cli
    import assay.reports.review_command
    import assay.reports.run_command  # noqa: F401 - loaded once, for all children

    if kind == "run":
        import torch  # noqa: F401 - as above
        import transformers  # noqa: F401
    threads = Path("/proc/self/task").iterdir()
    idle = {(each / "comm").read_text()[:8] for each in threads} - {"python\n"}
    assert not idle - {"jemalloc", "polars-o", "python3\n", "pt_main_"}, (
        f"a process with working threads is not forked: {idle}"
    )
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        did = {"clean": kill_clean, "run": kill_run, "review": kill_review}[kind]
        sys.stdout.write(json.dumps(did(kills, random.Random(seed))) + "\n")
        os.chdir("/")


if __name__ == "__main__":
    main()
