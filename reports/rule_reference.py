"""The rule reference: made from the rules' own docstrings, on screen and as docs/rules.md."""

from __future__ import annotations

import re
import sys
from textwrap import fill
from typing import TYPE_CHECKING, Any

from assay.audit.catalogue import planned
from assay.audit.errors import ConfigError
from assay.audit.findings import as_json
from assay.audit.options import option_types, type_words
from assay.audit.rules import Rule, all_rules, nearest
from assay.reports.measured import measured

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 110
"""Columns of a paragraph that is not a docstring."""


def explain(code: str) -> str:
    """Documentation of one rule, by its code or its name; of a rule still to come, that it is.

    Raises:
        ConfigError: there is no such rule; the nearest are named.
    """
    rules = all_rules()
    wanted, to_come = code.strip(), planned(r.code for r in rules)
    for rule in rules:
        if wanted.upper() == rule.code or wanted.lower() == rule.name:
            head = f"{rule.code} {rule.name} ({rule.severity})"
            return "\n".join([head, "", rule.help, *_figures(rule), *_options(rule, "  ")]) + "\n"
    for number, (name, finds) in to_come.items():
        if wanted.upper() == number or wanted.lower() == name:
            return f"{number} {name}\n\nPlanned, not built in this version of Assay: it will find {finds}.\n"
    codes = sorted([r.code for r in rules] + list(to_come))
    names = [r.name for r in rules] + [name for name, _ in to_come.values()]
    raise ConfigError(f"no rule {code!r}{_nearest(wanted, codes, names)}")


def as_document(code: str) -> str:
    """Documentation of one rule as JSON.

    Raises:
        ConfigError: there is no such rule; the nearest are named.
    """
    wanted = code.strip()
    for rule in all_rules():
        if wanted.upper() == rule.code or wanted.lower() == rule.name:
            return as_json({"schema_version": 1, **_facts(rule)})
    explain(code)  # says which are near
    raise ConfigError(f"{code} is not built in this version")


def all_as_document() -> str:
    """All rules as JSON."""
    return as_json({"schema_version": 1, "rules": [_facts(rule) for rule in all_rules()]})


def _facts(rule: Rule) -> dict[str, Any]:
    told = {"code": rule.code, "name": rule.name, "severity": str(rule.severity), "summary": _summary(rule)}
    return {**told, "help": rule.help, "options": dict(rule.options), "measured": measured(rule.code).facts()}


def _nearest(wanted: str, codes: Sequence[str], names: Sequence[str]) -> str:
    family = [c for c in codes if wanted and c.startswith(wanted.upper())]
    if family:
        return f"; did you mean one of {', '.join(family)}?"
    return nearest(wanted, codes) or nearest(wanted.lower(), names) or "; `assay rules` lists them"


def listing() -> str:
    """All rules, one a line."""
    return "".join(f"{r.code}  {r.name:<22}  {r.severity:<7}  {_summary(r)}\n" for r in all_rules())


def markdown(rules: Sequence[Rule]) -> str:
    """The content of docs/rules.md."""
    out = [
        "# Rules",
        "",
        "Made from the rules' docstrings by `python -m assay.reports.rule_reference > docs/rules.md`; do not edit.",
        "",
        "Every rule can be selected or ignored by its code or a prefix of it (`--select DUP,LEK001`), and takes a",
        "`severity` and the options below under `[audit.rules.CODE]` in `assay.toml`.",
        "",
        "Precision is measured by reading findings on real datasets that are not part of the project: the share that",
        "an engineer who must defend the dataset would call correct and useful; arguable ones count as wrong. The",
        "judged findings are in [fixtures/judged](../fixtures/judged/README.md), and `benchmarks/precision.py`",
        "recomputes the figures. Thresholds of some rules (LBL002, DUP003, LEK003, RLS) were chosen with part of these",
        "datasets in view, so expect less on other data: on three datasets that nobody had seen before (package",
        "descriptions, changelogs, license texts, the last two full of repeated text), errors sampled by rule were",
        "right in 45 of 46 cases and warnings in 68 of 115, 92 with arguable ones.",
        "",
        "| code | name | severity | precision | finds |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| [{r.code}](#{r.code.lower()}-{r.name}) | {r.name} | {r.severity} | {measured(r.code).short}"
            f" | {_cell(_summary(r))} |"
            for r in rules
        ),
    ]
    for rule in rules:
        out += ["", f"## {rule.code} {rule.name}", "", f"Severity: {rule.severity}.", "", _paragraphs(rule.help)]
        out += ["", f"**Measured:** {' '.join(measured(rule.code).sentences())}"]
        if rule.options:
            out += ["", "| option | type | default |", "| --- | --- | --- |"]
            types = option_types(rule)
            out += [f"| `{n}` | {_cell(type_words(types[n]))} | `{_toml(d)}` |" for n, d in rule.options.items()]
    return "\n".join(out) + "\n"


def _figures(rule: Rule) -> list[str]:
    """What was measured, as a section like those of the docstring."""
    return fill(f"Measured: {' '.join(measured(rule.code).sentences())}", WIDTH, break_on_hyphens=False).split("\n")


def _options(rule: Rule, indent: str) -> list[str]:
    if not rule.options:
        return []
    types = option_types(rule)
    lines = [f"{indent}{n} = {_toml(d)}    # {type_words(types[n])}" for n, d in rule.options.items()]
    return ["", f"Options and their defaults, for [audit.rules.{rule.code}] in assay.toml:", *lines]


def _summary(rule: Rule) -> str:
    return rule.help.split("\n\n")[0].replace("\n", " ")


def _paragraphs(text: str) -> str:
    """``Why:`` and ``Fix:`` in bold, each a paragraph of its own."""
    return re.sub(r"\n+(\w+):", r"\n\n**\1:**", text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else "(none)" if value is None else str(value)


if __name__ == "__main__":
    sys.stdout.write(markdown(all_rules()))
