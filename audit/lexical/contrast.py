"""Whether two nearly equal texts state the same thing: what is left when inflection, typos and synonyms are taken off.

``read`` reduces a text to base forms of its content words, its numbers in one notation, its names and its negations;
``contrast`` matches two readings and lists what has no counterpart.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import OSA

from assay.audit.lexical.emoticons import draw
from assay.audit.lexical.opposites import opposite, table
from assay.audit.lexical.quantities import WEAK, canonical
from assay.audit.lexical.synonyms import DIRECTION, FUNCTION_WORDS, GENERIC, NEGATIVE, groups, irregular, synonymous

_TOKEN = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|[\u2600-\u27bf\U0001f000-\U0001faff]|[+#&@]+")
_COUNTRY = re.compile(r"\bU\.?S\.?A?\b")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_NEGATIONS = frozenset(
    "not no never none nobody nothing nowhere neither nor without unable nicht kein keine keinen keinem nie ohne"
    " pas jamais sans nunca jamás sin niet geen nooit non mai senza não sem".split()
)
_PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non", "de", "mis", "anti")
_PARTICLES = frozenset("up on off down in out back".split())
_BETWEEN = 3
"""Words that may stand between a verb and its particle: "turn the volume up"."""
_LIGHT, _HEAVY = 0.25, 1.5
"""Weight of a generic word, and of a number or name; any other content word weighs 1."""
_MEASURES = {"much": "much", "many": "much", "long": "long", "far": "far", "often": "often", "old": "old"}
_WHAT = {"time": "when", "date": "when", "day": "when", "place": "where", "person": "who", "reason": "why"}
_QUESTION_WORDS = frozenset("what which who whom whose when where why how".split())
_PAST = frozenset({"did", "was", "were"})
_OPENING = 3
"""Words of a text that a question word may be among."""
_LEADS = frozenset("know tell me us out see say wonder understand and or but about is ask explain remember of".split())
"""Words that a question word may follow later."""
_PERSONS = {"me": "me", "you": "you", "yourself": "you", "myself": "me"}
_SHORT_WORD, _LONG_WORD = 5, 8
"""Letters from which a word may have one typo, and two."""

_NONE, _FORM, _OPPOSITE, _SYNONYM, _SPELLING = range(5)

Known = Callable[[str], bool]
"""Whether a word is common enough in the data to be no typo."""


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
    asking: bool
    """It has a question word."""
    about: str
    """Who is spoken of last: ``me`` or ``you``; empty for nobody."""
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
    question: bool = False
    """They ask for different things, such as when and where."""
    aspect: bool = False
    """One asks for something that the other does not ask for, in another tense, or of another person."""
    route: bool = False
    """The same places or times, in the other direction."""

    @property
    def content(self) -> int:
        """Number of content words, numbers and names without a counterpart, of the side that has more."""
        return max(len(self.words[k]) + len(self.numbers[k]) for k in (0, 1))

    @property
    def weighty(self) -> int:
        """The same without generic words."""
        return max(
            sum(word_of(w).forms.isdisjoint(GENERIC) for w in self.words[k]) + len(self.numbers[k]) for k in (0, 1)
        )

    @property
    def turned(self) -> Contrast:
        """The same with left and right exchanged."""
        pairs = tuple((b, a) for a, b in self.opposites)
        return replace(
            self, words=self.words[::-1], numbers=self.numbers[::-1], names=self.names[::-1], opposites=pairs
        )

    @property
    def decisive(self) -> bool:
        """Whether something differs that makes another statement of it, however long the texts are."""
        both = bool(self.numbers[0] and self.numbers[1])
        return any(
            (self.opposites, both, self.negation, self.owner, self.question, self.route, all(self.names))
        )

    @property
    def same(self) -> bool:
        """Whether nothing but form differs."""
        return not self.decisive and not self.aspect and not self.content


@lru_cache(maxsize=1 << 16)
def word_of(surface: str) -> Word:
    """A lower-case word with the forms it may come from."""
    words, plain = _lexicon(), irregular().get(surface, surface)
    forms = {surface, plain, *(c for c in _candidates(plain) if c in words)}
    return Word(surface, frozenset(forms), _stem(plain))


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
    if word.endswith(("ion", "ions")) and len(word) > 7:  # noqa: PLR2004 - "connection", not "station"
        word = word.removesuffix("s").removesuffix("ion")
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
    tokens = _TOKEN.findall(canonical(draw(text if text.isupper() else _COUNTRY.sub("america", text))))
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
        not plain.isdisjoint(_PAST), not plain.isdisjoint(_QUESTION_WORDS), spoken[-1] if spoken else "", tuple(route),
    )  # fmt: skip


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
    known, out, used = _lexicon(), [], set()
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
    apart = sorted(left.directions - right.directions), sorted(right.directions - left.directions)
    pairs += [(a, b) for a in apart[0] for b in apart[1] if {a, b} != {"from", "to"} and opposite(a, b)]
    names = left.names - right.names, right.names - left.names
    differ = bool(left.names and right.names and left.names.isdisjoint(right.names))
    negation = left.negated != right.negated
    if negation and pairs:  # "not accepted" is "declined"
        negation, pairs = False, []
    if negation and any(not w.forms.isdisjoint(NEGATIVE) for w in (ours if right.negated else theirs)):
        negation = False
    return Contrast(
        (tuple(w.surface for w in ours), tuple(w.surface for w in theirs)),
        (tuple(sorted(left.numbers - right.numbers)), tuple(sorted(right.numbers - left.numbers))),
        (tuple(sorted(names[0])), tuple(sorted(names[1]))) if differ else ((), ()),
        tuple(pairs),
        negation,
        {left.owner, right.owner} == {"my", "your"},
        bool(left.asks and right.asks and left.asks.isdisjoint(right.asks)),
        (left.asks, left.past, left.asking) != (right.asks, right.past, right.asking)
        or {left.about, right.about} == {"me", "you"},
        _reversed(left.route, right.route),
    )


def price(left: Reading, right: Reading, apart: Contrast) -> float:
    """What the words without a counterpart take off a similarity: their share of each text, both shares added up.

    Half of it where only generic words have none: they are wording, not subject.
    """
    whole = sum(_share(reading, apart, side) for side, reading in enumerate((left, right)))
    light = not any(apart.numbers) and all(
        not word_of(w).forms.isdisjoint(GENERIC) and w not in reading.names
        for reading, words in zip((left, right), apart.words, strict=True)
        for w in words
    )
    return round(whole / 2 if light else whole, 4)


def matched(left: Reading, right: Reading, apart: Contrast) -> int:
    """Number of content words, numbers and names of the poorer text that have a counterpart in the other."""
    sides = zip((left, right), apart.words, apart.numbers, strict=True)
    return min(len(r.words) + len(r.numbers) - len(words) - len(numbers) for r, words, numbers in sides)


def _share(reading: Reading, apart: Contrast, side: int) -> float:
    """Share of a text, by weight, that has no counterpart."""
    missing = set(apart.words[side])
    weights = [(_weight(word, reading.names), word.surface in missing) for word in reading.words]
    weights += [(_HEAVY, number in apart.numbers[side]) for number in reading.numbers]
    whole = sum(weight for weight, _ in weights)
    return sum(weight for weight, gone in weights if gone) / whole if whole else 1.0


def _weight(word: Word, names: frozenset[str]) -> float:
    if word.surface in names:
        return _HEAVY
    return 1.0 if word.forms.isdisjoint(GENERIC) else _LIGHT


def opposed(left: Word, right: Word) -> bool:
    """Whether two words are opposites, by the list or by their form (``helpful`` and ``unhelpful``)."""
    return _relation(left.surface, right.surface) == _OPPOSITE


def _unmatched(
    left: tuple[Word, ...], right: tuple[Word, ...], known: Known | None
) -> tuple[list[Word], list[Word]]:
    """Words of each side without a counterpart: by form first, then by meaning, then by spelling."""
    both = {w.stem for w in left} & {w.stem for w in right}
    # A word that both have may stand once here and twice there.
    ours, theirs = [w for w in left if w.stem not in both], [w for w in right if w.stem not in both]
    for wanted in (_FORM, _SYNONYM, _SPELLING):
        if not (ours and theirs):
            break
        rest = []
        for word in ours:
            at = -1
            for k, other in enumerate(theirs):
                if _relation(word.surface, other.surface) == wanted and (
                    wanted != _SPELLING or known is None or not (known(word.surface) and known(other.surface))
                ):
                    at = k
                    break
            if at < 0:
                rest.append(word)
            else:
                theirs.pop(at)
        ours = rest
    return ours, theirs


@lru_cache(maxsize=1 << 20)
def _relation(left: str, right: str) -> int:
    """How two words belong together, the strongest way."""
    a, b = word_of(left), word_of(right)
    if a.stem == b.stem or not a.forms.isdisjoint(b.forms):
        return _FORM
    if _are_opposites(a, b):
        return _OPPOSITE
    if any(synonymous(x, y) for x in a.forms for y in b.forms):
        return _SYNONYM
    return _SPELLING if _misspelt(a, b) else _NONE


def _are_opposites(left: Word, right: Word) -> bool:
    if any(opposite(a, b) for a in left.forms for b in right.forms):
        return True
    a, b = sorted((left.surface, right.surface), key=len)
    if len(a) > 3 and any(b == prefix + a for prefix in _PREFIXES):  # noqa: PLR2004 - "able"
        return True
    return a.endswith(("ful", "less")) and b.endswith(("ful", "less")) and a[:4] == b[:4] and a[-3:] != b[-3:]


def _misspelt(a: Word, b: Word) -> bool:
    """Whether one word may be a misspelling of the other: a letter or two apart, and not both in the word lists."""
    x, y = a.surface, b.surface
    turned = len(x) == len(y) and sorted(x) == sorted(y)  # two letters changed places: never a common word
    if min(len(x), len(y)) < _SHORT_WORD - 1 or (max(len(x), len(y)) < _SHORT_WORD and not turned):
        return False
    most = 1 if max(len(x), len(y)) < _LONG_WORD else 2
    if OSA.distance(x, y, score_cutoff=most) > most:
        return False
    lexicon = _lexicon()
    return a.forms.isdisjoint(lexicon) or b.forms.isdisjoint(lexicon)


def _reversed(left: tuple[tuple[str, str], ...], right: tuple[tuple[str, str], ...]) -> bool:
    """Whether the same word follows ``from`` here and ``to`` there."""
    turned = {"from": "to", "to": "from", "before": "after", "after": "before"}
    return any((turned[way], word) in right and (way, word) not in right for way, word in left)
