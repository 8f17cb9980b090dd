"""Slice discovery: planted failing slices recovered, false slices on sets without one, time.

    python benchmarks/discovery.py planted [--sets N]     # Assay and its peers
    python benchmarks/discovery.py null [--sets N]
    python benchmarks/discovery.py speed [--rows 100000 1000000]

Writes to results/discovery-*.json. Peers are told the same rows: sliceline from a virtual environment of its own
(`python benchmarks/setup_peers.py sliceline`), a decision tree of scikit-learn on the same statements.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

import numpy as np
import polars as pl
from failing_slices import KINDS, Made, make, null

from assay.audit.dataset import Dataset, Part, Roles, assemble
from assay.reports.discovery import discover

RESULTS = Path(__file__).resolve().parent / "results"
TOP, ALIKE = 10, 0.5


def dataset(frame: pl.DataFrame) -> Dataset:
    n = frame.height
    return assemble(
        [Part("test", frame, np.arange(n) + 2, np.zeros(n, np.int32), ("test.csv",))],
        Roles(text=("text",), label="label"),
    )


def assay(made: Made, *, confirm: bool = False) -> tuple[list[tuple[str, np.ndarray]], float]:
    """Slices (words, rows) and seconds."""
    data = dataset(made.frame)
    rows = np.arange(made.frame.height)
    started = time.perf_counter()
    found = discover(data, "test", rows, made.frame["label"], made.predictions, ~made.wrong, confirm=confirm)
    return [(each.name, each.rows) for each in found], time.perf_counter() - started


def jaccard(one: np.ndarray, other: np.ndarray) -> float:
    both = np.intersect1d(one, other).size
    return both / max(one.size + other.size - both, 1)


def scored(made: Made, found: list[tuple[str, np.ndarray]]) -> dict:
    """How many planted slices are among the first ten, how many of the first ten are planted."""
    top = found[:TOP]
    truth = [np.flatnonzero(p.mask) for p in made.planted]
    best = [max((jaccard(t, rows) for _, rows in top), default=0.0) for t in truth]
    failing = np.zeros(made.frame.height, bool)
    for t in truth:
        failing[t] = True
    return {
        "planted": [p.kind for p in made.planted],
        "words": [p.words for p in made.planted],
        "jaccard": [round(b, 3) for b in best],
        "told": [name for name, _ in top],
        "alike": [bool(max((jaccard(t, rows) for t in truth), default=0.0) >= ALIKE) for _, rows in top],
        "mostly_failing": [bool(failing[rows].mean() > ALIKE) for _, rows in top],
    }


def summary(every: list[dict]) -> dict:
    jac = np.array([j for one in every for j in one["jaccard"]])
    kinds = np.array([k for one in every for k in one["planted"]])
    out = {"sets": len(every), "planted": int(jac.size), "recovered": float((jac >= ALIKE).mean())}
    out["by_kind"] = {
        k: [int((jac[kinds == k] >= ALIKE).sum()), int((kinds == k).sum())] for k in KINDS if (kinds == k).any()
    }
    for name in ("alike", "mostly_failing"):
        told = [x for one in every for x in one[name]]
        out[f"precision_{name}"] = float(np.mean(told)) if told else None
    return out


def planted(args) -> None:
    result = {}
    for source in args.sources:
        every, seconds = [], []
        for seed in range(args.sets):
            rng = np.random.default_rng(seed)
            kinds = tuple(rng.choice(KINDS, 3, replace=False).tolist())
            made = make(source, [5_000, 10_000][seed % 2], args.first + seed, kinds)
            found, took = assay(made, confirm=args.confirm)
            every.append(scored(made, found))
            seconds.append(took)
            bad = [
                f"{k} [{w}] J={j}"
                for k, w, j in zip(every[-1]["planted"], every[-1]["words"], every[-1]["jaccard"], strict=True)
                if j < ALIKE
            ]
            wrong = [n for n, a in zip(every[-1]["told"], every[-1]["alike"], strict=True) if not a]
            if args.verbose and (bad or wrong):
                print(source, seed, "missed:", bad, "odd:", wrong)
        result[source] = summary(every) | {"seconds_median": float(np.median(seconds))}
        print(source, json.dumps(result[source]))
    write(f"discovery-planted{'-confirmed' if args.confirm else ''}", result)


def nulls(args) -> None:
    result = {}
    for source in args.sources:
        for classes in ("same", "beta", "two", "lognormal"):
            told = []
            for seed in range(args.sets):
                made = null(source, [5_000, 10_000][seed % 2], args.first + seed, classes)
                found, _ = assay(made, confirm=args.confirm)
                told.append(len(found))
                if found and args.verbose:
                    print(source, classes, seed, [name for name, _ in found])
            result[f"{source}, {classes}"] = {"sets": args.sets, "with_a_slice": int(np.count_nonzero(told))}
            print(source, classes, result[f"{source}, {classes}"])
    write(f"discovery-null{'-confirmed' if args.confirm else ''}", result)


def speed(args) -> None:
    result = {}
    for rows in args.rows:
        small = make("tickets", min(rows, 100_000), 1, ("keyword", "conjunction", "topic"))
        times = -(-rows // small.frame.height)
        # A number of its own in every copy, so that texts differ.
        frame = pl.concat(
            [
                small.frame.with_columns(pl.col("text") + pl.lit(f" ref {k}") if k else pl.col("text"))
                for k in range(times)
            ]
        )
        wrong = np.random.default_rng(rows).random(frame.height) < np.tile(small.chance, times)
        made = Made(frame, wrong, np.where(wrong, "none", frame["label"].to_numpy()), ())
        _, took = assay(made)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        result[str(rows)] = {"seconds": round(took, 2), "peak_mb": round(peak)}
        print(rows, result[str(rows)])
    write("discovery-speed", result)


def write(name: str, result: dict) -> None:
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["planted", "null", "speed"])
    parser.add_argument("--sets", type=int, default=20)
    parser.add_argument("--first", type=int, default=1_000)
    parser.add_argument("--sources", nargs="*", default=["tickets", "banking77", "clinc150"])
    parser.add_argument("--rows", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--confirm", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    {"planted": planted, "null": nulls, "speed": speed}[args.what](args)


if __name__ == "__main__":
    main()
