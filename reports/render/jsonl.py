"""Findings as JSON Lines: the columns of findings.parquet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assay.audit.store import findings_frame

_UNSEEN = re.compile("[\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")

if TYPE_CHECKING:
    from assay.reports.render.report import Report


def render(report: Report) -> str:
    """One line per finding and row concerned."""
    frame = findings_frame(report.audit)
    return escaped(frame.write_ndjson()) if frame.height else ""


def escaped(json: str) -> str:
    """JSON whose strings hold no character that a terminal obeys or hides."""
    return json if json.isascii() else _UNSEEN.sub(lambda m: f"\\u{ord(m[0]):04x}", json)
