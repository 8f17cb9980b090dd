"""GitHub's workflow commands: findings as annotations on the lines of the data files.

GitHub shows ten errors, ten warnings and ten notices of a step and drops the rest without a word
(docs.github.com, "Workflow commands for GitHub Actions"), so the ten are spread over the rules, and a plain line says
how many there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assay.reports.render.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assay.audit.findings import Finding
    from assay.reports.render.report import Report

Level = Literal["error", "warning", "notice"]
MOST = 10
"""Annotations of each level that GitHub keeps of a step."""
MESSAGE, TITLE = 500, 100
LEVELS: dict[str, Level] = {"error": "error", "warning": "warning", "note": "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotation; all of it may be the user's data."""

    level: Level
    title: str
    message: str
    file: str | None = None
    line: int | None = None

    def command(self) -> str:
        """``::error file=train.csv,line=4,title=LEK001::...`` on one line, with nothing in it that GitHub obeys."""
        told = {"file": self.file and _near(self.file), "line": self.line, "title": visible(self.title, TITLE)}
        properties = ",".join(f"{k}={visible(str(v)).translate(_PROPERTY)}" for k, v in told.items() if v)
        return f"::{self.level} {properties}::{visible(self.message, MESSAGE).translate(_DATA)}\n"


def render(report: Report) -> str:
    """The worst findings of every rule as annotations, then the verdict as a plain line."""
    return commands(_annotations(report)) + f"assay audit: {report.outcome}: {report.headline}\n"


def commands(annotations: Iterable[Annotation]) -> str:
    """At most ``MOST`` of each level, in the order given, worst level first."""
    kept: dict[Level, list[str]] = {"error": [], "warning": [], "notice": []}
    for each in annotations:
        if len(kept[each.level]) < MOST:
            kept[each.level].append(each.command())
    return "".join(chain.from_iterable(kept.values()))


def _annotations(report: Report) -> Iterable[Annotation]:
    """What broke; then each rule's worst finding, each rule's second, and so on."""
    for what, why in report.incomplete.items():
        yield Annotation("error", f"{what} broke", why)
    found = [[(line.code, line.name, f) for f in line.findings[:MOST]] for line in report.lines if line.findings]
    for turn in zip_longest(*found):
        for one in turn:
            if one:
                code, name, finding = one
                yield _annotation(report, f"{code} {name}", finding)


def _annotation(report: Report, title: str, finding: Finding) -> Annotation:
    place = report.place(finding.hit.rows[0])
    message = finding.hit.message or title
    if not (place.path and place.line):  # GitHub shows an annotation without a line at the top of the file
        message = f"{place.where}: {message}"
    return Annotation(LEVELS[finding.severity], title, message, place.path, place.line)


def _near(path: str) -> str:
    """A path as GitHub knows it: relative to the working folder where it is inside."""
    told = Path(path)
    if told.is_absolute() and told.is_relative_to(Path.cwd()):
        return told.relative_to(Path.cwd()).as_posix()
    return told.as_posix()
