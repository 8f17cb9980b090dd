"""The declared slices of an audit in figures, one line each: what a report shows of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.columns import Findings
from assay.audit.slices import cluster_counts, measured, members
from assay.audit.slicing.power import smallest_drop
from assay.audit.slicing.request import Declared

if TYPE_CHECKING:
    from assay.audit.rules import Audit

ENOUGH, UNJUDGED = "enough rows", "not judged: SLC001 and SLC002 did not both run"
_SAID = {
    "SLC001 train": "cannot be learnt",
    "SLC001": "cannot be measured",
    "SLC002": "underpowered",
    "SLC003": "another share in production",
}


@dataclass(frozen=True, slots=True)
class SliceLine:
    """One declared slice."""

    name: str
    critical: bool
    condition: str
    counts: dict[str, int | None]
    """Rows in each split; None where the split lacks a column of the condition."""
    shares: dict[str, float | None]
    drop: float | None
    """Smallest drop that the measured split shows, in points of 0..1; None for none."""
    verdict: str
    kind: str = "where"
    """What the condition is: SQL (``where``), ``function``, ``by``, ``like`` or ``property``."""

    def facts(self) -> dict[str, Any]:
        """For ``audit.json``."""
        drop = None if self.drop is None else round(self.drop, 4)
        counts = {"rows": self.counts, "smallest_detectable_drop": drop, "verdict": self.verdict}
        head = {"name": self.name, "critical": self.critical, "kind": self.kind, "condition": self.condition}
        return head | counts


def slice_lines(audit: Audit) -> tuple[SliceLine, ...]:
    """Declared slices, critical ones first; none where no rule of slices ran or none is declared."""
    data = audit.data
    declared: Declared = data.memo.get(Declared, Declared())
    if not declared.slices or not any(code.startswith("SLC00") for code in audit.ran):
        return ()
    known, (distinct, _) = members(data), cluster_counts(data)
    verdicts = _verdicts(audit)
    clean = ENOUGH if {"SLC001", "SLC002"} <= set(audit.ran) else UNJUDGED
    options = audit.options.get("SLC002", {})
    settings = {name: options[name] for name in ("baseline", "confidence", "power") if name in options}
    held = measured(data)
    out = []
    for n, each in known:
        counts = {s.name: _count(known.counts[n, i]) for i, s in enumerate(data.splits)}
        shares = {s.name: None if (c := counts[s.name]) is None or not s.rows else c / s.rows for s in data.splits}
        here = max((int(distinct[n, data.splits.index(s)]) for s in held), default=0)
        drop = float(smallest_drop(here, **settings)[0]) if here > 0 else np.inf
        verdict = ", ".join(verdicts.get(each.name, ())) or clean
        seen = round(drop, 4) if np.isfinite(drop) else None  # as audit.json has it
        line = SliceLine(each.name, each.critical, each.condition, counts, shares, seen, verdict, each.kind)
        out.append(line)
    return tuple(out)


def _count(value: np.int64) -> int | None:
    return int(value) if value >= 0 else None


def _verdicts(audit: Audit) -> dict[str, list[str]]:
    """What the rules found of each slice, in a few words."""
    out: dict[str, list[str]] = {}
    for part in Findings.of(audit.findings).parts:
        if part.code not in {"SLC001", "SLC002", "SLC003"}:
            continue
        for i in range(len(part)):
            evidence = part[i].hit.evidence
            key = "SLC001 train" if part.code == "SLC001" and evidence.get("split") == "train" else part.code
            told = out.setdefault(str(evidence.get("slice", "")), [])
            if _SAID[key] not in told:
                told.append(_SAID[key])
    return out
