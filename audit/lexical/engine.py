"""From texts to what is alike: exact groups, near-duplicates, contained texts, template families.

Order of work (each step on threads, each result a flat array):

1. fold and tokenise chunk by chunk; rows equal after folding collapse to their first row;
2. mark each row's own words (document frequency of word 6-grams);
3. candidates: MinHash bands over words, over characters for short rows, anchors for containment;
4. verify every candidate by words, then by characters;
5. families: rows equal but for numbers, rows with the same shared passage, clusters that vary in slots only;
6. unite verified pairs, never mere bucket mates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.lexical.alignment import appended, slot_shares
from assay.audit.lexical.boilerplate import MIN_ROWS, mark_own_words, shared_passages
from assay.audit.lexical.clusters import components, groups_of
from assay.audit.lexical.containment import containment_pairs
from assay.audit.lexical.signatures import band_pairs, sign_words, stop_words, unique_pairs
from assay.audit.lexical.tokens import Tokens, read_tokens
from assay.audit.lexical.verify import CONTAINED, FRAME, NEAR, TEMPLATE, halves, verify

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

MIN_FAMILY = 3
"""Distinct texts that make a family where only numbers differ, or where a passage is shared."""
MAX_SIBLINGS = 8
"""Rows of a family that are compared with those of other families."""
MIN_SLOT_CLUSTER = 4
"""Distinct texts of a cluster below which it cannot be told whether the same places vary."""
SLOT_SHARE = 0.8
"""Share of a cluster's changes that must fall in slots for it to be a family."""
WIDEST_SLOT = 8
"""Neighbouring words that may vary between rows with the same shared passages."""
MAX_SLOT_WORDS = 6
"""Mean words of a slot: beyond that, rows share a disclaimer, not a template."""


@dataclass(frozen=True, slots=True, eq=False)
class Similar:
    """What is alike in a column of texts. Rows are positions in the column."""

    rep: NDArray[np.int64]
    """First row with the same folded text, for every row; rows without words stand for themselves."""
    words: NDArray[np.int32]
    """Number of words of every row."""
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    score: NDArray[np.float32]
    """Verified near-duplicate pairs of first rows (left < right), and their similarity."""
    inner: NDArray[np.int64]
    outer: NDArray[np.int64]
    contained: NDArray[np.float32]
    """Pairs of first rows of which one holds the other, and the share of the inner one's words held."""
    group: NDArray[np.int64]
    """First row of the cluster of equal and near-equal rows, for every row (itself, if alone)."""
    family: NDArray[np.int64]
    """First row of the template family, for every row; -1 for none."""


def find_similar(text: pl.Series, similarity: float) -> Similar:
    """Everything alike in a string column without nulls; ``similarity`` is the near-duplicate threshold, 0..1."""
    tokens = read_tokens(text)
    rep = _exact(tokens)
    firsts = np.flatnonzero((rep == np.arange(rep.size)) & (tokens.count > 0))
    own = mark_own_words(tokens, firsts)
    pairs = _candidates(tokens, own, firsts)
    passage, slots = shared_passages(tokens, own, firsts)
    code, score = verify(pairs, tokens, own, passage, text, similarity)
    family = _families(tokens, own, firsts, passage, slots)
    left, right = halves(pairs)
    near = _near(code, left, right, own, tokens, family)
    shared = firsts[passage[firsts] != 0]
    close = _slot_families(tokens, code, (left, right), _same_key(passage[shared], shared), family)
    siblings = family_pairs(tokens, family, firsts)
    alike, _ = verify(siblings, tokens, own, passage, text, similarity)
    first, second = halves(siblings[(alike == NEAR) | (alike == TEMPLATE)])
    _unite_families((np.concatenate([left[close], first]), np.concatenate([right[close], second])), family)
    near = near[_apart(family, left[near], right[near])]
    longer = appended(tokens, left[near], right[near])
    held = near[longer]
    code[held] = CONTAINED
    # As for other contained texts: the share of the shorter one's words, not of both.
    words = tokens.count[left[held]] + tokens.count[right[held]]
    least = np.minimum(tokens.count[left[held]], tokens.count[right[held]])
    score[held] = np.minimum(1.0, score[held] * words / (2 * least))
    near = near[~longer]
    held = np.flatnonzero((code == CONTAINED) & _apart(family, left, right))
    swap = tokens.count[left[held]] > tokens.count[right[held]]
    inner = np.where(swap, right[held], left[held])
    outer = np.where(swap, left[held], right[held])
    group = components(rep.size, left[near], right[near])[rep]
    return Similar(
        rep=rep,
        words=tokens.count,
        left=left[near],
        right=right[near],
        score=score[near],
        inner=inner,
        outer=outer,
        contained=score[held],
        group=group,
        family=family[rep],
    )


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


def _candidates(tokens: Tokens, own: NDArray[np.int32], firsts: NDArray[np.int64]) -> NDArray[np.uint64]:
    stop = stop_words(tokens.flat, tokens.start, tokens.count)
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


def _families(
    tokens: Tokens,
    own: NDArray[np.int32],
    firsts: NDArray[np.int64],
    passage: NDArray[np.uint64],
    slots: NDArray[np.int32],
) -> NDArray[np.int64]:
    """First row of each row's family, -1 for none; by numbers and by shared passages."""
    rows = len(tokens)
    count, masked = tokens.count[firsts], tokens.masked[firsts]
    numbered = firsts[(masked > 0) & (count - masked >= 3)]
    links = [_same_key(tokens.mask_hash[numbered], numbered)]
    mine = own[firsts]
    slotted = firsts[(passage[firsts] != 0) & (mine <= MAX_SLOT_WORDS * slots[firsts]) & (2 * mine <= count)]
    links.append(_same_key(passage[slotted], slotted))
    left = np.concatenate([a for a, _ in links])
    right = np.concatenate([b for _, b in links])
    label = components(rows, left, right)
    family = np.full(rows, -1, np.int64)
    inside = np.unique(np.concatenate([left, right]))
    family[inside] = label[inside]
    return family


def _same_key(keys: NDArray[np.uint64], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Links from the first row of each key to its others, where a key has at least MIN_FAMILY rows."""
    order = np.argsort(keys, kind="stable")
    ordered, rows = keys[order], rows[order]
    if not rows.size:
        return rows, rows
    edges = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1], [True]]))
    sizes = np.diff(edges)
    heads = np.repeat(rows[edges[:-1]], sizes)
    keep = np.repeat(sizes >= MIN_FAMILY, sizes) & (heads != rows)
    return heads[keep], rows[keep]


def _apart(family: NDArray[np.int64], left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
    return (family[left] != family[right]) | (family[left] < 0)


def _near(code, left, right, own, tokens, family) -> NDArray[np.int64]:
    """Positions of the pairs that are near-duplicates, not two rows of one template."""
    apart = _apart(family, left, right)
    near = (code == NEAR) & apart
    # A text that stands here in eight edited copies looks like a template to the document frequencies. In copies
    # the changes are few and fall anywhere; rows of a template vary in the same places, and are a family by now.
    unsure = np.flatnonzero((code == TEMPLATE) & apart)
    few = (4 * own[left[unsure]] <= tokens.count[left[unsure]]) & (
        4 * own[right[unsure]] <= tokens.count[right[unsure]]
    )
    near[unsure[few]] = True
    return np.flatnonzero(near)


def family_pairs(tokens: Tokens, family: NDArray[np.int64], firsts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Candidate pairs among some rows of each family, by all their words: families may be halves of one.

    The candidates of single rows need not meet: what they share with many counts little there.
    """
    rows = firsts[family[firsts] >= 0]
    rows = rows[np.argsort(family[rows], kind="stable")]
    ordered = family[rows]
    place = np.arange(rows.size) - np.searchsorted(ordered, ordered)
    some = np.sort(rows[place < MAX_SIBLINGS])
    stop = stop_words(tokens.flat, tokens.start, tokens.count)
    pairs = band_pairs(sign_words(tokens.flat, tokens.start, tokens.count, tokens.count, some, stop), some)
    left, right = halves(pairs)
    return pairs[family[left] != family[right]]


def _slot_families(tokens, code, pairs, passages, family) -> NDArray[np.int64]:
    """Find clusters of look-alikes that vary in slots only, and write them into ``family``; pairs that touch these.

    First among closely alike rows, then among rows with the same shared passages, then among what is left with
    looser links: these find templates with many slots, but in sets of short texts they chain everything together,
    and a chain is no template.
    """
    left, right = pairs
    close = (code == NEAR) | (code == TEMPLATE)
    loose = close | (code == FRAME)
    # A dozen words that differ are no slot but a text of its own under a shared disclaimer; rows that are alike as a
    # whole cannot differ so much.
    links = (
        (left[close], right[close], MIN_SLOT_CLUSTER, 1 << 30),
        (*passages, MIN_ROWS, WIDEST_SLOT),
        (left[loose], right[loose], MIN_SLOT_CLUSTER, 1 << 30),
    )
    for a, b, least, widest in links:
        free = (family[a] < 0) & (family[b] < 0)
        a, b = a[free], b[free]  # noqa: PLW2901 - the links that are left
        inside = np.unique(np.concatenate([a, b]))
        members, bounds = groups_of(components(len(tokens), a, b)[inside])
        members, sizes = inside[members], np.diff(bounds)
        large = np.flatnonzero(sizes >= least)
        pieces = [members[bounds[g] : bounds[g + 1]] for g in large.tolist()]
        if pieces:
            shares = slot_shares(tokens, np.concatenate(pieces), np.concatenate([[0], np.cumsum(sizes[large])]), widest)
            for g in np.flatnonzero(shares >= SLOT_SHARE).tolist():
                family[pieces[g]] = pieces[g][0]
    return np.flatnonzero(close & ((family[left] >= 0) | (family[right] >= 0)))


def _unite_families(pairs: tuple[NDArray[np.int64], NDArray[np.int64]], family: NDArray[np.int64]) -> None:
    """Rows closely alike to a row of a family are of it; families so linked are one."""
    inside = np.flatnonzero(family >= 0)
    a, b = np.concatenate([pairs[0], inside]), np.concatenate([pairs[1], family[inside]])
    label = components(family.size, a, b)
    joined = np.unique(np.concatenate([a, b]))
    family[joined] = label[joined]
