"""What cleaning does with each row: a person's word first, then relabelling, leaks, empty texts, and last duplicates.

The order matters. Labels come before copies, since copies whose labels agree once they are spelt alike are safe to
drop. What is dropped for a reason of its own comes before duplicates, so that a group never loses its last row to a
choice that was made without it. Safety is judged here again, on the labels as they will be.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from assay.audit.cleaning.changes import Change
from assay.audit.cleaning.copies import drop_copies
from assay.audit.cleaning.leaks import drop_leaks, drop_what_is_left
from assay.audit.cleaning.proposals import DUPLICATES, LEAKS, RELABELS, Known
from assay.audit.lexical.verify import SIMILARITY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.audit.cleaning.decisions import Decision


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for."""

    splits: tuple[str, ...] = ("train",)
    """Splits that are cleaned; rows of others are never touched."""
    unsafe: bool = False
    leaks_from: str | None = None
    """Held-out split that gives up its leaked rows; else train does."""
    keep: str = "first"
    """Which row of exact copies stays, as DUP001 is configured."""
    similarity: float = SIMILARITY
    """Threshold of near-copies, as LEK002 is configured."""


@dataclass(slots=True)
class Plan:
    """Changes by row, growing step by step."""

    known: Known
    wish: Wish
    changes: dict[int, Change] = field(default_factory=dict)
    decided: set[int] = field(default_factory=set)
    """Rows that a person said stay: rules leave them alone."""

    def gone(self, row: int) -> bool:
        """Whether a row is dropped."""
        return row in self.changes and self.changes[row].action == "drop"

    def free(self, row: int) -> bool:
        """Whether a rule may still do something with a row."""
        return row not in self.decided and not self.gone(row)

    def drop(self, change: Change) -> None:
        """Drop a row, unless it is gone or a person keeps it."""
        if self.free(change.row):
            self.changes[change.row] = change


def make_plan(known: Known, wish: Wish, decisions: Mapping[int, Decision]) -> Plan:
    """Decide about every row.

    Args:
        known: data and findings.
        wish: what was asked for.
        decisions: standing decisions by row of the frame.
    """
    plan = Plan(known, wish)
    _decide(plan, decisions)
    _relabel(plan)
    drop_leaks(plan)
    _drop_alone(plan)
    drop_copies(plan)
    if known.findings["code"].is_in(["LEK002"]).any():
        drop_what_is_left(plan)
    return plan


def _decide(plan: Plan, decisions: Mapping[int, Decision]) -> None:
    """What people said; it is done to the letter, and rules keep off these rows."""
    findings = plan.known.findings
    own = pl.col("fix").is_not_null() & ~pl.col("code").is_in(LEAKS)  # a leak's fix is about its related row
    codes = dict(findings.select("fingerprint", "code").unique(maintain_order=True).iter_rows())
    fixed = set(findings.filter(own & pl.col("at").is_not_null())["at"].to_list())
    fixed |= set(plan.known.of(*LEAKS)["related_at"].drop_nulls().to_list())
    for row, one in sorted(decisions.items()):
        if plan.known.data.row(row).split not in plan.wish.splits:
            continue
        if one.action == "relabel" and one.label == plan.known.labels[row]:
            plan.decided.add(row)
            continue
        if one.action == "keep" and row not in fixed:
            plan.decided.add(row)
            continue
        reason = {"keep": "kept by a reviewer, whatever rules say"}.get(one.action, f"decided by {one.reviewer}")
        plan.changes[row] = Change(
            row, one.action if one.action in {"drop", "relabel"} else "keep",
            reason, codes.get(one.fingerprint or ""), one.fingerprint, one.label, reviewer=one.reviewer, time=one.time,
        )  # fmt: skip
        if one.action != "drop":
            plan.decided.add(row)
        if one.action == "relabel":
            plan.known.labels[row] = one.label


def _relabel(plan: Plan) -> None:
    """New labels by rule: what the text says (unsafe) before how the label is spelt (safe)."""
    known = plan.known
    lines = known.of(*RELABELS).filter(
        (pl.col("fix") == "relabel") & pl.col("suggested_label").is_not_null() & pl.col("split").is_in(plan.wish.splits)
    )
    if not plan.wish.unsafe:
        lines = lines.filter("fix_safe")
    order = pl.col("code").replace_strict(list(RELABELS), list(range(len(RELABELS))), return_dtype=pl.Int32)
    lines = lines.with_columns(order.alias("order")).sort("order", "at", maintain_order=True)
    spelt = dict(lines.filter(pl.col("code") == "LBL005").select("given_label", "suggested_label").iter_rows())
    picked = lines.unique("at", keep="first", maintain_order=True)
    wanted = ("at", "code", "fingerprint", "message", "suggested_label", "fix_safe")
    for row, code, mark, message, label, safe in picked.select(wanted).iter_rows():
        new = spelt.get(label, label)
        if plan.free(row) and new != known.labels[row]:
            plan.changes[row] = Change(row, "relabel", message, code, mark, new, safe=bool(safe))
            known.labels[row] = new


def _drop_alone(plan: Plan) -> None:
    """Rows that a rule drops for what they are, not for what stands elsewhere."""
    lines = plan.known.findings.filter(
        (pl.col("fix") == "drop")
        & ~pl.col("code").is_in([*DUPLICATES, *LEAKS])
        & pl.col("at").is_not_null()
        & pl.col("split").is_in(plan.wish.splits)
    )
    if not plan.wish.unsafe:
        lines = lines.filter("fix_safe")
    for row, code, mark, message, safe in lines.select("at", "code", "fingerprint", "message", "fix_safe").iter_rows():
        plan.drop(Change(row, "drop", message, code, mark, safe=bool(safe)))


def left_over(plan: Plan) -> dict[str, dict[str, int]]:
    """Fixes of the cleaned splits that were not applied, in findings: code -> ``look`` or ``move`` -> how many.

    ``look``: not safe, so a person or ``--unsafe`` decides; ``move``: rows would have to change sides.
    """
    known, done = plan.known, set(plan.changes) | plan.decided
    # Rows that must change sides are told on one side only, so they concern every split.
    here = (pl.col("split").is_in(plan.wish.splits) | (pl.col("fix") == "move")) & pl.col("at").is_not_null()
    here &= ~pl.col("code").is_in(LEAKS)  # counted below: what is left of them is a question of both sides
    lines = known.findings.filter(here & (pl.col("fix").is_not_null() | pl.col("code").is_in(DUPLICATES)))
    out: dict[str, Counter[str]] = {}
    grouped = lines.group_by("code", "fingerprint", maintain_order=True).agg("at", pl.col("fix").drop_nulls().first())
    for code, _, rows, fix in grouped.iter_rows():
        standing = [row for row in rows if not plan.gone(row)]
        left = len(standing) > 1 if code in DUPLICATES else any(row not in done for row in standing)
        if left and fix:
            out.setdefault(code, Counter())["move" if fix == "move" else "look"] += 1
    for code, count in _leaks_left(plan).items():
        out.setdefault(code, Counter())["look"] += count
    return {code: dict(why) for code, why in sorted(out.items())}


def _leaks_left(plan: Plan) -> Counter[str]:
    """Leaks whose text still stands on both sides, of those that concern the cleaned splits."""
    known, splits = plan.known, plan.wish.splits
    lines = known.of(*LEAKS).filter(pl.col("related_at").is_not_null())
    lines = lines.filter(pl.col("related_split").is_in(splits) | pl.col("split").is_in(splits))
    out = Counter[str]()
    for code, row, other, name in lines.select("code", "at", "related_at", "related_split").iter_rows():
        side = known.data.split(name)
        standing = side and any(side.start <= twin < side.stop and not plan.gone(twin) for twin in known.twins(other))
        out[code] += bool(standing and not plan.gone(row))
    return +out
