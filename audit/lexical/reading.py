"""A text reduced to what counts when two statements are compared.

Base forms of its content words, its numbers in one notation, its names, its negations, and what it asks for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from itertools import pairwise

from assay.audit.lexical.emoticons import draw
from assay.audit.lexical.opposites import table
from assay.audit.lexical.quantities import WEAK, canonical
from assay.audit.lexical.synonyms import DIRECTION, FUNCTION_WORDS, groups, irregular, listed

_FILE = r"[a-z]{2,}\.(?:md|py|js|ts|txt|csv|json|xml|html?|pdf|docx?|xlsx?|ya?ml|toml|zip|png|jpg|com|org|net|io)\b"
_TOKEN = re.compile(
    _FILE + r"|\d+(?:[.,:/-]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|[\u2600-\u27bf\U0001f000-\U0001faff]|[+#&@]+"
)
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|(?<!\w)@\w+|^RT\b")
"""Addresses and mentions: who passes a text on changes nothing of what it states."""
_COUNTRY = re.compile(r"\bU\.?S\.?A?\b")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_NEGATIONS = frozenset(
    listed("""
not no never none nobody nothing nowhere neither nor without unable nicht kein keine keinen keinem nie ohne
pas jamais sans nunca jamás sin niet geen nooit non mai senza não sem
""")
)
_PARTICLES = frozenset(
    listed("""
up on off down in out back
""")
)
_BETWEEN = 3
"""Words that may stand between a verb and its particle: "turn the volume up"."""
_MEASURES = {"much": "much", "many": "much", "long": "long", "far": "far", "often": "often", "old": "old"}
_WHAT = {"time": "when", "date": "when", "day": "when", "place": "where", "person": "who", "reason": "why"}
_QUESTION_WORDS = frozenset(
    listed("""
what which who whom whose when where why how
""")
)
_AUXILIARIES = frozenset(
    listed("""
do does did is are was were has have had can could will would should may might am must
""")
)
_PAST = frozenset({"did", "was", "were"})
_OPENING = 3
"""Words of a text that a question word may be among."""
_LEADS = frozenset(
    listed("""
know tell me us out see say wonder understand and or but about is ask explain remember of for
""")
)
"""Words that a question word may follow later."""
_PERSONS = {"me": "me", "you": "you", "yourself": "you", "myself": "me"}


@dataclass(frozen=True, slots=True)
class Word:
    """A content word."""

    surface: str
    forms: frozenset[str]
    """The word and the forms in the word lists that it may be inflected from."""
    stem: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What of a text counts in a comparison of statements."""

    words: tuple[Word, ...]
    """Content words, in order; numbers and names are not among them."""
    numbers: frozenset[str]
    names: frozenset[str]
    """Capitalised words inside sentences, lower case."""
    negated: bool
    owner: str
    """``my`` or ``your`` where a text has one only; empty otherwise."""
    directions: frozenset[str]
    asks: frozenset[str]
    """What the text asks for: ``when``, ``where``, ``who``, ``why``, ``how much`` ...; what, which and how ask for
    anything."""
    past: bool
    """It asks with "did", "was" or "were"."""
    asking: str
    """``open`` with a question word, ``closed`` where it begins as a question does that is answered by yes or no."""
    about: str
    """Who is spoken of last: ``me`` or ``you``; empty for nobody."""
    route: tuple[tuple[str, str], ...]
    """Content words that follow ``from``, ``to``, ``before`` or ``after``."""


@lru_cache(maxsize=1 << 16)
def word_of(surface: str) -> Word:
    """A lower-case word with the forms it may come from."""
    words, plain = lexicon(), irregular().get(surface, surface)
    forms = {surface, plain, *(c for c in _candidates(plain) if c in words)}
    return Word(surface, frozenset(forms), _stem(plain))


@lru_cache(maxsize=1)
def lexicon() -> frozenset[str]:
    """Every word of the word lists."""
    return frozenset(groups()) | {a for a, _ in table()} | FUNCTION_WORDS


def _candidates(word: str) -> list[str]:
    """Forms that an inflected word may come from, the word itself first."""
    out = [word]
    if word.endswith("ies") and len(word) > 4:
        out.append(word[:-3] + "y")
    if word.endswith("s") and not word.endswith("ss"):
        out += [word[:-1], word[:-2]] if word.endswith("es") else [word[:-1]]
    for end in ("ing", "ed", "er", "est", "ment", "ly", "al"):
        if word.endswith(end) and len(word) - len(end) > 2:
            stem = word[: -len(end)]
            out += [stem, stem + "e"]
            if stem[-1] == stem[-2]:
                out.append(stem[:-1])
            if stem.endswith("i"):
                out.append(stem[:-1] + "y")
    return out


def _stem(word: str) -> str:
    if word.endswith(("ion", "ions")) and len(word) > 7:
        word = word.removesuffix("s").removesuffix("ion")
    for end in ("ies", "ing", "ed", "es", "s"):
        if word.endswith(end) and not word.endswith("ss") and len(word) - len(end) > 2:
            word = word[: -len(end)] + ("y" if end == "ies" else "")
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


def read(text: str) -> Reading:
    """Reduce a text to what counts. Long texts are read whole: 30 µs for a dozen words."""
    names = _names(text)
    plain_text = _ADDRESS.sub(" ", unescape(text) if "&" in text else text)
    tokens = _TOKEN.findall(canonical(draw(plain_text if text.isupper() else _COUNTRY.sub("america", plain_text))))
    words: list[Word] = []
    numbers: set[str] = set()
    plain: set[str] = set()
    route: list[tuple[str, str]] = []
    negated, after = False, ""
    for token in _joined(tokens):
        if token[0].isdigit():
            numbers.add(token)
            continue
        if token.endswith("n't") or token in _NEGATIONS:
            negated = True
            continue
        word = word_of(token.split("'")[0])
        if not word.forms.isdisjoint(_NEGATIONS):
            negated = True
            continue
        plain.add(word.surface)
        if not word.forms.isdisjoint(FUNCTION_WORDS):
            after = word.surface if word.surface in {"from", "to", "before", "after"} else after
            continue
        words.append(word)
        if after:
            route.append((after, word.stem))
            after = ""
    spoken = [_PERSONS[t] for t in tokens if t in _PERSONS]
    mine, yours = not plain.isdisjoint({"my", "mine"}), not plain.isdisjoint({"your", "yours"})
    owner = "" if mine == yours else "my" if mine else "your"
    directions = frozenset(plain & DIRECTION) | frozenset(plain & {"am", "pm"})
    return Reading(
        tuple(words), frozenset(numbers - WEAK), names, negated, owner, directions, _asked(tokens),
        not plain.isdisjoint(_PAST), _asking(tokens), spoken[-1] if spoken else "", tuple(route),
    )  # fmt: skip


def _asking(tokens: list[str]) -> str:
    """Whether a text has a question word, or begins with "do", "is", "can I" and the like."""
    if not _QUESTION_WORDS.isdisjoint(t.split("'")[0] for t in tokens):
        return "open"
    return "closed" if tokens and tokens[0] in _AUXILIARIES and tokens[1:2] != ["you"] else ""


def _asked(tokens: list[str]) -> frozenset[str]:
    """What a text asks for."""
    out = set()
    plain = [t.split("'")[0] for t in tokens]
    for k, (word, after) in enumerate(pairwise([*plain, ""])):
        if k >= _OPENING and plain[k - 1] not in _LEADS:  # "when resigning" asks for nothing
            continue
        if word in {"when", "where", "who", "whom", "whose", "why"}:
            out.add("who" if word.startswith("who") else word)
        elif word == "how" and after in _MEASURES:
            out.add(f"how {_MEASURES[after]}")
        elif word in {"what", "which"} and after in _WHAT:
            out.add(_WHAT[after])
    return frozenset(out)


def _joined(tokens: list[str]) -> list[str]:
    """Words that are one in the lists ("cash machine", "turn off", "turn it off") as that word."""
    known, out, used = lexicon(), [], set()
    for k, token in enumerate(tokens):
        if k in used:
            continue
        forms = sorted(word_of(token).forms) if token[0].isalpha() else []
        for far in range(k + 1, min(k + 2 + _BETWEEN, len(tokens))):
            other = tokens[far]
            if far in used or (far > k + 1 and other not in _PARTICLES):
                continue
            if pair := next((f"{form}-{other}" for form in forms if f"{form}-{other}" in known), ""):
                token = pair  # noqa: PLW2901 - both are one word
                used.add(far)
                break
        out.append(token)
    return out


def _names(text: str) -> frozenset[str]:
    """Words with a capital that do not begin a sentence; none in a text written in capitals."""
    if text.isupper():
        return frozenset()
    out = set()
    for match in _WORD.finditer(text):
        word, before = match.group(), text[: match.start()].rstrip(" \t\"'\u201c\u2018(")
        if len(word) > 2 and word[0].isupper() and not word.isupper() and before and before[-1] not in ".!?\n:;":
            out.add(word.casefold())
    return frozenset(out)
