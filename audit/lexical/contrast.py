"""Whether two nearly equal texts state the same thing: what is left when inflection, typos and synonyms are taken off.

``read`` reduces a text to base forms of its content words, its numbers in one notation, its names and its negations;
``contrast`` matches two readings and lists what has no counterpart.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from assay.audit.lexical.emoticons import draw
from assay.audit.lexical.opposites import opposite, table
from assay.audit.lexical.quantities import WEAK, canonical
from assay.audit.lexical.synonyms import DIRECTION, FUNCTION_WORDS, groups, irregular, synonymous

_TOKEN = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|[\u2600-\u27bf\U0001f000-\U0001faff]|[+#&@]+")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_NEGATIONS = frozenset(
    "not no never none nobody nothing nowhere neither nor without unable nicht kein keine keinen keinem nie ohne"
    " pas jamais sans nunca jamás sin niet geen nooit non mai senza não sem".split()
)
_PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non", "de", "mis", "anti")
_SHORT_WORD, _LONG_WORD = 5, 8
"""Letters from which a word may have one typo, and two."""

Known = Callable[[str], bool]
"""Whether a word is common enough in the data to be no typo."""


@dataclass(frozen=True, slots=True)
class Word:
    """A content word."""

    surface: str
    base: str
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
    route: tuple[tuple[str, str], ...]
    """Content words that follow ``from``, ``to``, ``before`` or ``after``."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """What has no counterpart in the other text, on the left and on the right."""

    words: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    numbers: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    opposites: tuple[tuple[str, str], ...] = ()
    negation: bool = False
    owner: bool = False
    route: bool = False
    """The same places or times, in the other direction."""

    @property
    def content(self) -> int:
        """Number of content words, numbers and names without a counterpart, of the side that has more."""
        return max(len(self.words[k]) + len(self.numbers[k]) for k in (0, 1))

    @property
    def decisive(self) -> bool:
        """Whether something differs that makes another statement of it, however long the texts are."""
        both = bool(self.numbers[0] and self.numbers[1])
        return bool(self.opposites) or both or self.negation or self.owner or self.route or all(self.names)

    @property
    def same(self) -> bool:
        """Whether nothing but form differs."""
        return not self.decisive and not self.content


@lru_cache(maxsize=1 << 16)
def base_of(word: str) -> tuple[str, str]:
    """Base form of a lower-case word, as the word lists have it if they do, and its stem."""
    known, words = irregular(), _lexicon()
    if word in known:
        return known[word], _stem(known[word])
    for candidate in _candidates(word):
        if candidate in words:
            return candidate, _stem(word)
    return word, _stem(word)


@lru_cache(maxsize=1)
def _lexicon() -> frozenset[str]:
    return frozenset(groups()) | {a for a, _ in table()} | FUNCTION_WORDS


def _candidates(word: str) -> list[str]:
    """Forms that an inflected word may come from, the word itself first."""
    out = [word]
    if word.endswith("ies") and len(word) > 4:  # noqa: PLR2004 - "ties"
        out.append(word[:-3] + "y")
    if word.endswith("s") and not word.endswith("ss"):
        out += [word[:-1], word[:-2]] if word.endswith("es") else [word[:-1]]
    for end in ("ing", "ed", "er", "est", "ment", "ly", "al"):
        if word.endswith(end) and len(word) - len(end) > 2:  # noqa: PLR2004 - "sing"
            stem = word[: -len(end)]
            out += [stem, stem + "e"]
            if stem[-1] == stem[-2]:
                out.append(stem[:-1])
            if stem.endswith("i"):
                out.append(stem[:-1] + "y")
    return out


def _stem(word: str) -> str:
    for end in ("ies", "ing", "ed", "es", "s"):
        if word.endswith(end) and not word.endswith("ss") and len(word) - len(end) > 2:  # noqa: PLR2004 - as above
            word = word[: -len(end)] + ("y" if end == "ies" else "")
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":  # noqa: PLR2004 - "egg"
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word  # noqa: PLR2004 - "the"


def read(text: str) -> Reading:
    """Reduce a text to what counts. Long texts are read whole: 30 µs for a dozen words."""
    names = _names(text)
    tokens = _TOKEN.findall(canonical(draw(text)))
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
        surface = token.split("'")[0]
        base, stem = base_of(surface)
        if base in _NEGATIONS:
            negated = True
            continue
        plain.add(surface)
        if surface in FUNCTION_WORDS or base in FUNCTION_WORDS:
            after = surface if surface in {"from", "to", "before", "after"} else after
            continue
        words.append(Word(surface, base, stem))
        if after:
            route.append((after, stem))
            after = ""
    mine, yours = not plain.isdisjoint({"my", "mine"}), not plain.isdisjoint({"your", "yours"})
    owner = "" if mine == yours else "my" if mine else "your"
    directions = frozenset(plain & DIRECTION) | frozenset(plain & {"am", "pm"})
    return Reading(tuple(words), frozenset(numbers - WEAK), names, negated, owner, directions, tuple(route))


def _joined(tokens: list[str]) -> list[str]:
    """Neighbours that are one word in the lists ("cash machine", "turn off") as that word."""
    known, out, k = _lexicon(), [], 0
    while k < len(tokens):
        if k + 1 < len(tokens) and tokens[k][0].isalpha():
            pair = f"{base_of(tokens[k])[0]}-{tokens[k + 1]}"
            if pair in known:
                out.append(pair)
                k += 2
                continue
        out.append(tokens[k])
        k += 1
    return out


def _names(text: str) -> frozenset[str]:
    """Words with a capital that do not begin a sentence; none in a text written in capitals."""
    if text.isupper():
        return frozenset()
    out = set()
    for match in _WORD.finditer(text):
        word, before = match.group(), text[: match.start()].rstrip(" \t\"'\u201c\u2018(")
        if len(word) > 2 and word[0].isupper() and not word.isupper() and before and before[-1] not in ".!?\n:;":  # noqa: PLR2004 - "Mr"
            out.add(word.casefold())
    return frozenset(out)


def contrasted(left: str, right: str, known: Known | None = None) -> Contrast:
    """What has no counterpart in the other of two texts."""
    return contrast(read(left), read(right), known)


def contrast(left: Reading, right: Reading, known: Known | None = None) -> Contrast:
    """What has no counterpart in the other of two readings."""
    ours, theirs = _unmatched(left.words, right.words, known)
    pairs = [(a.surface, b.surface) for a in ours for b in theirs if opposed(a, b)]
    apart = left.directions - right.directions, right.directions - left.directions
    pairs += [(a, b) for a in sorted(apart[0]) for b in sorted(apart[1]) if opposite(a, b)]
    names = left.names - right.names, right.names - left.names
    differ = bool(left.names and right.names and left.names.isdisjoint(right.names))
    negation = left.negated != right.negated
    if negation and pairs:  # "not accepted" is "declined"
        negation, pairs = False, []
    return Contrast(
        (tuple(w.surface for w in ours), tuple(w.surface for w in theirs)),
        (tuple(sorted(left.numbers - right.numbers)), tuple(sorted(right.numbers - left.numbers))),
        (tuple(sorted(names[0])), tuple(sorted(names[1]))) if differ else ((), ()),
        tuple(pairs),
        negation,
        {left.owner, right.owner} == {"my", "your"},
        _reversed(left.route, right.route),
    )


def opposed(left: Word, right: Word) -> bool:
    """Whether two words are opposites, by the list or by their form (``helpful`` and ``unhelpful``)."""
    if any(opposite(a, b) for a in (left.surface, left.base) for b in (right.surface, right.base)):
        return True
    a, b = sorted((left.surface, right.surface), key=len)
    if len(a) > 3 and any(b == prefix + a for prefix in _PREFIXES):  # noqa: PLR2004 - "able"
        return True
    return a.endswith(("ful", "less")) and b.endswith(("ful", "less")) and a[:4] == b[:4] and a[-3:] != b[-3:]


def _unmatched(
    left: tuple[Word, ...], right: tuple[Word, ...], known: Known | None
) -> tuple[list[Word], list[Word]]:
    """Words of each side without a counterpart: by form first, then by meaning, then by spelling."""
    ours, theirs = list(left), list(right)
    for alike in (_same_form, _synonyms, lambda a, b: typo(a, b, known)):
        if not (ours and theirs):
            break
        rest = []
        for word in ours:
            at = next((k for k, other in enumerate(theirs) if alike(word, other)), -1)
            if at < 0:
                rest.append(word)
            else:
                theirs.pop(at)
        ours = rest
    # A word said twice on one side is no other statement.
    both = ({w.stem for w in left}, {w.stem for w in right})
    return [w for w in ours if w.stem not in both[1]], [w for w in theirs if w.stem not in both[0]]


def _same_form(a: Word, b: Word) -> bool:
    return a.stem == b.stem or a.base == b.base or a.surface == b.base or a.base == b.surface


def _synonyms(a: Word, b: Word) -> bool:
    return not opposed(a, b) and any(synonymous(x, y) for x in (a.surface, a.base) for y in (b.surface, b.base))


def typo(a: Word, b: Word, known: Known | None) -> bool:
    """Whether one word is a misspelling of the other: a letter or two apart, and not both are words of the data."""
    x, y = a.surface, b.surface
    if min(len(x), len(y)) < _SHORT_WORD - 1 or max(len(x), len(y)) < _SHORT_WORD or opposed(a, b):
        return False
    most = 1 if max(len(x), len(y)) < _LONG_WORD else 2
    if OSA.distance(x, y, score_cutoff=most) > most:
        return False
    lexicon = _lexicon()
    if a.base in lexicon and b.base in lexicon:
        return False
    return known is None or not (known(x) and known(y))


def _reversed(left: tuple[tuple[str, str], ...], right: tuple[tuple[str, str], ...]) -> bool:
    """Whether the same word follows ``from`` here and ``to`` there."""
    turned = {"from": "to", "to": "from", "before": "after", "after": "before"}
    return any((turned[way], word) in right and (way, word) not in right for way, word in left)
