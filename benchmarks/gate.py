"""Operating characteristics of the gate, beside the point thresholds of other tools.

    python benchmarks/gate.py [--fast]

Every figure goes through the functions that `assay gate` runs (policy, judge, outcome). Where a gate's answer only
depends on counts, all counts are tried and weighed by their probability: those figures are exact. The rest is seeded
simulation. Results: benchmarks/results/gate.json.
"""

from __future__ import annotations

import json
import sys
import time
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl
from scipy.special import gammaln, xlogy
from scipy.stats import binom

from assay.audit.config import parse_text
from assay.reports.gating.evidence import Evidence
from assay.reports.gating.judge import judge
from assay.reports.gating.pairs import pair
from assay.reports.gating.policy import policy
from assay.reports.gating.verdict import outcome
from assay.reports.statistics import paired

RESULTS = Path(__file__).parent / "results" / "gate.json"
NEED = '[gate]\n{}\n[[gate.require]]\nslice = "{}"\nmetric = "accuracy"\n{}\n'
FAST = "--fast" in sys.argv
RUNS = 300 if FAST else 2000
SIZES = (20, 30, 50, 75, 100, 150, 200, 300, 500, 1000)
FLOORS = (0.8, 0.85, 0.9, 0.95, 0.98, 0.99)
EDGE = 1e-9


def evidence(right, slices=None, clusters=None):
    """Rows that are right or wrong, each in a slice."""
    n = len(right)
    rows = pl.DataFrame(
        {
            "row": np.arange(n),
            "label": pl.Series(["a"]).new_from_index(0, n),
            "prediction": np.where(right, "a", "b"),
            "confidence": np.full(n, 0.9),
            "correct": right,
            "cluster": np.arange(n) if clusters is None else clusters,
        }
    )
    names = np.zeros(n, int) if slices is None else slices
    kinds = pl.Series("kind", ["declared"]).new_from_index(0, n)
    members = pl.DataFrame({"slice": [f"s{k}" for k in names], "kind": kinds, "row": np.arange(n)})
    told = [{"name": f"s{k}", "kind": "declared", "critical": slices is None} for k in np.unique(names)]
    return Evidence("", {"slices": told, "data": {"test": {"fingerprint": "f"}}}, rows, members, "test", {})


@lru_cache(maxsize=1000)
def asked(slice_, bound, more=""):
    """A policy of one requirement."""
    return policy(parse_text(NEED.format(more, slice_, bound), "assay.toml"), None)


def verdict(told, one, baseline=None, attempt=1):
    """What the gate says."""
    return outcome(judge(told, one, pair(one, baseline) if baseline else None, attempt))


@lru_cache(maxsize=10_000)
def least_right(n, floor, attempt=1, copies=1, more=""):
    """Fewest right clusters of n that pass; n + 1 if none do."""
    told = asked("critical", f"at_least = {floor}", more)
    low, high = -1, n + 1
    clusters = np.repeat(np.arange(n), copies)
    while high - low > 1:
        middle = (low + high) // 2
        one = evidence(np.repeat(np.arange(n) < middle, copies), clusters=clusters)
        low, high = (low, middle) if verdict(told, one, attempt=attempt) == "PASS" else (middle, high)
    return high


def promoted(n, floor, truth, attempt=1, copies=1):
    """Exact probability that a model of this truth passes."""
    return float(binom.sf(least_right(n, floor, attempt, copies) - 1, n, truth))


def naive(n, floor, truth):
    """The same for "point estimate at or over the floor"."""
    return float(binom.sf(np.ceil(n * floor - 1e-9) - 1, n, truth))


def most_losses(n, margin):
    """(n + 1,) most rows that only the baseline has right, for each number that only the candidate has; -1 for none."""
    told = asked("overall", f"no_worse_than_baseline_by = {margin}")
    out, at = np.full(n + 1, -1), 0
    for wins in range(n + 1):
        at = max(at, 0)
        while at + wins <= n:
            kinds = np.repeat([0, 1, 2], [at, wins, n - at - wins])
            if verdict(told, evidence(kinds > 0), evidence(kinds != 1)) != "PASS":
                break
            at += 1
        at -= 1
        out[wins] = at
        if at + wins >= n:
            out[wins:] = np.arange(n - wins, -1, -1)
            break
    return out


def worse_by_the_margin(n, margin, discordance):
    """Exact probability that a model exactly the margin worse passes: ours, by points, by McNemar."""
    b, c = (each.ravel() for each in np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij"))
    b, c = b[b + c <= n], c[b + c <= n]
    p, q = (discordance + margin) / 2, max((discordance - margin) / 2, 0)
    log = gammaln(n + 1) - gammaln(b + 1) - gammaln(c + 1) - gammaln(n - b - c + 1)
    weight = np.exp(log + xlogy(b, p) + xlogy(c, q) + xlogy(n - b - c, 1 - p - q))
    ours = b <= losses(n, margin)[c]
    silent = (paired.mcnemar(b, c) / 2 > 0.05) | (c >= b)
    return {
        "assay": float(weight[ours].sum()),
        "point at or over baseline - margin": float(weight[(c - b) / n >= -margin - 1e-12].sum()),
        "McNemar: no significant drop": float(weight[silent].sum()),
    }


losses = lru_cache(maxsize=100)(most_losses)


def at_the_floor(slices, n, truth, bad=None):
    """Shares of simulated models with every slice at one truth that are called FAIL: ours, and by points."""
    rng = np.random.default_rng(slices * n)
    told = asked("every slice", "at_least = 0.9")
    names = np.repeat(np.arange(slices), n)
    found = {"assay: FAIL": 0, "assay: PASS": 0, "point": 0}
    runs = RUNS if slices * n <= 2500 else max(RUNS // 4, 60)
    for _ in range(runs):
        right = rng.random(names.size) < (truth if bad is None else np.where(names == 0, bad, truth))
        said = verdict(told, evidence(right, names))
        found["assay: FAIL"] += said == "FAIL"
        found["assay: PASS"] += said == "PASS"
        found["point"] += bool((right.reshape(slices, n).mean(1) < 0.9 - 1e-12).any())
    return {name: count / runs for name, count in found.items()} | {"runs": runs}


def looks(truth):
    """Share of models that pass at one of 50 looks at a growing test set: e-process, exact bounds each look, points."""
    rng = np.random.default_rng(7)
    sizes = np.arange(20, 1001, 20)
    right = (rng.random((RUNS * 2, 1000)) < truth).cumsum(1)[:, sizes - 1]
    ways = {
        "assay, sequential = true": [least_right(int(n), 0.9, more="sequential = true") for n in sizes],
        "exact bounds at 95 % each look": [int(binom.isf(0.05, n, 0.9)) + 1 for n in sizes],
        "point": [int(np.ceil(0.9 * n - 1e-9)) for n in sizes],
    }
    return {name: float((right >= np.array(least)).any(1).mean()) for name, least in ways.items()}


def main():
    began = time.time()
    sizes = SIZES[:7] if FAST else SIZES
    margins = [(50, 0.05), (50, 0.02), (100, 0.05), (200, 0.05), (200, 0.02)]
    out = {
        "critical slice truly .88, floor .90, n = 50: promoted": {
            "wanted": 0.02,
            "assay": promoted(50, 0.9, 0.88),
            "point": naive(50, 0.9, 0.88),
        },
        "worst case over n and floors: promoted while truly below": {
            "wanted": 0.05,
            "assay": max(promoted(n, f, f - EDGE) for n in sizes for f in FLOORS),
            "assay, a later attempt": max(promoted(n, f, f - EDGE, 2) for n in sizes[:6] for f in FLOORS),
            "point": max(naive(n, f, f - EDGE) for n in sizes for f in FLOORS),
        },
        "five attempts at the edge: promoted at least once": {
            "wanted": 0.05,
            **{
                f"assay, n = {n}": 1 - float(np.prod([1 - promoted(n, 0.9, 0.9 - EDGE, j) for j in range(1, 6)]))
                for n in (50, 200, 1000)
            },
            "assay, n = 50, true .85": 1 - float(np.prod([1 - promoted(50, 0.9, 0.85, j) for j in range(1, 6)])),
            "point, n = 50, true .85": 1 - (1 - naive(50, 0.9, 0.85)) ** 5,
        },
        "every row twice, 200 rows: promoted at the edge": {
            "wanted": 0.05,
            "assay": promoted(100, 0.9, 0.9 - EDGE, copies=2),
            "exact bounds on rows": float(binom.sf(np.ceil((binom.isf(0.05, 200, 0.9) + 1) / 2) - 1, 100, 0.9 - EDGE)),
            "point": naive(100, 0.9, 0.9 - EDGE),
        },
        "truly worse than the baseline by the margin: promoted": {
            "wanted": 0.055,
            **{
                f"n = {n}, margin {m}, discordance {d}": worse_by_the_margin(n, m, d)
                for n, m in (margins[:2] if FAST else margins)
                for d in (0.05, 0.1, 0.2)
                if d >= m
            },
        },
        "all good slices exactly at the floor: blocked as FAIL": {
            "wanted": 0.05,
            **{f"{k} slices of {n}": at_the_floor(k, n, 0.9) for k in (1, 10, 50) for n in (50, 200)},
        },
        "50 looks at a growing test set: promoted at the edge": {"wanted": 0.05, **looks(0.9 - EDGE)},
        "what it costs: good models promoted (floor .90)": {
            f"n = {n}, true {t}": {"assay": promoted(n, 0.9, t), "point": naive(n, 0.9, t)}
            for n in (50, 100, 200, 500)
            for t in (0.95, 0.97, 0.99)
        },
        "one slice of .70 among 10 of .95, n = 50: FAIL": at_the_floor(10, 50, 0.95, 0.7),
        "50 looks: a true .95 promoted in the end": looks(0.95),
    }
    print(json.dumps(out, indent=1))
    print(f"{time.time() - began:.0f} s")
    if not FAST:
        RESULTS.write_text(json.dumps(out, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
