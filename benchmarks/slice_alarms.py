"""False alarms and finds of SLC003 and SLC004 on a real set cut in two.

    python benchmarks/slice_alarms.py ../shared/data/banking77/train.csv --draws 100

Each draw parts the rows at random into train and production: every finding is a false alarm. Then one class is taken
out of train and thinned to 2 % of production: a finding of SLC004 whose rows are mostly of it is a find.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import polars as pl

from assay.audit.features import configure
from assay.audit.reading import from_frames
from assay.audit.rules import Settings, run

RESULTS = Path(__file__).parent / "results" / "slice_alarms.json"
MISSING = 0.02


def audit(train: pl.DataFrame, production: pl.DataFrame, encoder: str, *codes: str) -> list:
    """Findings of some rules."""
    data = from_frames({"train": train, "production": production}, text=("text",), label="label")
    configure(data, encoder)
    return list(run(data, Settings(select=codes)).findings)


def draw(frame: pl.DataFrame, seed: int, encoder: str) -> dict:
    """One random cut: codes of false alarms, and whether a missing topic was found."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(frame.height)
    half = frame.height // 2
    train, production = frame[order[:half]], frame[order[half:]]
    alarms = [f.code for f in audit(train, production, encoder, "SLC003", "SLC004")]
    topic = rng.choice(frame["label"].unique().sort().to_list())
    inside = production.filter(pl.col("label") == topic)
    wanted = max(10, round(MISSING * production.height))
    rows = pl.concat([inside, train.filter(pl.col("label") == topic)])[:wanted]
    without = production.filter(pl.col("label") != topic)
    frames = train.filter(pl.col("label") != topic), pl.concat([rows, without])
    found = audit(*frames, encoder, "SLC004")
    own = frames[0].height
    hit = any(sum(own <= r < own + rows.height for r in f.hit.rows) * 2 > len(f.hit.rows) for f in found)
    return {"alarms": alarms, "found": hit, "rows": rows.height, "topic": topic}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("file")
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--encoder", default="auto")
    options = parser.parse_args()
    frame = pl.read_csv(options.file, infer_schema=False)
    frame = frame.select("text", label=pl.col("label" if "label" in frame.columns else frame.columns[1]))
    draws = []
    for seed in range(options.draws):
        draws.append(draw(frame, seed, options.encoder))
        share = np.mean([bool(d["alarms"]) for d in draws]), np.mean([d["found"] for d in draws])
        sys.stdout.write(f"\r{seed + 1}: false alarms {share[0]:.3f}, topics found {share[1]:.3f}")
        sys.stdout.flush()
    told = {"set": Path(options.file).parent.name, "draws": len(draws), "false_alarms": float(share[0])}
    told |= {"found": float(share[1]), "encoder": options.encoder, "missed": [d for d in draws if not d["found"]]}
    RESULTS.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
