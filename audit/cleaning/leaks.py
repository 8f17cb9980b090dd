"""Leaks: the train copies of held-out rows go, never the test rows, unless that is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.checks.leaks import near_leak
from assay.audit.cleaning.changes import Change
from assay.audit.cleaning.proposals import LEAKS, clash
from assay.audit.dataset import TRAIN, VALIDATION, Dataset, Places
from assay.audit.errors import MissingInputError
from assay.audit.features import alike
from assay.audit.rules import Hits, fingerprint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.cleaning.plan import Plan

_ROUNDS = 8
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


def drop_what_is_left(plan: Plan) -> None:
    """Look for near-leaks among the rows that stay, and drop those too, until there are none.

    What is near to what depends on all rows (how common a passage is), so dropping rows brings new pairs to light.
    """
    if not plan.wish.unsafe or plan.wish.leaks_from or TRAIN not in plan.wish.splits:
        return
    for _ in range(_ROUNDS):
        data, kept = _standing(plan)
        try:
            pieces = list(near_leak(data, similarity=plan.wish.similarity))
        except MissingInputError:
            return
        before = len(plan.changes)
        for hit in (one[i] for one in pieces if isinstance(one, Hits) for i in range(len(one))):
            partner = int(kept[hit.related[0]])
            split = plan.known.data.row(partner).split
            if split not in plan.wish.splits or split not in {TRAIN, VALIDATION}:
                continue
            held = int(kept[hit.rows[0]])
            there = plan.known.data.row(held).split
            told = f"{there} row: {hit.message} (found when other rows were gone)"
            why, mark = f"it stands in {there}, which measures the model", fingerprint(data, "LEK002", hit)
            plan.drop(Change(partner, "drop", told, "LEK002", mark, kept=held, why_kept=why, safe=False))
        if len(plan.changes) == before:
            return


def _standing(plan: Plan) -> tuple[Dataset, NDArray[np.int64]]:
    """The rows that stay as a data set, and where each of them stands in the whole."""
    whole = plan.known.data
    kept = np.array([row for row in range(len(whole)) if not plan.gone(row)], np.int64)
    edges = [np.searchsorted(kept, [s.start, s.stop]).tolist() for s in whole.splits]
    splits = tuple(replace(s, start=low, stop=high) for s, (low, high) in zip(whole.splits, edges, strict=True))
    places = Places(whole.places.row[kept], whole.places.line[kept], whole.places.file[kept])
    return Dataset(whole.frame[kept], splits, whole.roles, places), kept
