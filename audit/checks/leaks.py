"""LEK001-LEK002: held-out rows that the model has seen, word for word or nearly so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.audit.columns import as_evidence
from assay.audit.dataset import TRAIN, Dataset
from assay.audit.errors import MissingInputError
from assay.audit.features import Alike, alike
from assay.audit.lexical.folding import fold_text
from assay.audit.lexical.verify import SIMILARITY
from assay.audit.lexical.writing import WRITTEN, written
from assay.audit.rules import Fixes, Hits, Severity, row_score, rule
from assay.audit.statements import judge

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
def exact_leak(data: Dataset) -> Iterator[Hits]:
    """Exact leakage: held-out rows whose text is in train, equal after folding Unicode, case, white space, punctuation.

    Why: the model has seen the answer, so the held-out score measures memory, not skill.
    Fix: drop the train copies, never the test rows, unless the test set is being rebuilt.
    A test row that is in the validation split is reported too: the model was chosen by it.
    """
    known = alike(data)
    for held, sources in _sources(data):
        rows, partner = _exact_partners(data, known, held, sources)
        if rows.size:
            yield _exact_hits(data, known, rows, partner)


def _exact_hits(data: Dataset, known: Alike, rows: NDArray[np.int64], partner: NDArray[np.int64]) -> Hits:
    codes = data.label_codes[0] if data.roles.label else np.full(len(data), -1, np.int32)
    kinds = [WRITTEN[code] for code in written(data.text, rows, partner).tolist()]
    clash = (codes[rows] != codes[partner]) & (np.minimum(codes[rows], codes[partner]) >= 0)
    names = [data.splits[s].name for s in data.split_codes[partner].tolist()]
    told = [
        f"same text as a row of {name}{'' if kind == 'identical' else f', except for {kind}'}"
        f"{', with a different label' if differs else ''}"
        for kind, name, differs in zip(kinds, names, clash.tolist(), strict=True)
    ]
    ones, each = np.ones(rows.size), np.arange(rows.size + 1)
    return Hits(
        rows,
        each,
        pl.Series(told, dtype=pl.String),
        as_evidence(kind=kinds, similarity=ones, source=names, labels_differ=clash),
        Fixes.some("drop", partner, each, ones > 0, ~clash),
        related=partner,
        scores=ones,
        group=known.group[rows],
    )


def _exact_partners(
    data: Dataset, known: Alike, held: int, sources: list[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of a held-out split that stand in a source split, and the first row there."""
    split = data.splits[held]
    rows = np.arange(split.start, split.stop, dtype=np.int64)
    partner = np.full(rows.size, -1, np.int64)
    for source in reversed(sources):  # the earlier source wins
        other = known.first[source, known.found.rep[rows]]
        partner = np.where(other >= 0, other, partner)
    stands = (partner >= 0) & (known.found.words[rows] > 0)
    return rows[stands], partner[stands]


@dataclass(frozen=True, slots=True, eq=False)
class _Links:
    """Verified links between distinct texts in both directions: near-duplicates and contained texts."""

    start: NDArray[np.int64]
    other: NDArray[np.int64]
    score: NDArray[np.float64]
    contained: NDArray[np.bool_]


def _links(known: Alike) -> _Links:
    found = known.found
    near, held = found.left.size, found.inner.size
    start = np.concatenate([found.left, found.right, found.inner, found.outer])
    other = np.concatenate([found.right, found.left, found.outer, found.inner])
    score = np.concatenate([found.score, found.score, found.contained, found.contained]).astype(np.float64)
    contained = np.repeat([False, True], [2 * near, 2 * held])
    order = np.lexsort((other, known.rank[other], -score, contained, start))  # near before contained, best first
    return _Links(start[order], other[order], score[order], contained[order])


@rule("LEK002", "near-leak", Severity.ERROR)
def near_leak(data: Dataset, *, similarity: float = SIMILARITY) -> Iterator[Hits]:
    """Near-duplicate leakage: held-out rows that are near-duplicates of a train row, contain it or are contained in it.

    Why: a model that has seen the near-copy answers from memory; the held-out score is too good.
    Fix: drop the train copies, or put whole clusters of near-duplicates on one side (`assay split` does).
    Options: similarity as in DUP002.
    A held-out row whose changed words make another statement (see DUP002) is a note that shows them;
    texts under a dozen words are a warning, since short requests recur by themselves.
    Exact copies are LEK001's. Rows of one template with other slots are no leak (DUP005 lists the families).
    """
    known = alike(data, similarity)
    links = _links(known)
    for held, sources in _sources(data):
        near = _near_partners(data, known, links, held, sources)
        _link_through_clusters(data, known, near, (held, sources), similarity)
        exact = _exact_partners(data, known, held, sources)[0]
        split = data.splits[held]
        rows = np.setdiff1d(np.arange(split.start, split.stop, dtype=np.int64), exact)
        rows = rows[near.partner[known.found.rep[rows]] >= 0]
        yield from _near_hits(data, known, near, rows)


@dataclass(frozen=True, slots=True, eq=False)
class _Partners:
    """For each distinct text its best partner in a source split (-1 for none), and how it is alike."""

    partner: NDArray[np.int64]
    score: NDArray[np.float64]
    contained: NDArray[np.bool_]


def _near_hits(data: Dataset, known: Alike, near: _Partners, rows: NDArray[np.int64]) -> Iterator[Hits]:
    if not rows.size:
        return
    reps, each = known.found.rep[rows], np.arange(rows.size + 1)
    partner, contained = near.partner[reps], near.contained[reps]
    said = judge(data, rows, partner)
    differ = said.differ & ~contained
    names = [data.splits[s].name for s in data.split_codes[partner].tolist()]
    scores = np.round(near.score[reps], 4)
    longer = (known.found.words[rows] > known.found.words[partner]).tolist()
    kinds = ["contained" if held else kind for held, kind in zip(contained.tolist(), said.change.kinds, strict=True)]
    told = [
        (f"contains a row of {name}" if more else f"is contained in a row of {name}") if kind == "contained"
        else f"{words}: near-duplicate of a row of {name} that may state something else ({kind} changed)" if words
        else f"near-duplicate of a row of {name} ({kind} changed)"
        for kind, name, more, words in zip(
            kinds, names, longer, [said.words(k) if d else "" for k, d in enumerate(differ.tolist())], strict=True
        )
    ]  # fmt: skip
    yield Hits(
        rows,
        each,
        pl.Series(told, dtype=pl.String),
        as_evidence(
            differs=[said.words(k) if d else None for k, d in enumerate(differ.tolist())],
            opposites=[[list(p) for p in c.opposites] for c in said.contrasts],
            kind=kinds,
            similarity=scores,
            source=names,
            difference=said.change.column(each[:-1]),
        ),
        Fixes.some("drop", partner, each, np.ones(rows.size, np.bool_)),
        related=partner,
        scores=scores,
        group=known.group[rows],
        severity=tuple(
            Severity.NOTE if d else Severity.WARNING if b else None
            for d, b in zip(differ.tolist(), (said.brief & ~contained).tolist(), strict=True)
        ),
    )


def _near_partners(data: Dataset, known: Alike, links: _Links, held: int, sources: list[int]) -> _Partners:
    """Best verified partners of the texts of a held-out split; the earlier source wins."""
    near = _Partners(np.full(len(data), -1, np.int64), np.zeros(len(data)), np.zeros(len(data), np.bool_))
    for source in sources:
        there = (known.first[held, links.start] >= 0) & (known.first[source, links.other] >= 0)
        there &= near.partner[links.start] < 0
        picked = np.flatnonzero(there)
        texts, first = np.unique(links.start[picked], return_index=True)
        best = picked[first]
        near.partner[texts] = known.first[source, links.other[best]]
        near.score[texts], near.contained[texts] = links.score[best], links.contained[best]
    return near


def _link_through_clusters(
    data: Dataset, known: Alike, near: _Partners, sides: tuple[int, list[int]], similarity: float
) -> None:
    """Compare directly the texts that are linked to a source only through other rows of their cluster.

    Large buckets are verified against one leader: two of its rows can be near without ever having met.
    """
    found, (held, sources) = known.found, sides
    texts = np.unique(np.concatenate([found.left, found.right]))
    for source in sources:
        theirs = texts[known.first[source, texts] >= 0]
        open_ = (known.first[held, texts] >= 0) & (known.first[source, texts] < 0) & (near.partner[texts] < 0)
        ours = texts[open_ & np.isin(found.group[texts], found.group[theirs])]
        order = np.lexsort((known.rank[theirs], found.group[theirs]))
        groups = found.group[theirs][order]
        for text in ours.tolist():
            low = int(np.searchsorted(groups, found.group[text]))
            high = int(np.searchsorted(groups, found.group[text], side="right"))
            rows = known.first[source, theirs[order[low : min(high, low + _TRIED)]]].tolist()
            scores = [_dice(data, text, row) for row in rows]
            value = max(scores)
            if value >= similarity:
                near.partner[text], near.score[text] = rows[scores.index(value)], value


def _dice(data: Dataset, row: int, other: int) -> float:
    """Dice's coefficient over the folded words of two rows."""
    a, b = (Counter(fold_text(str(data.text[r])).split()) for r in (row, other))
    return 2 * (a & b).total() / max(1, a.total() + b.total())


@row_score("test_similarity", "LEK001", "LEK002")
def test_similarity(data: Dataset, options: Mapping[str, Mapping[str, Any]]) -> pl.Series:
    """How similar the row is to the most similar verified row on the other side of train and held-out splits.

    1 for equal texts; null where nothing was found over the threshold.
    """
    known = alike(data, options.get("LEK002", {}).get("similarity", SIMILARITY))
    found, firsts = known.found, known.first
    train = [i for i, s in enumerate(data.splits) if s.name == TRAIN]
    held = [i for i, s in enumerate(data.splits) if s in data.held_out]
    in_train, in_held = (firsts[side] >= 0 for side in (train, held))
    has = np.stack([in_train.any(axis=0), in_held.any(axis=0)])  # (2, rows), by first row
    links = _links(known)
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
