"""From candidate pairs to what is alike: verified pairs, template families, clusters.

Works on a few numbers a row and on the words of some rows at a time, so that it does not matter whether all words
are in memory or on disks:

1. verify every candidate by words, then by characters;
2. families: rows equal but for numbers, rows with the same shared passage, clusters that vary in slots only;
3. unite verified pairs, never mere bucket mates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from assay.audit.lexical import alignment
from assay.audit.lexical.boilerplate import MIN_ROWS
from assay.audit.lexical.clusters import components, groups_of, rows_of
from assay.audit.lexical.signatures import band_pairs, sign_words
from assay.audit.lexical.verify import CONTAINED, FRAME, NEAR, TEMPLATE, halves, verify

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from assay.audit.lexical.tokens import Tokens

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


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """A few numbers of every row: seven arrays of equal length."""

    rep: NDArray[np.int64]
    """First row with the same folded text; rows without words stand for themselves."""
    count: NDArray[np.int32]
    """Words."""
    masked: NDArray[np.int32]
    """Words that hold a digit."""
    mask_hash: NDArray[np.uint64]
    """Hash of the folded text with one mark for each such word."""
    own: NDArray[np.int32]
    """Own words."""
    passage: NDArray[np.uint64]
    """Key of the shared passages, 0 for none."""
    slots: NDArray[np.int32]
    """Runs of own words between shared passages."""

    @property
    def firsts(self) -> NDArray[np.int64]:
        """The first row of every distinct text that has words."""
        return np.flatnonzero((self.rep == np.arange(self.rep.size)) & (self.count > 0))


class Looks(Protocol):
    """What needs the words of rows: all rows here are numbers of distinct texts' first rows."""

    def verify(self, pairs: NDArray[np.uint64]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """What each pair ``i << 32 | j`` is, and how similar."""

    def appended(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
        """See ``alignment.appended``."""

    def slot_shares(self, members: NDArray[np.int64], bounds: NDArray[np.int64], widest: int) -> NDArray[np.float64]:
        """See ``alignment.slot_shares``."""

    def sign(self, rows: NDArray[np.int64]) -> NDArray[np.uint32]:
        """Band keys of some rows by all their words, (rows, bands)."""


@dataclass(frozen=True, slots=True, eq=False)
class InMemory:
    """Looks at words that are all in memory; see ``Looks``."""

    tokens: Tokens
    own: NDArray[np.int32]
    passage: NDArray[np.uint64]
    text: pl.Series
    similarity: float
    stop: NDArray[np.bool_]

    def verify(self, pairs: NDArray[np.uint64]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """What each pair is, and how similar."""
        return verify(pairs, self.tokens, self.own, self.passage, self.text, self.similarity)

    def appended(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Pairs of which one text is the other with words put before or after it."""
        return alignment.appended(self.tokens, left, right)

    def slot_shares(self, members: NDArray[np.int64], bounds: NDArray[np.int64], widest: int) -> NDArray[np.float64]:
        """How much of what varies in each cluster varies in slots."""
        return alignment.slot_shares(self.tokens, members, bounds, widest)

    def sign(self, rows: NDArray[np.int64]) -> NDArray[np.uint32]:
        """Band keys by all words."""
        tokens = self.tokens
        return sign_words(tokens.flat, tokens.start, tokens.count, tokens.count, rows, self.stop)


def conclude(facts: Facts, pairs: NDArray[np.uint64], looks: Looks) -> Similar:
    """What is alike, from candidate pairs ``i << 32 | j`` (sorted, unique) of first rows."""
    firsts = facts.firsts
    code, score = looks.verify(pairs)
    family = _families(facts, firsts)
    left, right = halves(pairs)
    near = _near(code, left, right, facts, family)
    shared = firsts[facts.passage[firsts] != 0]
    close = _slot_families(looks, code, (left, right), _same_key(facts.passage[shared], shared), family)
    siblings = _family_pairs(looks, family, firsts)
    alike, _ = looks.verify(siblings)
    first, second = halves(siblings[(alike == NEAR) | (alike == TEMPLATE)])
    _unite_families((np.concatenate([left[close], first]), np.concatenate([right[close], second])), family)
    near = near[_apart(family, left[near], right[near])]
    longer = looks.appended(left[near], right[near])
    held = near[longer]
    code[held] = CONTAINED
    # As for other contained texts: the share of the shorter one's words, not of both.
    words = facts.count[left[held]] + facts.count[right[held]]
    least = np.minimum(facts.count[left[held]], facts.count[right[held]])
    score[held] = np.minimum(1.0, score[held] * words / (2 * least))
    near = near[~longer]
    held = np.flatnonzero((code == CONTAINED) & _apart(family, left, right))
    swap = facts.count[left[held]] > facts.count[right[held]]
    inner = np.where(swap, right[held], left[held])
    outer = np.where(swap, left[held], right[held])
    group = components(facts.rep.size, left[near], right[near])[facts.rep]
    return Similar(
        rep=facts.rep,
        words=facts.count,
        left=left[near],
        right=right[near],
        score=score[near],
        inner=inner,
        outer=outer,
        contained=score[held],
        group=group,
        family=family[facts.rep],
    )


def _families(facts: Facts, firsts: NDArray[np.int64]) -> NDArray[np.int64]:
    """First row of each row's family, -1 for none; by numbers and by shared passages."""
    rows = facts.rep.size
    count, masked = facts.count[firsts], facts.masked[firsts]
    numbered = firsts[(masked > 0) & (count - masked >= 3)]
    links = [_same_key(facts.mask_hash[numbered], numbered)]
    mine = facts.own[firsts]
    slotted = firsts[
        (facts.passage[firsts] != 0) & (mine <= MAX_SLOT_WORDS * facts.slots[firsts]) & (2 * mine <= count)
    ]
    links.append(_same_key(facts.passage[slotted], slotted))
    left = np.concatenate([a for a, _ in links])
    right = np.concatenate([b for _, b in links])
    label = components(rows, left, right)
    family = np.full(rows, -1, np.int64)
    inside = rows_of(left, right)
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


def _near(code, left, right, facts: Facts, family) -> NDArray[np.int64]:
    """Positions of the pairs that are near-duplicates, not two rows of one template."""
    apart = _apart(family, left, right)
    near = (code == NEAR) & apart
    # A text that stands here in eight edited copies looks like a template to the document frequencies. In copies
    # the changes are few and fall anywhere; rows of a template vary in the same places, and are a family by now.
    unsure = np.flatnonzero((code == TEMPLATE) & apart)
    own, count = facts.own, facts.count
    few = (4 * own[left[unsure]] <= count[left[unsure]]) & (4 * own[right[unsure]] <= count[right[unsure]])
    near[unsure[few]] = True
    return np.flatnonzero(near)


def _family_pairs(looks: Looks, family: NDArray[np.int64], firsts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Candidate pairs among some rows of each family, by all their words: families may be halves of one.

    The candidates of single rows need not meet: what they share with many counts little there.
    """
    rows = firsts[family[firsts] >= 0]
    rows = rows[np.argsort(family[rows], kind="stable")]
    ordered = family[rows]
    place = np.arange(rows.size) - np.searchsorted(ordered, ordered)
    some = np.sort(rows[place < MAX_SIBLINGS])
    pairs = band_pairs(looks.sign(some), some)
    left, right = halves(pairs)
    return pairs[family[left] != family[right]]


def _slot_families(looks: Looks, code, pairs, passages, family) -> NDArray[np.int64]:
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
        inside = rows_of(a, b)
        members, bounds = groups_of(components(family.size, a, b)[inside])
        members, sizes = inside[members], np.diff(bounds)
        large = np.flatnonzero(sizes >= least)
        pieces = [members[bounds[g] : bounds[g + 1]] for g in large.tolist()]
        if pieces:
            shares = looks.slot_shares(np.concatenate(pieces), np.concatenate([[0], np.cumsum(sizes[large])]), widest)
            for g in np.flatnonzero(shares >= SLOT_SHARE).tolist():
                family[pieces[g]] = pieces[g][0]
    return np.flatnonzero(close & ((family[left] >= 0) | (family[right] >= 0)))


def _unite_families(pairs: tuple[NDArray[np.int64], NDArray[np.int64]], family: NDArray[np.int64]) -> None:
    """Rows closely alike to a row of a family are of it; families so linked are one."""
    inside = np.flatnonzero(family >= 0)
    a, b = np.concatenate([pairs[0], inside]), np.concatenate([pairs[1], family[inside]])
    label = components(family.size, a, b)
    joined = rows_of(a, b)
    family[joined] = label[joined]
