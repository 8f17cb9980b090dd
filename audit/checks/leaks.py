"""LEK001-LEK002: held-out rows that the model has seen, word for word or nearly so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.audit.dataset import TRAIN, Dataset
from assay.audit.errors import MissingInputError
from assay.audit.features import first_in_splits, group_ids, similar
from assay.audit.lexical.clusters import groups_of
from assay.audit.lexical.differences import differences, same_but
from assay.audit.lexical.folding import fold_text
from assay.audit.rules import Fix, Hit, Severity, row_score, rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.lexical.engine import Similar

_TRIED = 8
"""Train rows of its cluster that a held-out row without a verified partner is compared with."""


def _sources(data: Dataset) -> list[tuple[int, list[int]]]:
    """Held-out splits, each with the splits it must not repeat: train first, then held-out ones before it.

    Raises:
        MissingInputError: there are not two splits to compare.
    """
    names = [s.name for s in data.splits]
    held = [names.index(s.name) for s in data.held_out if s.rows]
    train = [i for i, s in enumerate(data.splits) if s.name == TRAIN and s.rows]
    out = [(h, train + held[:k]) for k, h in enumerate(held) if train or k]
    if not out:
        raise MissingInputError("needs train and a held-out split; give one with --test FILE or --validation FILE")
    return out


@rule("LEK001", "exact-leak", Severity.ERROR)
def exact_leak(data: Dataset) -> Iterator[Hit]:
    """Find held-out rows whose text stands in train, equal after folding Unicode, case, white space, punctuation.

    Why: the model has seen the answer, so the held-out score measures memory, not skill.
    Fix: drop the train copies, never the test rows, unless the test set is being rebuilt.
    A test row that stands in the validation split is told too: the model was chosen by it.
    """
    found = similar(data)
    firsts, ids = first_in_splits(data, found), group_ids(found)
    codes = data.label_codes[0] if data.roles.label else None
    for held, sources in _sources(data):
        rows, partner = _exact_partners(data, found, firsts, held, sources)
        texts, others = data.text.gather(rows).to_list(), data.text.gather(partner).to_list()
        names = [data.splits[s].name for s in data.split_codes[partner].tolist()]
        for k, (row, other) in enumerate(zip(rows.tolist(), partner.tolist(), strict=True)):
            how = same_but(texts[k], others[k])
            clash = codes is not None and codes[row] != codes[other] and min(codes[row], codes[other]) >= 0
            said = "stands" + (" word for word" if how == "identical" else f", but for its {how},") + f" in {names[k]}"
            yield Hit(
                (row,),
                said + (", under another label" if clash else ""),
                {"kind": how, "similarity": 1.0, "source": names[k], "labels_differ": bool(clash)},
                Fix("drop", (other,), safe=not clash),
                related=(other,),
                scores=(1.0,),
                group=int(ids[row]),
            )


def _exact_partners(
    data: Dataset, found: Similar, firsts: NDArray[np.int64], held: int, sources: list[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of a held-out split that stand in a source split, and the first row there."""
    split = data.splits[held]
    rows = np.arange(split.start, split.stop, dtype=np.int64)
    partner = np.full(rows.size, -1, np.int64)
    for source in reversed(sources):  # the earlier source wins
        other = firsts[source, found.rep[rows]]
        partner = np.where(other >= 0, other, partner)
    known = (partner >= 0) & (found.words[rows] > 0)
    return rows[known], partner[known]


@dataclass(frozen=True, slots=True, eq=False)
class _Links:
    """Verified links between distinct texts in both directions: near-duplicates and contained texts."""

    start: NDArray[np.int64]
    other: NDArray[np.int64]
    score: NDArray[np.float64]
    contained: NDArray[np.bool_]


def _links(found: Similar) -> _Links:
    near, held = found.left.size, found.inner.size
    start = np.concatenate([found.left, found.right, found.inner, found.outer])
    other = np.concatenate([found.right, found.left, found.outer, found.inner])
    score = np.concatenate([found.score, found.score, found.contained, found.contained]).astype(np.float64)
    contained = np.repeat([False, True], [2 * near, 2 * held])
    order = np.lexsort((other, -score, contained, start))  # near before contained, best first
    return _Links(start[order], other[order], score[order], contained[order])


@rule("LEK002", "near-leak", Severity.ERROR)
def near_leak(data: Dataset, *, similarity: float = 0.84) -> Iterator[Hit]:
    """Find held-out rows that are nearly the same as a train row, or hold it, or are held by it.

    Why: a model that has seen the near-copy answers from memory; the held-out score is too good.
    Fix: drop the train copies, or put whole clusters of near-duplicates on one side (`assay split` does).
    Options: similarity as in DUP002.
    Exact copies are LEK001's. Rows of one template with other slots are no leak (DUP005 lists the families).
    """
    found = similar(data, similarity)
    firsts, ids = first_in_splits(data, found), group_ids(found)
    links = _links(found)
    for held, sources in _sources(data):
        rows, partner, score, contained = _near_partners(data, found, firsts, links, held, sources, similarity)
        change = differences(data.text, rows, partner)
        names = [data.splits[s].name for s in data.split_codes[partner].tolist()]
        for k, (row, other) in enumerate(zip(rows.tolist(), partner.tolist(), strict=True)):
            kind = "contained" if contained[k] else change.kind(k)
            longer = found.words[row] > found.words[other]
            how = ("holds" if longer else "is held by") if contained[k] else "is nearly"
            value = round(float(score[k]), 4)
            yield Hit(
                (row,),
                f"{how} a row of {names[k]}" + ("" if contained[k] else f" ({kind} changed)"),
                {"kind": kind, "similarity": value, "source": names[k], "difference": change.evidence(k)},
                Fix("drop", (other,)),
                related=(other,),
                scores=(value,),
                group=int(ids[row]) if ids[row] >= 0 else None,
            )


def _near_partners(
    data: Dataset,
    found: Similar,
    firsts: NDArray[np.int64],
    links: _Links,
    held: int,
    sources: list[int],
    similarity: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
    """Near-leaking rows of a held-out split, their best partner in a source split, score, whether by containment."""
    exact = set(_exact_partners(data, found, firsts, held, sources)[0].tolist())
    split = data.splits[held]
    best: dict[int, tuple[int, float, bool]] = {}
    for source in sources:
        there = np.flatnonzero((firsts[held, links.start] >= 0) & (firsts[source, links.other] >= 0))
        first = there[np.unique(links.start[there], return_index=True)[1]] if there.size else there
        for k in first.tolist():
            partner = int(firsts[source, links.other[k]])
            best.setdefault(int(links.start[k]), (partner, float(links.score[k]), bool(links.contained[k])))
        for rep, (partner, value) in _through_cluster(data, found, firsts, held, source, best, similarity).items():
            best.setdefault(rep, (partner, value, False))
    rows = [r for r in range(split.start, split.stop) if int(found.rep[r]) in best and r not in exact] if best else []
    chosen = [best[int(found.rep[r])] for r in rows]
    return (
        np.array(rows, np.int64),
        np.array([c[0] for c in chosen], np.int64),
        np.array([c[1] for c in chosen], np.float64),
        np.array([c[2] for c in chosen], np.bool_),
    )


def _through_cluster(
    data: Dataset,
    found: Similar,
    firsts: NDArray[np.int64],
    held: int,
    source: int,
    known: Mapping[int, Any],
    similarity: float,
) -> dict[int, tuple[int, float]]:
    """Held-out texts linked to the source only through other rows of their cluster, compared directly.

    Large buckets are verified against one leader: two of its rows can be near without ever having met.
    """
    reps = np.unique(np.concatenate([found.left, found.right])) if found.left.size else np.empty(0, np.int64)
    members, bounds = groups_of(found.group[reps])
    out: dict[int, tuple[int, float]] = {}
    for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        cluster = reps[members[low:high]]
        if high - low < 3:  # noqa: PLR2004 - two texts of a cluster are linked directly
            continue
        theirs = firsts[source, cluster]
        theirs = theirs[theirs >= 0][:_TRIED].tolist()
        for rep in cluster[firsts[held, cluster] >= 0].tolist() if theirs else ():
            if rep not in known and firsts[source, rep] < 0:
                value, partner = max((_dice(data, rep, t), -t) for t in theirs)
                if value >= similarity:
                    out[rep] = (-partner, value)
    return out


def _dice(data: Dataset, row: int, other: int) -> float:
    """Dice's coefficient over the folded words of two rows."""
    a, b = (Counter(fold_text(str(data.text[r])).split()) for r in (row, other))
    return 2 * (a & b).total() / max(1, a.total() + b.total())


@row_score("test_similarity", "LEK001", "LEK002")
def test_similarity(data: Dataset, options: Mapping[str, Mapping[str, Any]]) -> pl.Series:
    """How similar the row is to the most similar verified row on the other side of train and held-out splits.

    1 for equal texts; null where nothing was found over the threshold.
    """
    found = similar(data, options.get("LEK002", {}).get("similarity", 0.84))
    firsts = first_in_splits(data, found)
    train = [i for i, s in enumerate(data.splits) if s.name == TRAIN]
    held = [i for i, s in enumerate(data.splits) if s in data.held_out]
    in_train, in_held = (firsts[side] >= 0 for side in (train, held))
    has = np.stack([in_train.any(axis=0), in_held.any(axis=0)])  # (2, rows), by first row
    links = _links(found)
    best = np.full((2, len(data)), -1.0)  # best score towards train, towards held-out, by first row
    for side in (0, 1):
        use = has[side, links.other]
        np.maximum.at(best[side], links.start[use], links.score[use])
        best[side, has[side]] = 1.0
    codes = data.split_codes
    towards = np.where(np.isin(codes, train), 1, np.where(np.isin(codes, held), 0, -1))
    values = np.where(towards == 1, best[1, found.rep], best[0, found.rep])
    known = (towards >= 0) & (values >= 0) & (found.words > 0)
    return pl.Series(np.round(values, 4)).set(pl.Series(~known), None)
