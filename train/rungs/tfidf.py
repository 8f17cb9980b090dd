"""Words and letters, weighed by how rare they are, and a linear support vector machine: no pretrained model at all.

Half of what is published as deep text classification is not better than this (Wang and Manning 2012).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from assay.train.rungs import majority

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.train.examples import Examples

WORDS, LETTERS = (1, 2), (2, 5)
"""Lengths of the runs of words, and of letters within words, that are counted."""
LONGEST = 4_000
"""Characters of a text that are read."""
RARE = 20_000
"""Rows from which on runs that stand in one row only are left out."""


def predict(train: Examples, asked: Examples, seed: int = 0) -> NDArray[np.int64]:
    """Predictions of TF-IDF over words and letters with a linear SVM; see ``majority.predict``.

    Args:
        train: rows to learn from.
        asked: rows to answer.
        seed: of the solver.
    """
    from scipy.sparse import hstack  # noqa: PLC0415 - heavy
    from sklearn.svm import LinearSVC  # noqa: PLC0415 - heavy

    pairs = [_weighed(a, b) for a, b in zip(train.texts, asked.texts, strict=True)]
    counted = [pair for several in pairs for pair in several]
    if not counted:  # no text has a letter in it
        return majority.predict(train, asked)
    seen, new = hstack([a for a, _ in counted]).tocsr(), hstack([b for _, b in counted]).tocsr()
    if not train.multilabel:
        if len(np.unique(train.y)) < 2:  # noqa: PLR2004 - a machine needs two classes
            return majority.predict(train, asked)
        return np.asarray(LinearSVC(random_state=seed).fit(seen, train.y).predict(new), np.int64)
    out = np.zeros((len(asked), len(train.labels)), np.int64)
    for c, count in enumerate(train.counts.tolist()):
        if 0 < count < len(train):
            out[:, c] = LinearSVC(random_state=seed).fit(seen, train.y[:, c]).predict(new)
        else:
            out[:, c] = int(count > 0)
    return out


def _weighed(train: Sequence[str], asked: Sequence[str]) -> list[tuple[Any, Any]]:
    """Counts of words and of letters of a text column, as TF-IDF; those of them that there are."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - heavy

    fewest = 2 if len(train) >= RARE else 1
    shared: dict[str, Any] = {"sublinear_tf": True, "min_df": fewest, "dtype": np.float32}
    out = []
    for counter in (
        TfidfVectorizer(token_pattern=r"(?u)\b\w+\b", ngram_range=WORDS, **shared),  # noqa: S106 - a pattern
        TfidfVectorizer(analyzer="char_wb", ngram_range=LETTERS, **shared),
    ):
        try:
            seen = counter.fit_transform(text[:LONGEST] for text in train)
        except ValueError:  # nothing to count
            continue
        out.append((seen, counter.transform(text[:LONGEST] for text in asked)))
    return out
