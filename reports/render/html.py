"""One self-contained HTML page: no request, one script of our own, nothing in it that the data could start."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from assay.audit.findings import as_json
from assay.reports.render.findings_block import block
from assay.reports.render.report import concerned, facts
from assay.reports.render.text import percent, pieces, plural, visible

if TYPE_CHECKING:
    from jinja2 import Template

    from assay.audit.rules import Finding
    from assay.reports.render.report import Report, RuleLine
    from assay.reports.render.text import Piece

_HERE = Path(__file__).parent
SHOWN = 100
"""Findings that are there without the script; each rule gets its share, worst first."""
LEAKS = ("LEK001", "LEK002", "LEK003")
TEXT = 300
"""Characters of a text."""
ROWS = 4
"""Rows of a finding."""


@dataclass(frozen=True, slots=True)
class _Row:
    where: str
    label: str | None
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class _Shown:
    message: str
    fingerprint: str
    suggested: str | None
    facts: list[tuple[str, str]]
    rows: list[_Row]
    more: int


def render(report: Report) -> str:
    """Draw the page."""
    style, script = ((_HERE / name).read_text("utf-8") for name in ("report.css.jinja", "report.js"))
    found = [line for line in report.lines if line.findings]
    quota = quotas([line.count for line in found], SHOWN)
    return template().render(
        style=Markup(style),  # noqa: S704 - our own file, without data
        style_hash=b64encode(sha256(style.encode()).digest()).decode(),
        script=Markup(script),  # noqa: S704 - our own file, without data
        script_hash=b64encode(sha256(script.encode()).digest()).decode(),
        block=block(report),
        slices=report.slices,
        leaks=leaks(report),
        report=report,
        total=max(1, len(report.audit.data)),
        found=[(line, _shown(report, line, n)) for line, n in zip(found, quota, strict=True)],
        clean=[line for line in report.lines if not line.findings],
        roles=_roles(report),
        provenance="\n".join(
            map(visible, as_json({k: report.document[k] for k in ("assay_version", "config", "versions")}).split("\n"))
        ),
    )


@dataclass(frozen=True, slots=True)
class Leak:
    """Rows of one split that stand in another."""

    split: str
    other: str
    counts: tuple[int, int, int]
    """Exact copies, near copies, and rows that say the same."""
    share: float
    """Of the split's rows."""


def leaks(report: Report) -> list[Leak]:
    """How many rows of each split stand in which other one, by kind."""
    data = report.audit.data
    rows: dict[tuple[int, int], dict[str, set[int]]] = {}
    for line in report.lines:
        for part in line.findings.parts:
            if part.code not in LEAKS or part.hits.related is None:
                continue
            here, there = data.split_codes[part.hits.rows], data.split_codes[part.hits.related]
            for a, b in sorted({(a, b) for a, b in zip(here.tolist(), there.tolist(), strict=True) if a != b}):
                inside = part.hits.rows[(here == a) & (there == b) & (part.hits.related >= 0)]
                rows.setdefault((a, b), {c: set() for c in LEAKS})[part.code] |= set(inside.tolist())
    return [
        Leak(
            data.splits[a].name,
            data.splits[b].name,
            tuple(len(found[c]) for c in LEAKS),  # type: ignore[arg-type] # three codes
            len(set().union(*found.values())) / max(1, data.splits[a].rows),
        )
        for (a, b), found in sorted(rows.items())
        if any(found.values())
    ]


@cache
def template() -> Template:
    """The page's template, compiled."""
    pages = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    pages.filters.update(visible=visible, percent=percent, plural=plural)
    return pages.get_template("report.html.jinja")


def quotas(counts: list[int], cap: int) -> list[int]:
    """How many findings of each rule fit, the small rules whole and the large ones equally."""
    out, left = [0] * len(counts), cap
    waiting = sorted(range(len(counts)), key=lambda n: counts[n])
    while waiting:
        share, n = left // len(waiting), waiting.pop(0)
        out[n] = min(counts[n], share)
        left -= out[n]
    return out


def _shown(report: Report, line: RuleLine, count: int) -> list[_Shown]:
    report.prefetch(line.findings[:count], ROWS)
    return [_finding(report, f) for f in line.findings[:count]]


def _finding(report: Report, finding: Finding) -> _Shown:
    places = report.places(finding, ROWS)
    rows = [_Row(p.where, p.label, pieces(p.text, p.spans, TEXT)) for p in places]
    return _Shown(
        message=finding.hit.message,
        fingerprint=finding.fingerprint,
        suggested=finding.hit.suggested,
        facts=facts(finding),
        rows=rows,
        more=len(concerned(finding)) - len(rows),
    )


def _roles(report: Report) -> list[tuple[str, str, bool]]:
    """Role, its columns, and whether it was guessed."""
    roles, out = report.audit.data.roles, []
    for role in ("text", "label", "id", "group", "time", "split"):
        value = getattr(roles, role)
        if value:
            columns = " + ".join(value) if isinstance(value, tuple) else value
            out.append((role, columns, role in report.audit.data.guessed))
    return out
