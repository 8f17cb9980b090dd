"""Words and pairs of neighbouring words of many texts, counted in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
TOKEN = rf"[{_UNSPACED}]\p{{M}}*|[\w&&[^{_UNSPACED}]]+"
"""A word; a character where a script does not part words by spaces."""


def count_grams(texts: pl.Series) -> tuple[csr_matrix, pl.Series]:
    """Counts of lower-case words and pairs of neighbouring words.

    Returns:
        Matrix float32 (texts, grams), columns sorted within a row, and the grams in order of column: words by name,
        then pairs (``two words``).
    """
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - heavy

    rows = len(texts)
    words = texts.str.to_lowercase().str.extract_all(TOKEN)
    sizes = words.list.len().to_numpy().astype(np.int64)
    flat = words.explode(empty_as_null=False).drop_nulls()
    names = flat.unique().sort()
    if not len(names):
        return csr_matrix((rows, 0), dtype=np.float32), names
    code = flat.cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64)
    row = np.repeat(np.arange(rows), sizes)
    beside = np.flatnonzero(row[1:] == row[:-1])
    pairs = code[beside] * len(names) + code[beside + 1]
    known, pair = np.unique(pairs, return_inverse=True)
    columns = len(names) + known.size
    cells = np.concatenate([row * columns + code, row[beside] * columns + len(names) + pair])
    cell, times = np.unique(cells, return_counts=True)
    indptr = np.zeros(rows + 1, np.int64)
    np.cumsum(np.bincount(cell // columns, minlength=rows), out=indptr[1:])
    grams = pl.concat([names, _pair_names(names, known)])
    matrix = csr_matrix((times.astype(np.float32), cell % columns, indptr), shape=(rows, columns))
    matrix.has_sorted_indices = True
    return matrix, grams


def _pair_names(names: pl.Series, pairs: NDArray[np.int64]) -> pl.Series:
    first, second = names.gather(pairs // len(names)), names.gather(pairs % len(names))
    return first + " " + second
