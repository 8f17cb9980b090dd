"""Whether texts share one topic, and which of them are about something else.

Vectors are of unit length, so that the length of their mean is the root of the mean cosine of two texts: one topic
keeps it high. A text is off topic where it is far from its neighbors, far from the middle of all texts, and full of
words that no other text has. All values are rounded before they are compared.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

ONE_TOPIC = 0.38
"""Length of the mean vector from which texts share a topic: .46 for banking queries, .28 for intents of ten domains."""
NEAR, MIDDLE = 0.65, 0.5
"""Shares of what all but a tenth of the texts reach that an off-topic text stays under: its mean cosine to the nearest
texts, and its cosine to the mean vector."""
_UNRELATED = 0.35
"""Mean cosine to the nearest texts that an off-topic text stays under, however near the others are to each other."""
_TENTH = 0.1
UNKNOWN = 0.3
"""Share of letters in words that no other text has."""
_DIGITS = 6
_WORD = re.compile(r"[^\W\d_]+")
_SHORT_WORD, _SPELLING = 4, 0.8
"""Letters that a word of a topic has, and likeness from which one is another one misspelled."""


class Topic(NamedTuple):
    """How much of one topic texts are: arrays of (rows,) where not said otherwise."""

    unity: float
    """Length of the mean vector, 0..1."""
    middle: NDArray[np.float64]
    """Cosine to the mean vector."""


def measure_topic(vectors: NDArray[np.float32], judged: NDArray[np.bool_]) -> Topic:
    """Compare texts with their mean.

    Args:
        vectors: (rows, dims) of unit length.
        judged: (rows,) texts that make the mean.
    """
    rows = np.flatnonzero(judged)
    total = np.zeros(vectors.shape[1])
    for start in range(0, rows.size, 4096):
        total += vectors[rows[start : start + 4096]].sum(axis=0, dtype=np.float64)
    length = float(np.sqrt((total * total).sum()))
    if not rows.size or length <= 0:
        return Topic(0.0, np.zeros(len(vectors)))
    middle = np.empty(len(vectors))
    for start in range(0, len(vectors), 4096):
        middle[start : start + 4096] = vectors[start : start + 4096].astype(np.float64) @ (total / length)
    return Topic(round(length / rows.size, _DIGITS), np.round(middle, _DIGITS))


def find_off_topic(
    near: NDArray[np.float64], middle: NDArray[np.float64], unknown: NDArray[np.float32], judged: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Rows about something else than all others, farthest first.

    Args:
        near: (rows,) mean cosine to the nearest texts.
        middle: (rows,) cosine to the mean vector.
        unknown: (rows,) share of letters in words that no other text has.
        judged: (rows,) texts in question.
    """
    limits = [
        round(share * float(np.quantile(v[judged], _TENTH)), _DIGITS) for v, share in ((near, NEAR), (middle, MIDDLE))
    ]
    far = (
        judged
        & (near <= min(limits[0], _UNRELATED))
        & (middle <= limits[1])
        & (np.round(unknown.astype(np.float64), 4) >= UNKNOWN)
    )
    rows = np.flatnonzero(far)
    return rows[np.lexsort((rows, near[rows]))]


def share_of_new_words(texts: pl.Series, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of the letters of some rows that are in words of no other row, misspelled ones left out."""
    if not rows.size:
        return np.zeros(0)
    words = texts.str.to_lowercase().str.extract_all(r"[\p{L}]+").list.unique().explode().drop_nulls()
    counts = words.value_counts()
    known = counts.filter(pl.col("count") > 1)[words.name].to_list()
    alike: dict[tuple[str, int], list[str]] = {}
    for word in known:
        alike.setdefault((word[0], len(word)), []).append(word)
    known_words = set(known)
    return np.array([_new_share(text, known_words, alike) for text in texts.gather(rows).to_list()])


def _new_share(text: str, known: set[str], alike: dict[tuple[str, int], list[str]]) -> float:
    words = [w.lower() for w in _WORD.findall(text)]
    new = [w for w in words if len(w) >= _SHORT_WORD and w not in known and not _is_misspelled(w, alike)]
    return round(sum(map(len, new)) / max(1, sum(map(len, words))), 4)


def _is_misspelled(word: str, alike: dict[tuple[str, int], list[str]]) -> bool:
    lengths = range(len(word) - 2, len(word) + 3)
    others = (other for length in lengths for other in alike.get((word[0], length), ()))
    return any(SequenceMatcher(None, word, other, autojunk=False).ratio() >= _SPELLING for other in others)
