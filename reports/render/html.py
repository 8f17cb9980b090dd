"""One self-contained HTML page: no request, one script of our own, nothing in it that the data could start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.audit import limits
from assay.reports.render import audit_tables, page, reproduce
from assay.reports.render.audit_tables import Leak, leaks
from assay.reports.render.findings_block import block, quotas
from assay.reports.render.report import concerned, facts
from assay.reports.render.suggestions import basis
from assay.reports.render.text import pieces

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from jinja2 import Template

    from assay.audit.rules import Finding
    from assay.reports.render.findings_block import Block
    from assay.reports.render.report import Report, RuleLine
    from assay.reports.render.suggestions import Basis
    from assay.reports.render.text import Piece

__all__ = ["Leak", "leaks", "quotas", "render", "template"]

SHOWN = 100
"""Findings that are there without the script; each rule gets its share, worst first."""
TEXT = 300
"""Characters of a text."""
ROWS = 4
"""Rows of a finding."""
SLICES = 200
SPLITS = 50
"""Splits in the table of data."""
NAME = "report.html.jinja"


@dataclass(frozen=True, slots=True)
class _Row:
    where: str
    label: str | None
    pieces: list[Piece]
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Shown:
    message: str
    fingerprint: str
    suggested: str | None
    facts: list[tuple[str, str]]
    rows: list[_Row]
    more: int
    basis: Basis | None


def render(report: Report) -> str:
    """Draw the page, with as much on it as stays under a megabyte."""
    packed = block(report)
    return page.fitted(lambda scale: _page(report, packed, scale))


def template() -> Template:
    """The page's template, compiled."""
    return page.environment().get_template(NAME)


def _page(report: Report, packed: Block, scale: float) -> str:
    found = report.ranked
    quota = quotas([line.count for line in found], page.limit(SHOWN, scale, 0))
    classes, classes_more = audit_tables.classes(report, page.limit(audit_tables.CLASSES, scale))
    tables: Mapping[str, Any] = {
        "limits": limits.said(report.audit.data),
        "slices": report.slices[: page.limit(SLICES, scale)],
        "leaks": leaks(report),
        "copies": audit_tables.copies(report),
        "groups": audit_tables.largest(report, page.limit(audit_tables.LARGEST, scale)),
        "classes": classes,
    }
    data = report.audit.data
    return page.draw(
        NAME,
        script=bool(packed.total),
        block=packed,
        **tables,
        slices_more=len(report.slices) - len(tables["slices"]),
        classes_more=classes_more,
        splits=data.splits[:SPLITS],
        report=report,
        total=max(1, len(data)),
        found=[(line, _shown(report, line, n)) for line, n in zip(found, quota, strict=True)],
        clean=[line for line in report.lines if not line.findings],
        roles=_roles(report),
        command=reproduce.audit(data),
        provenance=page.block({k: report.document[k] for k in ("assay_version", "config", "versions")}),
        contents=_contents(report, tables, packed),
    )


def _contents(report: Report, tables: Mapping[str, Any], packed: Block) -> list[tuple[str, str]]:
    known = [
        ("rules", "rules", True),
        ("unchecked", "skipped rules", report.not_checked),
        ("slices", "slices", tables["slices"]),
        ("leaks", "leaks", tables["leaks"]),
        ("copies", "duplicate groups", tables["copies"]),
        ("classes", "classes", tables["classes"]),
        ("worst", "findings", packed.total),
        ("provenance", "provenance", True),
    ]
    return [(at, name) for at, name, there in known if there]


def _shown(report: Report, line: RuleLine, count: int) -> list[_Shown]:
    report.prefetch(line.findings[:count], ROWS)
    return [_finding(report, f) for f in line.findings[:count]]


def _finding(report: Report, finding: Finding) -> _Shown:
    places = report.places(finding, ROWS)
    rows = [_Row(p.where, p.label, pieces(p.text, p.spans, TEXT)) for p in places]
    more = len(concerned(finding)) - len(rows)
    told = basis(report.audit.data, finding)
    for near in told.neighbours if told else ():
        place = report.place(near.index)
        rows.append(_Row(place.where, place.label, pieces(place.text, (), TEXT), f"similarity {near.similarity:.2f}"))
    return _Shown(
        message=finding.hit.message,
        fingerprint=finding.fingerprint,
        suggested=finding.hit.suggested,
        facts=facts(finding),
        rows=rows,
        more=more,
        basis=told,
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
