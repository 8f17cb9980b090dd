"""Tables of an audit's page that are counted from findings and columns: leaks, copies, classes by split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from assay.audit.columns import Part
    from assay.reports.render.report import Report

LEAKS = ("LEK001", "LEK002", "LEK003")
COPIES = ("DUP001", "DUP002", "DUP003", "DUP004", "DUP005")
LARGEST = 10
"""Groups of copies that are named."""
CLASSES = 40
"""Classes in the table of counts."""


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


@dataclass(frozen=True, slots=True)
class Copies:
    """The groups of one rule of duplicates."""

    code: str
    name: str
    groups: int
    rows: int
    largest: int


@dataclass(frozen=True, slots=True)
class Group:
    """One large group of copies."""

    code: str
    size: int
    fingerprint: str
    where: str
    text: str
    labels: tuple[tuple[str, int], ...]
    """Labels of its rows with how many have them, commonest first; empty without a label column."""


def copies(report: Report) -> list[Copies]:
    """Groups of every rule of duplicates that found some."""
    out = []
    for line in report.lines:
        parts = [part for part in line.findings.parts if part.code in COPIES]
        if parts:
            sizes = np.concatenate([_sizes(part) for part in parts])
            out.append(Copies(line.code, line.name, int(sizes.size), line.rows, int(sizes.max())))
    return out


def largest(report: Report, most: int = LARGEST) -> list[Group]:
    """The largest groups of all rules of duplicates, largest first; pairs are not named."""
    found: list[tuple[int, str, Part, int]] = []
    for line in report.lines:
        for part in line.findings.parts:
            if part.code in COPIES:
                order = np.arange(len(part.hits)) if part.order is None else np.asarray(part.order)
                sizes = _sizes(part)
                top = np.lexsort((np.arange(sizes.size), -sizes))[:most].tolist()
                found += [(int(sizes[i]), part.code, part, int(order[i])) for i in top if sizes[i] > 2]  # noqa: PLR2004
    found.sort(key=lambda f: (-f[0], f[1], f[3]))
    return [_group(report, code, part, at) for _, code, part, at in found[:most]]


def _sizes(part: Part) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    sizes = np.diff(part.hits.bounds)
    return np.asarray(sizes if part.order is None else sizes[np.asarray(part.order)], np.int64)


def _group(report: Report, code: str, part: Part, at: int) -> Group:
    rows = part.hits.rows[part.hits.bounds[at] : part.hits.bounds[at + 1]]
    data, place = report.audit.data, report.place(int(rows[0]))
    labels: list[tuple[str, int]] = []
    if data.roles.label:
        counts = data.frame[data.roles.label].gather(rows).cast(str).drop_nulls().value_counts()
        labels = sorted(counts.rows(), key=lambda c: (-c[1], c[0]))
    return Group(code, len(rows), part.fingerprint[at], place.where, place.text, tuple(labels))


@dataclass(frozen=True, slots=True)
class ClassLine:
    """One class in every split."""

    name: str
    counts: tuple[int, ...]
    shares: tuple[float | None, ...]
    """Of each split's labelled rows; None where it has none."""


def classes(report: Report, most: int = CLASSES) -> tuple[list[ClassLine], int]:
    """Rows of every class in every split, largest class first, and how many classes are left out."""
    data = report.audit.data
    if not data.roles.label:
        return [], 0
    codes, names = data.label_codes
    known = codes >= 0
    size = max(1, len(names))
    flat = data.split_codes.astype(np.int64)[known] * size + codes[known]
    counts = np.bincount(flat, minlength=len(data.splits) * size).reshape(len(data.splits), size)
    whole = counts.sum(axis=1)
    order = np.lexsort((np.arange(size), -counts.sum(axis=0)))[: min(most, len(names))]
    lines = [
        ClassLine(
            names[c],
            tuple(counts[:, c].tolist()),
            tuple(n / w if w else None for n, w in zip(counts[:, c].tolist(), whole.tolist(), strict=True)),
        )
        for c in order.tolist()
    ]
    return lines, len(names) - len(lines)
