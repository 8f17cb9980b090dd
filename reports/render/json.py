"""audit.json and the findings as one JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.audit.findings import as_json
from assay.reports.render import jsonl

if TYPE_CHECKING:
    from assay.reports.render.report import Report


def render(report: Report) -> str:
    """``audit.json`` with the judgement and, under ``findings``, the lines of ``findings.parquet``."""
    head = jsonl.escaped(as_json({**report.document, **report.judgement})).rstrip("\n").removesuffix("\n}")
    lines = jsonl.render(report).removesuffix("\n").replace("\n", ",\n")
    return f'{head},\n  "findings": [{f"{chr(10)}{lines}{chr(10)}  " if lines else ""}]\n}}\n'
