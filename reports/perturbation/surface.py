"""Changes of spelling, capitals, marks and spaces: what is said stays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.reports.perturbation.dice import Dice

_LEAST = 4
"""Letters of a word that may get a slip."""
_EVERY = 8
"""Words to a slip."""
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEXT = {key: row[max(i - 1, 0) : i] + row[i + 1 : i + 2] for row in _KEYS for i, key in enumerate(row)}
_WORD = re.compile(rf"(?<![\w@./:'\u2019-])[^\W\d_]{{{_LEAST},}}(?![\w@/:'\u2019-]|\.\w)")
_MARKS = re.compile(r"(?<=\w)[.,;:!?]+(?=\s|$)")
_SPACE = re.compile(r"[ \t]+")


def typos(text: str, dice: Dice) -> str:
    """One slip in every eighth word, one at least; mail addresses, links and short words are left alone."""
    # Scripts without capitals are not typed letter by letter.
    words = [word for word in _WORD.finditer(text) if word[0].upper() != word[0].lower()]
    picked = dice.some(words, max(1, len(words) // _EVERY))
    for word in reversed(picked):
        text = text[: word.start()] + _slip(word[0], dice) + text[word.end() :]
    return text


def _slip(word: str, dice: Dice) -> str:
    """Two neighbours swapped, a letter left out, doubled, or hit beside; the first letter stays."""
    at = 1 + dice.below(len(word) - 2)
    kind = dice.below(4)
    if kind == 0 and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1 and word[at].lower() in _NEXT:
        beside = dice.choose(_NEXT[word[at].lower()])
        return word[:at] + (beside.upper() if word[at].isupper() else beside) + word[at + 1 :]
    if kind == 2:  # noqa: PLR2004 - the third of four
        return word[: at + 1] + word[at:]
    return word[:at] + word[at + 1 :]


def capitals(text: str, dice: Dice) -> str:
    """The text shouted, in small letters, or with a capital on every word: one of those that it is not yet."""
    ways = [text.upper(), text.lower(), re.sub(r"(?<![\w'\u2019])\w", lambda m: m[0].upper(), text)]
    return dice.choose([way for way in ways if way != text] or [text])


def punctuation(text: str, dice: Dice) -> str:
    """Marks after words left out; where there are none, one at the end."""
    bare = _MARKS.sub("", text)
    if bare != text:
        return bare
    return text.rstrip() + dice.choose(("!", ".", "...", " .")) if text.strip() else text


def whitespace(text: str, dice: Dice) -> str:
    """Doubled spaces, spaces at both ends, a tab or a line break for a space."""
    if not text.strip():
        return text
    gaps = list(_SPACE.finditer(text))
    way = dice.below(3) if gaps else 2
    if way == 0:
        return _SPACE.sub("  ", text) if "  " not in text else _SPACE.sub(" ", text)
    if way == 1:
        gap = dice.choose(gaps)
        return text[: gap.start()] + dice.choose(("\t", "\n", " \n")) + text[gap.end() :]
    return f"  {text} " if text == text.strip() else text.strip()
