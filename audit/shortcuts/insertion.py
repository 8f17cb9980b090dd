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
from dataclasses import dataclass
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
TEXTS, _TOKENS = 3_000, 200
"""Texts that neighbors are learned from, and tokens of each."""
_PRIOR = 2.0
_FEWEST = 5
_LEAST = 1.0
"""By how much less than by chance (natural logarithm) neighbors follow each other around a part of a sentence."""
_ERRORS = 2.0
"""Standard errors by which the score must fall short of that of ordinary neighbors."""


def tokens(text: str) -> list[str]:
    """Words and signs in lower case."""
    return _TOKEN.findall(text.lower())


@dataclass(frozen=True)
class Neighbors:
    """Pairs of neighboring tokens of a sample of texts."""

    texts: tuple[tuple[str, ...], ...]

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

    @cached_property
    def usual(self) -> dict[str, float]:
        """Mean score of ordinary neighbors at each place, a pair's own occurrence left out."""
        sums: dict[str, list[float]] = {}
        for pair, times in self.pairs.items():
            score = self.score(*pair, own=1)
            if score is not None:
                known = sums.setdefault(_place(*pair), [0.0, 0.0])
                known[0] += times * score
                known[1] += times
        return {place: round(total / times, 6) for place, (total, times) in sums.items()}

    def score(self, left: str, right: str, own: int = 0) -> float | None:
        """Logarithm of how much more often two tokens follow each other than by chance; None for an unknown one."""
        after = (self.seconds[right] - own) / max(1, self.total - own)
        if after <= 0 or self.firsts[left] - own <= 0:
            return None
        found = (self.pairs[left, right] - own + _PRIOR * after) / (self.firsts[left] - own + _PRIOR)
        return round(log(found / after), 6)

    def woven(self, texts: Iterable[str], values: Sequence[str]) -> bool:
        """Whether cues are parts of sentences in these texts: without them the texts do not read on.

        Args:
            texts: texts that hold one of the cues.
            values: the cues, in any case.
        """
        wanted = [v for v in map(tokens, values) if v]
        scores: list[float] = []
        usual: list[float] = []
        for text in texts:
            gap = _gap(tokens(text), wanted)
            score = self.score(*gap) if gap else None
            if gap and score is not None and (place := _place(*gap)) in self.usual:
                scores.append(score)
                usual.append(self.usual[place])
        n = len(scores)
        if n < _FEWEST:
            return False
        mean = sum(scores) / n
        spread = sqrt(sum((s - mean) ** 2 for s in scores) / (n - 1) / n)
        return round(mean, 6) < -_LEAST and round(mean + _ERRORS * spread - sum(usual) / n, 6) < 0


def _place(left: str, right: str) -> str:
    return "start" if left == _EDGE else "end" if right == _EDGE else "within"


def _gap(text: list[str], values: list[list[str]]) -> tuple[str, str] | None:
    """The tokens before and after a cue; None where it is not there, or all there is."""
    for value in values:
        size = len(value)
        for i in range(len(text) - size + 1):
            if text[i] == value[0] and text[i : i + size] == value:
                low, high = i - 1, i + size
                while low < 0 and high < len(text) and text[high] in _JOINTS:
                    high += 1
                while high >= len(text) and low >= 0 and text[low] in _JOINTS:
                    low -= 1
                left = text[low] if low >= 0 else _EDGE
                right = text[high] if high < len(text) else _EDGE
                return (left, right) if left or right else None
    return None
