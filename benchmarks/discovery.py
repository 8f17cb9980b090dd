"""Slice discovery: planted failing slices recovered, false slices on sets without one, time.

    python benchmarks/discovery.py planted [--sets N] [--peers]
    python benchmarks/discovery.py null [--sets N] [--peers]
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
from discovery_peers import PEERS
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


def contenders(args) -> dict:
    """Name -> function from a set to slices and seconds."""
    out = {"assay": assay, "assay, confirmed": lambda made: assay(made, confirm=True)}
    if args.peers:
        out |= {name: lambda made, peer=peer: peer(made, dataset(made.frame)) for name, peer in PEERS.items()}
    return out


def planted(args) -> None:
    """Three planted slices a set, of different kinds."""
    result: dict = {}
    for source in args.sources:
        scores, seconds = {}, {}
        for seed in range(args.sets):
            kinds = tuple(np.random.default_rng(seed).choice(KINDS, 3, replace=False).tolist())
            made = make(source, [5_000, 10_000][seed % 2], args.first + seed, kinds)
            for name, contender in contenders(args).items():
                if name.startswith("assay") or seed < args.peer_sets:
                    answer = contender(made)
                    if answer is not None:
                        scores.setdefault(name, []).append(scored(made, answer[0]))
                        seconds.setdefault(name, []).append(answer[1])
            if args.verbose:
                told(source, seed, scores["assay"][-1])
        result[source] = {
            name: summary(each) | {"seconds_median": round(float(np.median(seconds[name])), 2)}
            for name, each in scores.items()
        }
        for name, each in result[source].items():
            print(source, name, json.dumps(each), flush=True)
    write("discovery-planted", result)


def told(source: str, seed: int, score: dict) -> None:
    """What was missed, and what was told beside."""
    every = zip(score["planted"], score["words"], score["jaccard"], strict=True)
    bad = [f"{k} [{w}] J={j}" for k, w, j in every if j < ALIKE]
    odd = [n for n, a in zip(score["told"], score["alike"], strict=True) if not a]
    if bad or odd:
        print(source, seed, "missed:", bad, "odd:", odd)


def nulls(args) -> None:
    """Sets without a failing slice. A class that stands out is told of apart: with rates that differ it is one."""
    result: dict = {}
    for source in args.sources:
        for classes in ("same", "beta", "two", "lognormal"):
            found: dict = {}
            for seed in range(args.sets):
                made = null(source, [5_000, 10_000][seed % 2], args.first + seed, classes)
                for name, contender in contenders(args).items():
                    if name.startswith("assay") or (seed < args.peer_sets and classes in {"same", "beta"}):
                        answer = contender(made)
                        if answer is not None:
                            found.setdefault(name, []).append([words for words, _ in answer[0]])
                if args.verbose and found["assay"][-1]:
                    print(source, classes, seed, found["assay"][-1])
            result[f"{source}, {classes}"] = {
                name: {
                    "sets": len(each),
                    "with_a_slice": sum(bool(one) for one in each),
                    "with_one_that_is_no_class": sum(any(not w.startswith("label = ") for w in one) for one in each),
                }
                for name, each in found.items()
            }
            print(source, classes, json.dumps(result[f"{source}, {classes}"]), flush=True)
    write("discovery-null", result)


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
    """Keep results; those of other sources stay."""
    path = RESULTS / f"{name}.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps(known | result, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["planted", "null", "speed"])
    parser.add_argument("--sets", type=int, default=20)
    parser.add_argument("--first", type=int, default=1_000)
    parser.add_argument("--sources", nargs="*", default=["tickets", "banking77", "clinc150"])
    parser.add_argument("--rows", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--peer-sets", type=int, default=12, help="sets that peers are given")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    {"planted": planted, "null": nulls, "speed": speed}[args.what](args)


if __name__ == "__main__":
    main()
