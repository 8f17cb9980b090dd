"""Topics of a data set as slices told by example: clusters of meaning, each by its most central texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.encoders.request import Request
from assay.audit.features import counts, embeddings, grams
from assay.audit.slicing.exact import direction
from assay.audit.slicing.like import only_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset

TEXTS = 1200
"""Distinct texts that are looked at: topics large enough for a slice show in so many."""
MOST = 6
_ROUNDS = 25
_EXAMPLES = 3
_LEAST = 15  # texts of a cluster that is worth a slice
_WORDS = 3
_LONGEST = 160  # characters of an example: it is read by a person


@dataclass(frozen=True, slots=True)
class Cluster:
    """Texts that mean much the same."""

    words: tuple[str, ...]
    """Most telling words."""
    examples: tuple[str, ...]
    """Its most central texts."""
    share: float
    """Share of the looked-at texts."""


def clusters(data: Dataset, seed: int = 0) -> list[Cluster]:
    """Topics, largest first; none where there are too few texts.

    Spherical k-means (Dhillon and Modha, Machine Learning 42, 2001) from k-means++ seeds over a sample of distinct
    texts, by the encoder in force.
    """
    texts = data.text.unique().sort()
    texts = texts.filter(texts.str.strip_chars().str.len_chars() > 0)
    if len(texts) < MOST * _LEAST:
        return []
    if len(texts) > TEXTS:
        texts = texts.gather(np.sort(np.random.default_rng(seed).permutation(len(texts))[:TEXTS]))
    told: Request = data.memo.get(Request, Request())
    sample = only_texts(texts.to_list(), data, told.encoder)
    vectors = embeddings(sample).vectors
    # More centres than slices: small topics find a place, and only the largest are shown.
    centres, of = _k_means(vectors, 3 * MOST, np.random.default_rng(seed))
    found = [_cluster(sample, vectors, centres[k], np.flatnonzero(of == k)) for k in range(len(centres))]
    found = [c for c in found if c.share * len(texts) >= _LEAST and c.words]
    return sorted(found, key=lambda c: (-c.share, c.words))[:MOST]


def _k_means(
    vectors: NDArray[np.float32], k: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """(k, dims) unit centres and (texts,) the nearest centre of each."""
    centres = vectors[[int(rng.integers(len(vectors)))]]
    while len(centres) < k:
        away = np.clip(1 - (vectors @ centres.T).max(axis=1), 0, None).round(6).astype(np.float64) ** 2
        reached = np.cumsum(away)  # one after the other: sums by blocks depend on the processor
        if reached[-1] <= 0:
            break
        drawn = int(np.searchsorted(reached, rng.random() * reached[-1], side="right"))
        centres = np.vstack([centres, vectors[min(drawn, len(vectors) - 1)]])
    of = np.full(len(vectors), -1, np.intp)
    for _ in range(_ROUNDS):
        now = (vectors @ centres.T).argmax(axis=1)
        if (now == of).all():
            break
        of = now
        for place in range(len(centres)):
            if (of == place).any():
                centres[place] = direction(vectors[of == place])
    return centres, of


def _cluster(
    sample: Dataset, vectors: NDArray[np.float32], centre: NDArray[np.float32], rows: NDArray[np.intp]
) -> Cluster:
    order = rows[np.argsort(-(vectors[rows] @ centre), kind="stable")]
    texts = (str(sample.text[int(row)]) for row in order)
    examples = [t for t in texts if len(t) <= _LONGEST and "\n" not in t][:_EXAMPLES]
    words = tuple(_telling(sample, rows)) if examples else ()
    return Cluster(words, tuple(examples), rows.size / len(sample))


def _telling(sample: Dataset, rows: NDArray[np.intp]) -> Iterator[str]:
    """Words whose share within is highest above their share without, weighed by their rows (Dunning 1993)."""
    if not rows.size:
        return
    has = counts(sample) > 0
    names = grams(sample)
    inside = np.asarray(has[rows].sum(axis=0)).ravel().astype(float)
    outside = np.asarray(has.sum(axis=0)).ravel() - inside
    share, base = inside / rows.size, (outside + 0.5) / (len(sample) - rows.size + 1)
    worth = np.round(inside * np.log(np.maximum(share, 1e-9) / base), 6)
    words = np.asarray((~names.str.contains(" ") & (names.str.len_chars() > 2)).to_numpy())  # noqa: PLR2004 - "of", "my"
    good = words & (share > 2 * base)
    for word in np.lexsort((np.arange(worth.size), -np.where(good, worth, -np.inf)))[:_WORDS].tolist():
        if good[word]:
            yield str(names[word])
