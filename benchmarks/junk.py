"""Unrealistic texts: recall of planted junk at 1 % false alarms and as shipped, and false alarms on real sets.

python benchmarks/junk.py DATA      DATA holds banking77/train.csv and its like; writes results and the README's table
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import junk_kinds
import numpy as np
import polars as pl

from assay.audit.dataset import Part, Roles, assemble
from assay.audit.realism import damage, readings
from assay.audit.rules import Settings, Severity, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.audit.dataset import Dataset

HERE = Path(__file__).parent
RESULTS, README = HERE / "results" / "junk.json", HERE / "README.md"
START, END = "<!-- junk: python benchmarks/junk.py -->", "<!-- end of junk -->"
SETS = {
    "banking77": ("train", "test"),
    "clinc150": ("train", "val", "test"),
    "snips": ("train", "test"),
    "sms_spam": ("data",),
    "docs_issues": ("train", "test"),
    "nlupp": ("data",),
}
RULE_OF = {"empty": "RLS001", "mojibake": "RLS002", "foreign": "RLS004"}
SHARE = 0.02
RULES = ("RLS001", "RLS002", "RLS003", "RLS004")


def load(folder: Path, name: str) -> tuple[list[str], list[str]]:
    """Texts and labels of a set, all splits together."""
    frames = [pl.read_csv(folder / name / f"{f}.csv", infer_schema=False) for f in SETS[name]]
    frame = pl.concat([f.select("text", "label") for f in frames]).fill_null("")
    return frame["text"].to_list(), frame["label"].to_list()


def dataset(texts: Sequence[str], labels: Sequence[str]) -> Dataset:
    """A data set of one split."""
    rows = len(texts)
    frame = pl.DataFrame({"text": texts, "label": labels})
    part = Part("train", frame, np.arange(rows, dtype=np.int64) + 2, np.zeros(rows, np.int32), ("train.csv",))
    return assemble([part], Roles(text=("text",), label="label"))


def scores(data: Dataset, kind: str) -> np.ndarray:
    """What the kind's own detector says of every row; higher is worse."""
    out = np.zeros(len(data))
    if kind == "empty":
        found = readings.empty(data)
        out[found.rows] = found.scores
    elif kind == "mojibake":
        for row in readings.damaged(data)["mojibake"].tolist():
            out[row] = damage.badness(data.text[row])
    else:
        judged = readings.judged(data)
        out = {"foreign": judged.foreign, "repetition": judged.repeated}.get(kind, judged.gibberish).astype(float)
    return out


def gopher(text: str) -> bool:
    """Whether the quality rules of Gopher (Rae et al. 2021) reject a text."""
    words = text.split()
    if not 50 <= len(words) <= 100_000 or not 3 <= float(np.mean([len(w) for w in words])) <= 10:
        return True
    stop = {"the", "be", "to", "of", "and", "that", "have", "with"} & {w.lower() for w in words}
    letters = sum(bool(re.search(r"[A-Za-z]", w)) for w in words) / len(words)
    return len(stop) < 2 or letters < 0.8 or (text.count("#") + text.count("\u2026")) / len(words) > 0.1


def planted(texts: list[str], labels: list[str], kind: str, seed: int) -> dict:
    """Recall of one kind of junk planted into a set."""
    count = max(10, round(SHARE * len(texts)))
    r = np.random.default_rng(seed)
    bad = junk_kinds.make(kind, texts, count, seed)
    order = r.permutation(len(texts) + count)
    all_texts, all_labels = [*texts, *bad], [*labels, *r.choice(labels, count).tolist()]
    data = dataset([all_texts[i] for i in order], [all_labels[i] for i in order])
    is_bad = order >= len(texts)
    found = run(data, Settings(select=RULES))
    score = scores(data, kind)
    limit = np.quantile(score[~is_bad], 0.99)
    rows = {code: np.zeros(len(data), np.bool_) for code in RULES}
    for each in found.findings:
        if each.severity is Severity.WARNING:
            rows[each.code][list(each.hit.rows)] = True
    anyone = np.logical_or.reduce(list(rows.values()))
    return {
        "planted": count,
        "recall_at_1_percent": float((score[is_bad] > limit).mean()),
        "recall_shipped": float(rows[RULE_OF.get(kind, "RLS003")][is_bad].mean()),
        "recall_any_rule": float(anyone[is_bad].mean()),
        "false_alarms": float(anyone[~is_bad].mean()),
        "gopher_recall": float(np.mean([gopher(t) for t in bad])),
    }


def as_it_is(texts: list[str], labels: list[str]) -> dict:
    """What the rules say of a set without planted junk."""
    data = dataset(texts, labels)
    started = time.perf_counter()
    found = run(data, Settings(select=RULES))
    seconds = time.perf_counter() - started
    rows = {row for f in found.findings if f.severity is Severity.WARNING for row in f.hit.rows}
    return {
        "rows": len(data),
        "seconds": round(seconds, 2),
        "findings": dict(sorted(Counter(f.code for f in found.findings).items())),
        "rows_found": len(rows),
        "share": len(rows) / len(data),
        "gopher_share": float(np.mean([gopher(t) for t in texts])),
    }


def table(results: dict) -> str:
    """The README's tables."""
    kinds = junk_kinds.KINDS
    lines = ["| recall at 1 % false alarms | " + " | ".join(kinds) + " |", "| --- |" + " --- |" * len(kinds)]

    def cells(name: str, key: str) -> str:
        return " | ".join(f"{results['planted'][name][k][key]:.3f}" for k in kinds)

    lines += [f"| {name} | {cells(name, 'recall_at_1_percent')} |" for name in results["planted"]]
    for key, title in (
        ("recall_at_1_percent", "mean"),
        ("recall_shipped", "mean, as shipped: the kind's own rule"),
        ("recall_any_rule", "mean, as shipped: any rule"),
    ):
        means = [np.mean([results["planted"][n][k][key] for n in results["planted"]]) for k in kinds]
        lines.append(f"| **{title}** | " + " | ".join(f"{m:.3f}" for m in means) + " |")
    lines += ["", "| as they are | rows | RLS001-004, s | findings | rows found | Gopher's rules reject |"]
    lines.append("| --- |" + " --- |" * 5)
    for name, r in results["as_they_are"].items():
        found = ", ".join(f"{code} {n}" for code, n in r["findings"].items()) or "none"
        lines.append(
            f"| {name} | {r['rows']:,} | {r['seconds']:.2f} | {found} | {100 * r['share']:.3f} %"
            f" | {100 * r['gopher_share']:.0f} % |"
        )
    return "\n".join(lines)


def write(results: dict) -> None:
    """Results as JSON, and the tables between the README's markers."""
    RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{START}\n\n{table(results)}\n\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("data", type=Path, help="folder of the data sets")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    results: dict = {"machine": {"python": platform.python_version()}, "seeds": options.seeds, "share": SHARE}
    results["planted"], results["as_they_are"] = {}, {}
    for name in SETS:
        texts, labels = load(options.data, name)
        results["as_they_are"][name] = as_it_is(texts, labels)
        results["planted"][name] = {}
        for kind in junk_kinds.KINDS:
            each = [planted(texts, labels, kind, seed) for seed in range(options.seeds)]
            results["planted"][name][kind] = {k: round(float(np.mean([e[k] for e in each])), 4) for k in each[0]}
            print(name, kind, results["planted"][name][kind], flush=True)
        print(name, results["as_they_are"][name], flush=True)
    write(results)


if __name__ == "__main__":
    main()
