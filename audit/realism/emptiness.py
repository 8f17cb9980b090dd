"""Texts that say nothing: no letters, placeholders in several languages, too few letters for the set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.realism.placeholders import ANSWERS, FILLER, GREETING, is_answer, key, placeholder

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_LETTERS, USUAL = 2, 0.01
"""Defaults: fewest letters that mean something; share of texts as short that makes them usual."""
_SHORT = 40
"""Characters up to which a text may be a placeholder."""
_SHORT_ANSWER, _MANY = 12, 0.25
"""A class consists of short answers if this share of it has at most so many letters."""
_CLASS = 10
"""Rows from which a class has a length of its own."""
_CONTENT = r"[\p{L}\p{N}]"
_PICTURE = (
    r"[\p{So}&&[^\x{FFFD}\x{FFFC}\x{2580}-\x{25A1}]]|[:;=8xX][-o^']?[)(\]\[DPp/\\|*3]|<3|[)(][-o^']?[:;=]|\^[_.-]?\^"
)
"""Emoji, pictographs and emoticons: an answer of its own, not nothing."""
_DENSE = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
"""Scripts in which one character may be a word."""

_LOREM = r"(?i)^\W{0,10}lorem ipsum(?:\W*$|\s+dolor)"
_PLAIN_NUMBER = r"^\s*\d[\d ]*\s*$"
"""A number that is no date, version, price or time."""
_SUM = r"[-+*/=<>%^\d]"
"""Signs of arithmetic and digits: with a letter they are a formula or a code."""
_ANSWERS_ARE_SHORT = 0.02
"""Share of texts of so few letters from which a number or a word like "none" answers something."""


@dataclass(frozen=True, slots=True, eq=False)
class Emptiness:
    """Rows that say nothing, in order, and why: arrays and lists of equal length."""

    rows: NDArray[np.int64]
    reasons: list[str]
    scores: NDArray[np.float32]
    """0..1; how sure."""


def find_empty(text: pl.Series, groups: NDArray[np.int32] | None, *, min_letters: int, usual: float) -> Emptiness:
    """Find texts that say nothing, judged against the set and against their class.

    Args:
        text: (rows,) texts, never null.
        groups: (rows,) class of each row, -1 for none; None where there are no classes.
        min_letters: a text with fewer letters is too short to mean anything, unless such texts are usual.
        usual: share of the set or of the class that must be as short to make it usual.
    """
    near = _look(text)
    plain = np.array(
        [full and not reason for full, reason in zip(near.full.tolist(), near.reasons, strict=True)], np.bool_
    )
    numbers = plain & (near.letters == 0) & ~near.picture
    rare_numbers = int(numbers.sum()) < max(2.0, usual * len(text))
    counted = _Lengths(near, plain, groups, len(text), usual)
    rows, reasons, scores = [], [], []
    for k in np.flatnonzero(~plain | (near.letters < min_letters)).tolist():
        reason, score = near.reasons[k], 1.0
        if not near.full[k]:
            said = bool(reason)
        elif reason:
            said, score = _stands_for_nothing(counted, k, reason, int(near.letters[k]) >= min_letters), 0.9
            said = said and not (is_answer(near.texts[k]) and counted.answers(k))
        elif numbers[k]:
            bare = bool(near.bare[k]) and rare_numbers and not counted.answers(k)
            said, reason, score = bare and not counted.at_home(k), "a number alone", 0.7
        else:
            a_word = near.keys[k] in ANSWERS
            said = not near.picture[k] and not near.formula[k] and not counted.ordinary(k, a_word=a_word)
            reason, score = "too short to mean anything", 0.7
        if said:
            rows.append(int(near.rows[k]))
            reasons.append(reason)
            scores.append(score)
    return Emptiness(np.array(rows, np.int64), reasons, np.array(scores, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class _Near:
    """Short texts and texts without content, looked at closely: arrays and lists of one length."""

    rows: NDArray[np.int64]
    full: NDArray[np.bool_]
    """Has a letter or a digit."""
    letters: NDArray[np.int64]
    picture: NDArray[np.bool_]
    reasons: list[str]
    """What each is a placeholder for, or why it is empty; empty for a text of its own."""
    keys: list[str]
    texts: list[str]
    bare: NDArray[np.bool_]
    """A number and no date, version, price or time."""
    formula: NDArray[np.bool_]
    """Has a digit or a sign of arithmetic."""


def _look(text: pl.Series) -> _Near:
    frame = pl.DataFrame({"text": text}).select(
        full=pl.col("text").str.contains(_CONTENT),
        short=pl.col("text").str.len_chars() <= _SHORT,
        latin=pl.col("text").str.contains(_LOREM),
    )
    full, short, latin = (frame[c].to_numpy() for c in ("full", "short", "latin"))
    rows = np.flatnonzero(~full | short | latin)
    close = text.gather(rows)
    letters = close.str.count_matches(r"[\p{L}\p{M}]") + 2 * close.str.count_matches(_DENSE)
    picture = close.str.contains(_PICTURE).to_numpy()
    texts = close.to_list()
    full = full[rows]
    marks = zip(texts, full.tolist(), picture.tolist(), latin[rows].tolist(), strict=True)
    reasons = [_reason(*each) for each in marks]
    bare, formula = close.str.contains(_PLAIN_NUMBER).to_numpy(), close.str.contains(_SUM).to_numpy()
    keys = [key(t) for t in texts]
    return _Near(rows, full, letters.to_numpy().astype(np.int64), picture, reasons, keys, texts, bare, formula)


def _reason(text: str, full: bool, pictured: bool, latin: bool) -> str:  # noqa: FBT001 - columns of one table
    if full:
        return FILLER if latin else placeholder(text)
    if not text.strip():
        return "nothing but white space" if text else "empty"
    return "" if pictured else "no letter or digit"


def _stands_for_nothing(counted: _Lengths, k: int, reason: str, worded: bool) -> bool:  # noqa: FBT001 - see above
    """Whether a listed text is one here: not a greeting among greetings, nor a word in a class of short answers."""
    if reason == FILLER:
        return True
    if reason == GREETING:
        return not counted.ordinary(k, a_word=True)
    return not (worded and counted.at_home(k))


class _Lengths:
    """How usual short texts are in the set and in each class, placeholders left out."""

    def __init__(
        self, near: _Near, plain: NDArray[np.bool_], groups: NDArray[np.int32] | None, total: int, usual: float
    ) -> None:
        """Sort the lengths of the short texts that are no placeholders, and those of each class."""
        self.total, self.letters, self.plain, self.usual = total, near.letters, plain, usual
        letters = near.letters
        self.all = np.sort(letters[plain])
        self.codes = groups[near.rows] if groups is not None else np.full(near.rows.size, -1, np.int32)
        self.sizes = np.bincount(groups[groups >= 0], minlength=1) if groups is not None else np.zeros(1, np.int64)
        mine = np.flatnonzero(plain & (self.codes >= 0))
        order = mine[np.lexsort((letters[mine], self.codes[mine]))]
        self.starts = np.searchsorted(self.codes[order], np.arange(self.sizes.size + 1))
        self.sorted = letters[order]

    def _share(self, k: int, least: int, most: int) -> tuple[float, float]:
        """Share of texts of so many letters in the set and in the row's class, the row itself left out."""
        itself, code = int(self.plain[k] and self.letters[k] >= least), int(self.codes[k])
        whole = (_between(self.all, least, most) - itself) / max(1, self.total)
        if code < 0:
            return whole, 0.0
        mine = self.sorted[self.starts[code] : self.starts[code + 1]]
        return whole, (_between(mine, least, most) - itself) / max(1, int(self.sizes[code]))

    def ordinary(self, k: int, *, a_word: bool) -> bool:
        """Words about this short are usual in the row's class, or in the set where it has none or a small one."""
        whole, mine = self._share(k, 1, int(self.letters[k]) + 3)
        share = mine if int(self.codes[k]) >= 0 and self.sizes[self.codes[k]] >= _CLASS else whole
        return share >= (self.usual / 4 if a_word else self.usual)

    def answers(self, k: int) -> bool:
        """Short answers are usual in the row's class, or in the set where it has none or a small one."""
        whole, mine = self._share(k, 1, _SHORT_ANSWER)
        share = mine if int(self.codes[k]) >= 0 and self.sizes[self.codes[k]] >= _CLASS else whole
        return share >= _ANSWERS_ARE_SHORT

    def at_home(self, k: int) -> bool:
        """Its class consists of short answers, so that even a word like ``none`` may be one."""
        return self._share(k, 0, _SHORT_ANSWER)[1] >= _MANY


def _between(ordered: NDArray[np.int64], least: int, most: int) -> int:
    return int(np.searchsorted(ordered, most, "right") - np.searchsorted(ordered, least, "left"))
