"""Gibberish and foreign languages told apart: two readings of every text, by the set's letters and by its languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.realism.languages import NAMES, Spoken, spoken
from assay.audit.realism.letters import Surprise, surprise
from assay.audit.realism.repetition import repetition

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

GIBBERISH = 5.0
"""Score from which letters are in no order; about one text in 2,000 of clean sets reaches it."""
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
    letters, languages = surprise(text), spoken(text, min_share, welcome)
    repeated, limit = repetition(text)
    drawn = (letters.letters == 0) & (languages.bytes > letters.characters)  # emoji: said thrice, meant once
    told = letters.characters > 0
    bits = letters.bits[told] if told.any() else np.zeros(1, np.float32)
    low, middle, high = np.quantile(bits, [0.5, 0.75, 0.85]).tolist()
    foreign = _foreign(letters, languages, high)
    z = (letters.bits - low) / max(middle - low, _SPREAD)
    gibberish = np.where(foreign >= 1.0, 0.0, _gibberish(letters, languages, z)).astype(np.float32)
    return Judgement(
        letters,
        languages,
        gibberish,
        foreign,
        np.where(drawn, 0.0, repeated / limit).astype(np.float32),
        low,
    )


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
    return np.maximum(0.0, np.where(certain | ~against, evidence, doubtful)).astype(np.float32)


def _gibberish(letters: Surprise, languages: Spoken, z: NDArray[np.float32]) -> NDArray[np.float32]:
    """Surprise, weighed by the letters in unknown words, less what speaks for the set's language or common words."""
    size = np.maximum(1, languages.bytes)
    own = np.clip(languages.foreign / size, -1.0, 0.0)
    score = (z * (0.2 + letters.unknown) + 4.0 * own) * (1.0 - letters.common)
    nothing = languages.no_language
    if not nothing.size:
        return score.astype(np.float32)
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
    return np.where(enough & ~strange & ~language, score, 0.0).astype(np.float32)
