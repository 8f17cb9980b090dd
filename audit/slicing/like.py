"""Slices told by meaning: rows that read like one of a few example texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.dataset import Dataset, Places, Roles, Split
from assay.audit.encoders.request import Request
from assay.audit.features import embeddings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ALIKE = {"sentence": 0.6, "static": 0.6, "lsa": 0.5}
"""Cosine from which a row reads like an example, by kind of encoder."""
_BLOCK = 1 << 16


def like(data: Dataset, examples: Sequence[str]) -> pl.Series:
    """Rows (rows,) whose vector is as near to an example's as ``ALIKE`` says, or that are an example letter by letter.

    Raises:
        MissingInputError: no text column is known.
    """
    vectors, wanted, kind = _both(data, examples)
    nearest = np.concatenate(
        [(vectors[low : low + _BLOCK] @ wanted.T).max(axis=1) for low in range(0, len(vectors), _BLOCK)]
    )
    same = data.text.is_in(pl.Series(list(examples)).implode())
    return pl.Series("like", nearest >= ALIKE[kind]) | same


def _both(data: Dataset, examples: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32], str]:
    """Vectors of the rows and of the examples, by one encoder, and its kind."""
    known = embeddings(data)
    if known.encoder.kind == "lsa":  # the set is its own model: the examples are read together with it
        joined = embeddings(only_texts([*data.text, *examples], data))
        return joined.vectors[: len(data)], joined.vectors[len(data) :], "lsa"
    return known.vectors, embeddings(only_texts(list(examples), data, known.encoder.name)).vectors, known.encoder.kind


def only_texts(texts: list[str], data: Dataset, encoder: str = "lsa") -> Dataset:
    """A data set of nothing but texts, under an encoder."""
    size = len(texts)
    nowhere = Places(np.arange(size, dtype=np.int64), np.zeros(size, np.int64), np.zeros(size, np.int32))
    told: Request = data.memo.get(Request, Request())
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    made = Dataset(frame, (Split("train", 0, size),), Roles(text=("text",)), nowhere)
    made.memo[Request] = Request(encoder, told.cache)
    return made
