"""What a suggested label rests on: how the nearest texts are labelled, the words that tell, the text by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.reports.render.text import percent

if TYPE_CHECKING:
    from assay.audit.dataset import Dataset
    from assay.audit.findings import Finding

WORDS, NEIGHBOURS, CLASSES = 5, 4, 4
_LINE, _ROW = re.compile(r"(.*):(\d+)", re.DOTALL), re.compile(r"(.*)\[(\d+)\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A row under the suggested label."""

    index: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Basis:
    """What speaks for a suggestion."""

    votes: str
    """A sentence; empty where nothing was counted."""
    words: list[tuple[str, int, int]]
    """Words, rows of the suggested label with it, and rows of the given one."""
    by_text: list[tuple[str, str]]
    """Labels, and how probable the text alone makes them."""
    neighbours: list[Neighbour]
    """Nearest first; the first is shown with the finding, and is not among them."""


def basis(data: Dataset, finding: Finding) -> Basis | None:
    """Read a finding's evidence; None where it suggests nothing.

    Args:
        data: the data set, to find the neighbours' rows.
        finding: of LBL002, or of any rule whose evidence has the same keys.
    """
    told = finding.hit.evidence
    if finding.hit.suggested is None or not isinstance(told.get("neighbours"), Mapping):
        return None
    shown = set(finding.hit.related[:1])
    near = [_neighbour(data, one) for one in _dicts(told.get("contradicting"))[: NEIGHBOURS + 1]]
    return Basis(
        _votes(told["neighbours"]),
        [
            (str(w["word"]), _whole(w.get("suggested")), _whole(w.get("given")))
            for w in _dicts(told.get("words"))[:WORDS]
            if "word" in w
        ],
        _by_text(told.get("by_text")),
        [n for n in near if n is not None and n.index not in shown][:NEIGHBOURS],
    )


def _votes(told: Mapping[str, Any]) -> str:
    of, suggested, given = (_whole(told.get(key)) for key in ("of", "suggested", "given"))
    if not of or "suggested" not in told:
        return ""
    return f"Of the {of} nearest texts {suggested} have the suggested label, {given} the given one."


def _by_text(told: Any) -> list[tuple[str, str]]:
    if not isinstance(told, Mapping):
        return []
    shares = [(str(name), share) for name, share in told.items() if isinstance(share, (int, float))]
    return [(name, percent(float(share))) for name, share in shares[:CLASSES]]


def _neighbour(data: Dataset, told: Mapping[str, Any]) -> Neighbour | None:
    at, near = find(data, str(told.get("row", ""))), told.get("similarity")
    return None if at is None else Neighbour(at, float(near) if isinstance(near, (int, float)) else 0.0)


def find(data: Dataset, place: str) -> int | None:
    """The frame row at a place as findings write it: ``train.csv:42`` or ``train[41]``; None where there is none."""
    for pattern, column in ((_LINE, data.places.line), (_ROW, data.places.row)):
        if not (match := pattern.fullmatch(place)):
            continue
        name, number = match[1], int(match[2])
        for split in data.splits:
            inside = slice(split.start, split.stop)
            if name in split.files:
                here = (column[inside] == number) & (data.places.file[inside] == split.files.index(name))
            elif name == split.name and not split.files:
                here = column[inside] == number
            else:
                continue
            if here.any():
                return split.start + int(np.argmax(here))
    return None


def _dicts(values: Any) -> list[Mapping[str, Any]]:
    known = isinstance(values, Sequence) and not isinstance(values, str)
    return [v for v in values if isinstance(v, Mapping)] if known else []


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
