"""Contractions, put in and taken apart (English)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.reports.perturbation.dice import Dice

_PAIRS = (
    ("i am", "i'm"),
    ("i have", "i've"),
    ("i will", "i'll"),
    ("you are", "you're"),
    ("you have", "you've"),
    ("you will", "you'll"),
    ("we are", "we're"),
    ("we have", "we've"),
    ("we will", "we'll"),
    ("they are", "they're"),
    ("they have", "they've"),
    ("it is", "it's"),
    ("that is", "that's"),
    ("there is", "there's"),
    ("what is", "what's"),
    ("where is", "where's"),
    ("who is", "who's"),
    ("how is", "how's"),
    ("is not", "isn't"),
    ("are not", "aren't"),
    ("was not", "wasn't"),
    ("were not", "weren't"),
    ("do not", "don't"),
    ("does not", "doesn't"),
    ("did not", "didn't"),
    ("has not", "hasn't"),
    ("have not", "haven't"),
    ("had not", "hadn't"),
    ("cannot", "can't"),
    ("could not", "couldn't"),
    ("would not", "wouldn't"),
    ("should not", "shouldn't"),
    ("will not", "won't"),
)
_SHORT = dict(_PAIRS)
_LONG = {short: long for long, short in _PAIRS}
_OWN = frozenset({"that's", "there's", "what's", "where's", "who's", "how's", "it's"})
"""Taken for "is" though it may be "has" (what's happened): left as they are before a participle."""
# "they have a card" is no "they've a card": "have" contracts before a participle only.
_HAVE = re.compile(r"^(?:i|you|we|they) have$")
_LONG_FORM = re.compile(rf"\b(?:{'|'.join(_SHORT)})\b", re.IGNORECASE)
_SHORT_FORM = re.compile(
    rf"\b(?:{'|'.join(_LONG).replace(chr(39), '[' + chr(39) + chr(0x2019) + ']')})\b", re.IGNORECASE
)
_PARTICIPLE = re.compile(
    r"\s+(?:not\s+|never\s+|already\s+|just\s+)?(?:\w+ed|been|had|got|gone|made|lost|paid|sent|done|seen)\b"
)


def contractions(text: str, dice: Dice) -> str:
    """Short forms taken apart if there are any, else long ones joined."""
    del dice
    out = _SHORT_FORM.sub(_apart, text)
    return out if out != text else _LONG_FORM.sub(_joined, text)


def _apart(found: re.Match[str]) -> str:
    word = found[0].replace("\u2019", "'").lower()
    if word in _OWN and _PARTICIPLE.match(found.string, found.end()):
        return found[0]
    return _as(found[0], _LONG[word])


def _joined(found: re.Match[str]) -> str:
    word = " ".join(found[0].lower().split())
    participle = _PARTICIPLE.match(found.string, found.end())
    # A short form cannot end a sentence or a question: "I know where it is."
    ends = not re.match(r"\s+\w", found.string[found.end() :])
    if (word.endswith((" is", " am", " are", " will")) and ends) or (_HAVE.match(word) and not participle):
        return found[0]
    return _as(found[0], _SHORT[word])


def _as(old: str, new: str) -> str:
    """The new words with the old ones' capitals."""
    if old.isupper() and len(old) > 1 and not old.upper().startswith("I'"):
        return new.upper()
    out = re.sub(r"\bi\b", "I", new) if re.search(r"\bI\b", old) else new
    return out[0].upper() + out[1:] if old[0].isupper() else out
