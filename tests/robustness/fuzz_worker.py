"""Fuzzed cases on demand: reads ``KIND SEED`` lines, answers each with a JSON line. Whoever asks watches the clock.

Run: ``python tests/robustness/fuzz_worker.py WORLD``, where WORLD is a folder that ``fuzzing.build`` filled.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import fuzzing


def answer(world: fuzzing.World, kind: str, seed: int) -> dict[str, object]:
    """The problem of one case, or none, and how long it took."""
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            found = fuzzing.CASES[kind](random.Random(f"{kind} {seed}"), world, Path(folder))
        except BaseException as error:  # noqa: BLE001 - a case that cannot be made is told as well
            found = f"the case itself: {type(error).__name__}: {error}"
        os.chdir("/")
    return {"kind": kind, "seed": seed, "problem": found, "seconds": round(time.process_time() - began, 3)}


def main() -> None:
    place = Path(sys.argv[1])
    world = fuzzing.World(place, {str(p.relative_to(place)): p.read_bytes() for p in place.rglob("*") if p.is_file()})
    # Asked and answered on copies of the streams: the commands write to the real ones.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
        kind, seed = line.split()
        answers.write(json.dumps(answer(world, kind, int(seed))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
