"""What two texts of much the same meaning may differ in that matters: numbers, names, negation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

_NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
)
_NUMBERS = {word: str(value) for value, word in enumerate(_NUMBER_WORDS.split())}
_NUMBERS |= {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "hundred": "100", "thousand": "1000"}
_WEAK = frozenset({"one", "1"})
"""Said of anything: no number that a text is about."""
_DIGITS = re.compile(r"\d+(?:[.,:/-]\d+)*")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_NEGATION_WORDS = (
    "not no never none nobody nothing nowhere neither nor cannot cant wont dont doesnt didnt isnt arent wasnt werent"
    " hasnt havent hadnt shouldnt wouldnt couldnt mustnt aint without unable nicht kein keine keinen keinem nie ohne"
    " ne pas jamais sans nunca jamás sin niet geen nooit non mai senza não sem"
)
_NEGATIONS = frozenset(_NEGATION_WORDS.split())
_OURS, _YOURS = frozenset({"my", "mine"}), frozenset({"your", "yours"})
_NUMBER, _ONE_NUMBER, _NAME, _NEGATION, _OWNER = 0.1, 0.02, 0.06, 0.03, 0.05
"""Taken off a pair's similarity: numbers of both that differ, numbers in one alone, names of both that differ, a
negation in one alone (a paraphrase may say "silent" for "no sound"), "my" against "your"."""


@dataclass(frozen=True, slots=True)
class Slots:
    """What differs in two texts beside their wording."""

    numbers: tuple[tuple[str, ...], tuple[str, ...]]
    """Numbers that only the left, and only the right text has."""
    names: tuple[tuple[str, ...], tuple[str, ...]]
    """Capitalised words inside sentences that only one text has, where both have some and share none."""
    negation: bool
    """One text has a negation and the other none."""
    owner: bool
    """One text says "my" and never "your", the other the reverse."""
    penalty: float
    """What it takes off the similarity, 0..0.24."""


def slots_of(text: pl.Series, left: NDArray[np.int64], right: NDArray[np.int64]) -> list[Slots]:
    """What differs in each pair of rows."""
    return [compare(a, b) for a, b in zip(text.gather(left).to_list(), text.gather(right).to_list(), strict=True)]


def compare(left: str, right: str) -> Slots:
    """What differs in two texts."""
    ours, theirs = _numbers(left), _numbers(right)
    numbers = tuple(sorted(ours - theirs)), tuple(sorted(theirs - ours))
    names = _names(left), _names(right)
    apart = bool(names[0] and names[1] and names[0].isdisjoint(names[1]))
    told = (tuple(sorted(names[0])), tuple(sorted(names[1]))) if apart else ((), ())
    negation = _negated(left) != _negated(right)
    both = bool(numbers[0] and numbers[1])
    owner = {_owner(left), _owner(right)} == {"my", "your"}
    penalty = (_NUMBER if both else _ONE_NUMBER if numbers[0] or numbers[1] else 0.0) + _NAME * apart
    return Slots(numbers, told, negation, owner, round(penalty + _NEGATION * negation + _OWNER * owner, 4))


def _numbers(text: str) -> set[str]:
    found = {m.replace(",", "") for m in _DIGITS.findall(text)}
    found |= {_NUMBERS[w] for w in (m.lower() for m in _WORD.findall(text)) if w in _NUMBERS and w not in _WEAK}
    return found - _WEAK


def _negated(text: str) -> bool:
    return any(m.lower().replace("'", "").replace("\u2019", "") in _NEGATIONS for m in _WORD.findall(text))


def _owner(text: str) -> str:
    """``my`` or ``your`` where a text speaks of one only; empty otherwise."""
    words = {m.lower() for m in _WORD.findall(text)}
    mine, yours = not words.isdisjoint(_OURS), not words.isdisjoint(_YOURS)
    return "" if mine == yours else "my" if mine else "your"


def _names(text: str) -> frozenset[str]:
    """Words with a capital that do not begin a sentence; none in a text written in capitals."""
    if text.isupper():
        return frozenset()
    out = set()
    for match in _WORD.finditer(text):
        word, before = match.group(), text[: match.start()].rstrip(" \t\"'\u201c\u2018(")
        if len(word) > 2 and word[0].isupper() and not word.isupper() and before and before[-1] not in ".!?\n:;":  # noqa: PLR2004
            out.add(word.casefold())
    return frozenset(out)
