"""Topics of production that training lacks: words and neighbourhoods that only production has, joined and grown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.encoders.grams import TOKEN
from assay.audit.features import embeddings
from assay.audit.neighbours.search import nearest
from assay.audit.slicing.exact import hundredths, significant
from assay.audit.slicing.pools import Pool, pool
from assay.audit.slicing.regions import scan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset, Split

FEWEST = 4
"""Distinct production texts that a word needs to be looked at."""
_WORDS = 6
_BLOCK = 2048
_TIE = 1e-4
_SHARED = 0.5
"""Share of the smaller of two sets of texts that makes them one topic."""
_NEAR = 1 / 3
_FUZZY = 6
"""A neighbourhood reaches over its topic's border: it may hold so many times the training texts that words may."""
_LARGEST = 0.5
"""Share of production from which on a topic is no region of it: production as a whole is another one (SLC003)."""
_OWN = 4
"""A telling word is at least so many times as frequent in a topic as in training."""


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    """Production texts with next to nothing like them in training."""

    rows: NDArray[np.int64]
    """Production rows of the frame, the surest first."""
    words: tuple[str, ...]
    """Telling words."""
    proof: str
    """``words`` or ``neighbourhood``: what proves it."""
    train_rows: int
    """Training rows that hold the proving words or lie within the proving neighbourhoods."""
    nearest: NDArray[np.int64]
    """Nearest training row of each row."""
    similarity: NDArray[np.float64]
    """Cosine with it, in hundredths."""
    key: str
    """Content hash of one of the texts that prove it: what it is recognized by in a later audit."""


def topics(data: Dataset, train: Split, production: Split, confidence: float, most: float) -> list[Topic]:
    """Find topics that production has and training lacks, largest first.

    Two searches share the allowed error: single words and pairs by the hypergeometric tail with Bonferroni's correction
    over those that could be significant at all (Tarone, Biometrics 46, 1990), and neighbourhoods of meaning (``scan``).

    Args:
        data: the data set.
        train: what a model learns from.
        production: what it will read.
        confidence: 1 - the probability of any topic where both are drawn from one source.
        most: how frequent a topic may be in training, as a share of its frequency in production.
    """
    both = pool(data, train, production)
    if min(both.sizes) < FEWEST:
        return []
    half = 1 - (1 - confidence) / 2
    seeds = [*_by_words(both, half, most), *_by_meaning(data, both, half, most)]
    largest = _LARGEST * both.sizes[1]
    seeds = [seed for seed in seeds if len(seed.texts) <= largest]
    if len(frozenset[int]().union(*(seed.texts for seed in seeds))) > largest:
        return []  # production as a whole is new: what parts it has in words and places is no list of topics
    found: list[Topic] = []
    known = np.zeros(len(data), np.bool_)
    for seed in _merged(seeds):
        topic = _topic(data, both, seed, {t.key for t in found}, (train, production))
        if _is_new(data, both, topic, (train, production), most) and known[topic.rows].mean() < _SHARED:
            found.append(topic)
            known[topic.rows] = True
    return sorted(found, key=lambda t: (-len(t.rows), t.key))


def _is_new(data: Dataset, both: Pool, topic: Topic, splits: tuple[Split, Split], most: float) -> bool:
    """Whether a grown topic is a region of production, and rare in all of train as it is in the pool."""
    train, production = splits
    if len(topic.rows) > _LARGEST * production.rows:
        return False
    if topic.proof != "words":
        # A neighborhood of all texts proves itself; one of a sample may lie where train was not sampled.
        return not both.sampled or float(np.median(topic.similarity)) < _usual(data, both)
    return topic.train_rows / train.rows <= most * len(topic.rows) / production.rows


@dataclass(frozen=True, slots=True)
class _Seed:
    texts: frozenset[int]
    """Places in the pool, all of production."""
    words: tuple[int, ...] = ()
    """Grams that prove it."""


def _by_words(both: Pool, confidence: float, most: float) -> list[_Seed]:
    from scipy.stats import hypergeom  # noqa: PLC0415 - heavy

    (train, second), (all_, theirs) = both.sizes, both.holding()
    rows = train + second
    candidates = np.flatnonzero((all_ >= FEWEST) & (all_ < rows))
    with np.errstate(divide="ignore"):
        at_best = significant(hypergeom.sf(np.minimum(all_[candidates], second) - 1, rows, all_[candidates], second))
    level = _tarone(at_best, 1 - confidence)
    few = (all_ - theirs) / train <= most * theirs / second
    looked = candidates[(at_best <= level) & (theirs[candidates] >= FEWEST) & few[candidates]]
    tail = significant(hypergeom.sf(theirs[looked] - 1, rows, all_[looked], second))
    columns = both.has.tocsc()
    out = []
    for gram, p in zip(looked.tolist(), tail.tolist(), strict=True):
        if p <= level:
            texts = columns.indices[columns.indptr[gram] : columns.indptr[gram + 1]]
            out.append(_Seed(frozenset(texts[texts >= train].tolist()), (gram,)))
    return out


def _tarone(at_best: NDArray[np.float64], error: float) -> float:
    """The level for one test: the error over the number of tests that can reach that level at all."""
    ordered = np.sort(at_best)
    for many in range(1, ordered.size + 1):
        if np.searchsorted(ordered, error / many, side="right") <= many:
            return error / many
    return error / max(1, ordered.size)


def _by_meaning(data: Dataset, both: Pool, confidence: float, most: float) -> list[_Seed]:
    """Neighbourhoods that prove an excess of production and hold next to no training text."""
    train, second = both.sizes
    out = []
    order = np.lexsort((both.rows, both.keys))  # both sides together: a tie between neighbours favors neither
    for region in scan(both.vectors(data)[order], both.production[order], confidence):
        odds = (1 - region.production) / max(region.production, 1e-9) * second / train
        if odds <= _FUZZY * most and region.core.size >= FEWEST:
            out.append(_Seed(frozenset(order[region.core].tolist())))
    return out


def _merged(seeds: list[_Seed]) -> list[_Seed]:
    """Seeds that share half of the smaller one's texts are one topic; largest first."""
    groups: list[_Seed] = []
    for seed in sorted(seeds, key=lambda s: (-len(s.texts), sorted(s.texts))):
        merged = seed
        apart = []
        for group in groups:
            shared = len(merged.texts & group.texts)
            if shared >= _SHARED * min(len(merged.texts), len(group.texts)):
                merged = _Seed(merged.texts | group.texts, (*group.words, *merged.words))
            else:
                apart.append(group)
        groups = [*apart, merged]
    return sorted(groups, key=lambda s: (-len(s.texts), sorted(s.texts)))


def _topic(data: Dataset, both: Pool, seed: _Seed, used: set[str], splits: tuple[Split, Split]) -> Topic:
    """A topic's rows among all of production: those with its words, and those that lie nearer to them than to train.

    Args:
        data: the dataset.
        both: the pool.
        seed: the texts that prove the topic.
        used: keys of other topics.
        splits: train and production.
    """
    (train, production), vectors = splits, embeddings(data).vectors
    theirs = vectors[production.start : production.stop]
    places = np.array(sorted(seed.texts))
    own, learned = both.rows[places], both.rows[~both.production]
    inner = hundredths(vectors[own] @ vectors[own].T)
    np.fill_diagonal(inner, -100)
    near = int(np.median(inner.max(axis=1))) if own.size > 1 else 100
    beside, similarity = _nearest(theirs, vectors[learned])
    to_own = _second(theirs, vectors[own])
    words = tuple(str(both.grams[w]) for w in seed.words)
    keys = data.hashes(np.arange(production.start, production.stop))
    inside = _holding(data, production, words) | ((to_own >= near) & (to_own > similarity))
    inside |= np.isin(keys, both.keys[places])
    rows = np.flatnonzero(inside)
    train_rows = int(_holding(data, train, words).sum()) if words else _within(vectors, own, train, near)
    order = rows[np.lexsort((rows, keys[rows], similarity[rows]))]
    names = (f"{key:016x}" for key in np.sort(both.keys[places]).tolist())
    return Topic(
        order + production.start,
        telling(both, order + production.start, words),
        "words" if words else "neighbourhood",
        train_rows,
        learned[beside[order]],
        similarity[order] / 100,
        next((name for name in names if name not in used), ""),
    )


def _second(rows: NDArray[np.float32], own: NDArray[np.float32]) -> NDArray[np.int16]:
    """Cosine of each row with the second nearest of a topic's texts, in hundredths: a text's nearest is itself."""
    out = np.zeros(len(rows), np.int16)
    for low in range(0, len(rows), _BLOCK):
        block = hundredths(rows[low : low + _BLOCK] @ own.T)
        out[low : low + _BLOCK] = np.partition(block, -2, axis=1)[:, -2] if len(own) > 1 else block[:, 0]
    return out


def _usual(data: Dataset, both: Pool) -> float:
    """Cosine with the nearest other training text that three in four distinct training texts have."""
    key = ("usual", both.rows[0], both.rows[-1], both.rows.size)
    if key not in data.memo:
        vectors = both.vectors(data)[~both.production]
        data.memo[key] = float(np.quantile(nearest(vectors, 1).similarity[:, 0], _NEAR))
    usual: float = data.memo[key]
    return usual


def _within(vectors: NDArray[np.float32], own: NDArray[np.int64], train: Split, near: int) -> int:
    """Training rows as near to a topic's texts as these are to each other."""
    middle = vectors[train.start : train.stop]
    return sum(
        int((hundredths((middle[low : low + _BLOCK] @ vectors[own].T).max(axis=1)) >= near).sum())
        for low in range(0, len(middle), _BLOCK)
    )


def _holding(data: Dataset, split: Split, words: tuple[str, ...]) -> NDArray[np.bool_]:
    """Rows of a split whose text holds one of the words (or pairs of neighbouring words)."""
    if not words:
        return np.zeros(split.rows, np.bool_)
    text = data.text.slice(split.start, split.rows).str.to_lowercase()
    tokens = " " + text.str.extract_all(TOKEN).list.join(" ") + " "
    return tokens.str.contains_any([f" {word} " for word in words]).to_numpy()


def _nearest(rows: NDArray[np.float32], others: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
    """Place and cosine, in hundredths, of the nearest of the others for each row; of equally near ones the first."""
    at, best = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int16)
    for low in range(0, len(rows), _BLOCK):
        block = rows[low : low + _BLOCK] @ others.T
        highest = block.max(axis=1)
        # The first of those that are as near: vectors of equal texts may differ in the last bits (LSA).
        at[low : low + _BLOCK] = (block >= highest[:, None] - _TIE).argmax(axis=1)
        best[low : low + _BLOCK] = hundredths(highest)
    return at, best


def telling(both: Pool, rows: NDArray[np.int64], first: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Words that some production texts hold and training hardly does, most telling first.

    By the log-likelihood ratio of a word's count within and without (Dunning, Computational Linguistics 19, 1993).
    """
    train, _ = both.sizes
    inside = np.flatnonzero(np.isin(both.rows, rows) & both.production)
    if not inside.size:
        return first[:_WORDS]
    here = np.bincount(both.has[inside].indices, minlength=both.has.shape[1])
    all_, theirs = both.holding()
    there = all_ - theirs
    share, base = here / inside.size, there / train
    strength = np.round(here * np.log(np.maximum(share, 1e-9) / np.maximum(base, 0.5 / train)), 6)
    single = np.array(~both.grams.str.contains(" ").to_numpy())
    good = (here >= min(2, inside.size)) & (share >= _OWN * base) & single
    best = np.lexsort((np.arange(here.size), -np.where(good, strength, -np.inf)))[: 2 * _WORDS]
    out = [str(both.grams[int(g)]) for g in best.tolist() if good[g]]
    return tuple(dict.fromkeys(w for w in out if not w.isdigit()))[:_WORDS]
