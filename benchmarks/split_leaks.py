"""Leaks that an audit finds in the parts that `assay split` writes, over real sets, the fixture, and three sets in one.

Run: ``python benchmarks/split_leaks.py --data FOLDER [--no-semantic] [--only NAME]``; prints one JSON line a set, and
writes them to ``results/split_leaks.json`` where all sets were run.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import polars as pl

from assay.audit import Settings, read, run
from assay.audit.split import split

HERE = Path(__file__).resolve().parent
FIXTURE = HERE.parent / "fixtures" / "support_tickets"
SETS = {
    "banking77": ["banking77/train.csv", "banking77/test.csv"],
    "clinc150": ["clinc150/train.csv", "clinc150/test.csv", "clinc150/val.csv"],
    "sms_spam": ["sms_spam/data.csv"],
    "snips": ["snips/train.csv", "snips/test.csv"],
    "merged": ["banking77/train.csv", "banking77/test.csv", "clinc150/train.csv", "clinc150/test.csv",
               "clinc150/val.csv", "sms_spam/data.csv"],
}  # fmt: skip
CODES = ("LEK001", "LEK002", "LEK003", "LEK004", "LEK005")


def measure(name: str, sources: list[str], roles: dict[str, str], *, meaning: bool) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter(), time.process_time()
        done = split(sources, folder, text=["text"], meaning=meaning, **roles)
        took = time.perf_counter() - began[0], time.process_time() - began[1]
        parts = {n: f"{folder}/{n}.csv" for n in ("train", "validation", "test")}
        codes = CODES if meaning else tuple(c for c in CODES if c != "LEK003")
        found = run(read(parts, text=["text"], **roles), Settings(select=codes))
    fold = done.document["folds"][0]
    worst = fold["classes"]["largest_difference"]
    return {
        "set": name,
        "rows": done.document["data"]["rows"],
        "findings": {code: sum(f.code == code for f in found.findings) for code in found.ran},
        "shares": {n: p["share"] for n, p in fold["parts"].items()},
        "class_off_points": round(100 * abs(worst["share"] - worst["share_of_all"]), 2),
        "left_out": fold["left_out"],
        "checks": done.document["checks"],
        "seconds": round(took[0], 1),
        "cpu_seconds": round(took[1], 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--no-semantic", action="store_true")
    parser.add_argument("--only")
    given = parser.parse_args()
    out = []
    with tempfile.TemporaryDirectory() as folder:
        for name, files in SETS.items():
            if given.only and name != given.only:
                continue
            frames = [pl.read_csv(given.data / f, infer_schema=False).select("text", "label") for f in files]
            pl.concat(frames).write_csv(f"{folder}/{name}.csv")
            out.append(measure(name, [f"{folder}/{name}.csv"], {"label": "label"}, meaning=not given.no_semantic))
            print(json.dumps(out[-1]), flush=True)
    if not given.only or given.only == "fixture":
        roles = {"label": "category", "group": "customer_id", "time": "created_at"}
        sources = [str(FIXTURE / f"{n}.csv") for n in ("train", "validation", "test")]
        out.append(measure("fixture", sources, roles, meaning=not given.no_semantic))
        print(json.dumps(out[-1]), flush=True)
    if not given.only:
        (HERE / "results" / "split_leaks.json").write_text(json.dumps(out, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
