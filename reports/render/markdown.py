"""Markdown, for GitHub's job summaries and pull requests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assay.audit import limits
from assay.reports.render.report import facts
from assay.reports.render.text import percent, pieces, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.audit.rules import Finding
    from assay.reports.render.report import Place, Report

LIMIT = 900_000
"""Bytes; GitHub drops a summary over 1 MiB whole."""
WORST = 5
"""Findings shown of each rule."""
SIGNS = {"error": "🔴", "warning": "🟠", "note": "🔵"}
VERDICT = {"PASS": "✅", "FAIL": "❌", "FOUND": "❌", "INCOMPLETE": "⚠️"}
_ACTIVE = re.compile(r"[\\`*_{}\[\]()#|~@!:+\-.&<>$^=\"']")


def render(report: Report) -> str:
    """Verdict, a table of rules, the worst findings of each; cut between findings if it grows too long."""
    out, size = [], 0
    for block in _blocks(report):
        size += len(block.encode("utf-8", "backslashreplace"))
        if size > LIMIT:
            out.append("\n(cut here: the rest is in findings.parquet)\n")
            break
        out.append(block)
    return "".join(out)


def _blocks(report: Report) -> Iterator[str]:
    yield f"### {VERDICT[report.outcome]} {report.outcome}: {report.headline}\n\n"
    yield "".join(
        f"- {escaped(s.name)}: {s.rows:,} rows, {escaped(', '.join(s.files), 300)}\n" for s in report.audit.data.splits
    )
    if report.groups:
        yield "\n| severity | rule | findings | rows | share | what to do |\n| --- | --- | --: | --: | --: | --- |\n"
    for group in report.groups:
        share = percent(group.rows / len(report.audit.data))
        counts = f"{group.count:,} | {group.rows:,} | {escaped(share)}"
        sign, step = SIGNS[group.severity], escaped(group.next_step)
        yield f"| {sign} {group.severity} | {group.code} {group.name} | {counts} | {step} |\n"
    for line in report.ranked:
        yield f"\n<details><summary>{line.code} {line.name}: {escaped(line.summary)}</summary>\n\n"
        yield from (_finding(report, f) for f in line.findings[:WORST])
        if line.count > WORST:
            yield f"\n{line.count - WORST:,} more, in findings.parquet\n"
        yield "\n</details>\n"
    yield from ("\n" + escaped(f"Note: {note}", 300) + "\n" for note in report.audit.data.notes)
    yield from ("\n" + escaped(f"In part: {told}", 400) + "\n" for told in limits.said(report.audit.data).values())
    yield from _listing("Failed rules", report.incomplete)
    yield from _listing("Skipped rules", report.not_checked)
    if report.stale:
        yield f"\n{len(report.stale):,} entries of the baseline are not found any more.\n"


def _listing(title: str, entries: dict[str, str]) -> Iterator[str]:
    if entries:
        yield f"\n**{title}**\n\n"
    yield from (f"- {escaped(code)}: {escaped(why, 300)}\n" for code, why in entries.items())


def _finding(report: Report, finding: Finding) -> str:
    told = "; ".join(f"{escaped(k)} {escaped(v, 60)}" for k, v in facts(finding))
    head = f"- {escaped(finding.hit.message, 300)}{f' ({told})' if told else ''}\n"
    places = zip(report.places(finding, 2), ("del", "ins"), strict=False)
    return head + "".join(f"  - {_place(place, mark)}\n" for place, mark in places)


def _place(place: Place, mark: str) -> str:
    label = f" ({escaped(place.label, 60)})" if place.label is not None else ""
    shown = "".join(
        f"<{mark}>{escaped(t)}</{mark}>" if marked else escaped(t) for t, marked in pieces(place.text, place.spans, 300)
    )
    return f"{escaped(place.where, 120)}{label}: {shown}"


def escaped(text: str, cap: int | None = None) -> str:
    """Text in which no character means anything to Markdown or HTML: entities instead of what acts."""
    return _ACTIVE.sub(lambda m: f"&#{ord(m[0])};", visible(text, cap))
