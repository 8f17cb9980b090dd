"""The reasons of a verdict as lines: for JSON Lines and CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.audit.findings import as_json
from assay.reports.render import csv
from assay.reports.render.jsonl import escaped
from assay.reports.render.verdict_order import sorted_reasons

if TYPE_CHECKING:
    from assay.reports.gating.verdict import Verdict


def jsonl(verdict: Verdict) -> str:
    """One reason a line, what blocks first."""
    return "".join(escaped(as_json(reason.facts(), indent=None)) for reason in sorted_reasons(verdict))


def as_csv(verdict: Verdict) -> str:
    """The same as a table."""
    told = [reason.facts() for reason in sorted_reasons(verdict)]
    columns = list(told[0]) if told else ["rule", "outcome", "message"]
    return csv.table(columns, (list(each.values()) for each in told))
