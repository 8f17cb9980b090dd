"""Keys of findings without their texts, and judged findings matched by them: fixtures/judged/README.md."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assay.audit.dataset import Dataset
    from assay.audit.findings import Finding

JUDGED = Path(__file__).resolve().parents[1] / "fixtures" / "judged"
COLUMNS = ("dataset", "finding", "severity", "verdict", "second", "kind", "reason")
VERDICTS = ("true", "false", "arguable")
SEVERITIES = ("error", "warning", "note")
NAMED = 4
"""Rows that a key names; further ones are counted."""
_PLACE = re.compile(r"(?:train|validation|test|production):\d+")
_COUNT = re.compile(r"\d+( more)?")


@dataclass(frozen=True, slots=True)
class Judged:
    """One finding that was read, and what its readers say."""

    code: str
    dataset: str
    finding: str
    severity: str
    verdict: str
    second: str
    kind: str
    reason: str
    line: int

    @property
    def agreed(self) -> str:
        """One verdict of both readers: where they differ the finding is arguable."""
        return self.verdict if self.second in {"", self.verdict} else "arguable"


def key(data: Dataset, finding: Finding) -> str:
    """Identity of a finding within a dataset and rule: ``subject:refund``, or places of rows ``train:12+test:40``.

    Places are in the order of splits and rows: the first four, then ``+n`` for n more. They hold no text, so they
    may be published where the dataset may not.
    """
    if finding.hit.subject:
        return f"subject:{' '.join(finding.hit.subject.split())}"
    rows = sorted(set(finding.hit.rows), key=lambda r: (int(data.split_codes[r]), int(data.places.row[r])))
    places = [f"{data.splits[data.split_codes[r]].name}:{data.places.row[r]}" for r in rows[:NAMED]]
    return "+".join([*places, *([str(len(rows) - NAMED)] if len(rows) > NAMED else [])])


def identity(finding: str) -> str | frozenset[str]:
    """What is compared of a key: the subject, or the places that it names in any order, without the count.

    A group that gains its ninth row is the same group; a key that somebody wrote in another order is the same key.
    """
    return finding if finding.startswith("subject:") else frozenset(_PLACE.findall(finding))


def problem(code: str, line: dict[str, str], datasets: Iterable[str]) -> str:
    """What is wrong with one line of a CSV of judged findings; empty if nothing is."""
    if line["dataset"] not in datasets:
        return f"no dataset {line['dataset']!r} in judged_sets.py"
    if line["verdict"] not in VERDICTS or line["second"] not in {*VERDICTS, ""}:
        return f"verdict {line['verdict']!r}, second {line['second']!r}: true, false or arguable"
    if line["severity"] not in SEVERITIES:
        return f"severity {line['severity']!r}"
    if not line["kind"] or not line["reason"]:
        return "kind and reason are required"
    where = line["finding"]
    wrong = not where.removeprefix("subject:") or not (
        where.startswith("subject:") or all(_PLACE.fullmatch(p) or _COUNT.fullmatch(p) for p in where.split("+"))
    )
    return f"finding {where!r} of {code} is no key" if wrong else ""


def read_judged(datasets: Iterable[str], folder: Path = JUDGED) -> list[Judged]:
    """All judged findings with both readings: those of ``folder``, and those of a second reader in its ``second``.

    A finding that only the second reader has read counts with one reading.

    Raises:
        ValueError: a line that cannot be used, or two verdicts of one reader on one finding.
    """
    first, second = _read(datasets, folder), _read(datasets, folder / "second")
    by = {(j.code, j.dataset, identity(j.finding)): n for n, j in enumerate(first)}
    for other in second:
        at = by.get((other.code, other.dataset, identity(other.finding)))
        if at is None:
            first.append(other)
        elif not first[at].second:
            first[at] = replace(first[at], second=other.verdict)
    return sorted(first, key=lambda j: j.code)


def _read(datasets: Iterable[str], folder: Path) -> list[Judged]:
    """The judged findings of one reader, in order of rule and line."""
    found: list[Judged] = []
    datasets = set(datasets)
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise ValueError(f"{path.name}: columns are {','.join(COLUMNS)}")
            for line in reader:
                if wrong := problem(path.stem, line, datasets):
                    raise ValueError(f"{path.name}:{reader.line_num}: {wrong}")
                found.append(Judged(path.stem, *(line[name] for name in COLUMNS), reader.line_num))
    seen = Counter((j.code, j.dataset, identity(j.finding)) for j in found)
    if twice := [k for k, n in seen.items() if n > 1]:
        raise ValueError(f"judged more than once: {twice[:3]}")
    return found


@dataclass(frozen=True, slots=True)
class Matched:
    """Judged findings of one rule and dataset beside those that are reported now."""

    reported: tuple[tuple[Judged, str], ...]
    """Those still reported, with their severity now."""
    lost: tuple[Judged, ...]
    """Those no longer reported."""
    unjudged: Counter[str]
    """Severity -> findings that nobody has read."""


def match(data: Dataset, judged: Sequence[Judged], findings: Iterable[Finding]) -> Matched:
    """Find the judged findings of one rule among those reported now.

    A judged finding that named the row it was compared with as well (a leak: test row and train row) is found, too.
    """
    by = {identity(j.finding): j for j in judged}
    reported: dict[str | frozenset[str], tuple[Judged, str]] = {}
    unjudged: Counter[str] = Counter()
    for finding in findings:
        known = next((k for k in _identities(data, finding) if k in by), None)
        if known is None or known in reported:
            unjudged[str(finding.severity)] += 1
        else:
            reported[known] = by[known], str(finding.severity)
    lost = tuple(j for k, j in by.items() if k not in reported)
    return Matched(tuple(reported.values()), lost, unjudged)


def _identities(data: Dataset, finding: Finding) -> list[str | frozenset[str]]:
    """The key's identity, then that of its rows with their related ones."""
    own = identity(key(data, finding))
    related = [r for r in finding.hit.related if r >= 0]
    rows = {*finding.hit.rows, *related}
    if not related or len(rows) > NAMED:
        return [own]
    return [own, frozenset(f"{data.splits[data.split_codes[r]].name}:{data.places.row[r]}" for r in rows)]
