"""LBL002 and LBL003: labels that are probably wrong, and classes that the data cannot tell apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.audit.dataset import Dataset
from assay.audit.errors import MissingInputError
from assay.audit.labelling.overlap import Overlap, exact_interval, overlaps
from assay.audit.mark_suspicion import MarkSuspicion
from assay.audit.rules import Fix, Hit, Severity, row_score, rule
from assay.audit.suspicion import HARDLY, REVIEW, SURE, Suspicion, as_chance, speaking, suspicion
from assay.audit.wording import counted, percent, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.labelling.words import Speaking

_WORDED = 2000  # worst hits whose words are told: looking words up takes longer than finding all hits
_SHOWN = 5  # neighbours and examples of a hit


@rule("LBL002", "suspect-label", Severity.WARNING)
def suspect_label(
    data: Dataset, *, sure: float = SURE, review: float = REVIEW, probabilities: str = ""
) -> Iterator[Hit]:
    """Find rows whose label is probably wrong, judged by all other rows, and suggest another one.

    Why: wrong labels teach the model their mistakes, and in a test set they score right answers as errors.
    Fix: read the row beside its neighbours; relabel it, or keep the label and add rows like it. Rows told as notes
    are worth a look, no more.
    Options: sure is the probability from which a label is told as wrong in a set whose texts tell the labels fully;
    the less they tell, the closer to 1 it moves. review is the probability from which it is told as doubtful, a note,
    where the text alone would be labelled otherwise; up to 0.2 more elsewhere, the less texts tell.
    probabilities is a file of out-of-sample probabilities of a model of yours (CSV, JSON Lines or Parquet, a column
    for each class, joined by id or in row order).
    All splits are judged together. Copies of a text under one label count once, and do not vouch for each other.
    Classes of fewer than five texts are too little evidence. Where rows have several labels (`a;b`, lists), each label
    is judged by itself, given or missing, and the most doubtful one speaks for the row.
    """
    known = suspicion(data, probabilities)
    if isinstance(known, Suspicion):
        if known.judged.knowable < HARDLY:
            raise MissingInputError(
                f"not enough evidence: the texts explain {percent(known.judged.knowable)} of the labels: none can"
                " be called wrong by its text"
            )
        sure = known.certain(sure)
    rows = np.flatnonzero(known.doubtful(review))
    unit = known.units.of[rows]
    order = np.argsort(unit, kind="stable")
    rows, unit = rows[order], unit[order]
    bounds = np.flatnonzero(np.diff(unit, prepend=-1, append=-1)).tolist() if rows.size else []
    groups = [rows[a:b] for a, b in pairwise(bounds)]
    worst = sorted(groups, key=lambda g: (-float(known.odds[g].max()), int(g[0])))
    if isinstance(known, MarkSuspicion):
        yield from (_doubtful_mark(data, known, group, sure) for group in worst)
        return
    words = speaking(data, known) if worst else None
    for k, group in enumerate(worst):
        yield _suspect(data, known, group, sure, words if k < _WORDED else None)


def _suspect(data: Dataset, known: Suspicion, rows: NDArray[np.int64], sure: float, words: Speaking | None) -> Hit:
    """A hit for the rows of one unit."""
    unit = int(known.units.of[rows[0]])
    given, other = int(known.units.codes[unit]), int(known.suggested[rows[0]])
    chances = np.round(as_chance(known.odds[rows]), 6).tolist()
    highest = max(chances)
    label, suggested = known.names[given], known.names[other]
    near = known.nearest(unit)
    beside = [n for n in near if n[1] == other][:_SHOWN]
    votes = {"suggested": sum(n[1] == other for n in near), "given": sum(n[1] == given for n in near)}
    evidence: dict[str, Any] = {
        "given": label,
        "suggested": suggested,
        "probability": highest,
        "tier": "sure" if highest >= sure else "review",
        "by_text": known.by_text(unit),
        "neighbours": {"of": len(near), **votes},
        "contradicting": [
            {"row": data.row(r).place, "label": known.names[c], "similarity": round(s, 4)} for r, c, s in beside
        ],
    }
    if words:
        evidence["words"] = words.words(unit, other)
    if known.pattern and known.pattern.along:
        evidence["errors_gather_along"] = known.pattern.along
    fits = f"{quoted(suggested)} fits better"
    if near:
        fits += f", as for {votes['suggested']} of the {len(near)} nearest texts"
    copies = f" on {len(rows)} copies of a text" if len(rows) > 1 else ""
    certain = highest >= sure
    return Hit(
        tuple(rows.tolist()),
        f"label {quoted(label)}{copies} is {'probably wrong' if certain else 'doubtful'} ({percent(highest)}): {fits}",
        evidence,
        Fix("relabel", tuple(rows.tolist()), label=suggested) if certain else None,
        related=((beside[0][0] if beside else -1),) * len(rows),
        scores=tuple(chances),
        suggested=suggested,
        severity=None if certain else Severity.NOTE,
    )


def _doubtful_mark(data: Dataset, known: MarkSuspicion, rows: NDArray[np.int64], sure: float) -> Hit:
    """A hit for the rows of one unit with several labels."""
    unit = int(known.units.of[rows[0]])
    name, given = known.marks[known.mark[unit]], known.given(unit)
    chances = np.round(as_chance(known.odds[rows]), 6).tolist()
    beside, against, near = known.contradicting(unit, _SHOWN)
    corrected = known.corrected(unit)
    certain = max(chances) >= sure
    what = f"label {quoted(name)} is {'probably' if certain else 'perhaps'} {'wrong' if given else 'missing'}"
    evidence = {
        "given": list(known.labels[unit]),
        "doubtful": name,
        "problem": "wrong" if given else "missing",
        "probability": max(chances),
        "tier": "sure" if certain else "review",
        "neighbours": {"of": near, "differ": against},
        "contradicting": [{"row": data.row(r).place, "similarity": round(s, 4)} for r, s in beside],
    }
    said = f"{against} of the {near} nearest texts are without it" if given else f"{against} of {near} have it"
    return Hit(
        tuple(rows.tolist()),
        f"{what} ({percent(max(chances))}): {said}",
        evidence,
        Fix("relabel", tuple(rows.tolist()), label=corrected) if certain and corrected else None,
        related=((beside[0][0] if beside else -1),) * rows.size,
        scores=tuple(chances),
        suggested=corrected or None,
        severity=None if certain else Severity.NOTE,
    )


@row_score("suspect_label", "LBL002")
def suspect_label_score(data: Dataset, options: Mapping[str, Mapping[str, Any]]) -> pl.Series:
    """Probability that the label is wrong; null for a row without a label."""
    known = suspicion(data, options.get("LBL002", {}).get("probabilities", ""))
    return pl.Series(known.chance).fill_nan(None)


@row_score("suggested_label", "LBL002")
def suggested_label_score(data: Dataset, options: Mapping[str, Mapping[str, Any]]) -> pl.Series:
    """Label that fits better, for rows whose label is doubtful; null for the others."""
    given = options.get("LBL002", {})
    known = suspicion(data, given.get("probabilities", ""))
    rows = np.flatnonzero(known.doubtful(given.get("review", REVIEW)))
    labels = np.full(len(data), None, object)
    labels[rows] = known.suggestion(rows)
    return pl.Series(labels.tolist(), dtype=pl.String)


@rule("LBL003", "overlapping-classes", Severity.WARNING)
def overlapping_classes(data: Dataset, *, confusion: float = 0.1) -> Iterator[Hit]:
    """Find pairs of classes that the data cannot tell apart: each is taken for the other, out of sample.

    Why: no model learns a difference that the texts do not show; errors between such classes stay whatever is done
    to the model, and labels between them are a matter of luck.
    Fix: merge the classes, or say in the labelling guide what parts them and label their rows again.
    Options: confusion is the share of a class's texts taken for the other that is still normal; a pair is told if it
    is higher both ways, beyond chance (5 %) over all pairs of classes together.
    """
    known = suspicion(data)
    if isinstance(known, MarkSuspicion):
        raise MissingInputError("needs one label a row; where rows have several, classes overlap on purpose")
    best = known.judged.taken  # the second round moves doubtful rows of two like classes into one of them
    for pair in overlaps(known.units.codes, best, len(known.names), confusion):
        yield _overlapping(known, pair, best)


def _overlapping(known: Suspicion, pair: Overlap, best: NDArray[np.int32]) -> Hit:
    a, b = (known.names[c] for c in pair.classes)
    examples = sorted(
        (e for one, other in (pair.classes, pair.classes[::-1]) for e in _alike(known, one, other, best)),
        key=lambda e: (-e[2], e[0]),
    )
    shown = examples[: 2 * _SHOWN]
    intervals = [exact_interval(k, n) for k, n in zip(pair.confused, pair.units, strict=True)]
    evidence = {
        "classes": [a, b],
        "texts": list(pair.units),
        "confused": list(pair.confused),
        "shares": [round(s, 6) for s in pair.shares],
        "intervals_95": [[round(low, 6), round(high, 6)] for low, high in intervals],
        "p": pair.p,
    }
    there, back = (
        f"{percent(s)} ({percent(low)} to {percent(high)}) of {counted(n, 'text')}"
        for s, n, (low, high) in zip(pair.shares, pair.units, intervals, strict=True)
    )
    return Hit(
        tuple(e[0] for e in shown),
        f"classes {quoted(a, 40)} and {quoted(b, 40)} overlap: {there} of the first look like the second,"
        f" {back} of the second like the first",
        evidence,
        related=tuple(e[1] for e in shown),
        scores=tuple(round(e[2], 4) for e in shown),
        subject=f"{a} : {b}",
    )


def _alike(known: Suspicion, one: int, other: int, best: NDArray[np.int32]) -> list[tuple[int, int, float]]:
    """Rows of class ``one`` taken for ``other``, each with its nearest row of that class and how near it is."""
    out = []
    for unit in np.flatnonzero((known.units.codes == one) & (best == other)).tolist():
        row = int(known.units.rows[unit])
        near = next((n for n in known.nearest(unit) if n[1] == other), (-1, other, 0.0))
        out.append((row, near[0], near[2]))
    return sorted(out, key=lambda e: (-e[2], e[0]))[:_SHOWN]
