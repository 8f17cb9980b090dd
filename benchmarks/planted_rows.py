"""Recall of the rules that compare rows, labels and columns exactly: defects planted into real data, and counted.

python benchmarks/planted_rows.py       writes results/recall_rows.json, from where precision.py publishes it

Each defect but the last is planted 50 times into rows of SNIPS and clinc150 from ``../shared/data`` and counts as found
if the rule reports the planted row (with its original, where there is one). The last are questions of GSM8K that a
model has rewritten (llm-decontaminator).
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

import judged_sets
import polars as pl

from assay.audit.reading import read
from assay.audit.rules import Settings, run

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "shared" / "data"
RESULTS = HERE / "results" / "recall_rows.json"
SETS = ("snips", "clinc150")
PLANTED, TRAIN, TEST = 50, 1_500, 400
MANY = 20
"""Classes that are planted into: there are fewer classes than rows."""
DAY = 86_400
Frames = dict[str, pl.DataFrame]
Found = list[tuple[int, ...]]
"""Rows of each finding, test rows after train rows."""
Case = tuple[str, str, Callable[[Frames, random.Random], tuple[Frames, list[set[int]]]]]


def base(name: str, rng: random.Random) -> Frames:
    """Rows of a dataset without copies or further columns."""
    frames = {}
    for split, rows in (("train", TRAIN), ("test", TEST)):
        frame = pl.read_csv(DATA / name / f"{split}.csv", infer_schema=False).select("text", "label")
        frame = frame.filter(pl.col("text").str.split(" ").list.len() >= 5).unique("text", maintain_order=True)
        frames[split] = frame[sorted(rng.sample(range(frame.height), min(rows, frame.height)))]
    return frames


def reported(frames: Frames, code: str) -> Found:
    """Rows of every finding of one rule, from CSV files as a user has them."""
    with tempfile.TemporaryDirectory() as folder:
        sources = {}
        for split, frame in frames.items():
            frame.write_csv(f"{folder}/{split}.csv")
            sources[split] = [f"{folder}/{split}.csv"]
        roles = {name: name for name in ("group", "time", "id") if name in frames["train"].columns}
        audit = run(read(sources, text=("text",), label="label", **roles), Settings(select=(code,)))
    if audit.skipped:
        raise SystemExit(f"{code} was skipped: {audit.skipped}")
    return [tuple(finding.hit.rows) + tuple(r for r in finding.hit.related if r >= 0) for finding in audit.findings]


def recall(found: Found, planted: Iterable[set[int]]) -> int:
    """How many of the planted defects are in a finding with all their rows."""
    findings = [set(rows) for rows in found]
    return sum(any(rows <= each for each in findings) for rows in planted)


def with_copies(change: Callable[[str], str], label: Callable[[str, list[str]], str] | None = None):
    """Copies of train rows, changed, at the end of train; under another label, if given."""

    def plant(frames: Frames, rng: random.Random) -> tuple[Frames, list[set[int]]]:
        train = frames["train"]
        labels = train["label"].unique().sort().to_list()
        chosen = rng.sample(range(train.height), PLANTED)
        copies = train[chosen].with_columns(pl.Series("text", [change(t) for t in train["text"].gather(chosen)]))
        if label:
            copies = copies.with_columns(pl.Series("label", [label(old, labels) for old in copies["label"]]))
        planted = [{row, train.height + n} for n, row in enumerate(chosen)]
        return frames | {"train": pl.concat([train, copies])}, planted

    return plant


def leaked(change: Callable[[str], str]):
    """Train rows copied over test rows, changed."""

    def plant(frames: Frames, rng: random.Random) -> tuple[Frames, list[set[int]]]:
        train, test = frames["train"], frames["test"]
        chosen, where = rng.sample(range(train.height), PLANTED), rng.sample(range(test.height), PLANTED)
        texts, labels = test["text"].to_list(), test["label"].to_list()
        for row, at in zip(chosen, where, strict=True):
            texts[at], labels[at] = change(train["text"][row]), train["label"][row]
        test = pl.DataFrame({"text": texts, "label": labels})
        return frames | {"test": test}, [{r, train.height + at} for r, at in zip(chosen, where, strict=True)]

    return plant


def mistyped(change: Callable[[str], str]):
    """One row of each of some classes with its label written differently."""

    def plant(frames: Frames, rng: random.Random) -> tuple[Frames, list[set[int]]]:
        train = frames["train"]
        names = [n for n in train["label"].unique().sort().to_list() if train["label"].to_list().count(n) >= 5]
        labels, planted = train["label"].to_list(), []
        for name in names[:MANY]:
            row = rng.choice([r for r, label in enumerate(labels) if label == name])
            labels[row] = change(name)
            planted.append({row})
        return frames | {"train": train.with_columns(pl.Series("label", labels))}, planted

    return plant


def unlabeled(frames: Frames, rng: random.Random) -> tuple[Frames, list[set[int]]]:
    """Train rows that lose their label."""
    train = frames["train"]
    chosen = set(rng.sample(range(train.height), PLANTED))
    labels = [None if row in chosen else label for row, label in enumerate(train["label"])]
    return frames | {"train": train.with_columns(pl.Series("label", labels))}, [{row} for row in sorted(chosen)]


def shared_groups(frames: Frames, rng: random.Random) -> tuple[Frames, list[set[int]]]:
    """A group of its own for every three rows, and test rows whose group is one of train."""
    train, test = frames["train"], frames["test"]
    own = [f"customer {row // 3}" for row in range(train.height)]
    other = [f"customer {1_000_000 + row // 3}" for row in range(test.height)]
    at = rng.sample(range(test.height), PLANTED)
    for row, group in zip(at, rng.sample(sorted(set(own)), PLANTED), strict=True):
        other[row] = group
    frames = {
        "train": train.with_columns(pl.Series("group", own)),
        "test": test.with_columns(pl.Series("group", other)),
    }
    return frames, [{train.height + row} for row in at]


def late_rows(frames: Frames, rng: random.Random) -> tuple[Frames, list[set[int]]]:
    """Train rows of January, test rows of March, and train rows of the test period."""
    train, test = frames["train"], frames["test"]
    late = set(rng.sample(range(train.height), PLANTED))
    days = [f"2024-03-{rng.randrange(10, 28):02}" if r in late else f"2024-01-{r % 28 + 1:02}" for r in range(TRAIN)]
    frames = {
        "train": train.with_columns(pl.Series("time", days[: train.height])),
        "test": test.with_columns(pl.Series("time", [f"2024-03-{r % 28 + 1:02}" for r in range(test.height)])),
    }
    return frames, [{row} for row in sorted(late)]


def long_texts(frames: Frames, rng: random.Random) -> tuple[Frames, list[set[int]]]:
    """Texts of about 700 words."""
    train = frames["train"]
    chosen = sorted(rng.sample(range(train.height), PLANTED))
    texts = train["text"].to_list()
    words = " ".join(texts).split()
    for row in chosen:
        start = rng.randrange(len(words) - 700)
        texts[row] = " ".join(words[start : start + 700])
    return frames | {"train": train.with_columns(pl.Series("text", texts))}, [{row} for row in chosen]


def retyped(frames: Frames, rng: random.Random) -> tuple[Frames, list[set[int]]]:
    """Texts that loaders take for no value."""
    train = frames["train"]
    chosen = sorted(rng.sample(range(train.height), PLANTED))
    texts = train["text"].to_list()
    for row in chosen:
        texts[row] = rng.choice(["NA", "null", "None", "nan", "N/A"])
    return frames | {"train": train.with_columns(pl.Series("text", texts))}, [{row} for row in chosen]


def quoted(text: str) -> str:
    """A reply that quotes a text."""
    return f"Thanks, I tried that again this morning and it is still the same.\n> {text}"


def swapped(name: str) -> str:
    """A label with two neighboring letters exchanged."""
    at = max(1, len(name) // 2)
    return name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :]


def another(old: str, labels: list[str]) -> str:
    """The label after the one given."""
    return labels[(labels.index(old) + 1) % len(labels)]


def spaced(text: str) -> str:
    """Other punctuation and white space."""
    return "  " + text.replace(" ", "  ").rstrip(".?! ") + " !!"


def full_width(text: str) -> str:
    """Other Unicode forms: full-width letters."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in unicodedata.normalize("NFD", text))


CASES: tuple[Case, ...] = (
    ("DUP001", "copies with other case", with_copies(str.upper)),
    ("DUP001", "copies with other punctuation and white space", with_copies(spaced)),
    ("DUP001", "copies in full-width letters", with_copies(full_width)),
    ("DUP004", "replies that quote another row", with_copies(quoted)),
    ("LBL001", "copies under another label", with_copies(str.title, another)),
    ("LBL005", "labels with two letters exchanged", mistyped(swapped)),
    ("LBL005", "labels with other case and white space", mistyped(lambda name: f"{name.upper()} ")),
    ("LBL006", "rows without a label", unlabeled),
    ("LEK001", "train rows copied into test, other case", leaked(str.upper)),
    ("LEK001", "train rows copied into test, other punctuation", leaked(spaced)),
    ("LEK002", "train rows quoted in test", leaked(quoted)),
    ("LEK004", "test rows of a customer of train", shared_groups),
    ("LEK005", "train rows of the test period", late_rows),
    ("RLS006", "texts of 700 words", long_texts),
    ("RLS007", "texts that pandas reads as no value", retyped),
)


def paraphrases() -> dict[str, object]:
    """Test questions of GSM8K in other words in train: those that LEK002 does not find are what LEK003 is for."""
    audit = judged_sets.audit("decontaminator", ("LEK001", "LEK002", "LEK003"))
    data, train, test = audit.data, audit.data.split("train"), audit.data.split("test")
    there = data.text.slice(train.start, train.rows).str.strip_chars().str.len_chars() > 0
    pairs = {(test.start + n, train.start + n) for n, filled in enumerate(there.to_list()) if filled}
    found: dict[str, set[tuple[int, int]]] = {}
    for finding in audit.findings:
        related = finding.hit.related
        found.setdefault(finding.code, set()).update(zip(finding.hit.rows, related, strict=bool(related)))
    left = pairs - found.get("LEK001", set()) - found.get("LEK002", set())
    hits = len(left & found.get("LEK003", set()))
    return {"planted": "test questions rewritten by a model in train", "n": len(left), "found": hits, "data": "gsm8k"}


def main() -> None:
    if not DATA.is_dir():
        sys.exit(f"{DATA} is absent")
    out: dict[str, list[dict[str, object]]] = {}
    for code, planted, plant in CASES:
        found = n = 0
        for name in SETS:
            rng = random.Random(f"{name} {code} {planted}")
            frames, truth = plant(base(name, rng), rng)
            found, n = found + recall(reported(frames, code), truth), n + len(truth)
        sys.stdout.write(f"{code}  {found:>3} of {n:>3} {planted}\n")
        out.setdefault(code, []).append({"planted": planted, "n": n, "found": found, "data": ", ".join(SETS)})
    out["LEK003"] = [paraphrases()]
    sys.stdout.write("LEK003  {found} of {n} {planted}\n".format(**out["LEK003"][0]))
    RESULTS.write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
