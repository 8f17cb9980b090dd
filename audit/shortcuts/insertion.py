"""Whether a cue is put into finished texts, or is part of their sentences.

Without a tag, a signature or a source marker a text reads on: what stood before it and what stood after it follow each
other elsewhere, too. Without a word of its sentence it does not: "where is my card" leaves "is my card", and no other
text begins so. The words before and after are held against pairs of neighbors in all texts, by the logarithm of how
much more often they follow each other than their frequencies say (Church and Hanks, Computational Linguistics 16,
1990), and against what ordinary neighbors reach at the same place: at the beginning, at the end, within.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import log, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TOKEN = re.compile(r"\w+(?:['\u2019-]\w+)*|[^\w\s]")
_EDGE = ""
"""Stands before the first and after the last token."""
_JOINTS = frozenset("-\u2013\u2014:|,>/*~")
"""Signs that join a cue to its text: they go with it."""
_STOPS = frozenset(".!?\u2026")
"""Signs that end a sentence: no part of a cue that follows."""
TEXTS, _TOKENS = 3_000, 200
"""Texts that neighbors are learned from, and tokens of each."""
_PRIOR = 1.0
_FEWEST = 5
_CONSTANT, _LONGEST = 0.8, 12
"""Share of a cue's texts in which the same token beside it belongs to it, and how many such tokens are taken in."""
_LEAST, _BELOW = 1.5, 0.25
"""By how much (natural logarithm) neighbors around a part of a sentence fall short of ordinary ones, and of chance."""
_ERRORS = 2.0
"""Standard errors by which the score must fall short of that of ordinary neighbors."""


def tokens(text: str) -> list[str]:
    """Words and signs in lower case."""
    return _TOKEN.findall(text.lower())


@dataclass(frozen=True)
class Neighbors:
    """Pairs of neighboring tokens of a sample of texts."""

    texts: tuple[tuple[str, ...], ...]
    known: dict[tuple[str, str], float | None] = field(default_factory=dict)
    """What ``usual`` gave."""

    @classmethod
    def of(cls, texts: Iterable[str]) -> Neighbors:
        """Neighbors of some texts; long ones lose their middle."""
        cut = []
        for text in texts:
            found = tokens(text)
            half = _TOKENS // 2
            cut.append(tuple(found if len(found) <= _TOKENS else [*found[:half], *found[-half:]]))
        return cls(tuple(t for t in cut if t))

    @cached_property
    def pairs(self) -> Counter[tuple[str, str]]:
        """How often two tokens follow each other."""
        return Counter(pair for text in self.texts for pair in pairwise((_EDGE, *text, _EDGE)))

    @cached_property
    def firsts(self) -> Counter[str]:
        """How often a token is followed by any."""
        return self._sums(0)

    @cached_property
    def seconds(self) -> Counter[str]:
        """How often a token follows any."""
        return self._sums(1)

    def _sums(self, side: int) -> Counter[str]:
        out: Counter[str] = Counter()
        for pair, times in self.pairs.items():
            out[pair[side]] += times
        return out

    @cached_property
    def total(self) -> int:
        """Pairs."""
        return self.pairs.total()

    def usual(self, place: str, cue: str) -> float | None:
        """Mean score of ordinary neighbors at a place, a pair's own occurrence and those of a cue left out."""
        key = (place, cue)
        if key not in self.known:
            total, times = 0.0, 0
            for (left, right), often in self.pairs.items():
                score = self.score(left, right, 1, cue) if _place(left, right) == place else None
                if score is not None and cue not in {left, right}:
                    total += often * score
                    times += often
            self.known[key] = round(total / times, 6) if times else None
        return self.known[key]

    def score(self, left: str, right: str, own: int = 0, cue: str = "") -> float | None:
        """Logarithm of how much more often two tokens follow each other than by chance; None for an unknown one.

        Args:
            left: the first token.
            right: the second one.
            own: occurrences that do not count.
            cue: a token that does not count after the first one.
        """
        after = (self.seconds[right] - own) / max(1, self.total - own)
        before = self.firsts[left] - own - (self.pairs[left, cue] if cue else 0)
        if after <= 0 or before <= 0:
            return None
        # Rare tokens say little: that they were never neighbors is what chance expects.
        return round(log((self.pairs[left, right] - own + _PRIOR) / (before * after + _PRIOR)), 6)

    def woven(self, texts: Iterable[str], values: Sequence[str]) -> bool:
        """Whether cues are parts of sentences in these texts: without them the texts do not read on.

        Args:
            texts: texts that hold one of the cues.
            values: the cues, in any case.
        """
        wanted = [v for v in map(tokens, values) if v]
        found = [each for text in texts if (each := _find(tokens(text), wanted))]
        return self._falls_short(_gaps(found)) and self._falls_short(_gaps(_extended(found)))

    def _falls_short(self, gaps: list[tuple[str, str, str]]) -> bool:
        """Whether tokens before and after a cue follow each other far less than ordinary neighbors do."""
        scores: list[float] = []
        usual: list[float] = []
        for left, right, cue in gaps:
            score, reached = self.score(left, right, cue=cue), self.usual(_place(left, right), cue)
            if score is not None and reached is not None:
                scores.append(score)
                usual.append(reached)
        n = len(scores)
        if n < _FEWEST:
            return True
        mean = sum(scores) / n
        spread = sqrt(sum((s - mean) ** 2 for s in scores) / (n - 1) / n)
        short = sum(usual) / n - mean
        return round(mean + _BELOW, 6) < 0 and round(short - _LEAST, 6) > 0 and round(short - _ERRORS * spread, 6) > 0


def _place(left: str, right: str) -> str:
    return "start" if left == _EDGE else "end" if right == _EDGE else "within"


_Span = tuple[list[str], int, int]
"""Tokens of a text, the place of a cue's first token, and the place after its last."""


def _find(text: list[str], values: list[list[str]]) -> _Span | None:
    """The first of the cues that a text has."""
    for value in values:
        size = len(value)
        for i in range(len(text) - size + 1):
            if text[i] == value[0] and text[i : i + size] == value:
                return text, i, i + size
    return None


def _extended(found: list[_Span]) -> list[_Span]:
    """Cues with the tokens that nearly always come before or after them.

    "sent automatically" is a part of "This message was sent automatically", which no text needs.
    """
    spans = found
    for _ in range(_LONGEST):
        before = Counter(text[low - 1] for text, low, _ in spans if low > 0 and text[low - 1] not in _STOPS)
        after = Counter(text[high] for text, _, high in spans if high < len(text) and text[high] not in _STOPS)
        (left, times), (right, more) = (c.most_common(1)[0] if c else (_EDGE, 0) for c in (before, after))
        if max(times, more) < _CONSTANT * len(spans) or not spans:
            break
        if times >= more:
            spans = [(text, low - (low > 0 and text[low - 1] == left), high) for text, low, high in spans]
        else:
            spans = [(text, low, high + (high < len(text) and text[high] == right)) for text, low, high in spans]
    return spans


def _gaps(spans: list[_Span]) -> list[tuple[str, str, str]]:
    """The tokens before and after each cue, and its first one, without texts of nothing else."""
    gaps = [(*_around(*span), span[0][span[1]]) for span in spans]
    return [(left, right, cue) for left, right, cue in gaps if left or right]


def _around(text: list[str], low: int, high: int) -> tuple[str, str]:
    """The tokens before and after a part of a text, signs that join it to the rest left out."""
    low -= 1
    while low < 0 and high < len(text) and text[high] in _JOINTS:
        high += 1
    while high >= len(text) and low >= 0 and text[low] in _JOINTS:
        low -= 1
    return (text[low] if low >= 0 else _EDGE), (text[high] if high < len(text) else _EDGE)
