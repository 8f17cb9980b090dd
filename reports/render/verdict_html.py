"""The verdict as one self-contained page: no request, no script, nothing in it that the data could start."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from assay.audit.findings import as_json
from assay.reports.render.text import percent, plural, visible
from assay.reports.render.verdict_order import change_words, sorted_reasons

if TYPE_CHECKING:
    from jinja2 import Template

    from assay.reports.gating.verdict import Verdict

_HERE = Path(__file__).parent
_WHY = ("policy", "data", "record", "versions")


def render(verdict: Verdict) -> str:
    """Outcome, reasons worst first with their intervals against the floor, waivers, notes, comparison, record."""
    style = (_HERE / "report.css.jinja").read_text("utf-8")
    document = verdict.document
    provenance = as_json({key: document[key] for key in _WHY if key in document})
    return template().render(
        style=Markup(style),  # noqa: S704 - our own file, without data
        style_hash=b64encode(sha256(style.encode()).digest()).decode(),
        verdict=verdict,
        headline=headline(verdict),
        reasons=sorted_reasons(verdict),
        model={"name": None, "fingerprint": ""} | dict(document.get("model") or {}),
        waivers=document.get("waivers") or [],
        changes=change_words(verdict),
        provenance="\n".join(map(visible, provenance.split("\n"))),
    )


def headline(verdict: Verdict) -> str:
    """The verdict in a line."""
    stopping = [r for r in verdict.reasons if r.stops]
    if not stopping:
        return f"all of {plural(len(verdict.reasons), 'reason')} hold"
    proven = sum(r.outcome == "FAIL" for r in stopping)
    return (
        f"{plural(len(stopping), 'reason')} of {len(verdict.reasons)} against it: {proven} proven bad, "
        f"{len(stopping) - proven} not proven good"
    )


@cache
def template() -> Template:
    """The page's template, compiled."""
    pages = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    pages.filters.update(visible=visible, percent=percent, plural=plural)
    return pages.get_template("verdict.html.jinja")
