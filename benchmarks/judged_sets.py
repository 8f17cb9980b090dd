"""Datasets whose findings are judged by reading, and how each is audited: fixtures/judged/README.md.

python benchmarks/judged_sets.py                          lists the datasets
python benchmarks/judged_sets.py snips LBL002,DUP002      lists their findings there, with keys and texts, to be judged
python benchmarks/judged_sets.py snips DUP --sample 30 --lines    a random 30 of each rule, as lines for its CSV

The datasets are next to the repository (``../shared/data``); those that are absent are left out. What has to be
converted is written to ``benchmarks/work/judged``.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from judged_keys import COLUMNS, key

from assay.audit.features import configure
from assay.audit.reading import read
from assay.audit.rules import Settings, run

if TYPE_CHECKING:
    from assay.audit.dataset import Dataset
    from assay.audit.findings import Finding
    from assay.audit.rules import Audit

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "shared" / "data"
WORK = HERE / "work" / "judged"
Rows = Iterator[Mapping[str, Any]]
Convert = Callable[[Path], Rows]


@dataclass(frozen=True)
class JudgedSet:
    """One dataset as it is audited: default settings, files or converted rows for each split."""

    kind: str
    """Kind of text, as in the column ``kind`` of the judged lines."""
    splits: Mapping[str, str | Convert]
    """Split -> file under the folder of datasets, or a function that makes its rows from that folder."""
    label: str | None = "label"
    roles: Mapping[str, str] = field(default_factory=dict)
    """Further columns with a role."""

    @property
    def folders(self) -> tuple[str, ...]:
        """Files it is read from, of those that are used unchanged."""
        return tuple(path for path in self.splits.values() if isinstance(path, str))


def column(path: str, *names: str, part: Callable[[int], bool] | None = None) -> Convert:
    """Some columns of a CSV file; of the rows whose number ``part`` takes, if given."""

    def rows(folder: Path) -> Rows:
        frame = pl.read_csv(folder / path, infer_schema=False, columns=list(names))
        for number, row in enumerate(frame.iter_rows(named=True)):
            if part is None or part(number):
                yield {name: row[name] or "" for name in names}

    return rows


def lines(path: str, text: Callable[[Mapping[str, Any]], str]) -> Convert:
    """The text of every object of a JSON Lines file or of a JSON array."""

    def rows(folder: Path) -> Rows:
        content = (folder / path).read_text("utf-8")
        objects = json.loads(content) if content.lstrip().startswith("[") else map(json.loads, content.splitlines())
        for each in objects:
            yield {"text": text(each)}

    return rows


def scan(name: str) -> Convert:
    """The paragraphs of one document of textreuse."""

    def rows(folder: Path) -> Rows:
        frame = pl.read_csv(folder / "textreuse/paragraphs.csv", infer_schema=False)
        yield from ({"text": text} for text in frame.filter(pl.col("label") == name)["text"].to_list())

    return rows


def annotated(folder: Path) -> Rows:
    """Each news text of annotators once, in the order of the file."""
    frame = pl.read_csv(folder / "annotators/rte_annotations.csv", infer_schema=False)
    yield from ({"text": text} for text in frame["text"].unique(maintain_order=True).to_list())


def tokens(each: Mapping[str, Any]) -> str:
    """A tokenized sentence as text."""
    return " ".join(each["tokens"])


def instruction(each: Mapping[str, Any]) -> str:
    """An instruction with its input."""
    return f"{each['instruction']}\n{each['input']}".strip()


def is_test(number: int) -> bool:
    """Every fifth row: for datasets without a split of their own."""
    return number % 5 == 4


def is_train(number: int) -> bool:
    """All other rows."""
    return not is_test(number)


def _parted(path: str) -> dict[str, str | Convert]:
    return {"train": column(path, "text", "label", part=is_train), "test": column(path, "text", "label", part=is_test)}


def _files(folder: str, **named: str) -> dict[str, str | Convert]:
    return {split: f"{folder}/{name}.csv" for split, name in named.items()}


SETS: dict[str, JudgedSet] = {
    "banking77": JudgedSet("intents", _files("banking77", train="train", test="test")),
    "banking77[production=nlupp]": JudgedSet(
        "intents",
        {
            **_files("banking77", train="train", test="test"),
            "production": column("nlupp/data.csv", "text"),
        },
    ),
    "clinc150": JudgedSet("intents", _files("clinc150", train="train", validation="val", test="test")),
    "clinc150[production=snips]": JudgedSet(
        "intents", {**_files("clinc150", train="train", test="test"), "production": column("snips/train.csv", "text")}
    ),
    "snips": JudgedSet("intents", _files("snips", train="train", test="test")),
    "snips[production=clinc150]": JudgedSet(
        "intents", {**_files("snips", train="train", test="test"), "production": column("clinc150/test.csv", "text")}
    ),
    "nlupp": JudgedSet("intents", _files("nlupp", train="data")),
    "sms_spam": JudgedSet("messages", _files("sms_spam", train="data")),
    "sms_spam[split]": JudgedSet("messages", _parted("sms_spam/data.csv")),
    "docs_issues": JudgedSet("titles", _files("docs_issues", train="train", test="test")),
    "vader_amazon": JudgedSet("reviews", {"train": column("vader_amazon/data.csv", "text", "label")}),
    "vader_amazon[split]": JudgedSet("reviews", _parted("vader_amazon/data.csv")),
    "trec_rules": JudgedSet("questions", {"train": column("trec_rules/data.csv", "text", "label")}),
    "trec_rules[split]": JudgedSet("questions", _parted("trec_rules/data.csv")),
    "textreuse": JudgedSet("scanned books", {"train": column("textreuse/paragraphs.csv", "text")}, label=None),
    "textreuse[scans]": JudgedSet(
        "scanned books", {"train": scan("remembermeorholy00palm"), "test": scan("remember00palm")}, label=None
    ),
    "wnut17": JudgedSet(
        "tweets",
        {
            "train": lines("spans/wnut17_train.jsonl", tokens),
            "validation": lines("spans/wnut17_dev.jsonl", tokens),
            "test": lines("spans/wnut17_test.jsonl", tokens),
        },
        label=None,
    ),
    "presidio": JudgedSet(
        "synthetic texts", {"train": lines("presidio/synth_dataset_v2.json", lambda e: str(e["full_text"]))}, label=None
    ),
    "annotators": JudgedSet("news", {"train": annotated}, label=None),
    "gsm8k": JudgedSet(
        "mathematics",
        {split: lines(f"gsm8k/{split}.jsonl", lambda e: str(e["question"])) for split in ("train", "test")},
        label=None,
    ),
    "decontaminator": JudgedSet(
        "mathematics",
        {
            "train": lines("decontaminator/rephrase_gsm8k.jsonl", lambda e: str(e["question"])),
            "test": lines("gsm8k/test.jsonl", lambda e: str(e["question"])),
        },
        label=None,
    ),
    "chat_demo": JudgedSet("instructions", {"train": lines("chat_demo/alpaca_en_demo_even.json", instruction)}, None),
    "bfcl": JudgedSet(
        "instructions",
        {"train": lines("bfcl/BFCL_v4_simple_python.jsonl", lambda e: str(e["question"][0][-1]["content"]))},
        label=None,
    ),
}


def is_present(name: str) -> bool:
    """Whether the files of a dataset are on this machine."""
    own = name.partition("[")[0]
    return (DATA / ("spans" if own == "wnut17" else own)).is_dir()


def load(name: str) -> Dataset:
    """A dataset as a user would read it; converted files are written first.

    Raises:
        KeyError: there is no such dataset.
    """
    each = SETS[name]
    sources = {}
    for split, source in each.splits.items():
        sources[split] = [str(DATA / source if isinstance(source, str) else _converted(name, split, source))]
    roles = {"text": ("text",), **({"label": each.label} if each.label else {}), **each.roles}
    data = read(sources, **roles)
    configure(data, "auto")
    return data


def _converted(name: str, split: str, make: Convert) -> Path:
    path = WORK / name / f"{split}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = list(make(DATA))
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def audit(name: str, codes: tuple[str, ...] = ()) -> Audit:
    """Audit a dataset with default settings."""
    return run(load(name), Settings(select=codes))


def sampled(findings: list[Finding], data: Dataset, count: int, seed: str) -> list[Finding]:
    """A random sample that depends on keys alone: the same whatever the order, and little changed by new findings."""
    ranked = sorted(findings, key=lambda f: sha256(f"{seed} {key(data, f)}".encode()).digest())
    return ranked[:count]


def _shown(data: Dataset, finding: Finding, width: int) -> Iterator[str]:
    """A finding as its judge sees it: message, then each row with its label, then the rows it was compared with."""
    hit = finding.hit
    yield f"{finding.code} {finding.severity} {key(data, finding)}"
    yield f"    {hit.message}" + (f"  [suggested: {hit.suggested}]" if hit.suggested is not None else "")
    evidence = {k: v for k, v in hit.evidence.items() if k != "difference"}
    yield f"    {json.dumps(evidence, ensure_ascii=False, default=str)[:width]}"
    label = data.roles.label
    related = [r for r in hit.related if r >= 0 and r not in hit.rows]
    for mark, rows in (("", hit.rows[:6]), ("~ ", list(dict.fromkeys(related))[:4])):
        for row in rows:
            own = f" ({data.frame[label][row]})" if label else ""
            text = " ".join(str(data.text[row]).split())
            yield f"      {mark}{data.splits[data.split_codes[row]].name}:{data.places.row[row]}{own} {text[:width]}"
    if len(hit.rows) > 6:
        yield f"      and {len(hit.rows) - 6} rows more"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("dataset", nargs="?")
    parser.add_argument("codes", nargs="?", default="", help="Rules, or prefixes of their codes, separated by commas.")
    parser.add_argument("--sample", type=int, default=0, help="At most N random findings of each rule and severity.")
    parser.add_argument("--severity", help="Only findings of this severity.")
    parser.add_argument("--lines", action="store_true", help="Print lines for fixtures/judged/CODE.csv instead.")
    parser.add_argument("--width", type=int, default=240, help="Characters shown of a text.")
    options = parser.parse_args()
    if not options.dataset:
        for name, each in SETS.items():
            sys.stdout.write(f"{name:<30} {each.kind:<16} {', '.join(each.splits)}\n")
        return
    result = audit(options.dataset, tuple(filter(None, options.codes.split(","))))
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in result.findings:
        if not options.severity or finding.severity == options.severity:
            groups.setdefault((finding.code, str(finding.severity)), []).append(finding)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if options.lines:
        writer.writerow(COLUMNS)
    for found in groups.values():
        for finding in sampled(found, result.data, options.sample or len(found), options.dataset):
            if options.lines:
                where = key(result.data, finding)
                kind = SETS[options.dataset].kind
                writer.writerow([options.dataset, where, finding.severity, "", "", kind, ""])
            else:
                sys.stdout.write("\n".join(_shown(result.data, finding, options.width)) + "\n")


if __name__ == "__main__":
    main()
