"""Whether two nearly equal texts state the same: what is left when inflection, typos and synonyms are taken off.

``contrast`` matches two readings (see ``reading``) and lists what has no counterpart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz.distance import OSA

from assay.audit.lexical.opposites import opposite
from assay.audit.lexical.reading import Reading, Word, lexicon, read, word_of
from assay.audit.lexical.synonyms import GENERIC, NEGATIVE, synonymous

_PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non", "de", "mis", "anti")
_LIGHT, _HEAVY = 0.25, 1.5
"""Weight of a generic word, and of a number or name; any other content word weighs 1."""
_SHORT_WORD, _LONG_WORD = 5, 8
"""Letters from which a word may have one typo, and two."""

_NONE, _FORM, _OPPOSITE, _SYNONYM, _SPELLING = range(5)

Known = Callable[[str], bool]
"""Whether a word is common enough in the data to be no typo."""


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
    asks: bool = False
    """One asks for something, such as when or why, that the other does not ask for."""
    aspect: bool = False
    """They differ in tense, one is a question and the other none, or they speak of another person last."""
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
        return any((self.opposites, both, self.negation, self.owner, self.question, self.route, all(self.names)))

    @property
    def same(self) -> bool:
        """Whether nothing but form differs."""
        return not self.decisive and not self.asks and not self.aspect and not self.content


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
        left.asks != right.asks,
        (left.past, left.asking) != (right.past, right.asking) or {left.about, right.about} == {"me", "you"},
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


def _unmatched(left: tuple[Word, ...], right: tuple[Word, ...], known: Known | None) -> tuple[list[Word], list[Word]]:
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
    if len(a) > 3 and any(b == prefix + a for prefix in _PREFIXES):
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
    return a.forms.isdisjoint(lexicon()) or b.forms.isdisjoint(lexicon())


def _reversed(left: tuple[tuple[str, str], ...], right: tuple[tuple[str, str], ...]) -> bool:
    """Whether the same word follows ``from`` here and ``to`` there."""
    turned = {"from": "to", "to": "from", "before": "after", "after": "before"}
    return any((turned[way], word) in right and (way, word) not in right for way, word in left)
