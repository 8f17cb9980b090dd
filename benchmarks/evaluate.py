"""How long `assay evaluate` takes: a million predictions, 200 slices, with intervals.

Run: python benchmarks/evaluate.py [--rows 1000000] [--output benchmarks/results/evaluate.json]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

CLASSES, SEGMENTS, WORDS = 20, 100, 9


def write_data(folder: Path, rows: int) -> None:
    """A test set, its predictions in another order, and 200 slices over two columns and the label."""
    rng = np.random.default_rng(0)
    letters = rng.integers(97, 123, (20_000, 7)).astype(np.uint8)
    words = np.array([bytes(w).decode() for w in letters])
    texts = [" ".join(w) for w in words[rng.zipf(1.3, (rows, WORDS)) % len(words)]]
    labels = rng.integers(0, CLASSES, rows)
    told = np.where(rng.random(rows) < 0.9, labels, rng.integers(0, CLASSES, rows))
    names = np.array([f"class {n}" for n in range(CLASSES)])
    segment = rng.integers(0, SEGMENTS, rows)
    channel = np.array(["web", "mail", "phone", "chat"])[rng.integers(0, 4, rows)]
    columns = {"id": np.arange(rows), "text": texts, "label": names[labels], "segment": segment, "channel": channel}
    pl.DataFrame(columns).write_csv(folder / "test.csv")
    order = rng.permutation(rows)
    said = {"id": order, "prediction": names[told][order], "confidence": rng.random(rows)}
    pl.DataFrame(said).write_csv(folder / "predictions.csv")
    conditions = [f"segment = '{n}'" for n in range(100)]
    conditions += [f"CAST(segment AS INT) > {n} AND channel = '{('web', 'mail', 'chat')[n % 3]}'" for n in range(60)]
    conditions += [f"label = 'class {n % CLASSES}' AND CAST(segment AS INT) < {50 + n}" for n in range(40)]
    tables = [
        f'[[slice]]\nname = "s{n}"\nwhere = "{where}"\ncritical = {str(n < 10).lower()}\n'
        for n, where in enumerate(conditions)
    ]
    (folder / "assay.toml").write_text("\n".join(tables))


def main() -> None:
    """Measure, print, and write the result."""
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--output", type=Path)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(folder, given.rows)
        command = [sys.executable, "-m", "assay.reports.cli", "evaluate", "--predictions", "predictions.csv"]
        command += ["--data", "test.csv", "--config", "assay.toml", "--no-discover", "--quiet"]
        started = time.perf_counter()
        subprocess.run(command, cwd=folder, check=True)
        wall = time.perf_counter() - started
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        written = json.loads((folder / "assay-out" / "evaluation" / "evaluation.json").read_text())
    result = {
        "rows": given.rows,
        "slices": len({s["name"] for s in written["slices"] if s["kind"] == "declared"}),
        "wall_seconds": round(wall, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": used.ru_maxrss // 1024,
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(result))
    if given.output:
        given.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
