"""Texts that say one thing over and over: the share of their 5-grams of characters that are different."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.lexical.hashing import utf8_buffers
from assay.audit.lexical.parallel import map_threads
from assay.audit.realism.kernels import count_different

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST = 2_000
"""Characters of a text that are read."""
SHORTEST = 9
"""Characters under which nothing is said: ``ha ha ha`` is a laugh."""
_LENGTHS, _LIMITS = (200, 1_000), (0.7, 0.9)
"""Characters of a text, and the repetition over which it says one thing over and over; long ones quote logs."""
_SIGNS = r"-{4,}|={4,}|_{4,}|\*{4,}|#{4,}|\.{4,}|~{4,}|!{3,}|\?{3,}"
"""Rules under headings and strings of exclamation marks, however long, are written once."""
_SPACED_SIGNS = r"(?:[^\w\s]\s+){4,}"
_WORDS = re.compile(r"\w+")
_DRAWN_OUT = re.compile(r"(\w)\1{3,}")
_LETTERS_OF_A_WORD = 2
_FEW_WORDS, _EMPHATIC, _SHOUTED = 2, 10, 20
"""So few different words, said fewer times than the second, are emphasis; in capitals, fewer than the third."""
_LOCAL = 1 << 14
_CHUNK = 1 << 14


def repetition(text: pl.Series) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How repetitive each text is, 0..1, and from where it is too much: two arrays of (rows,).

    The measure is one less the share of the text's character 5-grams that are different. Natural texts stay under .3,
    a phrase said five times reaches .8; it is 0 for texts under ``SHORTEST`` characters.

    Args:
        text: (rows,) texts, never null.
    """
    rows = len(text)
    different, length = np.zeros(rows, np.int32), np.zeros(rows, np.int32)

    def one(low: int) -> None:
        window = slice(low, min(low + _CHUNK, rows))
        data, offsets = utf8_buffers(text[window].str.slice(0, LONGEST).str.to_lowercase())
        scratch = np.zeros(LONGEST + 2, np.int64), np.zeros(_LOCAL, np.uint8), np.zeros(LONGEST + 2, np.int64)
        count_different(data, offsets, *scratch, different[window], length[window])

    map_threads(one, range(0, rows, _CHUNK))
    share = np.round(different / np.maximum(1, length - 4), 6)
    limit = np.interp(length, _LENGTHS, _LIMITS).astype(np.float32)
    return np.where(length >= SHORTEST, 1.0 - share, 0.0).astype(np.float32), limit


def squeeze(text: pl.Series) -> pl.Series:
    """Texts (rows,) with one sign in place of rules and strings of the same sign."""
    squeezed = pl.col("text").str.replace_all(_SIGNS, "-").str.replace_all(_SPACED_SIGNS, "- ")
    return pl.DataFrame({"text": text}).select(squeezed)["text"]


def is_emphasis(text: str) -> bool:
    """Whether a text says a word or two several times, or draws out a letter, as people do when they mean it."""
    words = _WORDS.findall(text[:LONGEST].casefold())
    once = _DRAWN_OUT.sub(r"\1", text[:LONGEST])
    if len(once) < len(text[:LONGEST]) / 2 and len(set(once)) >= _LETTERS_OF_A_WORD:
        return True
    most = _SHOUTED if text.isupper() else _EMPHATIC
    return len(set(words)) <= _FEW_WORDS and 1 < len(words) < most
