"""Words worth a slice: those that say what a text is about, and that no single class has to itself.

A word that belongs to one class is that class's slice already; a word that says nothing of the class (``the``) makes a
slice of nothing. Between them stand the words that cut across classes (``card``, ``abroad``, ``refund``): accuracy on
the texts that hold them is what a table by class does not show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.audit.features import counts, grams, lsa
from assay.audit.slicing import conditions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csc_array

    from assay.audit.dataset import Dataset

FEWEST, FEWEST_SHARE, LARGEST_SHARE = 20, 0.005, 0.15
"""Rows of a word's slice: at least so many, at least this share, at most that share."""
MOST = 8
"""Words proposed."""
_ONE_CLASS = 0.8
"""Share of a word's rows in one class from which the class is the better slice."""
_SAME = 0.5
"""Jaccard similarity from which two words make one slice."""
_LEAST_LETTERS = 3
_TELLING = 0.15


def salient(data: Dataset) -> Iterator[tuple[str, str]]:
    """Words and their SQL conditions, the most telling first.

    How telling: rows times the divergence of their classes from those of all rows (Kullback and Leibler 1951), which is
    the word's part of the mutual information between word and class. Without labels, topics stand for classes: the
    leading directions of the set's latent semantic analysis.
    """
    classes = _classes(data)
    if classes is None:
        return
    labelled = np.flatnonzero(classes >= 0)
    names = grams(data)
    has = (counts(data)[labelled] > 0).tocsc()
    rows = np.diff(has.indptr)
    size = labelled.size
    low, high = max(FEWEST, FEWEST_SHARE * size), LARGEST_SHARE * size
    single = np.asarray(
        (~names.str.contains(" ") & ~names.str.contains(r"\d") & (names.str.len_chars() >= _LEAST_LETTERS)).to_numpy()
    )
    looked = np.flatnonzero((rows >= low) & (rows <= high) & single)
    if not looked.size:
        return
    strength = _strength(has, looked, classes[labelled])
    order = looked[np.lexsort((looked, -strength))][: int((strength > 0).sum())]
    text = conditions.name(data.roles.text[0])
    for word in _apart(has, order):
        name = str(names[int(word)])
        pattern = conditions.literal(rf"(?i)(^|\W){name}($|\W)")
        yield name, f"regexp_like({text}, {pattern})"


def _classes(data: Dataset) -> NDArray[np.intp] | None:
    if data.roles.label:
        codes, names = data.label_codes
        return codes.astype(np.intp) if len(names) > 2 else None  # noqa: PLR2004 - a word cuts across several classes
    if len(data) < 10 * FEWEST:
        return None
    topic: NDArray[np.intp] = np.abs(np.round(lsa(data)[:, 1:25], 3)).argmax(axis=1).astype(np.intp)
    return topic


def _strength(has: csc_array, looked: NDArray[np.intp], classes: NDArray[np.intp]) -> NDArray[np.float64]:
    """(looked,) rows times nats; 0 for words of one class, and for words that tell next to nothing."""
    number = int(classes.max()) + 1
    base = np.bincount(classes, minlength=number) / classes.size
    entropy = float(-(base[base > 0] * np.log(base[base > 0])).sum())
    out = np.zeros(looked.size)
    for place, word in enumerate(looked.tolist()):
        inside = classes[has.indices[has.indptr[word] : has.indptr[word + 1]]]
        share = np.bincount(inside, minlength=number) / inside.size
        known = share > 0
        gain = float((share[known] * np.log(share[known] / base[known])).sum())
        # A handful of rows diverges by chance: by about (classes seen - 1) / (2 rows) nats (Miller 1955).
        gain -= (int(known.sum()) - 1) / (2 * inside.size)
        if share.max() < _ONE_CLASS and gain > _TELLING * entropy:
            out[place] = round(inside.size * gain, 6)
    return out


def _apart(has: csc_array, order: NDArray[np.intp]) -> Iterator[int]:
    """The first words of an order whose rows are not those of an earlier one."""
    taken: list[set[int]] = []
    for word in order.tolist():
        rows = set(has.indices[has.indptr[word] : has.indptr[word + 1]].tolist())
        if all(len(rows & other) < _SAME * len(rows | other) for other in taken):
            taken.append(rows)
            yield word
        if len(taken) == MOST:
            return
