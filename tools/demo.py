"""The demo story: a model that looks good, why it is blocked, what mends it. Run by `make demo` from the repository.

Every step is a command of `assay` that is printed before it runs. Only the reviewer is played: where a person would
sit at `assay review`, the fixture's truth file answers, and only about rows that the audit had named.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from shutil import copyfile, rmtree
from typing import Any

FIXTURE = Path("fixtures/support_tickets")
OUT = Path("assay-out/demo")
SETTING = ("--config", (OUT / "demo.toml").as_posix())
FILES = ("train.csv", "validation.csv", "test.csv", "production.jsonl", "more_urgent_refunds.csv", "demo.toml")
QUICK = ("--no-ladder", "--skip-small-run")
WIDTH = 100


def main() -> int:
    """Tell the story; 0 when it was told to its end, whatever the verdict."""
    started = time.monotonic()
    # Copies, made anew: attempts on a test set are recorded beside it, and each demo's first is its first.
    rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    for name in FILES:
        copyfile(FIXTURE / name, OUT / name)
    chapter("1  The data as they came: 1,046 support tickets to learn from, 402 to test on")
    assay("audit", *SETTING, "--output", at("audit"), "--fail-on", "never")
    if find_spec("torch") is None or find_spec("transformers") is None:
        say("The extra `train` is not installed, so the story ends with the audit: make install brings it.")
        return 0
    chapter("2  Train on them all the same (--force, as the audit stands against it)")
    needs = assay("train", *SETTING, "--audit", at("audit"), "--output", at("train"), *QUICK, "--force", show=6)
    if needs:
        say("There is no model to train from here (the embedded encoder is missing), so the story ends with the audit.")
        return 0
    chapter("3  Measure it: overall it looks well")
    assay("evaluate", at("train"), *SETTING, "--audit", at("audit"), "--output", at("evaluation"), show=34)
    chapter("4  May it be promoted?")
    blocked = assay("gate", at("evaluation"), *SETTING, "--output", at("gate"))
    say("Blocked: it fails where it must not." if blocked else "Promoted, which this fixture was not made for.")
    mended = mend()
    chapter("7  Train again, measure again, judge again: the second attempt on this test set needs the stronger proof")
    files, audited = ("--train", mended, "--validation", at("parts/test.csv")), ("--audit", at("audit-mended"))
    assay("train", *files, *SETTING, *audited, "--output", at("train-mended"), *QUICK, "--force", show=4)
    made = ("--output", at("evaluation-mended"), "--no-discover")
    assay("evaluate", at("train-mended"), *SETTING, *audited, *made, show=14)
    blocked = assay("gate", at("evaluation-mended"), *SETTING, "--output", at("gate-mended"))
    ending(blocked=bool(blocked))
    say(f"Told in {time.monotonic() - started:.0f} s. Pages: {OUT}/*/report.html")
    return 0


def mend() -> str:
    """Review, clean, add the rows that were missing, split; returns the new training file."""
    chapter("5  Review what the audit named (`assay review`; here the fixture's truth answers), and clean")
    decisions = review(Path(at("audit")))
    clean = at("clean/train.csv")
    assay("clean", at("audit"), "--output", clean, "--decisions", decisions, "--unsafe", show=12)
    chapter("6  Add the 30 urgent refunds that were labelled since, split off a validation set, audit again")
    more = at("more_urgent_refunds.csv")
    roles = ("--text", "text", "--label", "category", "--id", "id", "--group", "customer_id")
    parts = ("--output", at("parts"), "--test", "0.1", "--validation", "0", "--no-time")
    assay("split", clean, more, *roles, *parts, show=16)
    rules = ("--select", "DUP001,DUP002,LBL001,LBL005,LBL006,LEK001,LEK002,LEK004,LEK005,SLC001,SLC002")
    mended = at("parts/train.csv")
    files = (mended, "--validation", at("parts/test.csv"))
    assay("audit", *files, *SETTING, *rules, "--output", at("audit-mended"), "--fail-on", "never", show=14)
    return mended


def review(audit: Path) -> str:
    """What a reviewer would say of the rows that findings name: the true label, or drop what is on both sides."""
    from assay.audit import read  # noqa: PLC0415 - after the first command has shown that it is there
    from assay.audit.store import load  # noqa: PLC0415

    stored = load(audit)
    data = read({"train": [at("train.csv")]}, text=("text",), label="category", id="id")
    truth = {int(t["row"]): t["true_label"] for t in told("truth.csv") if t["split"] == "train" and t["true_label"]}
    train = stored.findings.filter(stored.findings["split"] == "train")
    named: dict[str, set[int]] = {}
    for code, row in train.select("code", "row").iter_rows():
        named.setdefault(code, set()).add(row)
    mislabelled = named.get("LBL001", set()) | named.get("LBL002", set()) | named.get("LBL005", set())
    both = named.get("LEK005", set()) | customers_of_test(stored.findings)
    unanswerable = named.get("LBL006", set()) - set(truth)
    lines = []
    for row in sorted(both | unanswerable | (mislabelled & set(truth))):
        action = {"action": "drop"} if row not in truth or row in both else {"action": "relabel", "label": truth[row]}
        head = {"split": "train", "row": row, "content_hash": data.keys([row])[0], "reviewer": "demo"}
        lines.append(json.dumps({**head, **action}))
    path = audit / "decisions.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    right = sum('"relabel"' in line for line in lines)
    looked = len(mislabelled | both | unanswerable)
    gone = f"{len(both)} of the test period or its customers, {len(unanswerable)} of a class that is no more"
    say(f"{looked} rows looked at: {right} wrong labels; to drop: {gone}")
    return str(path)


def customers_of_test(findings: Any) -> set[int]:
    """Rows of train whose customer is in test too."""
    groups = {json.loads(e)["group"] for code, e in findings.select("code", "evidence").iter_rows() if code == "LEK004"}
    with Path(at("train.csv")).open(encoding="utf-8", newline="") as file:
        return {n for n, row in enumerate(csv.DictReader(file)) if row["customer_id"] in groups}


def told(name: str) -> list[dict[str, str]]:
    """Rows of a CSV file of the fixture."""
    with (FIXTURE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ending(*, blocked: bool) -> None:
    """The verdict in a sentence, and what a stricter policy would need."""
    say(
        "Still blocked; the verdict above says exactly what is missing."
        if blocked
        else "Promoted: what must not fail is proven, at the attempt that this is."
    )
    chapter("8  And the stricter policy of assay.toml? Its plan says how many rows to label first")
    assay("gate", "--plan", "--config", str(FIXTURE / "assay.toml"), show=24)


def assay(*words: str, show: int = 60) -> int:
    """Print a command, run it, show the first lines of what it prints; returns its exit code."""
    print(f"\n$ assay {' '.join(words)}", flush=True)
    command = [sys.executable, "-m", "assay.reports.cli", *words]
    done = subprocess.run(command, capture_output=True, check=False)
    lines = (done.stdout + (done.stderr if done.returncode > 1 else b"")).decode("utf-8", "replace").splitlines()
    for line in lines[:show]:
        print(f"  {line[: WIDTH + 60]}")
    if len(lines) > show:
        print(f"  ... {len(lines) - show} lines more")
    if done.returncode > 1:
        print(f"  (exit code {done.returncode})")
    return done.returncode


def at(name: str) -> str:
    """A file or folder of the demo."""
    return (OUT / name).as_posix()


def chapter(title: str) -> None:
    """A heading."""
    print(f"\n{'=' * WIDTH}\n{title}\n{'=' * WIDTH}", flush=True)


def say(words: str) -> None:
    """A sentence of the teller."""
    print(f"\n> {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
