"""Vectors of meaning and of terms in one: candidates for paraphrases are near by either.

An encoder alone puts "wake me up tomorrow at half past six" beside any other alarm. The second half of a vector is a
sketch of a text's terms: content words, their synonym groups, and numbers in one notation, each a few signs at places
that its hash chooses (a sparse Johnson-Lindenstrauss projection; Achlioptas 2003), weighted by how rare it is.
Every component is a multiple of 2^-12 and no vector is longer than 1, so that float32 cosines are exact.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.lexical.reading import Reading, read
from assay.audit.lexical.synonyms import groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PLACES = 128
"""Dimensions of a sketch: inner products of unrelated texts are within .1 of zero."""
_SIGNS = 8
_GRID = 4096
_LONGEST = 1024
"""Characters of a text that are read, as many as encoders read."""


def readings(texts: Sequence[str]) -> list[Reading]:
    """What counts in each text."""
    return [read(text[:_LONGEST]) for text in texts]


def on_grid(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    """Rows scaled to length 1 and cut to multiples of 2^-12, toward zero, so that none is longer; zero stays zero."""
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    scaled = vectors / np.where(length > 0, length, 1)[:, None]
    return (np.trunc(scaled * _GRID) / _GRID).astype(np.float32)


def hybrid(vectors: NDArray[np.float32], read_texts: Sequence[Reading]) -> NDArray[np.float32]:
    """Vectors (rows, dims + PLACES) for the search of candidates, from unit vectors and readings of the same rows."""
    terms = on_grid(sketches(read_texts))
    return on_grid(np.concatenate([vectors.astype(np.float64), terms.astype(np.float64)], axis=1))


def sketches(read_texts: Sequence[Reading]) -> NDArray[np.float64]:
    """(rows, PLACES) sums of the signs of each text's terms; whole numbers."""
    terms = [_terms(reading) for reading in read_texts]
    often = Counter(term for found in terms for term in found)
    rows = len(terms)
    weight = {term: (rows // count).bit_length() + 1 for term, count in often.items()}
    out = np.zeros((rows, PLACES))
    for row, found in enumerate(terms):
        for term, related in found.items():
            place, sign = _signs(term)
            out[row, place] += 2 * weight[term] * sign
            for group in related:
                place, sign = _signs(group)
                out[row, place] += weight[term] * sign
    return out


def _terms(reading: Reading) -> dict[str, list[str]]:
    """Stems and numbers of a text, each with the synonym groups it is in."""
    known = groups()
    out = {}
    for word in reading.words:
        of = sorted({number for form in word.forms for number in known.get(form, ())})
        out[word.stem] = [f"group {number}" for number in of]
    return out | {f"number {number}": [] for number in sorted(reading.numbers)}


@lru_cache(maxsize=1 << 18)
def _signs(term: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The places of a term and the sign at each, by its hash; the same on every machine."""
    digest = np.frombuffer(sha256(term.encode("utf-8", "surrogatepass")).digest(), np.uint8).astype(np.int64)
    place = np.unique(digest[: 2 * _SIGNS] % PLACES)[:_SIGNS]
    return place, 1 - 2 * (digest[2 * _SIGNS : 2 * _SIGNS + place.size] & 1)
