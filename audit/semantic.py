"""Texts of the same meaning in other words: near by meaning, and no content word, number or name without a counterpart.

Candidates are near neighbours by meaning or by terms (see ``hybrid``). A pair's similarity is its cosine, less the
share of its words that have no counterpart in the other text (see ``lexical.contrast``), plus what it stands out: how
much nearer the two are to each other than to their tenth neighbours. Numbers that differ, opposites, names, a
negation in one text alone rule a pair out. Of what passes the threshold, mutual best partners are pairs.

Every comparison is between numbers rounded once, and ties go to the lower content hash: the order of the rows changes
no pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.dataset import TRAIN, Dataset
from assay.audit.features import alike, embeddings
from assay.audit.hybrid import hybrid, readings
from assay.audit.lexical.clusters import components
from assay.audit.lexical.contrast import Contrast, contrast, matched, price
from assay.audit.neighbours.search import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.audit.features import Alike
    from assay.audit.lexical.reading import Reading

NEIGHBOURS = 12
"""Candidates looked at for each row."""
_BACKGROUND = 10
"""The neighbour that is taken to be of the same subject, no more."""
_OUT, _MOST_OUT = 1.2, 0.6
"""What standing out adds to a similarity, and the most that it adds; half of it within a split, where a paraphrase is
no leak."""
_PRICE = 0.7
"""What the share of words without a counterpart takes off it."""
_FLOORS = {"sentence": 0.4, "static": 0.6, "lsa": 0.5}
"""Cosine under which no pair is looked at, by kind of encoder."""
_LEAST = {"sentence": 0.65, "static": 0.85, "lsa": 1.0}
"""Similarity from which a pair states the same, by kind of encoder."""
_SHARED = 2
"""Content words or numbers that a pair shares at least."""
_CLOSE, _FAR = 0.8, 0.4
"""Cosine, and how far a pair stands out, from which one word shared is enough."""
_MANY_NUMBERED = 6
"""Words that a pair shares at least where one text has a number that the other lacks."""
_RANKS, _MANY = 3, 4
"""A held-out row must be among so many best of its train row, if they share so many words; the best, if fewer."""
TARGET = 0.2
"""Rate of false alarms over which the threshold is raised, where labels let it be estimated."""
_RAISED, _STEP = 0.1, 0.02
"""How far it is raised at most, and in what steps: labels may be the wrong ones."""
_ENOUGH = 30
_BLOCK = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of rows that state the same, and how they were chosen. All arrays are parallel."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    cosine: NDArray[np.float64]
    similarity: NDArray[np.float64]
    """Cosine less the words without a counterpart, plus what the pair stands out; at most 1, 4 digits."""
    shared: NDArray[np.int64]
    """Content words and numbers of the poorer text that the other has too."""
    contrasts: tuple[Contrast, ...]
    threshold: float
    tried: int
    """Pairs of best partners looked at."""
    false_alarms: tuple[float, float, float] | None
    """Share of the pairs that do not state the same, with a 95% interval; None where labels cannot tell."""


def within(data: Dataset, split: int) -> Pairs:
    """Pairs of one split; rows alike word by word are left to the lexical rules."""
    one = data.splits[split]
    rows = _distinct(data, np.arange(one.start, one.stop, dtype=np.int64))
    return _memo(data, ("semantic", split), rows, None)


def across(data: Dataset, held: int, sources: list[int]) -> Pairs:
    """Pairs of a held-out split (left) and the splits it must not repeat (right)."""
    one = data.splits[held]
    rows = _distinct(data, np.arange(one.start, one.stop, dtype=np.int64))
    there = np.concatenate([np.arange(data.splits[s].start, data.splits[s].stop, dtype=np.int64) for s in sources])
    return _memo(data, ("semantic", held, *sources), rows, _distinct(data, there))


def groups(data: Dataset, found: list[Pairs]) -> NDArray[np.int64]:
    """Cluster number of every row under semantic pairs, copies of a member included; -1 for the others."""
    if not len(data):
        return np.full(0, -1, np.int64)
    group = alike(data).found.group
    left = np.concatenate([np.zeros(0, np.int64), *(group[p.left] for p in found)])
    right = np.concatenate([np.zeros(0, np.int64), *(group[p.right] for p in found)])
    root = components(len(data), np.minimum(left, right), np.maximum(left, right))[group]
    member = np.zeros(len(data), np.bool_)
    member[root[np.concatenate([left, right])]] = True
    roots = np.flatnonzero(member)
    number = np.full(len(data), -1, np.int64)
    number[roots] = np.arange(roots.size)
    out: NDArray[np.int64] = number[root]
    return out


def sources_of(data: Dataset) -> list[tuple[int, list[int]]]:
    """Held-out splits, each with those it must not repeat: train, and held-out ones before it."""
    held = [i for i, s in enumerate(data.splits) if s in data.held_out and s.rows]
    train = [i for i, s in enumerate(data.splits) if s.name == TRAIN and s.rows]
    return [(h, train + held[:k]) for k, h in enumerate(held) if train or k]


def compared_by_meaning(data: Dataset) -> bool:
    """Whether a rule has compared texts of this data set by their meaning already."""
    return any(isinstance(key, tuple) and key[0] == "semantic" for key in data.memo)


def _memo(data: Dataset, key: tuple[Any, ...], rows: NDArray[np.int64], others: NDArray[np.int64] | None) -> Pairs:
    if key not in data.memo:
        data.memo[key] = _pairs(data, rows, others)
    known: Pairs = data.memo[key]
    return known


def _distinct(data: Dataset, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """One row of each folded text, those with words and a vector, in order of their content hash.

    The first by content, not by place: which row stands for its copies must not depend on the order of the rows.
    """
    found = alike(data).found
    rows = rows[found.words[rows] > 0]
    vectors = embeddings(data).vectors
    rows = rows[vectors[rows].any(axis=1)]
    order = np.lexsort((rows, data.hashes(rows)))
    rows = rows[order]
    kept: NDArray[np.int64] = rows[np.sort(np.unique(found.rep[rows], return_index=True)[1])]
    return kept


def _pairs(data: Dataset, rows: NDArray[np.int64], others: NDArray[np.int64] | None) -> Pairs:
    """Best partners among some rows, or between them and others, that pass the threshold."""
    everything = rows if others is None else np.concatenate([rows, others])
    read_texts = readings(data.text.gather(everything).to_list())
    vectors = embeddings(data).vectors[everything]
    points = hybrid(vectors, read_texts)
    if others is None:
        index = nearest(points, NEIGHBOURS).index.astype(np.int64)
        background = _background(vectors, np.arange(rows.size), index)
    else:
        cut = rows.size
        index = _top(points[:cut], points[cut:], NEIGHBOURS) + cut
        there = np.unique(index)
        background = np.full(everything.size, -1.0)
        background[:cut] = _background(vectors, np.arange(cut), index)
        background[there] = _background(vectors, there, _top(points[there], points[:cut], NEIGHBOURS))
    left, right = _candidates(alike(data), everything, index)
    lsa = embeddings(data).encoder.kind == "lsa"  # its cosines are low: what stands out is all there is
    most = _MOST_OUT / 2 if others is None and not lsa else _MOST_OUT
    scored = _scored(data, (left, right), vectors, read_texts, (background, most))
    cluster = alike(data).found.group[everything]
    best = _mutual(scored, cluster) if others is None else _best(scored)
    return _chosen(data, everything, scored, best, turn=others is None)


@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    """Candidates, by their place among the rows compared, that nothing rules out. All parallel."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    cosine: NDArray[np.float64]
    similarity: NDArray[np.float64]
    shared: NDArray[np.int64]
    contrasts: list[Contrast]


def _top(left: NDArray[np.float32], right: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """The nearest rows of ``right`` for each row of ``left``, nearest first; of equals the first."""
    count = min(count, right.shape[0])
    out = np.empty((left.shape[0], count), np.int64)
    for start in range(0, left.shape[0] if count else 0, _BLOCK):
        block = left[start : start + _BLOCK] @ right.T
        least = np.partition(block, block.shape[1] - count, axis=1)[:, block.shape[1] - count]
        for k, (line, limit) in enumerate(zip(block, least, strict=True)):
            at = np.flatnonzero(line >= limit)
            out[start + k] = at[np.argsort(-line[at], kind="stable")[:count]]
    return out


def _background(vectors: NDArray[np.float32], rows: NDArray[np.int64], index: NDArray[np.int64]) -> NDArray[np.float64]:
    """Cosine of some rows to the tenth of their neighbours ``index``; -1 without so many: nothing to stand out of."""
    out = np.full(rows.size, -1.0)
    if index.shape[1] < _BACKGROUND:
        return out
    for start in range(0, rows.size, _BLOCK):
        some = slice(start, start + _BLOCK)
        value = np.einsum("ij,ikj->ik", vectors[rows[some]], vectors[index[some]])
        value = np.where(index[some] < 0, -1.0, value)
        out[some] = np.sort(value, axis=1)[:, -_BACKGROUND]
    return out


def _candidates(
    known: Alike, rows: NDArray[np.int64], index: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of places (left < right) that are neighbours and not alike word by word, each once, in order."""
    left = np.repeat(np.arange(index.shape[0]), index.shape[1])
    right = index.ravel()
    left, right = left[right >= 0], right[right >= 0]
    packed = np.unique(np.minimum(left, right) * len(rows) + np.maximum(left, right))
    left, right = packed // max(1, len(rows)), packed % max(1, len(rows))
    apart = ~_lexical(known, rows[left], rows[right])
    return left[apart], right[apart]


def _lexical(known: Alike, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pairs of rows the lexical rules report: near-equal, contained, of one template."""
    found, size = known.found, known.found.rep.size
    held = np.minimum(found.inner, found.outer) * size + np.maximum(found.inner, found.outer)
    a, b = found.rep[left], found.rep[right]
    out: NDArray[np.bool_] = found.group[left] == found.group[right]
    out |= np.isin(np.minimum(a, b) * size + np.maximum(a, b), held)
    out |= (found.family[left] >= 0) & (found.family[left] == found.family[right])
    return out


def _scored(
    data: Dataset,
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    vectors: NDArray[np.float32],
    read_texts: Sequence[Reading],
    standing: tuple[NDArray[np.float64], float],
) -> _Scored:
    """Candidates with their similarity, without those that something rules out.

    ``standing``: cosine of each row to its background, and the most that standing out of it adds.
    """
    background, most = standing
    left, right = pairs
    kind = embeddings(data).encoder.kind
    cosine = np.round(np.einsum("ij,ij->i", vectors[left], vectors[right]).astype(np.float64), 4)
    near = np.flatnonzero(cosine >= _FLOORS[kind])
    left, right, cosine = left[near], right[near], cosine[near]
    behind = np.maximum(background[left], background[right])
    out = np.where(behind <= -1, 0.0, np.round(cosine - behind, 4))
    bound = cosine + np.clip(_OUT * out, 0, most)
    kept, similarity, shared, contrasts = [], [], [], []
    for k in np.flatnonzero(bound >= _LEAST[kind]).tolist():
        ours, theirs = read_texts[left[k]], read_texts[right[k]]
        apart = contrast(ours, theirs)
        both = matched(ours, theirs, apart)
        alone = cosine[k] >= _CLOSE and out[k] >= _FAR
        if apart.decisive or both < _SHARED - alone or (any(apart.numbers) and both < _MANY_NUMBERED):
            continue
        kept.append(k)
        similarity.append(float(bound[k]) - _PRICE * price(ours, theirs, apart))
        shared.append(both)
        contrasts.append(apart)
    at = np.array(kept, np.int64)
    rounded: NDArray[np.float64] = np.array([round(value, 4) for value in similarity], np.float64)
    return _Scored(left[at], right[at], cosine[at], rounded, np.array(shared, np.int64), contrasts)


def _ranks(of: NDArray[np.int64], other: NDArray[np.int64], similarity: NDArray[np.float64]) -> NDArray[np.int64]:
    """The place of each pair among those of one of its rows, 0 for the most similar, of equals the first by content."""
    order = np.lexsort((other, -similarity, of))
    ordered = of[order]
    rank = np.empty(of.size, np.int64)
    rank[order] = np.arange(of.size) - np.searchsorted(ordered, ordered)
    return rank


def _mutual(scored: _Scored, cluster: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which candidates are each other's best; rows alike word by word (of one ``cluster``) have one partner."""
    a, b = np.concatenate([scored.left, scored.right]), np.concatenate([scored.right, scored.left])
    rank = _ranks(cluster[a], a * cluster.size + b, np.tile(scored.similarity, 2))
    size = scored.left.size
    out: NDArray[np.bool_] = (rank[:size] == 0) & (rank[size:] == 0)
    return out


def _best(scored: _Scored) -> NDArray[np.bool_]:
    """Which candidates are the best of a held-out row (left) and among the best of the other."""
    ours = _ranks(scored.left, scored.right, scored.similarity)
    theirs = _ranks(scored.right, scored.left, scored.similarity)
    out: NDArray[np.bool_] = (ours == 0) & (theirs < np.where(scored.shared >= _MANY, _RANKS, 1))
    return out


def _chosen(data: Dataset, rows: NDArray[np.int64], scored: _Scored, best: NDArray[np.bool_], *, turn: bool) -> Pairs:
    """Of the best partners those over the threshold; with ``turn`` the lower row of each pair is the left one."""
    at = np.flatnonzero(best)
    left, right, similarity = rows[scored.left[at]], rows[scored.right[at]], scored.similarity[at]
    least = _LEAST[embeddings(data).encoder.kind]
    threshold, rate = least, None
    for step in range(round(_RAISED / _STEP) + 1):
        threshold = round(least + step * _STEP, 4)
        picked = similarity >= threshold
        rate = _false_alarms(data, left, right, picked)
        if rate is None or rate[1] <= TARGET or picked.sum() < _ENOUGH:
            break
    chosen = np.flatnonzero(similarity >= threshold)
    contrasts = [scored.contrasts[k] for k in at[chosen].tolist()]
    left, right = left[chosen], right[chosen]
    if turn:
        swap = left > right
        left, right = np.minimum(left, right), np.maximum(left, right)
        contrasts = [c.turned if turned else c for c, turned in zip(contrasts, swap.tolist(), strict=True)]
    order = np.lexsort((right, left))
    chosen = chosen[order]
    shown = np.minimum(similarity[chosen], 1.0)
    return Pairs(
        left[order], right[order], scored.cosine[at][chosen], shown, scored.shared[at][chosen],
        tuple(contrasts[k] for k in order.tolist()), threshold, int(at.size), rate,
    )  # fmt: skip


def _false_alarms(
    data: Dataset, left: NDArray[np.int64], right: NDArray[np.int64], picked: NDArray[np.bool_]
) -> tuple[float, float, float] | None:
    """Share of picked pairs that do not state the same, estimated from labels, with a 95% interval.

    Pairs that state the same differ in label by mistake only; the others as often as the best partners that were not
    picked do. So the share of differing labels among the picked, over that among the rest, is an upper estimate:
    wrong labels count against it. The interval is that of the picked pairs' share (Clopper and Pearson 1934).
    """
    from assay.audit.shortcuts.counting import exact_interval  # noqa: PLC0415 - loads scipy

    if not data.roles.label:
        return None
    codes = data.label_codes[0]
    known = (codes[left] >= 0) & (codes[right] >= 0)
    differ = codes[left] != codes[right]
    rest, mine = known & ~picked, known & picked
    if rest.sum() < _ENOUGH or not mine.any() or not differ[rest].any():
        return None
    base = float(differ[rest].mean())
    wrong, total = int(differ[mine].sum()), int(mine.sum())
    low, high = exact_interval(wrong, total)
    rate, low, high = (round(min(1.0, value / base), 4) for value in (wrong / total, low, high))
    return rate, low, high
