"""The cheap rungs on BANKING77, in full and with ten rows a class, and how true forecasts of the learning curve are.

    python benchmarks/ladder.py DATA             # DATA holds banking77/, clinc150/, ... as SOURCES.md describes
    python benchmarks/ladder.py DATA --curves    # forecasts of twice the rows against what twice the rows bring

Results go to results/ladder.json and results/learning_curves.json. Seconds are of the processor.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from assay.audit.encoders.choice import choose, encode
from assay.audit.encoders.request import Request
from assay.train.advice import measure_curve
from assay.train.examples import Examples
from assay.train.learning_curve import fit
from assay.train.linear import fit_linear
from assay.train.rungs import frozen, majority, names, nearest, tfidf
from assay.train.trial import Trial
from assay.train.vectors import Vectors

RESULTS = Path(__file__).parent / "results"
SETS = {
    "banking77": ("train.csv", "test.csv"),
    "clinc150": ("train.csv", "test.csv"),
    "snips": ("train.csv", "test.csv"),
    "docs_issues": ("train.csv", "test.csv"),
    "sms_spam": ("data.csv",),
    "trec_rules": ("data.csv",),
    "vader_amazon": ("data.csv",),
}
DRAWS = 8
SIZES = (400, 1_000, 2_000)


def load(root: Path, name: str) -> tuple[Examples, Examples, np.ndarray, np.ndarray, np.ndarray, float]:
    """Rows to learn from, rows to answer, their vectors and those of the names, and processor seconds of encoding."""
    frames = [pl.read_csv(root / name / f, infer_schema=False).select("text", "label") for f in SETS[name]]
    whole = pl.concat(frames).fill_null("")
    texts, labels = whole["text"].to_list(), whole["label"].to_list()
    known = tuple(sorted(set(labels)))
    code = {label: n for n, label in enumerate(known)}
    y = np.array([code[label] for label in labels])
    rows = np.arange(len(y))
    if len(frames) > 1:
        cut = frames[0].height
    else:
        rows, cut = np.random.default_rng(0).permutation(len(y)), len(y) * 3 // 4
    chosen, started = choose(Request("minilm"), len(texts)), time.process_time()
    distinct = sorted(set(texts))
    told = encode(chosen, distinct, cache=False)
    took = time.process_time() - started
    at = {text: n for n, text in enumerate(distinct)}
    vectors = told[[at[text] for text in texts]]
    both = Examples((tuple(texts),), y, known, np.arange(len(y)))
    named = encode(chosen, [names.readable(label) for label in known], cache=False)
    learn, answer = rows[:cut], rows[cut:]
    return both.take(learn), both.take(answer), vectors[learn], vectors[answer], named, took


def rungs(root: Path) -> dict[str, Any]:
    """Accuracy and processor seconds of each rung on BANKING77's test rows."""
    train, test, vectors, others, named, embedding = load(root, "banking77")
    per_text = embedding / (len(train) + len(test))
    out: dict[str, Any] = {
        "embedding_seconds_per_1000_texts": round(1_000 * per_text, 2),
        "full": {},
        "ten per class": {},
    }
    draws = [ten(train, seed) for seed in range(DRAWS)]
    for regime, sets in (("full", [np.arange(len(train))]), ("ten per class", draws)):
        for name in ("majority", "TF-IDF + SVM", "kNN-5", "linear head", "linear head with names", "class names alone"):
            right, spent = [], 0.0
            for rows in sets:
                few, near = train.take(rows), vectors[rows]
                started = time.process_time()
                told = answer(name, few, test, near, others, named)
                spent += time.process_time() - started
                right.append(float((told == test.y).mean()))
            out[regime][name] = {
                "accuracy": round(float(np.mean(right)), 4),
                "lowest": round(min(right), 4),
                "highest": round(max(right), 4),
                "draws": len(right),
                "test_rows": len(test),
                "cpu_seconds": round(spent / len(sets), 2),
            }
            print(regime, name, out[regime][name], flush=True)
    return out


def answer(  # noqa: PLR0913, PLR0917 - what each of the rungs needs
    name: str, train: Examples, test: Examples, near: np.ndarray, others: np.ndarray, named: np.ndarray
) -> np.ndarray:
    if name == "majority":
        return majority.predict(train, test)
    if name == "TF-IDF + SVM":
        return tfidf.predict(train, test)
    if name == "kNN-5":
        return nearest.predict(train, near, others)
    if name == "class names alone":
        return names.predict(others, named)
    extra = named if name.endswith("names") else None
    return frozen.answers(fit_linear(near, train.y, len(train.labels), names=extra), others)


def ten(train: Examples, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.permutation(np.flatnonzero(train.y == c))[:10] for c in range(len(train.labels))])


def curves(root: Path) -> dict[str, Any]:
    """Forecasts from n rows, measured as `assay advise` measures, against the accuracy that 2n rows have."""
    lines = []
    for name in SETS:
        train, test, vectors, others, _, _ = load(root, name)
        pool, every = joined(train, test), np.concatenate([vectors, others])
        for size in SIZES:
            if 2 * size + 500 > len(pool):
                continue
            for seed in range(3):
                lines.append({"set": name, "rows": size, "seed": seed, **forecast(pool, every, size, seed)})
                print(lines[-1], flush=True)
    told = [line for line in lines if line["told"]]
    return {
        "lines": lines,
        "told": len(told),
        "level_covered": round(float(np.mean([line["level_in"] for line in told])), 3),
        "gain_covered": round(float(np.mean([line["gain_in"] for line in told])), 3),
        "mean_gain_error_points": round(
            100 * float(np.mean([abs(line["gain"] - line["true_gain"]) for line in told])), 2
        ),
        "mean_gain_width_points": round(100 * float(np.mean([line["gain_width"] for line in told])), 2),
    }


def joined(one: Examples, other: Examples) -> Examples:
    """The rows of both; their texts are of no account here."""
    y = np.concatenate([one.y, other.y])
    return Examples((("",) * len(y),), y, one.labels, np.arange(len(y)))


def forecast(pool: Examples, vectors: np.ndarray, size: int, seed: int) -> dict[str, Any]:
    order = np.random.default_rng(seed).permutation(len(pool))
    mine = order[:size]
    few = pool.take(mine)
    fold = np.random.default_rng(seed + 1).integers(5, size=size)
    parts = tuple((np.flatnonzero(fold != f), np.flatnonzero(fold == f)) for f in range(5))
    trial = Trial(few, few, parts, (mine, mine), "", 0)
    curve = measure_curve(trial, Vectors(vectors[mine], vectors[mine], None, {}, 0.0), seed)
    base = int(curve.sizes[-1])
    told = fit(curve, 2 * base, seed).forecast
    if told is None:
        return {"told": False}
    truth = np.array([[score(pool, vectors, base, r, many) for many in (base, 2 * base)] for r in range(4)]).mean(
        axis=0
    )
    gain = float(truth[1] - truth[0])
    return {
        "told": True,
        "value": told.value,
        "low": told.low,
        "high": told.high,
        "true": round(float(truth[1]), 4),
        "level_in": bool(told.low <= truth[1] <= told.high),
        "gain": told.gain,
        "gain_low": told.gain_low,
        "gain_high": told.gain_high,
        "true_gain": round(gain, 4),
        "gain_in": bool(told.gain_low <= gain <= told.gain_high),
        "gain_width": told.gain_high - told.gain_low,
    }


def score(pool: Examples, vectors: np.ndarray, base: int, seed: int, many: int) -> float:
    """Accuracy of a head that learned from so many rows, on all rows but the first two times ``base``."""
    order = np.random.default_rng(100 + seed).permutation(len(pool))
    learn, rest = order[:many], order[2 * base :]
    head = fit_linear(vectors[learn], pool.y[learn], len(pool.labels))
    return float((frozen.answers(head, vectors[rest]) == pool.y[rest]).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--curves", action="store_true")
    given = parser.parse_args()
    name, work = ("learning_curves", curves) if given.curves else ("ladder", rungs)
    (RESULTS / f"{name}.json").write_text(json.dumps(work(given.data), indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
