"""Tables as CSV that a spreadsheet shows as text: no cell becomes a formula, none hides or turns what it says."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Any

from assay.audit.store import findings_frame
from assay.reports.render.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assay.reports.render.report import Report

_STARTS = frozenset("=+-@|%\t\r\n\uff1d\uff0b\uff0d\uff20")
"""First characters that make some spreadsheet read a cell as a formula, a link to a program, or a new cell."""


def render(report: Report) -> str:
    """The columns of findings.parquet, one line per finding and row concerned."""
    frame = findings_frame(report.audit)
    return table(frame.columns, frame.iter_rows())


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A header and rows; texts in quotes, so that what is a text and what a number can be told.

    Args:
        columns: names of the columns.
        rows: values; None becomes an empty cell.
    """
    out = StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def cell(value: Any) -> Any:
    """A value as it may stand in a cell: numbers as they are, texts made visible, formulas with an apostrophe before.

    An apostrophe is what spreadsheets put there themselves to say "this is text".
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return value
    text = str(value)
    shown = visible(text)
    risky = text[:1] in _STARTS or text.lstrip()[:1] in _STARTS or shown[:1] in _STARTS
    return f"'{shown}" if text and risky else shown
