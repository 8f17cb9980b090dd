"""``assay init``: look at the data, write a commented assay.toml."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import polars as pl

from assay.audit import config as configuration
from assay.audit import config_tables
from assay.audit.atomic import write_folder
from assay.audit.errors import OutputError
from assay.audit.findings import as_json
from assay.audit.rules import all_rules
from assay.audit.slices import measured
from assay.audit.slicing.suggest import Suggestion, suggest
from assay.reports import init_expectations, sources
from assay.reports.gating import needed
from assay.reports.progress import Progress
from assay.reports.render.text import plural, visible
from assay.reports.statistics import multiplicity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from assay.audit.config_tables import Data
    from assay.audit.dataset import Dataset

CLASSES = 8
"""Classes named in a comment."""
SUGGESTED = {"class": 3, "metadata": 10, "length": 4, "word": 6, "cluster": 4}
"""Slices proposed of each kind."""
FLOORS = (0.80, 0.90, 0.95, 0.98)
"""Floors that the file says the price of."""


def run(given: Mapping[str, Any], say: Callable[[str], None]) -> int:
    """Write the file and return the exit code."""
    path = Path(given["config"] or configuration.FILE)
    path = path / configuration.FILE if path.is_dir() else path
    suite = path.with_name(init_expectations.FILE) if given["expectations"] else None
    for one in (path, suite):
        if one and not given["force"] and (one.exists() or one.is_symlink()):
            raise OutputError(f"{one} is there already; --force replaces it")
    told = sources.merge(config_tables.Data(), given)
    with Progress(active=not given["quiet"]) as progress:
        progress.step("reading")
        data = sources.load(told)
        progress.step("looking for slices")
        text = describe(_beside(told, path.parent), data)
    contents = {}
    if suite:
        text += "\n".join(["", *init_expectations.comment(), ""])
        contents[suite.name] = as_json(init_expectations.suite_of(data))
    configuration.parse_text(text, str(path))  # what we write must be what we read
    contents[path.name] = text
    write_folder(path.parent, {name: partial(_write, content) for name, content in contents.items()})
    if suite and not given["quiet"]:
        say(f"{suite} written: a draft to review; nothing checks it before [expectations] in {path} names it")
    if not given["quiet"]:
        say(f"{path} written; check the columns in [data], then run `assay audit`")
    return 0


def _beside(told: Data, folder: Path) -> Data:
    """Names of files as the configuration in a folder must say them."""
    if folder == Path():
        return told

    def seen(name: str) -> str:
        there = Path(name).exists() or any(sign in name for sign in "*?[")
        return name if Path(name).is_absolute() or not there else os.path.relpath(name, folder)

    files = {kind: tuple(map(seen, getattr(told, kind))) for kind in ("train", "validation", "test", "production")}
    return told.model_copy(update=files)


def _write(content: str, out: IO[bytes]) -> None:
    out.write(content.encode("utf-8", "backslashreplace"))


def describe(told: Data, data: Dataset) -> str:
    """The content of assay.toml."""
    return "\n".join(
        [
            "# Assay's configuration. Paths are relative to this file; options on the command line win over it.",
            "# `assay rules` lists the rules, `assay explain CODE` explains one.",
            "",
            *_data(told, data),
            "",
            *_audit(),
            "",
            *_slices(data),
            "",
            *_gate(data),
            "",
        ]
    )


def _data(told: Data, data: Dataset) -> list[str]:
    lines = ["[data]"]
    rows = {s.name: s.rows for s in data.splits}
    for name in ("train", "validation", "test", "production"):
        files = getattr(told, name)
        if files:
            comment = plural(rows[name], "row") if name in rows else ""
            lines.append(f"{name} = {_value(files)}" + (f"  # {comment}" if comment else ""))
        else:
            lines.append(f'# {name} = "{name}.csv"')
    for role in ("text", "label", "id", "group", "time", "split"):
        value = getattr(data.roles, role)
        if value:
            guessed = "  # guessed: is it right?" if role in data.guessed else ""
            lines.append(f"{role} = {_value(value)}{guessed}")
        else:
            lines.append(f'# {role} = "COLUMN"  # {_MEANING[role]}')
    return [*lines, f"# columns: {_comment(data.frame.columns)}", *_classes(data)]


_MEANING = {
    "text": "what the model reads; a list for text pairs",
    "label": "what it must learn",
    "id": "names rows in reports",
    "group": "customer, thread, author: must not be on both sides of a split",
    "time": "training rows must not be later than test rows",
    "split": "names the split of each row, if one file holds them all",
}


def _classes(data: Dataset) -> list[str]:
    if not data.roles.label:
        return []
    codes, names = data.label_codes
    counts = pl.Series(codes).filter(pl.Series(codes) >= 0).value_counts(sort=True).rows()
    shown = [f"{names[code]} ({count:,})" for code, count in counts[:CLASSES]]
    more = f" and {len(counts) - CLASSES:,} more" if len(counts) > CLASSES else ""
    return [f"# {plural(len(counts), 'class').replace('classs', 'classes')}: {_comment(shown)}{more}"]


def _audit() -> list[str]:
    lines = [
        "[audit]",
        'fail_on = "error"  # error, warning, note or never: from which severity on `assay audit` exits with 1',
        '# select = ["DUP", "LEK001"]  # default: all rules',
        '# ignore = ["RLS004"]',
    ]
    with_options = [r for r in all_rules() if any(d is not None for d in r.options.values())]
    if with_options:
        rule = with_options[0]
        name, default = next((n, d) for n, d in rule.options.items() if d is not None)
        lines += [f"# [audit.rules.{rule.code}]", f"# {name} = {_value(default)}", '# severity = "note"']
    return lines


def _slices(data: Dataset) -> list[str]:
    """Slices that the data suggest, commented out: which of them must not fail only the user knows."""
    lines = [
        "# A part of the data that must not fail: counted before training, scored after it, judged at the gate.",
        "# Proposed from the data: take the comment marks off those that matter to you, and say what they need:",
        "#   critical = true     the gate must prove it, and a lack of rows is an error",
        "#   min_train = 50      rows that it needs to be learnt",
        "#   min_test = 30       rows that it needs to be measured",
        "# `assay audit --suggest-slices` prints all that were found, with their rows.",
    ]
    found = sorted(suggest(data), key=lambda s: -s.size if s.kind == "class" else 0)
    kept: list[Suggestion] = []
    for kind, most in SUGGESTED.items():
        kept += [s for s in found if s.kind == kind][:most]
    left = len(found) - len(kept)
    for each in kept:
        lines += ["#", *(f"# {line}" for line in each.table.split("\n"))]
    return [*lines, *([f"#\n## {left:,} more were found"] if left else [])]


def _gate(data: Dataset) -> list[str]:
    """A policy to start from, and what the test rows can prove at all."""
    rows = max((split.rows for split in measured(data)), default=0)
    error = multiplicity.spent(0.05, 1)
    needs = ", ".join(f"{floor:.2f} takes {needed.least_rows(floor, error)}" for floor in FLOORS)
    have = f"; the largest test set has {rows:,}" if rows else "; there is no test set yet"
    return [
        "# When a model may be promoted (`assay gate`). A floor is proven by enough rows, each slice by its own:",
        f"# without a single error {needs}{have}. `assay gate --plan` tells what a policy asks of these rows.",
        "# [gate]",
        "# confidence = 0.95",
        "# [[gate.require]]",
        '# slice = "critical"',
        '# metric = "recall"',
        "# at_least = 0.90",
        "# [[gate.require]]",
        '# slice = "overall"',
        '# metric = "accuracy"',
        "# no_worse_than_baseline_by = 0.02",
    ]


def _value(value: Any) -> str:
    """A value in TOML. A list of one is written as the one."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (tuple, list)):
        return _value(value[0]) if len(value) == 1 else "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str):
        # JSON's string is TOML's basic string, but for DEL, which TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)


def _comment(words: Iterable[str]) -> str:
    return ", ".join(visible(word, 60) for word in words)
