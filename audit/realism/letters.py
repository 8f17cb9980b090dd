"""A character 5-gram model of the set itself: how surprising each text is to a model that never saw it.

Interpolated with Dirichlet smoothing (MacKay and Peto 1995): p(c | context) = (n(context c) + K p(c | shorter
context)) / (n(context) + K). Leaving a text out is exact: its own counts, and those of its copies, are subtracted
before it is judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.lexical.hashing import hash_rows, utf8_buffers
from assay.audit.lexical.parallel import map_threads
from assay.audit.realism.kernels import count_grams, judge_rows

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

SLOTS = 1 << 22
"""Slots of the table of counts (16 MB): four million characters of text fill about an eighth of them."""
TRAINING_CHARACTERS = 4_000_000
"""A larger set is modelled from a sample of its different texts, drawn by hash."""
LONGEST = 600
"""Characters of a text that are read: gibberish shows itself early."""
_LOCAL = 1 << 15
_CHUNK = 1 << 14


@dataclass(frozen=True, slots=True, eq=False)
class Surprise:
    """What the model of the other texts makes of each text: arrays of (rows,)."""

    bits: NDArray[np.float32]
    """Bits a character costs; 0 for texts without characters."""
    characters: NDArray[np.int32]
    """Characters read, runs of white space counted once."""
    letters: NDArray[np.int32]
    """Characters that stand in words."""
    unknown: NDArray[np.float32]
    """Share of ``letters`` that stand in words which no other text has; 0 where there are no words.

    In scripts written without spaces a pair of neighbouring characters counts as a word.
    """
    common: NDArray[np.float32]
    """Share of the words that stand in one of fifty other texts, or in more."""
    trained_on: int
    """Characters that the model was made from."""


def surprise(text: pl.Series) -> Surprise:
    """Judge every text of a column without nulls by a model of the others.

    Args:
        text: (rows,) texts.
    """
    folded = text.str.slice(0, LONGEST).str.to_lowercase()
    rows = len(folded)
    key = hash_rows([folded])
    table = np.zeros(SLOTS, np.uint32)
    sample = _sample(folded, key)
    trained = _train(folded, sample, table)
    own = np.isin(key, key[sample]) if sample.size < rows else np.ones(rows, np.bool_)
    bits, characters = np.zeros(rows, np.float32), np.zeros(rows, np.int32)
    letters = np.zeros(rows, np.int32)
    unknown, common = np.zeros(rows, np.float32), np.zeros(rows, np.float32)
    often = max(3.0, sample.size / 50)

    def one(low: int) -> None:
        window = slice(low, min(low + _CHUNK, rows))
        data, offsets = utf8_buffers(folded[window])
        scratch = np.zeros(LONGEST + 2, np.int64), np.zeros((2, 5), np.uint64), np.zeros(_LOCAL, np.int32)
        touched = np.zeros(6 * (LONGEST + 2), np.int64)
        out = (each[window] for each in (bits, characters, letters, unknown, common))
        judge_rows(data, offsets, own[window], table, trained, often, *scratch, touched, *out)

    map_threads(one, range(0, rows, _CHUNK))
    return Surprise(bits, characters, letters, unknown, common, trained)


def _sample(folded: pl.Series, key: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Rows to learn from: one of each text, drawn by the texts' hashes if they are too many."""
    _, first = np.unique(key, return_index=True)  # in order of hash: the same texts however the rows are ordered
    characters = int(folded.gather(first).str.len_chars().sum()) if first.size else 0
    every = -(-characters // TRAINING_CHARACTERS) if characters else 1
    return first[:: max(1, every)].astype(np.int64)


def _train(folded: pl.Series, sample: NDArray[np.int64], table: NDArray[np.uint32]) -> int:
    """Count the sample into the table; the number of characters."""
    trained = 0
    for low in range(0, sample.size, _CHUNK):
        data, offsets = utf8_buffers(folded.gather(sample[low : low + _CHUNK]))
        codes, hashes = np.zeros(LONGEST + 2, np.int64), np.zeros((2, 5), np.uint64)
        trained += int(count_grams(data, offsets, table, codes, hashes))
    return trained
