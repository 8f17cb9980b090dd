"""A candidate against a baseline on the same rows: what got better, what got worse, and what is unclear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from assay.reports.gating import pairs as pairing
from assay.reports.gating import scopes
from assay.reports.gating.claims import down, up
from assay.reports.statistics import bootstrap, multiplicity, paired

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.reports.gating.evidence import Evidence
    from assay.reports.gating.pairs import Pairs

LISTED = 50
"""Wins and losses that are listed; all are counted."""
CONFIDENCE = 0.95


def compare(pairs: Pairs, confidence: float = CONFIDENCE) -> dict[str, Any]:
    """Everything that two evaluations of the same rows say of each other; two-sided intervals.

    Accuracy, and recall of slices and classes, by Tango's score interval; macro F1 by paired bootstrap. A slice is
    better or worse only if McNemar's exact test says so after Holm's correction for all slices and classes.
    """
    one = pairs.candidate
    at = np.flatnonzero(one.labelled)
    won, lost = (at[one.right[at] & ~pairs.right[at]], at[~one.right[at] & pairs.right[at]])
    return {
        "baseline": pairs.baseline.model,
        "confidence": confidence,
        "accuracy": _difference(pairs, at, confidence),
        "macro_f1": _macro_f1(pairs, at, confidence),
        "wins": int(won.size),
        "losses": int(lost.size),
        "slices": _parts(pairs, one.places, confidence),
        "classes": _parts(pairs, _classes(one), confidence, labels=True),
        "won_rows": _rows(pairs, won),
        "lost_rows": _rows(pairs, lost),
    }


def _classes(one: Evidence) -> dict[str, NDArray[np.int64]]:
    return {name: np.flatnonzero(one.has(name)) for name in scopes.classes(one)}


def _difference(pairs: Pairs, at: NDArray[np.int64], confidence: float, label: str | None = None) -> dict[str, Any]:
    b, c, n = pairing.discordant(pairs, at, label)
    if not n:
        return {"n": 0, "difference": None, "low": None, "high": None, "p_value": None}
    one_sided = 1 - (1 - confidence) / 2
    return {
        "n": n,
        "only_baseline_right": round(b, 6),
        "only_candidate_right": round(c, 6),
        "difference": _short((c - b) / n),
        "low": _short(float(paired.lower_bound(up(b), down(c), n, one_sided))),
        "high": _short(float(paired.upper_bound(down(b), up(c), n, one_sided))),
        "p_value": _short(float(paired.mcnemar(round(b), round(c)))),
    }


def _macro_f1(pairs: Pairs, at: NDArray[np.int64], confidence: float) -> dict[str, Any] | None:
    one = pairs.candidate
    if not at.size or one.multilabel:
        return None
    columns = (one.labels[at], one.predictions[at], pairs.predictions[at])
    _, codes = np.unique(np.concatenate(columns).astype(str), return_inverse=True)
    labels, candidate, baseline = np.split(codes.astype(np.int64), 3)
    one_sided = 1 - (1 - confidence) / 2
    metric = bootstrap.averaged("macro_f1")
    found = bootstrap.difference(
        metric, labels, candidate, baseline, one.clusters[at], confidence=one_sided, draws=draws_for(at.size)
    )
    if found is None:
        return None
    return {"n": found.n, "difference": _short(found.value), "low": _short(found.low), "high": _short(found.high)}


def draws_for(rows: int) -> int:
    """Draws of a bootstrap that is only shown: fewer where each is dear."""
    return 1000 if rows <= 20_000 else 200  # noqa: PLR2004 - a second at most


def _parts(
    pairs: Pairs, parts: dict[str, NDArray[np.int64]], confidence: float, *, labels: bool = False
) -> list[dict[str, Any]]:
    """Slices or classes, worst first."""
    some = [(name, at) for name, at in sorted(parts.items()) if at.size]
    out = [{"name": name, **_difference(pairs, at, confidence, name if labels else None)} for name, at in some]
    corrected = multiplicity.holm([one["p_value"] for one in out])
    for one, p in zip(out, corrected, strict=True):
        one["p_value"] = _short(float(p))
        clear = p <= 1 - confidence
        one["change"] = "unclear" if not clear else "better" if one["difference"] > 0 else "worse"
    return sorted(out, key=lambda one: (one["difference"], one["name"]))


def _rows(pairs: Pairs, at: NDArray[np.int64]) -> list[dict[str, Any]]:
    """The first rows of some, with both predictions."""
    frame = pairs.candidate.rows
    ids: Sequence[Any] = frame["id"].to_list() if "id" in frame.columns else [None] * frame.height
    rows = frame["row"].to_list()
    one = pairs.candidate
    return [
        {
            "row": rows[i],
            "id": ids[i],
            "label": one.labels[i],
            "candidate": one.predictions[i],
            "baseline": pairs.predictions[i],
        }
        for i in at[:LISTED].tolist()
    ]


def _short(value: float) -> float:
    return round(value, 9)
