"""From texts to what is alike: exact groups, near-duplicates, contained texts, template families.

Order of work (each step on threads, each result a flat array):

1. fold and tokenise chunk by chunk; rows equal after folding collapse to their first row;
2. mark each row's own words (document frequency of word 6-grams);
3. candidates: MinHash bands over words, over characters for short rows, anchors for containment;
4. what they are: see ``conclusion``.

``assay.audit.scale`` does the same over batches of rows, where they are too many for the memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.audit.lexical.boilerplate import mark_own_words, shared_passages
from assay.audit.lexical.conclusion import Facts, InMemory, Similar, conclude
from assay.audit.lexical.containment import containment_pairs
from assay.audit.lexical.signatures import (
    band_pairs,
    sample_step,
    sampled,
    sign_words,
    stop_words,
    unique_pairs,
    word_counts,
)
from assay.audit.lexical.tokens import Tokens, read_tokens

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

__all__ = ["Similar", "find_similar"]


def find_similar(text: pl.Series, similarity: float) -> Similar:
    """Everything alike in a string column without nulls; ``similarity`` is the near-duplicate threshold, 0..1."""
    tokens = read_tokens(text)
    rep = _exact(tokens)
    first = (rep == np.arange(rep.size)) & (tokens.count > 0)
    firsts = np.flatnonzero(first)
    own = mark_own_words(tokens, firsts)
    stop = _stop_words(tokens, first)
    pairs = _candidates(tokens, own, firsts, stop)
    passage, slots = shared_passages(tokens, own, firsts)
    facts = Facts(rep, tokens.count, tokens.masked, tokens.mask_hash, own, passage, slots)
    return conclude(facts, pairs, InMemory(tokens, own, passage, text, similarity, stop))


def _stop_words(tokens: Tokens, first: NDArray[np.bool_]) -> NDArray[np.bool_]:
    rows = sampled(tokens.row_hash, first, sample_step(len(tokens)))
    return stop_words(word_counts(tokens.flat, tokens.start, tokens.count, rows), rows.size)


def _exact(tokens: Tokens) -> NDArray[np.int64]:
    """First row with the same folded text; rows without words are never equal to anything."""
    rows = np.arange(len(tokens), dtype=np.int64)
    if not rows.size:
        return rows
    order = np.argsort(tokens.row_hash, kind="stable")
    ordered = tokens.row_hash[order]
    new = np.ones(rows.size, np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    new |= ordered == 0
    rep = np.empty(rows.size, np.int64)
    rep[order] = order[np.maximum.accumulate(np.where(new, rows, 0))]
    return rep


def _candidates(
    tokens: Tokens, own: NDArray[np.int32], firsts: NDArray[np.int64], stop: NDArray[np.bool_]
) -> NDArray[np.uint64]:
    keys = sign_words(tokens.flat, tokens.start, tokens.count, own, firsts, stop)
    found = [band_pairs(keys, firsts)]
    del keys
    first = np.zeros(len(tokens), np.bool_)
    first[firsts] = True
    chosen = first[tokens.short]
    short = tokens.short[chosen]
    found.append(band_pairs(tokens.char_keys if short.size == chosen.size else tokens.char_keys[chosen], short))
    found.append(containment_pairs(tokens, firsts))
    return unique_pairs(found)
