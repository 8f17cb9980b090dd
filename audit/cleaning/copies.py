"""Duplicates: one row of each group stays, and it is said why that one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from assay.audit.cleaning.changes import Change
from assay.audit.cleaning.proposals import DUPLICATES, same_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from assay.audit.cleaning.plan import Plan

_LABEL_DIGITS = 2
"""Doubts about labels are compared to so many digits: less is noise."""
_Reason = tuple[str, "Callable[[int], Any]"]
"""Words for why a row is kept, and what is larger for a row that is kept."""


def drop_copies(plan: Plan) -> None:
    """Drop all rows but one of each group: exact copies whose labels agree, others only when that is asked for."""
    for code in DUPLICATES if plan.wish.unsafe else DUPLICATES[:1]:
        for mark, message, rows in _groups(plan, code):
            here = [row for row in rows if not plan.gone(row)]
            labels = [plan.known.labels[row] for row in here]
            safe = code == "DUP001" and all(same_label(labels[0], label) for label in labels[1:])
            if len(here) < 2 or not (safe or plan.wish.unsafe):  # noqa: PLR2004 - a copy and its twin
                continue
            _keep_one(plan, here, Change(-1, "drop", message, code, mark, safe=safe), _reasons(plan, code))


def _groups(plan: Plan, code: str) -> Iterator[tuple[str, str, list[int]]]:
    """Fingerprint, message and rows of each group; one row of a near-duplicate stands for all its exact copies."""
    known = plan.known
    lines = known.of(code).filter(pl.col("split").is_in(plan.wish.splits))
    found = lines.group_by("fingerprint", maintain_order=True).agg(pl.col("message", "split").first(), pl.col("at"))
    for mark, message, name, rows in found.select("fingerprint", "message", "split", "at").iter_rows():
        split = known.data.split(name)
        if code == "DUP001" or split is None:
            yield mark, message, sorted(set(rows))
            continue
        every = {twin for row in rows for twin in known.twins(row)}
        yield mark, message, sorted(row for row in every if split.start <= row < split.stop)


def _reasons(plan: Plan, code: str) -> Sequence[_Reason]:
    """Why one row is kept rather than another, the weightiest first."""
    known = plan.known
    person: _Reason = ("a reviewer keeps it", lambda row: row in plan.decided)
    longest: _Reason = ("it is the longest", lambda row: int(known.length[row]))
    earliest: _Reason = ("it is the earliest", lambda row: -row)
    if code == "DUP004":
        return [person, longest, earliest]
    out: list[_Reason] = [
        person,
        ("its label is the less doubtful one", lambda row: -round(float(known.suspect[row]), _LABEL_DIGITS)),
        ("it has a label", lambda row: bool((known.labels[row] or "").strip())),
    ]
    if code != "DUP001":
        return [*out, longest, earliest]
    if plan.wish.keep == "last":
        return [*out, ("it is the latest, which DUP001 is told to keep", lambda row: row)]
    return [*out, earliest]


def _keep_one(plan: Plan, rows: list[int], change: Change, reasons: Sequence[_Reason]) -> None:
    weights = {row: [weigh(row) for _, weigh in reasons] for row in rows}
    best = max(rows, key=weights.__getitem__)
    for row in rows:
        if row != best:
            pairs = zip(reasons, weights[best], weights[row], strict=True)
            why = next(words for (words, _), mine, other in pairs if mine > other)
            plan.drop(
                Change(row, "drop", change.reason, change.code, change.fingerprint, kept=best, why_kept=why,
                       safe=change.safe)
            )  # fmt: skip
