"""Recall of planted paraphrases and near-duplicates, and false alarms among hard negatives, in real hosts.

    python benchmarks/paraphrases.py HOST_TRAIN.csv HOST_TEST.csv [--half test]

The pairs are ``fixtures/paraphrases/pairs.csv``: the half ``tune`` served the word lists and thresholds, the half
``test`` was written afterwards. Of each pair the left text goes into train and the right one into test, under labels
of their own. A planted paraphrase counts as found where LEK002 or LEK003 flags its held-out row (with its own twin,
or with another row that states the same; both are counted), a hard negative where they pair it with its own twin.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path
from typing import Any

import polars as pl

from assay.audit.reading import read
from assay.audit.rules import Settings, run

RESULTS = Path(__file__).resolve().parent / "results" / "recall_paraphrases.json"
HOSTS = ("banking77", "snips", "docs_issues")
"""Datasets that the pairs are planted into for the published figures."""
FILES = ("train.csv", "test.csv")
PAIRS = Path(__file__).resolve().parents[1] / "fixtures" / "paraphrases" / "pairs.csv"


def load_pairs(half: str) -> list[dict[str, str]]:
    """Pairs of one half."""
    with PAIRS.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["half"] == half]


def measure(train: pl.DataFrame, test: pl.DataFrame, half: str) -> dict[str, Any]:
    """Shares found, by kind of pair: ``{kind: {"pairs", "flagged", "with_twin"}}``."""
    out: dict[str, Any] = {}
    for kind in dict.fromkeys(pair["kind"] for pair in load_pairs(half)):
        out[kind] = _measure(train, test, [pair for pair in load_pairs(half) if pair["kind"] == kind])
    return out


def _measure(train: pl.DataFrame, test: pl.DataFrame, pairs: list[dict[str, str]]) -> dict[str, int]:
    """The same for pairs of one kind."""
    labels = [f"planted {k}" for k in range(len(pairs))]
    left = pl.DataFrame({"text": [p["left"] for p in pairs], "label": labels})
    right = pl.DataFrame({"text": [p["right"] for p in pairs], "label": labels})
    data = read({"train": pl.concat([train, left]), "test": pl.concat([test, right])}, text="text", label="label")
    audit = run(data, Settings(select=("LEK001", "LEK002", "LEK003")))
    related = {f.hit.rows[0]: f.hit.related[0] for f in audit.findings}
    strict = {f.hit.rows[0] for f in audit.findings if f.severity != "note"}
    first = len(data) - len(pairs)
    found = [(related.get(first + k), train.height + k, first + k in strict) for k in range(len(pairs))]
    return {
        "pairs": len(pairs),
        "flagged": sum(partner is not None for partner, _, _ in found),
        "with_twin": sum(partner == twin for partner, twin, _ in found),
        "warnings_with_twin": sum(partner == twin and warned for partner, twin, warned in found),
    }


def recall(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Figures that ``precision.py`` publishes: planted paraphrases that LEK001 to LEK003 report, whatever severity."""
    found = planted = 0
    for name in HOSTS:
        host = [pl.read_csv(folder / name / f, infer_schema_length=0).select("text", "label") for f in FILES]
        counts = measure(*host, "test")["same"]
        found, planted = found + counts["flagged"], planted + counts["pairs"]
    row = {"planted": "paraphrases of train rows in test", "n": planted, "found": found, "data": ", ".join(HOSTS)}
    return {"LEK003": [row]}


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", help="train file, or with --write the folder of the datasets")
    parser.add_argument("test", nargs="?")
    parser.add_argument("--write", action="store_true", help="write results/recall_paraphrases.json")
    parser.add_argument("--half", default="test", choices=["tune", "test"])
    given = parser.parse_args()
    if given.write:
        RESULTS.write_text(json.dumps(recall(Path(given.train)), indent=1) + "\n", encoding="utf-8")
        return
    host = [pl.read_csv(path, infer_schema_length=0).select("text", "label") for path in (given.train, given.test)]
    for kind, counts in measure(*host, given.half).items():
        sys.stdout.write(f"{kind}: {counts}\n")


if __name__ == "__main__":
    main()
