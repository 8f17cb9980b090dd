"""How many rows change sides when rows are added, over real sets: hashes against a new random split.

Run: ``python benchmarks/split_stability.py --data FOLDER`` (the folder of real sets); prints one line a set and share.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from assay.audit.split import split

SETS = {
    "banking77": ["train.csv", "test.csv"],
    "clinc150": ["train.csv", "test.csv", "val.csv"],
    "sms_spam": ["data.csv"],
}
SHARES = (0.001, 0.01, 0.1, 0.5)


def homes(frame: pl.DataFrame, folder: Path) -> dict[str, str]:
    frame.write_csv(folder / "data.csv")
    split(str(folder / "data.csv"), folder / "out", meaning=False, label="label", text=["text"])
    names = ("train", "validation", "test")
    found = {n: pl.read_csv(folder / "out" / f"{n}.csv", infer_schema=False)["number"].to_list() for n in names}
    return {number: name for name, numbers in found.items() for number in numbers}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    given = parser.parse_args()
    for name, files in SETS.items():
        read = [pl.read_csv(given.data / name / file, infer_schema=False).select("text", "label") for file in files]
        frame = pl.concat(read).with_row_index("number").sample(fraction=1.0, shuffle=True, seed=0)
        for share in SHARES:
            kept = round(frame.height / (1 + share))
            with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
                before, after = homes(frame[:kept], Path(one)), homes(frame, Path(two))
            moved = np.mean([after[n] != home for n, home in before.items()])
            told = {"set": name, "rows": kept, "added": frame.height - kept, "moved": round(float(moved), 5)}
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
