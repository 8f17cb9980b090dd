"""Gibberish and foreign languages distinguished: every text is read by the set's letters and by its languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.realism.languages import NAMES, Spoken, spoken
from assay.audit.realism.letters import LONGEST, Surprise, surprise
from assay.audit.realism.readable import disorder, is_names, is_prose, is_sentence, readable, technical_rows
from assay.audit.realism.repetition import is_emphasis, repetition, squeeze

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

GIBBERISH = 4.0
"""Score from which letters are in no order, if the table of trigrams agrees."""
_UNCONFIRMED = 3.0
"""Highest score without the table's consent."""
_DISORDER, _DISORDER_OF_SHORT, _DISORDER_OF_MIXED = 4.9, 7.0, 0.9
"""Bits a letter by the table that words must cost to be in no order. The second is divided by the letters,
the third is for sets in which a few people write other languages: their words are not known."""
_DISORDER_OF_PLAIN, _RARE_WORDS, _RARE_SHARE, _FEW_RARE = 0.3, 4.5, 0.0025, 2
"""Bits less where hardly any text is full of rare names and words: such texts cost less than the second, and the others
are their share and number."""
_MIXED_SET = 0.005
"""Share of texts in other languages that makes such a set."""
_MOSTLY = 0.5
"""Share of a text's letters that must be in words, and share of letters in its words' characters."""
_LETTER = r"\p{L}"
_OF_NAMES, _OF_PROGRAMS = 7.0, 6.5
"""Bits that names, and texts with a sign of programs, must cost."""
_OTHER_SCRIPT = 0.5
"""Weight of the score where the table cannot be asked, and the text is no mash by its language either."""
_SPREAD = 0.25
"""Least bits between the median and the upper quartile of a set: texts of one template all look alike."""
_LETTERS, _FEW_LETTERS = 10, 5
"""Letters a text needs to be judged, and one that looks like no language."""
FOREIGN, FOREIGN_RATE = 14.0, 0.4
"""Nats, and nats a byte, by which another language must lead."""
_CERTAIN, _CERTAIN_RATE = 60.0, 1.0
"""Lead from which neither the set's letters nor its common words are asked."""
_A_WORD = 12
"""Letters that a foreign text needs: a shorter one is a name or a borrowed word."""
_RARE = 1.5
"""How much further a language must lead that few people write: a name is soon like one of a hundred of them."""
_EMPHASIS = 0.9
"""Repetition of what is only said with emphasis."""
_NO_LANGUAGE, _UNKNOWN, _DOUBTFUL = -10.0, 0.1, 0.9
_SURELY_LANGUAGE, _SURELY_MINORITY = -1.5, -0.8
"""Nats a byte by which a language leads no language in real sentences; in words with shuffled letters hardly ever.
The second is for the set's smaller languages, whose letters its model knows less well."""
_NOTHING, _NOTHING_RATE, _ALL_UNKNOWN = 10.0, 0.5, 0.8
"""Nats, and nats a byte, by which no language leads in keyboard mash, and its share of letters in unknown words: enough
where the set is too small for a model of its letters."""
_USUAL_NOTHING = 0.2
"""Share of texts without a language from which that says nothing: code, keys and numbers are the set's own kind."""
_WIDE = 0.5
"""Bytes a character over one from which a script is not Latin; share of such texts that makes it the set's own."""
_COMMON = 0.25
"""Share of common words from which a text is the set's own with foreign names in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What the letters and the languages say of every text: arrays of (rows,)."""

    letters: Surprise
    languages: Spoken
    gibberish: NDArray[np.float32]
    """How far the letters are from any order that the set or a language knows; from ``GIBBERISH`` on they have none."""
    foreign: NDArray[np.float32]
    """Evidence for another language, 1 where it is just enough; under 1 where something speaks against it."""
    repeated: NDArray[np.float32]
    """Repetition, 1 where it is just too much."""
    median_bits: float
    """Bits a character of the set's median text."""


def judge(text: pl.Series, min_share: float, welcome: tuple[str, ...] = ()) -> Judgement:
    """Read every text by the letters and by the languages of the set.

    Args:
        text: (rows,) texts, never null.
        min_share: share of the texts that makes a language one of the set's own.
        welcome: ISO 639 codes of languages that are its own in any case.
    """
    words = readable(text)
    letters, languages = surprise(words), spoken(words, min_share, welcome)
    marked, technical = technical_rows(text)
    drawn = (letters.letters == 0) & (languages.bytes > letters.characters)  # emoji: said thrice, meant once
    read = letters.characters > 0
    bits = letters.bits[read].astype(np.float64) if read.any() else np.zeros(1)
    low, middle, high = np.quantile(bits, [0.5, 0.75, 0.85]).tolist()
    foreign = _foreign(letters, languages, high)
    for row in np.flatnonzero(foreign >= 1.0).tolist():
        if not is_sentence(words[row], float(foreign[row])):
            foreign[row] = _DOUBTFUL
    z = (letters.bits.astype(np.float64) - low) / max(middle - low, _SPREAD)
    gibberish = np.where(foreign >= 1.0, 0.0, _gibberish(letters, languages, z))
    whole = _mostly_words(text, words, letters) & ~(marked & technical)
    asked = whole & np.array([is_prose(t) for t in words.to_list()], np.bool_) if technical else whole
    least = _least_disorder(letters, marked, mixed=bool((foreign >= 1.0).mean() >= _MIXED_SET))
    gibberish = _confirmed(words, gibberish, languages, np.where(asked, least, np.inf))
    repeated = np.where(whole, _repeated(words), 0.0)
    return Judgement(
        letters,
        languages,
        gibberish,
        foreign,
        np.where(drawn, 0.0, repeated).astype(np.float32),
        low,
    )


def _mostly_words(text: pl.Series, words: pl.Series, letters: Surprise) -> NDArray[np.bool_]:
    """Texts whose letters are mostly in what is read of them, and which are mostly letters."""
    count = words.str.count_matches(_LETTER).to_numpy()
    before = text.str.slice(0, LONGEST).str.count_matches(_LETTER).to_numpy()
    mostly: NDArray[np.bool_] = count >= _MOSTLY * np.maximum(before, letters.characters)
    return mostly


def _repeated(text: pl.Series) -> NDArray[np.float64]:
    """Repetition of every text, 1 where it is just too much; less for emphasis: "yes yes yes yes"."""
    share, limit = repetition(squeeze(text))
    over = share.astype(np.float64) / limit
    for row in np.flatnonzero(over >= _EMPHASIS).tolist():
        if is_emphasis(text[row]):
            over[row] = _EMPHASIS
    return np.round(over, 6)


def _confirmed(
    text: pl.Series, score: NDArray[np.float64], languages: Spoken, least: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Scores whose words are no words by the table of trigrams either; others stay under ``GIBBERISH``."""
    rows = np.flatnonzero((score > _UNCONFIRMED) & np.isfinite(least)).tolist()
    bits = {row: disorder(text[row]) for row in rows}
    rare = sum(score[row] >= GIBBERISH and (each or _RARE_WORDS) < _RARE_WORDS for row, each in bits.items())
    less = _DISORDER_OF_PLAIN if rare <= max(_FEW_RARE, _RARE_SHARE * len(text)) else 0.0
    out = np.minimum(score, _UNCONFIRMED)
    for row, each in bits.items():
        if each is None:
            out[row] = score[row] if languages.no_language[row] > 0 else _OTHER_SCRIPT * score[row]
        elif each >= (_OF_NAMES if is_names(text[row]) else least[row] - less):
            out[row] = score[row]
    return np.round(out, 4).astype(np.float32)


def _least_disorder(letters: Surprise, marked: NDArray[np.bool_], *, mixed: bool) -> NDArray[np.float64]:
    """Bits a letter that the words of each text must cost to be in no order."""
    least = _DISORDER + _DISORDER_OF_SHORT / np.maximum(1, letters.letters) + _DISORDER_OF_MIXED * mixed
    return np.where(marked, np.maximum(least, _OF_PROGRAMS), least)


def _foreign(letters: Surprise, languages: Spoken, unusual: float) -> NDArray[np.float32]:
    """Evidence for another language. Short texts need as many nats as long ones; long ones need them throughout."""
    rare = np.array([name not in NAMES for name in languages.names], np.bool_)
    lead = languages.foreign / np.where(rare[languages.language], _RARE, 1.0)
    rate = lead / np.maximum(1, languages.bytes)
    evidence = np.minimum(lead / FOREIGN, rate / FOREIGN_RATE)
    certain = (lead >= _CERTAIN) & (rate >= _CERTAIN_RATE)
    against = (languages.no_language > _NO_LANGUAGE) | (letters.bits < unusual) | (letters.common >= _COMMON)
    against |= (letters.letters < _A_WORD) | (letters.unknown < _UNKNOWN)
    doubtful = np.minimum(0.5 * evidence, _DOUBTFUL)
    return np.maximum(0.0, np.where(certain | ~against, evidence, doubtful)).round(4).astype(np.float32)


def _gibberish(letters: Surprise, languages: Spoken, z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Surprise, weighed by the letters in unknown words, less what speaks for the set's language or common words."""
    size = np.maximum(1, languages.bytes)
    own = np.clip(languages.foreign / size, -1.0, 0.0)
    score = (z * (0.2 + letters.unknown) + 4.0 * own) * (1.0 - letters.common)
    nothing = languages.no_language
    if not nothing.size:
        return score
    if float((nothing > 0).mean()) < _USUAL_NOTHING:
        score += 5.0 * np.clip(2.0 * nothing / size, 0.0, 1.0) * (z > 1.0)
        plainly = (nothing >= _NOTHING) & (nothing / size >= _NOTHING_RATE)
        plainly &= (letters.unknown >= _ALL_UNKNOWN) & (letters.common == 0)
        score = np.where(plainly, np.maximum(score, GIBBERISH), score)
    enough = (letters.letters >= _LETTERS) | ((nothing > 0) & (letters.letters >= _FEW_LETTERS))
    # A script that the set does not use is no disorder: its letters are all new to the model.
    wide = (size - letters.characters) / np.maximum(1, letters.characters) > _WIDE
    strange = wide & (float(wide.mean()) < _WIDE)
    language = nothing / size < np.where(languages.minority, _SURELY_MINORITY, _SURELY_LANGUAGE)
    return np.where(enough & ~strange & ~language, score, 0.0)
