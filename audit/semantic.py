"""Texts of the same meaning in other words: mutual nearest neighbours that stand out, judged by the set itself.

Two ways lead to a pair, both after what differs in numbers, names and negation has lowered its similarity:

* *near*: nearer than texts that are merely about the same thing. The threshold is a quantile of the similarity of
  every row to its tenth neighbour, never under a floor of the encoder.
* *standing out*: each is far nearer to the other than to the rest. If the nearest neighbours of a row were all
  alike, the gaps between their ordered similarities, the k-th times k, would be independent and exponential
  (Rényi 1953, for an exponential tail); the mean gap of the fourth to the last neighbour predicts how far the first
  may lie by chance. Short texts must be near as well: a shared rare word makes them stand out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.dataset import TRAIN, Dataset, memoised
from assay.audit.encoders.protocol import unit
from assay.audit.features import alike, embeddings
from assay.audit.lexical.clusters import components
from assay.audit.neighbours.search import nearest
from assay.audit.slots import Slots, slots_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.features import Alike

    _Met = tuple[NDArray[np.int64], NDArray[np.int64]]
    """Of mutual neighbours the places on the one side and on the other."""

NEIGHBOURS = 24
_TAIL = 3
"""Nearest neighbours left out of the tail that predicts them: a text may have several true paraphrases."""
_LEAST_TAIL = 5
_BACKGROUND = 10
"""The neighbour that is taken to be of the same subject, no more."""
_QUANTILES = (0.99, 0.95)
"""Of the similarity to it: what a near pair must reach, and one that stands out."""
_FLOORS = {"sentence": 0.9, "static": 0.92, "lsa": 1.01}
"""Cosine under which no pair is called near, by kind of encoder; LSA of the set itself calls any two texts near that
share their words' subject ("spell potato", "spell government"), so it never does."""
_OUT = {"sentence": 0.08, "static": 0.02, "lsa": 0.001}
"""Chance allowed to a pair that stands out, by kind of encoder."""
_OUT_FLOORS = {"sentence": 0.5, "static": 0.7, "lsa": 0.7}
_SHORT, _PER_DOUBLING = 16, 0.1
"""Words from which a pair that stands out need be no nearer than texts of one subject; what each halving adds."""
TARGET = 0.2
"""Rate of false alarms over which the threshold is raised, where labels let it be estimated."""
_RAISED, _STEP = 0.05, 0.01
"""How far it is raised at most, and in what steps: labels may be the wrong ones."""
_ENOUGH = 30


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of rows that say the same, and how they were chosen. All arrays are parallel."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    cosine: NDArray[np.float64]
    similarity: NDArray[np.float64]
    """Cosine less what differing numbers, names and negations take off."""
    chance: NDArray[np.float64]
    """Chance of standing out so far if neither text had a paraphrase."""
    near: NDArray[np.bool_]
    """Over the threshold; the others stand out."""
    slots: tuple[Slots, ...]
    threshold: float
    background: float
    """The quantile of the similarity to the tenth neighbour."""
    tried: int
    """Mutual nearest neighbours looked at."""
    false_alarms: tuple[float, float, float] | None
    """Share of the pairs that do not say the same, with a 95 % interval; None where labels cannot tell."""


def within(data: Dataset, split: int) -> Pairs:
    """Pairs of one split; rows alike word by word stand as one, and are told by the lexical rules."""
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


@memoised
def _centred(data: Dataset) -> NDArray[np.float32]:
    """Unit vectors (rows, dims) from the set's mean: what all texts share, such as their style, is no likeness."""
    vectors = embeddings(data).vectors
    live = np.einsum("ij,ij->i", vectors, vectors) > 0
    out = np.zeros_like(vectors)
    out[live] = vectors[live] - vectors[live].mean(axis=0)
    return unit(out)


def _distinct(data: Dataset, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first row of each group of rows alike word by word, those with words and a vector."""
    found = alike(data).found
    rows = rows[found.words[rows] > 0]
    rows = rows[np.einsum("ij,ij->i", *[embeddings(data).vectors[rows]] * 2) > 0]
    kept: NDArray[np.int64] = rows[np.sort(np.unique(found.group[rows], return_index=True)[1])]
    return kept


@dataclass(frozen=True, slots=True, eq=False)
class _Best:
    """For each row of one side: its nearest row of the other that is not alike word by word, and the tail."""

    partner: NDArray[np.int64]
    top: NDArray[np.float64]
    """Cosine of the two."""
    base: NDArray[np.float64]
    """Similarity from which the tail is counted: that of the first neighbour that belongs to it."""
    scale: NDArray[np.float64]
    tenth: NDArray[np.int64]
    """The neighbour taken to be of the same subject; -1 for none."""


def _pairs(data: Dataset, rows: NDArray[np.int64], others: NDArray[np.int64] | None) -> Pairs:
    vectors, known = _centred(data), alike(data)
    if others is None:
        found = nearest(vectors[rows], NEIGHBOURS)
        one = other = _best(known, rows, np.where(found.index >= 0, rows[found.index], -1), found.similarity)
        there = rows
    else:
        index, similarity = _top(vectors[rows], vectors[others])
        one = _best(known, rows, others[index], similarity)
        # Only who is somebody's nearest can be a mutual one.
        there = np.unique(one.partner[one.partner >= 0])
        index, similarity = _top(vectors[there], vectors[rows])
        other = _best(known, there, rows[index], similarity)
    place = np.full(len(data) + 1, -1, np.int64)
    place[there] = np.arange(there.size)
    back = place[one.partner]
    mutual = (one.partner >= 0) & (back >= 0)
    mutual[mutual] &= other.partner[back[mutual]] == rows[mutual]
    if others is None:
        mutual &= rows < one.partner
    met = np.flatnonzero(mutual)
    return _chosen(data, rows, (one, other), (met, back[met]))


def _top(left: NDArray[np.float32], right: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The nearest rows of ``right`` (rows, dims) for each row of ``left``, nearest first: index and cosine."""
    count = min(NEIGHBOURS, right.shape[0])
    index = np.zeros((left.shape[0], count), np.int64)
    similarity = np.zeros((left.shape[0], count), np.float32)
    for start in range(0, left.shape[0], 1024):
        block = left[start : start + 1024] @ right.T
        best = np.argpartition(-block, count - 1, axis=1)[:, :count] if count else index[start : start + 1024]
        value = np.take_along_axis(block, best, axis=1)
        order = np.lexsort((best, -value), axis=1)
        index[start : start + 1024] = np.take_along_axis(best, order, axis=1)
        similarity[start : start + 1024] = np.take_along_axis(value, order, axis=1)
    return index, similarity


def _best(known: Alike, rows: NDArray[np.int64], index: NDArray[np.int64], similarity: NDArray[np.float32]) -> _Best:
    """Nearest partner and tail of each row, from its neighbours (rows, k) in order."""
    value = np.where(_lexical(known, rows, index) | (index < 0), -np.inf, similarity.astype(np.float64))
    order = np.argsort(-value, axis=1, kind="stable")
    value = np.take_along_axis(value, order, axis=1)
    if value.shape[1] < _BACKGROUND:
        value = np.pad(value, ((0, 0), (0, _BACKGROUND - value.shape[1])), constant_values=-np.inf)
    partner = np.take_along_axis(index, order, axis=1)[:, 0] if index.shape[1] else np.full(rows.size, -1)
    valid = np.isfinite(value)
    gaps = np.where(valid[:, 1:], value[:, :-1] - np.where(valid[:, 1:], value[:, 1:], 0), 0.0)
    gaps = gaps * np.arange(1, value.shape[1])
    count = valid[:, 1 + _TAIL :].sum(axis=1)
    scale = np.where(count >= _LEAST_TAIL, gaps[:, _TAIL:].sum(axis=1) / np.maximum(count, 1), np.inf)
    last = min(_BACKGROUND, index.shape[1]) - 1
    tenth = np.where(valid[:, last], np.take_along_axis(index, order, axis=1)[:, last], -1)
    return _Best(np.where(valid[:, 0], partner, -1), value[:, 0], value[:, _TAIL], scale, tenth)


def _lexical(known: Alike, rows: NDArray[np.int64], index: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which neighbours (rows, k) the lexical rules report: near-equal, contained, of one template."""
    found, size = known.found, known.found.rep.size
    own, theirs = found.rep[rows][:, None], found.rep[index]
    held = np.unique(np.minimum(found.inner, found.outer) * size + np.maximum(found.inner, found.outer))
    pair = np.minimum(own, theirs) * size + np.maximum(own, theirs)
    family = found.family[rows][:, None]
    out: NDArray[np.bool_] = found.group[rows][:, None] == found.group[index]
    out |= np.isin(pair, held)
    out |= (family >= 0) & (family == found.family[index])
    return out


def _chance(best: _Best, at: NDArray[np.int64], similarity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance that the nearest of as many neighbours lies so far beyond the tail; 1 without a tail."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        steps = np.maximum(similarity - best.base[at], 0) / np.maximum(best.scale[at], 1e-6)
    steps = np.where(np.isfinite(best.scale[at]) & np.isfinite(best.base[at]), steps, 0.0)
    out: NDArray[np.float64] = 1 - (1 - np.exp(-steps)) ** _TAIL
    return out


def _both(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance of two independent chances (Fisher 1932): that of so small a product."""
    product = np.maximum(one * other, 1e-300)
    out: NDArray[np.float64] = product * (1 - np.log(product))
    return out


def _chosen(data: Dataset, rows: NDArray[np.int64], sides: tuple[_Best, _Best], met: _Met) -> Pairs:
    """Of the mutual nearest neighbours those that are near enough or stand out."""
    kind = embeddings(data).encoder.kind
    one, other = sides
    mutual, back = met
    left, right = rows[mutual], one.partner[mutual]
    slots = slots_of(data.text, left, right)
    less = np.array([s.penalty for s in slots])
    standing = one.top[mutual] - less
    chance = _both(_chance(one, mutual, standing), _chance(other, back, standing))
    cosine = _cosines(data, left, right)
    similarity = cosine - less
    some = one.tenth >= 0
    tenth = _cosines(data, rows[some], one.tenth[some])
    background, subject = np.quantile(tenth, _QUANTILES).tolist() if tenth.size else (0.0, 0.0)
    words = alike(data).found.words
    shorter = np.minimum(words[left], words[right])
    short = np.maximum(0, np.log2(_SHORT / np.maximum(shorter, 1)))
    out = (chance <= _OUT[kind]) & (cosine >= max(_OUT_FLOORS[kind], subject) + _PER_DOUBLING * short)
    least = max(_FLOORS[kind], background)
    for step in range(round(_RAISED / _STEP) + 1):
        threshold = least + step * _STEP
        near = similarity >= threshold
        picked = near | out
        rate = _false_alarms(data, left, right, picked)
        if rate is None or rate[1] <= TARGET or not near.any() or picked.sum() < _ENOUGH:
            break
    at = np.flatnonzero(picked)
    return Pairs(
        left[at], right[at], cosine[at], similarity[at], chance[at], near[at], tuple(slots[k] for k in at.tolist()),
        threshold, background, int(left.size), rate,
    )  # fmt: skip


def _cosines(data: Dataset, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
    vectors = embeddings(data).vectors
    out: NDArray[np.float64] = np.einsum("ij,ij->i", vectors[left], vectors[right]).astype(np.float64)
    return np.clip(out, -1, 1)


def _false_alarms(
    data: Dataset, left: NDArray[np.int64], right: NDArray[np.int64], picked: NDArray[np.bool_]
) -> tuple[float, float, float] | None:
    """Share of picked pairs that do not say the same, estimated from labels, with a 95 % interval.

    Pairs that say the same differ in label by mistake only; the others as often as the neighbours that were not
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
    return min(1.0, wrong / total / base), min(1.0, low / base), min(1.0, high / base)
