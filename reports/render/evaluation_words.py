"""Words and numbers that every view of an evaluation shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.reports.render.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = {
    "f1": "F1",
    "macro_f1": "macro F1",
    "micro_f1": "micro F1",
    "weighted_f1": "weighted F1",
    "cost": "mean cost of a row",
}
_SOURCES = {
    "audit": "near-duplicates, as the audit found them, count once",
    "equal texts": "equal texts count once; near-duplicates are not known without an audit of these rows (--audit)",
}


def named(metric: str) -> str:
    """A metric as people say it."""
    return _NAMES.get(metric, metric.replace("_", " "))


def share(metric: str, value: float | None) -> str:
    """A value: a percentage, or a sum for a cost; ``-`` for nothing."""
    if value is None:
        return "-"
    return f"{value:.4g}" if metric == "cost" else f"{100 * value:.1f} %"


def interval(metric: str, figure: Mapping[str, Any]) -> str:
    """An interval; ``no rows`` where nothing was counted."""
    if figure["value"] is None:
        return "no rows"
    if metric == "cost":
        return f"{figure['low']:.4g} to {figure['high']:.4g}"
    return f"{100 * figure['low']:.1f} to {100 * figure['high']:.1f}"


def about(told: Mapping[str, Any]) -> str:
    """What an evaluated split is made of."""
    words = plural(told["rows"], "row")
    more = []
    if told["labelled"] != told["rows"]:
        more.append(f"{told['labelled']:,} with a label")
    if told["distinct"] != told["labelled"]:
        more.append(f"{told['distinct']:,} distinct")
    inside = f" ({', '.join(more)})" if more else ""
    return f"{words}{inside}  {visible(told['path'] or '(in memory)', 200)}"


def cluster_words(document: Mapping[str, Any]) -> str:
    """How copies were counted."""
    return _SOURCES[document["clusters"]["source"]]


def labelled(text: str, cap: int = 60) -> str:
    """A class; a set of labels may be empty."""
    return visible(text, cap) or "(no label)"


def place(case: Mapping[str, Any]) -> str:
    """Where a row stands: ``test line 12`` or ``test row 11``."""
    at = f"line {case['line']}" if case["line"] else f"row {case['row']}"
    return f"{case['split']} {at}" + (f" ({visible(case['id'], 40)})" if case["id"] else "")


def slice_table(found: Mapping[str, Any]) -> str:
    """A discovered slice as it may be pasted into assay.toml."""
    return f"[[slice]]\nname = {toml(found['name'])}\nwhere = {toml(found['where'])}"


def toml(text: str) -> str:
    """A string as TOML writes it."""
    out = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in out) + '"'
