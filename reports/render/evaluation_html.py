"""An evaluation as one self-contained page: no request, no script, nothing in it that the data could start."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from assay.audit.findings import as_json
from assay.reports.render import evaluation_words as words
from assay.reports.render.text import percent, plural, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

_HERE = Path(__file__).parent
CLASSES, SLICES = 300, 500
"""Classes and slices on the page."""
OVERALL = (
    "accuracy",
    "macro_f1",
    "weighted_f1",
    "macro_precision",
    "macro_recall",
    "weighted_precision",
    "exact_match",
    "cost",
)
Row = tuple[str, str, str, "Mapping[str, Any]"]
"""Name, mark, metric, figure."""


def render(document: Mapping[str, Any]) -> str:
    """Draw the page.

    Args:
        document: content of ``evaluation.json``.
    """
    style = (_HERE / "report.css.jinja").read_text("utf-8")
    return template().render(
        style=Markup(style),  # noqa: S704 - our own file, without data
        style_hash=b64encode(sha256(style.encode()).digest()).decode(),
        d=document,
        level=f"{100 * document['confidence']:g} %",
        copies=words.cluster_words(document),
        provenance=as_json({k: document[k] for k in ("assay_version", "audit", "config", "versions")}),
    )


@cache
def template() -> Template:
    """The page's template, compiled."""
    pages = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    pages.filters.update(visible=visible, percent=percent, plural=plural, named=words.named, json=as_json)
    pages.filters.update(
        share=words.share, interval=words.interval, between=_between, place=words.place, labelled=words.labelled
    )
    pages.filters.update(overall_rows=_overall, slice_rows=_slices, class_rows=_classes, suspect_rows=_suspects)
    pages.filters.update(table_of=words.slice_table, visible_lines=_visible_lines)
    return pages.get_template("evaluation.html.jinja")


def _between(figure: Mapping[str, Any]) -> str:
    """A bar in words, for those who do not see it."""
    return f"{words.share('', figure['value'])}, between {words.interval('', figure)}"


def _overall(figures: Mapping[str, Any]) -> list[Row]:
    return [("all rows", "", metric, figures[metric]) for metric in OVERALL if metric in figures]


def _slices(entries: list[Mapping[str, Any]]) -> list[Row]:
    """Accuracy and cost of every slice; recall only where it differs."""
    shown = [e for e in entries if e["metric"] in {"accuracy", "cost", "f1", "macro_f1"}]
    return [(e["name"], "critical" if e["critical"] else e["kind"], e["metric"], e) for e in shown[:SLICES]]


def _classes(classes: Mapping[str, Mapping[str, Any]]) -> list[Row]:
    ordered = sorted(classes.items(), key=lambda c: (c[1]["f1"]["value"] is None, c[1]["f1"]["value"] or 0.0, c[0]))
    return [(name, "", m, each[m]) for name, each in ordered[:CLASSES] for m in ("f1", "recall", "precision")]


def _suspects(told: Mapping[str, Any]) -> list[Row]:
    every = [("all rows", metric, pair) for metric, pair in told["overall"].items()]
    every += [(s["name"], s["metric"], s) for s in told["slices"]]
    return [(name, kind, metric, pair[kind]) for name, metric, pair in every for kind in ("with", "without")]


def _visible_lines(text: str) -> str:
    return "\n".join(map(visible, text.split("\n")))
