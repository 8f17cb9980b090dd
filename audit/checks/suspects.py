"""LBL002 and LBL003: labels that are probably wrong, and classes that the data cannot tell apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.audit.dataset import Dataset
from assay.audit.errors import ConfigError, MissingInputError
from assay.audit.label_units import as_chance
from assay.audit.labelling.overlap import Mixing, Overlap, exact_interval, mixing, overlaps
from assay.audit.labelling.ranking import SHOWN
from assay.audit.mark_suspicion import MarkSuspicion
from assay.audit.rules import Fix, Hit, Severity, row_score, rule
from assay.audit.suspicion import HARDLY, REVIEW, SURE, Suspicion, speaking, suspicion
from assay.audit.wording import counted, percent, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.labelling.ranking import Ranking
    from assay.audit.labelling.words import Speaking

_WORDED = 2000  # worst hits whose words are told: looking words up takes longer than finding all hits
_SHOWN = 5  # neighbours and examples of a hit


@rule("LBL002", "suspect-label", Severity.WARNING)
def suspect_label(
    data: Dataset, *, sure: float = SURE, review: float = REVIEW, top: float = SHOWN, probabilities: str = ""
) -> Iterator[Hit]:
    """Find rows whose label is probably wrong, judged by all other rows, and suggest another one.

    Why: wrong labels teach the model their mistakes, and in a test split they score right answers as errors.
    Fix: read the row beside its neighbors; relabel it, or keep the label and add rows like it. Notes are worth a
    look, no more.
    Options: sure is the score from which a label is reported as wrong; where the texts explain less than half of the
    labels it is higher, where many labels are clearly wrong about half as high. review is the score from which it is
    reported as doubtful, a note, if the text alone would get another label; up to 0.2 more otherwise, the less the
    texts explain.
    top is the share of the ranking down to which notes are reported one by one; raise it to clean up a small dataset.
    probabilities is a file of out-of-sample probabilities of a model of yours (CSV, JSON Lines or Parquet, a column
    for each class, joined by id or in row order).
    All splits are judged together. Findings are ranked; the score behind the rank is no probability. A warning
    needs half of the neighbors to have the suggested label; a text with three labels or more is LBL001's. Notes end
    with the top 5% of the ranking, and one note counts the rest. Copies of a text under one label count once; so do
    the votes of a template family or of near-duplicates with one label. Datasets of up to 60 different texts and
    classes of fewer than five are too little evidence. Where rows have several labels (`a;b`, lists), each label is
    judged separately, given or missing, and the most doubtful one represents the row.
    """
    if not 0 < top <= 1:
        raise ConfigError(f"top must be in 0..1, not {top}")
    known = suspicion(data, probabilities)
    if isinstance(known, Suspicion) and known.judged.knowable < HARDLY:
        raise MissingInputError(
            f"not enough evidence: the texts explain {percent(known.judged.knowable)} of the labels: none can"
            " be called wrong by its text"
        )
    ranking = known.ranking(sure, review, top)
    rows = _rows_by_unit(known, ranking.reported)
    if isinstance(known, MarkSuspicion):
        yield from (_doubtful_mark(data, known, ranking, unit, rows[unit]) for unit in ranking.reported)
    else:
        words = speaking(data, known) if ranking.reported else None
        for k, unit in enumerate(ranking.reported):
            yield _suspect(data, known, ranking, rows[unit], words if k < _WORDED else None)
    if ranking.others:
        yield _rest(known, ranking)


def _rows_by_unit(known: Suspicion | MarkSuspicion, units: list[int]) -> dict[int, NDArray[np.int64]]:
    """Rows of some units, in order of the dataset."""
    wanted = np.zeros(known.units.rows.size, np.bool_)
    wanted[units] = True
    of = known.units.of
    rows = np.flatnonzero((of >= 0) & wanted[of])
    rows = rows[np.argsort(of[rows], kind="stable")]
    edges = np.flatnonzero(np.diff(of[rows], prepend=-1, append=-1)).tolist() if rows.size else []
    return {int(of[rows[a]]): rows[a:b] for a, b in pairwise(edges)}


def _rest(known: Suspicion | MarkSuspicion, ranking: Ranking) -> Hit:
    """One hit for the doubtful labels below the top of the ranking."""
    others = ranking.others
    many = f"{counted(len(others), 'more label')} may be wrong, ranked below the top 5% that are listed"
    why = "; sort by suspect_label in rows.parquet to read on"
    explained = None
    if isinstance(known, Suspicion):
        explained = round(known.judged.knowable, 4)
        if known.opinion:
            why = f"; labels here are a matter of opinion: the texts explain only {percent(explained)} of them"
    rows = tuple(int(known.units.rows[unit]) for unit in others[:_SHOWN])
    evidence = {"labels": len(others), "of": int(ranking.rank.size), "explained": explained}
    return Hit(rows, many + why, evidence, subject="labels below the top of the ranking", severity=Severity.NOTE)


def _suspect(data: Dataset, known: Suspicion, ranking: Ranking, rows: NDArray[np.int64], words: Speaking | None) -> Hit:
    """A hit for the rows of one unit."""
    unit = int(known.units.of[rows[0]])
    certain = bool(ranking.certain[unit])
    given, other = int(known.units.codes[unit]), int(known.suggested[rows[0]])
    scores = np.round(as_chance(known.odds[rows]), 4).tolist()
    label, suggested = known.names[given], known.names[other]
    near = known.nearest(unit)
    beside = [n for n in near if n[1] == other][:_SHOWN]
    votes = {"suggested": sum(n[1] == other for n in near), "given": sum(n[1] == given for n in near)}
    evidence: dict[str, Any] = {
        "given": label,
        "suggested": suggested,
        "rank": int(ranking.rank[unit]),
        "of": int(ranking.rank.size),
        "score": max(scores),
        "tier": "sure" if certain else "review",
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
        fits += f"; {votes['suggested']} of {counted(len(near), 'nearest neighbor')} have it"
    copies = f" on {len(rows)} copies of a text" if len(rows) > 1 else ""
    return Hit(
        tuple(rows.tolist()),
        f"label {quoted(label)}{copies} is {'probably wrong' if certain else 'doubtful'}"
        f" ({_place(ranking, unit)}): {fits}",
        evidence,
        Fix("relabel", tuple(rows.tolist()), label=suggested) if certain else None,
        related=((beside[0][0] if beside else -1),) * len(rows),
        scores=tuple(scores),
        suggested=suggested,
        severity=None if certain else Severity.NOTE,
    )


def _place(ranking: Ranking, unit: int) -> str:
    return f"rank {int(ranking.rank[unit]):,} of {ranking.rank.size:,}"


def _doubtful_mark(data: Dataset, known: MarkSuspicion, ranking: Ranking, unit: int, rows: NDArray[np.int64]) -> Hit:
    """A hit for the rows of one unit with several labels."""
    name, given = known.marks[known.mark[unit]], known.given(unit)
    scores = np.round(as_chance(known.odds[rows]), 4).tolist()
    beside, against, near = known.contradicting(unit, _SHOWN)
    corrected = known.corrected(unit)
    certain, base = bool(ranking.certain[unit]), round(float(known.base[known.mark[unit]]), 4)
    what = f"label {quoted(name)} is {'probably' if certain else 'possibly'} {'wrong' if given else 'missing'}"
    evidence = {
        "given": list(known.labels[unit]),
        "doubtful": name,
        "problem": "wrong" if given else "missing",
        "rank": int(ranking.rank[unit]),
        "of": int(ranking.rank.size),
        "score": max(scores),
        "tier": "sure" if certain else "review",
        "neighbours": {"of": near, "differ": against},
        "base_rate": base,
        "contradicting": [{"row": data.row(r).place, "similarity": round(s, 4)} for r, s in beside],
    }
    have = near - against if given else against
    return Hit(
        tuple(rows.tolist()),
        f"{what} ({_place(ranking, unit)}): {have} of {counted(near, 'nearest neighbor')} have it,"
        f" {percent(base)} of all rows do",
        evidence,
        Fix("relabel", tuple(rows.tolist()), label=corrected) if certain and corrected else None,
        related=((beside[0][0] if beside else -1),) * rows.size,
        scores=tuple(scores),
        suggested=corrected or None,
        severity=None if certain else Severity.NOTE,
    )


@row_score("suspect_label", "LBL002")
def suspect_label_score(data: Dataset, options: Mapping[str, Mapping[str, Any]]) -> pl.Series:
    """Score, 0 to 1, by which labels are ranked as wrong (no probability); null for a row without a label."""
    known = suspicion(data, options.get("LBL002", {}).get("probabilities", ""))
    return pl.Series(np.round(known.chance, 6)).fill_nan(None)


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
    """Find pairs of classes that overlap: texts that nearly mean the same are found in both.

    Why: no model learns a difference that the texts do not show; errors between such classes stay whatever is done
    to the model, and labels between them are a matter of luck.
    Fix: merge the classes, or write down in the labeling guide what separates them and label their rows again.
    Options: confusion is the share of a class's texts taken for the other, out of sample, that is still normal. A pair
    is reported if the share is higher both ways, beyond chance (5%) over all pairs of classes together; if it is higher
    by the words alone too; and if close texts (cosine of 0.8 or more) mix at half the rate of random labels or more: at
    least five texts of each class need such a neighbor.
    """
    known = suspicion(data)
    if isinstance(known, MarkSuspicion):
        raise MissingInputError("needs one label a row; where rows have several, classes overlap on purpose")
    best = known.judged.taken  # the second round moves doubtful rows of two like classes into one of them
    words, given = known.judged.by_words, known.units.codes
    if words is None:
        return
    for pair in overlaps(given, best, len(known.names), confusion):
        by_words = [int(((given == a) & (words == b)).sum()) for a, b in (pair.classes, pair.classes[::-1])]
        mixed = mixing(given, known.neighbours.index, known.neighbours.similarity, pair.classes)
        if mixed.overlap and all(k > confusion * n for k, n in zip(by_words, pair.units, strict=True)):
            yield _overlapping(known, pair, mixed)


def _overlapping(known: Suspicion, pair: Overlap, mixed: Mixing) -> Hit:
    a, b = (known.names[c] for c in pair.classes)
    examples = sorted(
        (e for one, other in (pair.classes, pair.classes[::-1]) for e in _close(known, one, other)),
        key=lambda e: (-e[2], known.units.of[e[0]]),
    )
    shown = examples[: 2 * _SHOWN]
    intervals = [exact_interval(k, n) for k, n in zip(pair.confused, pair.units, strict=True)]
    evidence = {
        "classes": [a, b],
        "texts": list(pair.units),
        "confused": list(pair.confused),
        "shares": [round(s, 6) for s in pair.shares],
        "intervals_95": [[round(low, 6), round(high, 6)] for low, high in intervals],
        "p": float(f"{pair.p:.2g}"),
        "close_texts": list(mixed.close),
        "close_across": list(mixed.across),
    }
    there, back = (percent(k / n) for k, n in zip(mixed.across, mixed.close, strict=True))
    return Hit(
        tuple(e[0] for e in shown),
        f"classes {quoted(a, 40)} and {quoted(b, 40)} overlap: of texts that nearly mean the same as another of the two"
        f" classes, {there} of the first and {back} of the second have their nearest one in the other class",
        evidence,
        related=tuple(e[1] for e in shown),
        scores=tuple(round(e[2], 4) for e in shown),
        subject=f"{a} : {b}",
    )


def _close(known: Suspicion, one: int, other: int) -> list[tuple[int, int, float]]:
    """Rows of class ``one`` nearest to a row of class ``other``, each with that row and the cosine."""
    near, units = known.neighbours, known.units
    mine = np.flatnonzero(units.codes == one)
    across = (near.index[mine] >= 0) & (units.codes[near.index[mine]] == other)
    mine, first = mine[across.any(axis=1)], across.argmax(axis=1)[across.any(axis=1)]
    cosine = np.round(near.similarity[mine, first].astype(np.float64), 4)
    top = np.argsort(-cosine, kind="stable")[:_SHOWN]
    return [(int(units.rows[mine[k]]), int(units.rows[near.index[mine[k], first[k]]]), float(cosine[k])) for k in top]
