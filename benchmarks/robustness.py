"""Fuzzed inputs and random kills in full: 10,000 inputs and 500 kills, as ``docs/reliability.md`` tells.

Run: ``python benchmarks/robustness.py [--inputs 10000] [--kills 500] [--seed 0]``; writes ``results/robustness.json``.
Each input is run in a worker that is killed, and counted as a hang, when it has worked on it for 10 seconds, or has not
answered for 60 seconds whatever it did: on a machine that others use, seconds of the clock tell little.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import IO

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent / "tests" / "robustness"
sys.path.insert(0, str(TESTS))

import fuzzing  # noqa: E402 - the tests' own, found by the line above
import killing  # noqa: E402 - as above

WORK, PATIENCE = 10.0, 60.0
"""Seconds of the processor, and of the clock, after which an input hangs."""
RECYCLED = 400
"""Cases of a worker: what one leaves in memory must not decide another."""
SHARES = {"readers": 0.4, "config": 0.12, "conditions": 0.12, "decisions": 0.08, "predictions": 0.08, "policies": 0.1,
          "artefacts": 0.1}  # fmt: skip


class Worker:
    """A process that runs cases."""

    def __init__(self, world: Path) -> None:
        """Start it."""
        command = [sys.executable, str(TESTS / "fuzz_worker.py"), str(world)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
        self.done = 0

    def ask(self, kind: str, seed: int) -> dict[str, object]:
        """One case; a worker that hangs or dies is a problem of the case."""
        assert self.process.stdin  # noqa: S101 - a pipe was asked for
        assert self.process.stdout  # noqa: S101 - as above
        self.process.stdin.write(f"{kind} {seed}\n")
        self.process.stdin.flush()
        ready = self._answers(self.process.stdout)
        line = self.process.stdout.readline() if ready else ""
        self.done += 1
        if line:
            told: dict[str, object] = json.loads(line)
            return told
        self.stop()
        how = "hangs" if not ready else f"the process died ({self.process.returncode})"
        return {"kind": kind, "seed": seed, "problem": how, "seconds": WORK}

    def _answers(self, stream: IO[str]) -> bool:
        """Wait for an answer, or until the patience is gone."""
        began, worked = time.monotonic(), self._worked()
        while not select.select([stream], [], [], 0.5)[0]:
            # The first case of a process loads the libraries as well.
            over = self._worked() - worked > (WORK if self.done else 3 * WORK)
            if over or time.monotonic() - began > PATIENCE * (1 if self.done else 3):
                return False
        return True

    def _worked(self) -> float:
        """Seconds that the process has had of the processor."""
        told = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def spent(self) -> bool:
        """Whether another one takes over."""
        return self.process.poll() is not None or self.done >= RECYCLED

    def stop(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()


def fuzz(inputs: int, seed: int, progress: int) -> dict[str, object]:
    """Run so many inputs; what came of them."""
    counts: Counter[str] = Counter()
    problems: list[dict[str, object]] = []
    slowest = 0.0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        fuzzing.build(Path(folder))
        worker = None
        cases = [(kind, seed * 1_000_000 + n) for kind, share in SHARES.items() for n in range(round(share * inputs))]
        for number, (kind, each) in enumerate(cases, 1):
            if worker is None or worker.spent:
                if worker:
                    worker.stop()
                worker = Worker(Path(folder))
            told = worker.ask(kind, each)
            counts[kind] += 1
            slowest = max(slowest, float(str(told["seconds"])) if worker.done > 1 else 0.0)
            if told["problem"]:
                problems.append(told)
                print(json.dumps(told), file=sys.stderr, flush=True)
            if progress and number % progress == 0:
                print(f"{number} inputs, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        if worker:
            worker.stop()
    hangs = [p for p in problems if p["problem"] == "hangs"]
    return {
        "inputs": sum(counts.values()),
        "by_kind": dict(counts),
        "tracebacks_or_wrong_ends": len(problems) - len(hangs),
        "hangs_over_10_s": len(hangs),
        "slowest_cpu_seconds": slowest,
        "problems": problems[:50],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--progress", type=int, default=500)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "robustness.json")
    given = parser.parse_args()
    told: dict[str, object] = {"python": platform.python_version(), "cpus": os.cpu_count(), "seed": given.seed}
    if given.output.exists():  # the two halves may be run one by one
        told = {**json.loads(given.output.read_text("utf-8")), **told}
    if given.inputs:
        told["fuzzing"] = fuzz(given.inputs, given.seed, given.progress)
    if given.kills:
        told["kills"] = killing.measure(given.kills, given.seed)
    given.output.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
