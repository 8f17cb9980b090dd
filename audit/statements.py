"""Whether near-duplicates state the same: what their changed words mean, for DUP002, LEK002 and LBL001."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.dataset import Dataset, memoised
from assay.audit.features import alike
from assay.audit.lexical.contrast import Contrast, contrast, contrasted
from assay.audit.lexical.differences import KINDS, MAX_RUNS, Differences, differences
from assay.audit.lexical.reading import read
from assay.audit.wording import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.lexical.contrast import Known

_SHORT = 24
"""Words up to which a single content word is a text's statement; longer texts may differ in one of so many words."""
_WHOLE = 320
"""Characters of two texts up to which they are read as a whole; of longer ones, the changed words are."""
_RECURS = 12
"""Words under which two people may well write nearly the same text."""
_COMMON = 3
"""Rows that have a word from which it is no typo."""
_SHOWN = 3
_SAME, _SPELLED = Contrast(), frozenset({KINDS.index("spelling")})
_ORDER = KINDS.index("order")


@dataclass(frozen=True, slots=True, eq=False)
class Statements:
    """Pairs of near-duplicates, judged."""

    change: Differences
    contrasts: list[Contrast]
    differ: NDArray[np.bool_]
    """Whether what is changed makes another statement of the text."""
    may_differ: NDArray[np.bool_]
    """Whether anything is changed that might make another one, generic words, tense and question words included."""
    brief: NDArray[np.bool_]
    """Whether the texts are so short that they may recur by themselves."""

    def words(self, pair: int) -> str:
        """The words that make the difference, opposites first: ``'on' / 'off'``; empty for none."""
        apart = self.contrasts[pair]
        opposites = [f"{quoted(a, 30)} / {quoted(b, 30)}" for a, b in apart.opposites[:_SHOWN]]
        if opposites:
            return ", ".join(opposites)
        sides = [[*apart.numbers[k], *apart.names[k], *apart.words[k]] for k in (0, 1)]
        sides = [list(dict.fromkeys(side))[:_SHOWN] for side in sides]
        if not any(sides):
            facts = ((apart.negation, "a negation"), (apart.owner, "'my' / 'your'"), (apart.route, "the direction"))
            return next(
                (word for is_so, word in facts if is_so), "what is asked" if apart.asks or apart.question else ""
            )
        return " / ".join(", ".join(quoted(word, 30) for word in side) or "nothing" for side in sides)

    def facts(self, pair: int) -> dict[str, object]:
        """For the evidence: what is opposite, and what has no counterpart."""
        apart = self.contrasts[pair]
        out: dict[str, object] = {}
        if apart.opposites:
            out["opposites"] = [list(both) for both in apart.opposites]
        for name in ("numbers", "names", "words"):
            if any(getattr(apart, name)):
                out[name] = [list(side) for side in getattr(apart, name)]
        return out


def judge(data: Dataset, left: NDArray[np.int64], right: NDArray[np.int64]) -> Statements:
    """Say of pairs of nearly equal rows whether what differs is their statement."""
    change = differences(data.text, left, right)
    texts = zip(data.text.gather(left).to_list(), data.text.gather(right).to_list(), strict=True)
    known = _known(data)
    contrasts = []
    for k, (a, b) in enumerate(texts):
        code = int(change.codes[k])
        if code in _SPELLED:
            contrasts.append(_SAME)
        elif len(a) + len(b) <= _WHOLE:
            contrasts.append(contrast(_read(a), _read(b), known))
        elif code == _ORDER:
            contrasts.append(_SAME)
        else:
            contrasts.append(_contrasted(*_changed(a, b, change.spans[k]), known))
    words = alike(data).found.words
    longer = np.maximum(words[left], words[right])
    most = longer // _SHORT
    weighty = np.array([c.weighty for c in contrasts], np.int64)
    content = np.array([c.content for c in contrasts], np.int64)
    decisive = np.array([c.decisive for c in contrasts], np.bool_)
    aspect = np.array([c.aspect for c in contrasts], np.bool_)
    asks = np.array([c.asks for c in contrasts], np.bool_) & (longer <= _SHORT)
    exchanged = np.array([all(c.words) for c in contrasts], np.bool_) & (longer < _RECURS)
    differ = decisive | asks | exchanged | (weighty > most) | ((change.counts > MAX_RUNS) & (change.codes != _ORDER))
    return Statements(change, contrasts, differ, differ | aspect | (content > most), longer < _RECURS)


def _changed(left: str, right: str, spans: NDArray[np.int32]) -> tuple[str, str]:
    """The changed words of both texts, with a period between places, so that they are not read as one phrase."""
    runs = spans.tolist()
    ours = " . ".join(left[a:b] for a, b, _, _ in runs if a >= 0)
    theirs = " . ".join(right[c:d] for _, _, c, d in runs if c >= 0)
    return ours, theirs


_read = lru_cache(maxsize=1 << 15)(read)


@lru_cache(maxsize=1 << 16)
def _contrasted(left: str, right: str, known: Known) -> Contrast:
    return contrasted(left, right, known)


@memoised
def _known(data: Dataset) -> Known:
    """Whether a word is in enough rows of the data to be no typo; the words are counted when first asked for."""
    words: set[str] = set()
    counted: list[bool] = []

    def known(word: str) -> bool:
        if not counted:
            counted.append(True)
            words.update(_common(data.text))
        return word in words

    return known


def _common(text: pl.Series) -> list[str]:
    """Lower-case words that stand in several rows of a column."""
    each = text.str.to_lowercase().str.extract_all(r"\p{L}+").list.unique().explode().drop_nulls()
    counts = each.rename("word").value_counts(name="rows")
    return counts.filter(pl.col("rows") >= _COMMON)["word"].to_list()
