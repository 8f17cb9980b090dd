"""Fuzzed runs of the command line: each kind makes hostile files, runs a command in this process, and judges it.

A run is right if it ends with 0, 1 or 2; if 2 comes with an error that says what is wrong and leaves no result; and if
nothing half-written is left. Anything else is a problem, in words.
"""

from __future__ import annotations

import io
import json
import random
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import hostile
import polars as pl

from assay.reports.cli import _outcome

CONFIG = """[data]
train = "train.csv"
test = "test.csv"
text = "text"
label = "label"
id = "id"
[audit]
encoder = "lsa"
cache = false
[[slice]]
name = "late"
where = "text LIKE '%late%'"
critical = true
[gate]
[[gate.require]]
slice = "overall"
metric = "accuracy"
at_least = 0.5
"""
RULES = "DUP001,DUP002,LEK001,LBL001,LBL005,RLS001,RLS002"
SLICES = ['"overall"', '"every slice"', '"every class"', '"critical"', '"late"', '"label:a"', '"nowhere"']
METRICS = ['"accuracy"', '"recall"', '"precision"', '"f1"', '"macro_f1"', '"ece"', '"cost"', '"coverage"']
SHARES = ["0.0", "0.02", "0.5", "0.95", "1.0", "1.5", "-0.1"]
COUNTS = ["0", "1", "3", "1000", "-1"]
TABLES = {
    "[data]": {
        "test": ['"test.csv"', '["test.csv"]', '"none.csv"', '"*.csv"'], "validation": ['"test.csv"'],
        "production": ['"test.csv"'], "text": ['"text"', '["text", "label"]', '"nope"'], "label": ['"label"', '"id"'],
        "id": ['"id"', '"text"'], "group": ['"label"', '"id"'], "time": ['"id"'], "split": ['"label"', '"id"'],
    },
    "[audit]": {
        "select": ['["DUP001"]', '["DUP", "LEK"]', '"SLC"'], "ignore": ['["DUP"]', '["RLS"]'],
        "fail_on": ['"error"', '"never"', '"note"'], "encoder": ['"lsa"', '"none/such"'], "cache": ["false", "true"],
    },
    "[audit.rules.DUP002]": {"similarity": ["0.8", "0.75", "1", "0.2"], "severity": ['"note"', '"loud"']},
    "[audit.rules.DUP001]": {"keep": ['"first"', '"last"', '"best"'], "severity": ['"error"']},
    "[audit.rules.SLC002]": {"drop": ["0.05"], "power": ["0.8", "2"]},
    "[[slice]]": {
        "name": ['"s"', '"late"', '""'], "where": ["\"label = 'a'\"", "\"text LIKE '%late%'\"", '"nope = 1"'],
        "by": ['"label"', '["label", "id"]', '"nope"'], "like": ['"late"', '["late parcel", "refund"]'],
        "property": ['"short"', '"long"', '"numbers"', '"nope"'], "critical": ["true", "false"],
        "min_train": COUNTS, "min_test": COUNTS, "function": ['"os:system"', '"x"'],
    },
    "[train]": {"model": ['"x/y"'], "method": ['"head"', '"lora"'], "seed": COUNTS, "epochs": ["1", "0.5", "-1"]},
    "[evaluation]": {
        "costs": ['[{label = "a", predicted = "b", cost = 3.0}]', '[{label = "*", predicted = "*", cost = nan}]'],
        "costs_file": ['"test.csv"', '"none.csv"'], "labels": ['["c"]', '""'],
    },
    "[gate]": {
        "confidence": ["0.95", "0.5", "1.0", "0.0"], "sequential": ["true", "false"],
        "max_audit_findings": ["{error = 0}", "{DUP001 = 3, note = 0}", "{ZZZ = 1}"],
    },
    "[[gate.require]]": {
        "slice": SLICES, "metric": METRICS, "at_least": SHARES, "at_most": SHARES, "no_worse_than_baseline_by": SHARES,
        "confidence": ["0.9", "0.999", "1"], "min_rows": COUNTS, "unknown": ['"block"', '"warn"'],
        "max_audit_findings": ["{error = 0}"],
    },
    "[[gate.waiver]]": {
        "rule": ['"accuracy"', '"recall"', '"audit:error"'], "slice": SLICES, "reason": ['"known"', '""'],
        "owner": ['"ana"'], "expires": ["2030-01-01", "2001-01-01", '"soon"', "07:32:00"],
    },
}  # fmt: skip
REQUIRED = {
    "[[gate.require]]": ("slice", "metric", "at_least"),
    "[[gate.waiver]]": ("rule", "reason", "owner", "expires"),
    "[[slice]]": ("name", "where"),
}


@dataclass
class World:
    """A folder with data, an audit, an evaluation and a verdict, made by the commands themselves."""

    folder: Path
    files: dict[str, bytes] = field(default_factory=dict)


@contextmanager
def captured():
    """Both streams, as the command line uses them."""
    old = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="replace") for _ in "ab")
    try:
        yield sys.stderr
    finally:
        sys.stdout, sys.stderr = old


def assay(*arguments) -> tuple[int, str]:
    """Exit code and standard error of a command."""
    with captured() as err:
        code = _outcome([str(a) for a in arguments])
        err.flush()
        return code, err.buffer.getvalue().decode("utf-8", "replace")


def build(folder: Path) -> World:
    """Make the world."""
    rng = random.Random(7)
    rows = []
    for n in range(60):
        said = " ".join(rng.choices(hostile.WORDS, k=6))
        rows.append({"id": f"r{n}", "text": f"{said} {n % 7}", "label": "ab"[n % 2]})
    rows += [{**rows[0], "id": "c0"}, {**rows[1], "id": "c1", "label": "a"}]
    pl.DataFrame(rows[:42] + rows[-2:]).write_csv(folder / "train.csv")
    test = pl.DataFrame([*rows[42:60], {**rows[2], "id": "leak"}])
    test.write_csv(folder / "test.csv")
    test.select("id", prediction="label").write_csv(folder / "predictions.csv")
    (folder / "assay.toml").write_text(CONFIG)
    told = ["--config", folder / "assay.toml", "-q"]
    for step in (
        ["audit", *told, "--select", RULES, "--output", folder / "audit"],
        ["evaluate", "--predictions", folder / "predictions.csv", *told, "--output", folder / "evaluation"],
        ["gate", folder / "evaluation", *told, "--output", folder / "gate"],
    ):
        code, said = assay(*step)
        assert code in {0, 1}, said
    return World(folder, {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()})


def problem(code: int, said: str, out: Path | None) -> str | None:
    """What is wrong with how a command ended; None if nothing is."""
    if code not in {0, 1, 2}:
        return f"exit code {code}: {said[-300:]}"
    if "Traceback" in said or "bug in Assay" in said or "internal error" in said.lower():
        return said[-400:]
    if code == 2 and not said.strip():
        return "exit code 2 without a word"
    if code == 2 and out is not None and out.exists() and "nothing was checked" not in said:
        return f"exit code 2, yet there is {out.name}: {said[-200:]}"
    if out is not None:
        left = list((out if out.is_dir() else out.parent).rglob(".assay-*"))
        if left:
            return f"left behind: {left[0].name}"
    return None


def readers(rng, world: World, here: Path) -> str | None:
    """A data file, damaged."""
    form = rng.choice(hostile.FORMATS)
    source, out = here / f"data.{form}", here / "out"
    content = hostile.packed(hostile.table(rng), form)
    if rng.random() < 0.15 and "." in form:  # damaged before it was packed
        kind = form.split(".")[0]
        inner = hostile.damaged(rng, hostile.packed(hostile.table(rng), kind))
        content = hostile.gzip.compress(inner, 1) if form.endswith("gz") else hostile.zstandard.compress(inner)
    elif rng.random() < 0.95:
        content = hostile.damaged(rng, content)
    source.write_bytes(content)
    if rng.random() < 0.1:
        return problem(*assay("split", source, "--output", out, "--no-semantic", "-q"), out)
    if rng.random() < 0.1:
        return problem(*assay("init", source, "--config", here / "made.toml"), None)
    return problem(
        *assay("audit", source, "--select", "DUP001,RLS001,RLS002,RLS003,LBL005", "--output", out, "-q"), out
    )


def config(rng, world: World, here: Path) -> str | None:
    """A configuration whose keys and values do not fit, or whose bytes are damaged."""
    for name in ("train.csv", "test.csv"):
        (here / name).write_bytes(world.files[name])
    if rng.random() < 0.3:
        content = hostile.damaged(rng, CONFIG.encode())
    else:
        content = hostile.toml(rng, TABLES, REQUIRED).encode()
        if rng.random() < 0.7:
            content = b'[data]\ntrain = "train.csv"\n' + content.replace(b"[data]\n", b"")
    (here / "assay.toml").write_bytes(content)
    out = here / "out"
    told = ["audit", "--config", here / "assay.toml", "--encoder", "lsa", "-q"]
    if "SLC" not in content.decode("utf-8", "replace"):
        told += ["--select", "DUP001,SLC001,SLC002"]
    return problem(*assay(*told, "--output", out), out)


def conditions(rng, world: World, here: Path) -> str | None:
    """A slice's condition."""
    where = json.dumps(hostile.condition(rng).replace("\x7f", ""))
    (here / "assay.toml").write_text(f'[[slice]]\nname = "s"\nwhere = {where}\nmin_train = 3\n')
    out = here / "out"
    told = ["audit", world.folder / "train.csv", "--test", world.folder / "test.csv", "--select", "SLC001", "-q"]
    return problem(*assay(*told, "--config", here / "assay.toml", "--output", out), out)


def decisions(rng, world: World, here: Path) -> str | None:
    """Decisions of reviewers: right ones, wrong ones, torn ones."""
    from assay.audit import read

    data = read({"train": str(world.folder / "train.csv"), "test": str(world.folder / "test.csv")})
    lines = []
    for _ in range(rng.randint(1, 6)):
        row = rng.randint(0, 43)
        one = {
            "fingerprint": None, "split": "train", "row": row, "content_hash": data.keys([row])[0],
            "action": rng.choice(["keep", "drop", "relabel", "skip", "undo"]), "label": rng.choice(["a", "b"]),
            "reviewer": rng.choice(["ana", "bo"]), "time": "2026-11-24T10:15:00Z",
        }  # fmt: skip
        lines.append(json.dumps(hostile.changed(rng, one) if rng.random() < 0.15 else one).encode())
    content = b"\n".join(lines) + rng.choice([b"\n", b""])
    told = here / "decisions.jsonl"
    told.write_bytes(hostile.damaged(rng, content) if rng.random() < 0.4 else content)
    more = rng.choice([[], ["--dry-run"], ["--unsafe"], ["--split", "test"]])
    out = here / "clean" / "clean.csv"
    return problem(*assay("clean", world.folder / "audit", "--output", out, "--decisions", told, "-q", *more), out)


def predictions(rng, world: World, here: Path) -> str | None:
    """A file of predictions."""
    form = rng.choice(hostile.FORMATS)
    frame = pl.read_csv(world.folder / "predictions.csv", infer_schema=False)
    kind = rng.randint(0, 4)
    if kind == 0:
        frame = frame.with_columns(confidence=pl.Series([hostile.text(rng) for _ in range(frame.height)]))
    if kind == 1:
        sure = [rng.choice([0.5, 1.5, -1.0, None]) for _ in range(frame.height)]
        frame = frame.with_columns(confidence=pl.Series(sure))
    if kind == 2:
        frame = frame.rename({rng.choice(frame.columns): rng.choice(hostile.NAMES) + "?"})
    if kind == 3:
        frame = frame.sample(rng.randint(0, 40), with_replacement=True, seed=rng.randint(0, 99))
    content = hostile.packed(frame, form)
    source, out = here / f"predictions.{form}", here / "out"
    source.write_bytes(hostile.damaged(rng, content) if rng.random() < 0.6 else content)
    told = ["evaluate", "--predictions", source, "--config", world.folder / "assay.toml", "-q", "--no-discover"]
    return problem(*assay(*told, "--output", out), out)


def policies(rng, world: World, here: Path) -> str | None:
    """A promotion policy."""
    tables = {name: keys for name, keys in TABLES.items() if "gate" in name}
    told = CONFIG.split("[gate]", maxsplit=1)[0].replace('"train.csv', f'"{world.folder}/train.csv')
    told = told.replace('"test.csv', f'"{world.folder}/test.csv')
    content = (told + hostile.toml(rng, tables, REQUIRED)).encode()
    (here / "assay.toml").write_bytes(hostile.damaged(rng, content, 2) if rng.random() < 0.2 else content)
    extra = [[], ["--baseline", world.folder / "evaluation"], ["--audit", world.folder / "audit"]]
    out, more = here / "out", rng.choice(extra)
    told = ["gate", world.folder / "evaluation", "--config", here / "assay.toml", "-q", *more]
    return problem(*assay(*told, "--output", out), out)


def artefacts(rng, world: World, here: Path) -> str | None:
    """What an earlier step left, damaged: by accident or by somebody."""
    for name in ("audit", "evaluation", "gate"):
        shutil.copytree(world.folder / name, here / name)
    names = [n for n in world.files if "/" in n and not n.endswith((".html", ".md", ".xml", "timings.json"))]
    name = rng.choice(sorted(names))
    content = world.files[name]
    if name.endswith(".json") and rng.random() < 0.7:
        content = json.dumps(hostile.changed(rng, json.loads(content))).encode()
    elif name.endswith(".parquet") and rng.random() < 0.5:
        frame = pl.read_parquet(io.BytesIO(content))
        column = rng.choice(frame.columns)
        what = rng.randint(0, 3)
        frame = (
            frame.drop(column) if what == 0 else frame.head(rng.randint(0, 2)) if what == 1
            else frame.with_columns(pl.lit(None).alias(column)) if what == 2
            else frame.with_columns(pl.lit(rng.choice(["x", 7, -1, 1e18, True])).alias(column))
        )  # fmt: skip
        content = hostile.packed(frame, "parquet")
    else:
        content = hostile.damaged(rng, content)
    (here / name).write_bytes(content)
    out, told = here / "out", ["--config", world.folder / "assay.toml"]
    if name.startswith("audit"):
        kind = rng.randint(0, 3)
        if kind == 0:
            out = here / "clean" / "clean.csv"
            return problem(*assay("clean", here / "audit", "--output", out, "-q", *rng.choice([[], ["--unsafe"]])), out)
        if kind == 1:
            return opened(here / "audit")
        if kind == 2:
            evaluate = ["evaluate", "--predictions", world.folder / "predictions.csv", *told, "--no-discover", "-q"]
            return problem(*assay(*evaluate, "--audit", here / "audit", "--output", out), out)
    if name.startswith("gate"):
        promote = ["promote", world.folder / "predictions.csv", "--as", "production", "--registry", here / "registry"]
        return problem(*assay(*promote, "--verdict", here / "gate" / "verdict.json", *told, "-q"), None)
    gate = ["gate", here / "evaluation", *told, "--audit", here / "audit", "--output", out, "-q"]
    return problem(*assay(*gate), out)


def opened(folder: Path) -> str | None:
    """The review page's queue, and its first and last item."""
    from assay.audit.errors import AssayError
    from assay.reports.review.queue import open_queue

    try:
        queue = open_queue(folder)
        for place in {0, len(queue) - 1} if len(queue) else ():
            queue.item(place)
    except AssayError:
        return None
    except BaseException as error:  # noqa: BLE001 - what must not be
        return f"review: {type(error).__name__}: {error}"
    return None


CASES = {
    "readers": readers,
    "config": config,
    "conditions": conditions,
    "decisions": decisions,
    "predictions": predictions,
    "policies": policies,
    "artefacts": artefacts,
}
