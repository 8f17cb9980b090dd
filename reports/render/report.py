"""What every renderer draws: an audit under a baseline and a threshold, worst first."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from assay.audit.columns import Findings, Part
from assay.audit.findings import Severity, clean
from assay.audit.rules import Rule, registered
from assay.audit.store import audit_document, count_by_severity, distinct, incomplete
from assay.reports.render.text import plural, tidy_spans

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assay.audit.baseline import Baseline
    from assay.audit.findings import Finding
    from assay.audit.rules import Audit
    from assay.audit.slicing.table import SliceLine
    from assay.reports.render.text import Span

LISTED = 8
"""Values of a list in evidence that are named."""
RANK = {s: s.rank for s in Severity}
_FIX = re.compile(r"^Fix: (.+?)(?=\.(?:\s|$)|^\w+:|\Z)", re.MULTILINE | re.DOTALL)
Outcome = Literal["PASS", "FAIL", "FOUND", "INCOMPLETE"]
"""FOUND: there are errors, and nobody asked to fail on them. That is no PASS."""


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one rule that have one severity: a line of every summary, so that notes never add to warnings."""

    code: str
    name: str
    severity: Severity
    count: int
    """Findings that nobody accepted."""
    rows: int
    """Distinct rows concerned by them."""
    summary: str
    """What the rule finds."""
    next_step: str
    """What to do about them, from the rule's documentation."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule that ran, in figures."""

    code: str
    name: str
    severity: Severity
    summary: str
    """First sentence of its documentation."""
    findings: Findings
    """Those that nobody accepted, worst and strongest first."""
    rows: int
    """Distinct rows concerned by them."""
    accepted: int
    groups: tuple[Group, ...]
    """The findings by severity, worst first."""

    @property
    def count(self) -> int:
        """Findings that nobody accepted."""
        return len(self.findings)

    @property
    def by_severity(self) -> dict[Severity, int]:
        """How many findings of each severity there are; without those that do not occur."""
        return {group.severity: group.count for group in self.groups}


@dataclass(frozen=True, slots=True)
class Place:
    """One row as renderers show it; all of it is the user's data, none of it safe."""

    where: str
    """``train.csv:42``"""
    split: str
    row: int
    line: int | None
    path: str | None
    id: str | None
    text: str
    label: str | None
    spans: tuple[Span, ...] = ()
    """Where its text differs from its fellow's."""


@dataclass(frozen=True)
class Report:
    """An audit as it is judged and shown."""

    audit: Audit
    config: Mapping[str, Any]
    """Configuration in force, as in audit.json."""
    fail_on: str = "error"
    baseline: Baseline | None = None
    folder: str | None = None
    """Where the files went, if they were written."""

    @cached_property
    def lines(self) -> tuple[RuleLine, ...]:
        """Rules that ran: those with findings first, worst severity first, then by code."""
        rules = registered()
        parts: dict[str, list[Part]] = {code: [] for code in self.audit.ran}
        for part in Findings.of(self.audit.findings).parts:
            parts[part.code].append(part)
        lines = [self._line(rules.get(code), code, found) for code, found in parts.items()]
        return tuple(
            sorted(lines, key=lambda one: (not one.findings, one.severity.rank if one.findings else 0, one.code))
        )

    def _line(self, rule: Rule | None, code: str, parts: list[Part]) -> RuleLine:
        known = self.baseline.known if self.baseline else {}
        fresh = [worst_first(part, known) for part in parts]
        findings = Findings(fresh)
        name, summary = (rule.name, rule.help.split("\n\n")[0].replace("\n", " ")) if rule else ("", "")
        step = next_step(rule.help) if rule else ""
        counted = ((severity, *figures) for severity, figures in count_by_severity(fresh).items())
        groups = tuple(Group(code, name, s, count, rows, summary, step) for s, count, rows in counted if count)
        severity = groups[0].severity if groups else self.audit.severities[code]
        accepted = sum(map(len, parts)) - len(findings)
        return RuleLine(code, name, severity, summary, findings, distinct([p.rows for p in fresh]), accepted, groups)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """All findings by rule and severity: worst severity first, then those that concern most rows."""
        groups = (group for line in self.lines for group in line.groups)
        return tuple(sorted(groups, key=lambda g: (g.severity.rank, -g.rows, g.code)))

    @cached_property
    def ranked(self) -> tuple[RuleLine, ...]:
        """Rules with findings in the order of their worst groups."""
        found = (line for line in self.lines if line.findings)
        return tuple(sorted(found, key=lambda line: (line.severity.rank, -line.groups[0].rows, line.code)))

    @cached_property
    def findings(self) -> Findings:
        """Findings that nobody accepted, worst first: severity, code, strength."""
        return Findings(part for line in self.lines for part in line.findings.parts)

    @cached_property
    def totals(self) -> dict[Severity, int]:
        """Findings that nobody accepted, by severity."""
        return {s: sum(line.by_severity.get(s, 0) for line in self.lines) for s in Severity}

    @cached_property
    def safe_fixes(self) -> int:
        """Findings that nobody accepted with a fix that loses nothing."""
        return sum(_safe(part) for part in self.findings.parts)

    @cached_property
    def slices(self) -> tuple[SliceLine, ...]:
        """The declared slices in figures, critical ones first."""
        from assay.audit.slicing.table import slice_lines  # noqa: PLC0415 - where slices are declared

        return slice_lines(self.audit) if any(code.startswith("SLC") for code in self.audit.ran) else ()

    @property
    def accepted(self) -> int:
        """Findings of this audit that the baseline knows."""
        return sum(line.accepted for line in self.lines)

    @cached_property
    def stale(self) -> tuple[str, ...]:
        """Entries of the baseline that are not found any more."""
        return self.baseline.stale(self.audit) if self.baseline else ()

    @property
    def incomplete(self) -> dict[str, str]:
        """What broke, and why."""
        return incomplete(self.audit)

    @property
    def not_checked(self) -> dict[str, str]:
        """Rules that lacked an input, with the cure."""
        return {c: why for c, why in self.audit.skipped.items() if c not in self.audit.crashed}

    def fails(self, severity: Severity) -> bool:
        """Whether findings of this severity make the command fail."""
        return self.fail_on != "never" and severity.rank <= Severity(self.fail_on).rank

    @property
    def outcome(self) -> Outcome:
        """The verdict. Without a rule that ran there is none to pass."""
        if not self.audit.complete or not self.audit.ran:
            return "INCOMPLETE"
        if any(n and self.fails(s) for s, n in self.totals.items()):
            return "FAIL"
        return "FOUND" if self.totals[Severity.ERROR] else "PASS"

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings at or over the threshold, 2 could not run."""
        return {"PASS": 0, "FOUND": 0, "FAIL": 1, "INCOMPLETE": 2}[self.outcome]

    @property
    def headline(self) -> str:
        """The verdict's reason in one line."""
        found = ", ".join(plural(n, s.value) for s, n in self.totals.items() if n) or "no findings"
        found += f" ({self.accepted:,} accepted)" if self.accepted else ""
        rows = f"{found} in {plural(len(self.audit.data), 'row')}, {plural(len(self.audit.ran), 'rule')} ran"
        rows += f", {len(self.not_checked):,} skipped" if self.not_checked else ""
        if self.audit.ran and self.audit.complete:
            return rows + ("; not failing, as asked" if self.outcome == "FOUND" else "")
        return (
            f"{rows}; {plural(len(self.incomplete), 'check')} failed"
            if self.incomplete
            else f"{rows}: nothing was checked"
        )

    @cached_property
    def document(self) -> dict[str, Any]:
        """``audit.json``."""
        slices = {"slices": [line.facts() for line in self.slices]} if self.slices else {}
        return audit_document(self.audit, self.config) | slices

    @property
    def judgement(self) -> dict[str, Any]:
        """What ``--format json`` says beside the document: how this run judges it, and what reading changed."""
        base = self.baseline
        known = {"path": base.path, "accepted": self.accepted, "stale": list(self.stale)} if base else None
        return {"outcome": self.outcome, "baseline": known, "notes": list(self.audit.data.notes)}

    def places(self, finding: Finding, limit: int) -> list[Place]:
        """The rows of a finding, first the one to look at and its fellow, with their differences."""
        rows = concerned(finding)[:limit]
        self._fetch([row for row in rows if row not in self._known])
        difference = finding.hit.evidence.get("difference")
        sides = [difference.get(side) for side in ("left", "right")] if isinstance(difference, Mapping) else []
        return [self.place(row, side) for row, side in zip_longest(rows, sides[: len(rows)])]

    def place(self, index: int, spans: Any = None) -> Place:
        """One row by its index."""
        if index not in self._known:
            self._fetch([index])
        place = self._known[index]
        marks = tuple(tidy_spans(spans, len(place.text))) if spans else ()
        return replace(place, spans=marks) if marks else place

    def prefetch(self, findings: Iterable[Finding], limit: int) -> None:
        """Look up the rows of many findings at once: a column at a time is far cheaper than a cell at a time."""
        rows = {row for finding in findings for row in concerned(finding)[:limit]}
        self._fetch(sorted(rows - self._known.keys()))

    @cached_property
    def _known(self) -> dict[int, Place]:
        return {}

    def _fetch(self, rows: list[int]) -> None:
        if not rows:
            return
        data = self.audit.data
        texts = data.text.gather(rows).to_list() if data.roles.text else [""] * len(rows)
        labels, idents = (
            data.frame[name].gather(rows).cast(str).to_list() if name else [None] * len(rows)
            for name in (data.roles.label, data.roles.id)
        )
        wanted = np.asarray(rows, np.int64)
        numbers, lines, files, splits = (
            column[wanted].tolist()
            for column in (data.places.row, data.places.line, data.places.file, data.split_codes)
        )
        for n, index in enumerate(rows):
            split = data.splits[splits[n]]
            path = clean(split.files[files[n]]) if split.files else None
            line = lines[n] or None
            where = f"{path}:{line}" if path and line else f"{path or split.name}[{numbers[n]}]"
            self._known[index] = Place(where, split.name, numbers[n], line, path, idents[n], texts[n], labels[n])


def _safe(part: Part) -> int:
    """Findings of a rule whose fix loses nothing."""
    fix = part.hits.fix
    if fix is None:
        return 0
    safe = np.asarray(fix.safe, np.bool_) & fix.action.is_not_null().to_numpy()
    return int((safe if part.order is None else safe[np.asarray(part.order, np.int64)]).sum())


def next_step(help_text: str) -> str:
    """What to do about a rule's findings: the first sentence of ``Fix:`` in its documentation."""
    found = _FIX.search(help_text)
    return " ".join(found[1].split()) if found else ""


def concerned(finding: Finding) -> list[int]:
    """Rows of a finding: the one to look at, the one it was compared with, then the others."""
    hit = finding.hit
    return list(dict.fromkeys([hit.rows[0], *(r for r in hit.related[:1] if r >= 0), *hit.rows]))


def worst_first(part: Part, known: Container[str]) -> Part:
    """Findings of a rule that are not known, by severity, then by their strongest score, then by their rows."""
    hits, sizes = part.hits, np.diff(part.hits.bounds)
    scores = np.full(len(hits.rows), -1.0) if hits.scores is None else np.nan_to_num(hits.scores, nan=-1.0)
    strongest = np.maximum.reduceat(scores, hits.bounds[:-1])
    rank = np.array([RANK[s] for s in part.severity], np.int8)
    order = np.lexsort((-sizes, -strongest, rank))
    if known:
        order = order[[part.fingerprint[n] not in known for n in order.tolist()]]
    return replace(part, order=order)


def facts(finding: Finding) -> list[tuple[str, str]]:
    """The evidence that is worth a line: scalars and short lists, and the kind of a difference; told once, if true."""
    out: dict[str, str] = {}
    for key, value in finding.hit.evidence.items():
        if key == "difference" and isinstance(value, Mapping):
            kind = str(value.get("kind", ""))
            out |= {key: kind} if kind and kind not in out.values() else {}
        elif isinstance(value, bool):
            out |= {key: "yes"} if value else {}
        elif isinstance(value, float):
            out[key] = f"{value:.3g}"
        elif isinstance(value, (str, int)):
            out[key] = str(value)
        elif isinstance(value, (list, tuple)) and all(isinstance(v, (str, int, float)) for v in value):
            listed = ", ".join(map(str, value[:LISTED])) + (" …" if len(value) > LISTED else "")
            out |= {key: listed} if listed and listed not in out.values() else {}
    return [(key.replace("_", " "), value) for key, value in out.items()]
