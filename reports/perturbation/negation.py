"""A negation put in or left out (English): the one change that turns what is said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.reports.perturbation.dice import Dice

_POSITIVE = {
    "isn't": "is",
    "aren't": "are",
    "wasn't": "was",
    "weren't": "were",
    "don't": "do",
    "doesn't": "does",
    "didn't": "did",
    "hasn't": "has",
    "haven't": "have",
    "hadn't": "had",
    "can't": "can",
    "cannot": "can",
    "couldn't": "could",
    "wouldn't": "would",
    "shouldn't": "should",
    "won't": "will",
}
_NEGATED = re.compile(
    rf"\b(?:{'|'.join(_POSITIVE).replace(chr(39), '[' + chr(39) + chr(0x2019) + ']')})\b", re.IGNORECASE
)
_NOT = re.compile(r"\b(is|are|was|were|am|do|does|did|has|have|had|can|could|would|should|will) not\b", re.IGNORECASE)
_VERB = re.compile(r"\b(is|are|was|were|am|can|could|would|should|will|does|did)\b(?! not\b)", re.IGNORECASE)
_WANT = re.compile(r"\b(i|we|you|they) (want|need|like|have|know|see|get|think|understand|use)\b", re.IGNORECASE)
_SUBJECT = re.compile(
    r"\s+(?:(?:i|you|we|they|he|she|it|there|this|that)\b|(?:my|your|our|their|the|a|an)\s+\w+)", re.IGNORECASE
)


def negate(text: str, dice: Dice) -> str:
    """The first negation left out, or a "not" put after the first verb that takes one."""
    del dice
    found = _NOT.search(text)
    if found:
        return text[: found.start()] + found[1] + text[found.end() :]
    found = _NEGATED.search(text)
    if found:
        word = _POSITIVE[found[0].replace("\u2019", "'").lower()]
        return text[: found.start()] + (word.capitalize() if found[0][0].isupper() else word) + text[found.end() :]
    want, verb = _WANT.search(text), _VERB.search(text)
    if want and not (verb and verb.start() < want.start()):
        return f"{text[: want.start()]}{want[1]} do not {want[2]}{text[want.end() :]}"
    return _after_verb(text, verb) if verb else text


def _after_verb(text: str, verb: re.Match[str]) -> str:
    """After the verb: "the card is not here"; of a question after its subject: "can I not use it"."""
    subject = _SUBJECT.match(text, verb.end())
    end = subject.end() if subject else verb.end()
    return f"{text[:end]} not{text[end:]}"
