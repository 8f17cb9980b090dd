"""Leaks: the train copies of held-out rows go, never the test rows, unless that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.cleaning.changes import Change
from assay.audit.cleaning.proposals import LEAKS, clash
from assay.audit.dataset import TRAIN, VALIDATION
from assay.audit.features import alike

if TYPE_CHECKING:
    from assay.audit.cleaning.plan import Plan

_WANTED = ("code", "fingerprint", "message", "at", "related_at", "related_split", "split")


def drop_leaks(plan: Plan) -> None:
    """Drop the rows that give held-out rows away; exact copies are safe where no label contradicts."""
    wish, known = plan.wish, plan.known
    codes = LEAKS if wish.unsafe else LEAKS[:1]
    lines = known.of(*codes).filter(pl.col("related_at").is_not_null()).select(_WANTED)
    if wish.leaks_from:
        _from_held_out(plan, lines.filter(pl.col("split") == wish.leaks_from))
        return
    lines = lines.filter(pl.col("related_split").is_in([s for s in wish.splits if s in {TRAIN, VALIDATION}]))
    if lines.is_empty():
        return
    near = _near(plan) if wish.unsafe and lines["code"].is_in(["LEK002"]).any() else {}
    for code, mark, message, held, partner, split, _ in lines.iter_rows():
        where = known.data.split(split)
        if where is None:
            continue
        others = [partner, *near.get(held, ())] if code == "LEK002" else [partner]
        for row in dict.fromkeys(r for other in others for r in known.twins(other)):
            if not where.start <= row < where.stop or row == held:
                continue
            safe = code == "LEK001" and not clash(known.labels[row], known.labels[held])
            if safe or wish.unsafe:
                told = f"{known.data.row(held).split} row: {message}"
                why = f"it stands in {known.data.row(held).split}, which measures the model"
                plan.drop(Change(row, "drop", told, code, mark, kept=held, why_kept=why, safe=safe))


def _from_held_out(plan: Plan, lines: pl.DataFrame) -> None:
    """Drop the leaked held-out rows themselves, because that was asked for."""
    for code, mark, message, held, partner, split, _ in lines.iter_rows():
        safe = code == "LEK001" and not clash(plan.known.labels[held], plan.known.labels[partner])
        if safe or plan.wish.unsafe:
            why = f"it stands in {split}, and leaked rows were to be taken from {plan.wish.leaks_from}"
            plan.drop(Change(held, "drop", message, code, mark, kept=partner, why_kept=why, safe=safe))


def _near(plan: Plan) -> dict[int, list[int]]:
    """First rows that are verified near-copies of each row; LEK002 names only the best one."""
    found = alike(plan.known.data, plan.wish.similarity).found
    left = np.concatenate([found.left, found.right, found.inner, found.outer])
    right = np.concatenate([found.right, found.left, found.outer, found.inner])
    links: dict[int, list[int]] = {}
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        links.setdefault(a, []).append(b)
    rep = found.rep.tolist()
    return {row: links[first] for row, first in enumerate(rep) if first in links}
