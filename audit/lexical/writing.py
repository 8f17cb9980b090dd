"""How texts that are equal after folding are written: what folding took away, told as one word."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.kernels import inlined, kernel
from assay.audit.lexical.hashing import utf8_buffers
from assay.audit.lexical.parallel import over_rows

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

WRITTEN = ("identical", "case", "white space", "Unicode form", "punctuation")
"""How texts that are equal after folding may differ, by code."""


def same_but(left: str, right: str) -> str:
    """How two texts that are equal after folding differ: one of WRITTEN."""
    if left == right:
        return "identical"
    if left.casefold() == right.casefold():
        return "case"
    words = left.split(), right.split()
    if words[0] == words[1]:
        return "white space"
    left, right = " ".join(words[0]), " ".join(words[1])
    if left.casefold() == right.casefold():
        return "case"
    left, right = (unicodedata.normalize("NFKC", t).casefold() for t in (left, right))
    if left.split() == right.split():
        return "Unicode form"
    return "punctuation"


def written(text: pl.Series, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int8]:
    """How rows ``left[k]`` and ``right[k]``, equal after folding, differ: codes into WRITTEN."""
    pieces = over_rows(lambda low, high: _written(text, left[low:high], right[low:high]), left.size, step=1 << 11)
    return np.concatenate([np.zeros(0, np.int8), *pieces])


@inlined
def _is_space(byte):
    return byte == 32 or 9 <= byte <= 13 or 28 <= byte <= 31


@kernel
def _compare_writing(data, offsets, out):
    """How texts ``2 k`` and ``2 k + 1`` are written; -1 where they part at a character beyond ASCII.

    One pass over both: white space counts once and only between words, ASCII case never counts. Where ASCII
    characters part, no Unicode form could bring them together.
    """
    for k in range(out.size):
        p, pe = offsets[2 * k], offsets[2 * k + 1]
        q, qe = offsets[2 * k + 1], offsets[2 * k + 2]
        same = pe - p == qe - q
        i = 0
        while same and i < pe - p:
            same = data[p + i] == data[q + i]
            i += 1
        out[k] = 0
        case, begun = False, False
        while not same:
            gap_p, gap_q = False, False
            while p < pe and _is_space(data[p]):
                gap_p = True
                p += 1
            while q < qe and _is_space(data[q]):
                gap_q = True
                q += 1
            x = data[p] if p < pe else np.uint8(0)
            y = data[q] if q < qe else np.uint8(0)
            if p >= pe and q >= qe:
                out[k] = 1 if case else 2
                break
            if x != y:
                x = x + 32 if 65 <= x <= 90 else x
                y = y + 32 if 65 <= y <= 90 else y
                case = True
            if x != y or (gap_p != gap_q and begun):
                out[k] = 4 if x < 128 and y < 128 else -1
                break
            begun = True
            p += 1
            q += 1


def _written(text: pl.Series, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int8]:
    """A kernel settles most pairs; the others are asked one by one."""
    out = np.empty(left.size, np.int8)
    rows = np.stack([left, right], axis=1).ravel()
    texts = text.gather(rows)
    _compare_writing(*utf8_buffers(texts), out)
    odd = np.flatnonzero(out < 0)
    pairs = zip(texts.gather(2 * odd).to_list(), texts.gather(2 * odd + 1).to_list(), strict=True)
    out[odd] = [WRITTEN.index(same_but(x, y)) for x, y in pairs]
    return out
