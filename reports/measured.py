"""Measured precision and recall of the rules: the figures that ``benchmarks/precision.py`` wrote into the package.

``measured.json`` is their only home; ``assay explain``, docs/rules.md and SARIF read them here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

MEASURED = Path(__file__).with_name("measured.json")
Level = Literal["very-high", "high", "medium", "low"]
LEVELS: tuple[tuple[float, Level], ...] = ((0.95, "very-high"), (0.85, "high"), (0.7, "medium"), (0.0, "low"))
"""Lowest strict precision of each of SARIF's levels."""
ENOUGH = 10
"""Findings that must have been read before a level is given."""
NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of one rule; nothing, where nothing was measured."""

    precision: Mapping[str, Any] = field(default_factory=dict)
    """Counts of verdicts, ``strict`` and ``lenient`` with intervals, ``by_severity``, kinds; empty if not measured."""
    recall: tuple[Mapping[str, Any], ...] = ()
    """Planted defects: ``planted``, ``n``, ``found``."""
    judged_by: str = ""

    @property
    def level(self) -> Level | None:
        """Strict precision as one of SARIF's levels; None where too few findings were read."""
        if self.precision.get("judged", 0) < ENOUGH:
            return None
        return next(level for least, level in LEVELS if self.precision["strict"]["value"] >= least)

    @property
    def short(self) -> str:
        """Strict precision for a cell of a table: ``0.83 (n = 30)``."""
        if not self.precision:
            return NOT_MEASURED
        return f"{self.precision['strict']['value']:.2f} (n = {self.precision['judged']})"

    def sentences(self) -> list[str]:
        """The figures in words: precision, then recall."""
        return [self._precision(), self._recall()]

    def facts(self) -> dict[str, Any]:
        """The figures for JSON; null where nothing was measured."""
        return {"precision": dict(self.precision) or None, "recall": list(map(dict, self.recall)) or None}

    def _precision(self) -> str:
        if not self.precision:
            return f"Precision: {NOT_MEASURED}."
        own = self.precision
        read = f"{own['true']:,} of {own['judged']:,} findings read by {self.judged_by}"
        out = [f"Precision {_share(own['strict'])}: {read} are correct and useful"]
        if own["arguable"]:
            out.append(f"; {own['lenient']['value']:.2f} if the {own['arguable']:,} arguable ones count as well")
        if len(own["by_severity"]) > 1:
            parts = [f"{s}s {e['strict']['value']:.2f} (n = {e['judged']:,})" for s, e in own["by_severity"].items()]
            out.append(f"; {', '.join(parts)}")
        out.append(f". Read on {', '.join(f'{kind} ({n:,})' for kind, n in own['kinds'].items())}")
        second = own["second_reading"]
        if second["read_twice"]:
            out.append(f"; a second reading agreed on {second['agreed']:,} of {second['read_twice']:,}")
        return "".join(out) + "."

    def _recall(self) -> str:
        if not self.recall:
            return f"Recall: {NOT_MEASURED}."
        parts = []
        for each in self.recall:
            data = f" ({each['data']})" if each.get("data") else ""
            parts.append(f"{each['found']:,} of {each['n']:,} {each['planted']}{data}")
        return f"Recall on planted defects: {'; '.join(parts)}."


def _share(measured: Mapping[str, float]) -> str:
    return "{value:.2f} (95% CI {low:.2f} to {high:.2f})".format(**measured)


def measured(code: str) -> Measured:
    """What is known of a rule."""
    document = _document()
    found = document["rules"].get(code)
    if found is None:
        return Measured()
    return Measured(found["precision"] or {}, tuple(found["recall"] or ()), document["judged_by"])


@cache
def _document() -> Mapping[str, Any]:
    content: dict[str, Any] = json.loads(MEASURED.read_text("utf-8"))
    return content
