"""Label strings that mean the same class: equal after folding, or one a typo of the other.

A typo is looked for in one word of the label at a time: the odd word must be rare beside the right
word, close to it by edits, and the label with the word put right must exist. Words that differ in
digits, opposites (hyper/hypo, payer/payee) and short words are never typos of each other.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein
from rapidfuzz.process import cdist

if TYPE_CHECKING:
    from collections.abc import Mapping

# Cyrillic and Greek letters that look like Latin ones, folded to lower case.
_LOOKALIKES = str.maketrans("асеорхуіјѕԁһкмтвнορνικατυ", "aceopxyijsdhkmtbhopvikatu")
# Affixes that turn a word into another one, not into a misspelt one.
_OPPOSED = (
    ("hyper", "hypo"),
    ("macro", "micro"),
    ("inter", "intra"),
    ("inter", "in"),
    ("pre", "pro"),
    ("pre", "per"),
    ("ante", "anti"),
    ("un", ""),
    ("non", ""),
    ("in", ""),
    ("im", ""),
    ("dis", ""),
    ("mis", ""),
    ("a", ""),
    ("re", ""),
    ("de", ""),
)
_OPPOSED_ENDS = (("er", "ee"), ("or", "ee"), ("east", "west"), ("ful", "less"), ("ic", "al"))
_ENOUGH = 5  # rows of the right word that make a single odd one a typo
_SHORT = 4  # letters below which no word is a typo of another
_SWAPS_ONLY = 5  # up to so many letters only swapped and doubled letters count
_SUBSTITUTION = 7  # letters from which one wrong letter counts: charge/change, cancel/cancer have six
_TWO_EDITS = 9  # letters from which two edits count
_ALIKE = 0.955  # Jaro-Winkler similarity that two edits need


@dataclass(frozen=True, slots=True)
class Variant:
    """A label string that should probably be another one."""

    label: str
    wanted: str
    kind: str
    """``typo``, or what folding took away: ``case``, ``white space``, ``accents``, ..."""
    detail: str
    """How they differ, in words."""
    similarity: float
    """Normalised optimal string alignment (Damerau-Levenshtein), 1 for equal after folding."""
    same: bool
    """Equal after folding case, white space, punctuation and compatibility forms of Unicode."""


def folded(label: str) -> str:
    """A label without case, white space, separators and Unicode's compatibility forms.

    Signs that carry meaning stay: ``<=50K`` and ``>50K``, ``C`` and ``C++``, ``A-`` and ``A``, ``1.5`` and
    ``15`` differ.
    """
    text = unicodedata.normalize("NFKC", label).casefold()
    text = unicodedata.normalize("NFC", "".join(c for c in text if unicodedata.category(c) != "Cf")).strip()
    out = [c for i, c in enumerate(text) if not _is_separator(text, i)]
    return "".join(out) or text or label.strip()


def _is_separator(text: str, i: int) -> bool:
    char = text[i]
    before, after = text[i - 1 : i], text[i + 1 : i + 2]
    if char.isspace() or char == "_" or unicodedata.category(char)[0] == "P":
        digits = before.isdigit() and after.isdigit()
        minus = char == "-" and ((after.isdigit() and not before.isalnum()) or (not after and i == 1))
        return not (digits or minus or char in "#%&*@\\")
    return False


def _loosely_folded(strict: str) -> str:
    """Further without Latin accents and with look-alike letters of other scripts as Latin ones."""
    text = re.sub(r"^([+-]?\d+)\.0+$", r"\1", strict)
    if text.isascii():
        return text
    latin = text.translate(_LOOKALIKES)
    if latin != text and latin.isascii() and any(c.isascii() and c.isalpha() for c in text):
        text = latin
    plain = re.sub(r"(?<=[a-z])[\u0300-\u036f]+", "", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", plain)


def variants(counts: Mapping[str, int], rare: float) -> list[Variant]:
    """Labels that are near-equal to a more frequent one, each at most once, in order of label.

    Args:
        counts: rows by label.
        rare: a word is a typo only if it stands in at most this share of the right word's rows.
    """
    groups: defaultdict[str, list[str]] = defaultdict(list)
    strict = {label: folded(label) for label in counts}
    for label in sorted(counts):
        groups[_loosely_folded(strict[label])].append(label)
    best = {key: min(group, key=lambda name: _rank(name, counts)) for key, group in groups.items()}
    totals = {key: sum(counts[name] for name in group) for key, group in groups.items()}
    typos = _typos({best[key]: totals[key] for key in groups}, rare)
    out = []
    for key, group in groups.items():
        typo = typos.get(best[key])
        for label in group:
            if typo:
                wanted, detail, similarity = typo
                out.append(Variant(label, wanted, "typo", detail, similarity, same=False))
            elif label != best[key]:
                out.append(_same(label, best[key], same=strict[label] == strict[best[key]]))
    return sorted(out, key=lambda v: v.label)


def _rank(name: str, counts: Mapping[str, int]) -> tuple[int, bool, str]:
    """Most rows first, then clean edges, then the alphabet."""
    return (-counts[name], name != " ".join(name.split()), name)


def _same(label: str, wanted: str, *, same: bool) -> Variant:
    if same:
        squeezed = ["".join(name.split()) for name in (label, wanted)]
        if squeezed[0] == squeezed[1]:
            kind = "white space"
        elif label.casefold() == wanted.casefold():
            kind = "case"
        elif squeezed[0].casefold() == squeezed[1].casefold():
            kind = "case and white space"
        else:
            kind = "punctuation or Unicode form"
    elif re.fullmatch(r"[+-]?\d+(\.0+)?", folded(label)):
        kind = "number form"
    else:
        foreign = re.search(r"[\u0370-\u052f]", folded(label) + folded(wanted))
        kind = "look-alike letters" if foreign else "accents"
    return Variant(label, wanted, kind, f"differs only in {kind}", 1.0, same=same)


def _words(label: str) -> tuple[str, ...]:
    """Runs of letters (with their marks), runs of digits and signs; ``addToCart`` and ``add_to_cart`` are alike."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", label))
    text = _loosely_folded(unicodedata.normalize("NFC", split.casefold()))
    words, last = [""], ""
    for char in text:
        group = unicodedata.category(char)[0]
        group = "L" if group == "M" else group
        sign = group == "S" or char in "#%&*@\\"
        if group in "LN" and group == last:
            words[-1] += char
        elif group in "LN" or sign:
            words.append(char)
        last = group
    return tuple(word for word in words if word)


def _typos(counts: Mapping[str, int], rare: float) -> dict[str, tuple[str, str, float]]:
    """Label -> the label it was meant to be, how the words differ, similarity."""
    words = {label: _words(label) for label in counts}
    weight: defaultdict[str, int] = defaultdict(int)
    for label, parts in words.items():
        for word in set(parts):
            weight[word] += counts[label]
    right = _right_words(weight, rare)
    existing: dict[tuple[str, ...], str] = {}
    for label in sorted(counts, key=lambda name: _rank(name, counts)):
        existing.setdefault(words[label], label)
    out = {}
    for label, parts in words.items():
        for i, word in enumerate(parts):
            for candidate in right.get(word, ()):
                wanted = existing.get((*parts[:i], candidate, *parts[i + 1 :]))
                if label not in out and wanted and _is_rare(counts[label], counts[wanted], rare):
                    similarity = OSA.normalized_similarity("".join(parts), "".join(words[wanted]))
                    out[label] = (wanted, _difference(word, candidate), similarity)
    return out


def _is_rare(odd: int, usual: int, rare: float) -> bool:
    return odd <= rare * usual or (odd == 1 and usual >= _ENOUGH)


def _right_words(weight: Mapping[str, int], rare: float) -> dict[str, list[str]]:
    """Odd word -> the words it may be a typo of, nearest and then most frequent first."""
    usual = [w for w in weight if weight[w] >= _ENOUGH and _may_be_typo(w)]
    most = max((weight[w] for w in usual), default=0)
    odd = [w for w in weight if _is_rare(weight[w], most, rare) and _may_be_typo(w)]
    out: dict[str, list[tuple[int, int, str]]] = {}
    for start in range(0, len(odd), 256) if usual else ():
        some = odd[start : start + 256]
        distances = cdist(some, usual, scorer=OSA.distance, score_cutoff=2, dtype=np.uint8)
        for i, j in np.argwhere((distances > 0) & (distances <= 2)).tolist():  # noqa: PLR2004
            one, other, edits = some[i], usual[j], int(distances[i, j])
            if _is_rare(weight[one], weight[other], rare) and is_typo(one, other, edits):
                out.setdefault(one, []).append((edits, -weight[other], other))
    return {word: [name for _, _, name in sorted(found)] for word, found in out.items()}


def _may_be_typo(word: str) -> bool:
    """Alphabetic and long enough; an ideograph or a syllable sign is a word of its own."""
    return len(word) >= _SHORT and all(unicodedata.category(c)[0] in "LM" and not _is_ideograph(c) for c in word)


def _is_ideograph(char: str) -> bool:
    return "\u2e80" <= char <= "\ud7ff" or char >= "\U00020000"


def is_typo(odd: str, right: str, edits: int) -> bool:
    """Whether one word may be a misspelling of the other, given their optimal string alignment distance."""
    size = max(len(odd), len(right))
    swap = len(odd) == len(right) and sorted(odd) == sorted(right)
    if (odd[0] != right[0] and not (edits == 1 and swap and odd[:2] == right[1::-1])) or _opposed(odd, right):
        return False
    if edits > 1:
        return size >= _TWO_EDITS and JaroWinkler.similarity(odd, right) >= _ALIKE
    if len(odd) == len(right):
        return swap or size >= _SUBSTITUTION
    return size > _SWAPS_ONLY or _undoubled(odd) == _undoubled(right)


def _undoubled(word: str) -> str:
    return re.sub(r"(.)\1", r"\1", word)


def _opposed(one: str, other: str) -> bool:
    for a, b in _OPPOSED:
        for x, y in ((one, other), (other, one)):
            if x.startswith(a) and y.startswith(b) and x[len(a) :] == y[len(b) :]:
                return True
    ends = [(a, b, one, other) for a, b in _OPPOSED_ENDS] + [(a, b, other, one) for a, b in _OPPOSED_ENDS]
    return any(x.endswith(a) and y.endswith(b) and x[: -len(a)] == y[: -len(b)] for a, b, x, y in ends)


def _difference(odd: str, right: str) -> str:
    what = f"{odd!r} for {right!r}"
    if OSA.distance(odd, right) > 1:
        return f"{what}, two edits"
    if len(odd) != len(right):
        return f"{what}, one letter {'missing' if len(odd) < len(right) else 'too many'}"
    return f"{what}, {'two letters swapped' if Levenshtein.distance(odd, right) > 1 else 'one wrong letter'}"
