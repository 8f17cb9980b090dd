"""Which language texts are in: py3langid's model (Lui and Baldwin 2012) run over whole columns.

The model is a naive Bayes over byte n-grams; evidence is the difference of two languages' log-posteriors, in nats.
Besides 140 languages it has a class ``zxx`` for what is no language: random letters, keys, numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from assay.audit.lexical.hashing import hash_rows, utf8_buffers
from assay.audit.lexical.parallel import map_threads
from assay.audit.realism.kernels import lead_rows, score_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_SHARE = 0.01
"""Share of the texts that makes a language one of the set's own, by default."""
NOT_A_LANGUAGE = "zxx"
LONGEST = 1_000
"""Characters of a text that are read."""
SAMPLE = 20_000
"""Rows from which the set's languages are detected."""
_CHUNK = 1 << 14
_SURE, _ENOUGH = 5.0, 20
"""A text counts for the languages of the set if the best one leads by so many nats, over so many bytes."""
_FEW = 3
"""Rows that a language needs at least to be one of the set's."""
_MIXED, _MIXED_SHARE = 0.05, 0.0025
"""Where this share of the texts is not in the main language, one with the second share is one of the set's."""


class Model(NamedTuple):
    """py3langid's model as arrays: an automaton over bytes that emits features, and their log-probabilities."""

    next_row: NDArray[np.uint32]
    row_of: NDArray[np.uint32]
    feature: NDArray[np.int32]
    table: NDArray[np.float32]
    """(features, languages)."""
    prior: NDArray[np.float32]
    names: tuple[str, ...]


@cache
def load_model() -> Model:
    """The model that comes inside py3langid's package (an array file, no pickle)."""
    from py3langid.langid import LanguageIdentifier  # noqa: PLC0415 - a second, and only for texts

    found = LanguageIdentifier.from_model_file("data/model.npz.xz")
    return Model(
        np.asarray(found.tk_nextmove).astype(np.uint32),
        np.asarray(found.tk_row).astype(np.uint32),
        np.asarray(found.tk_output, np.int32),
        found.nb_ptc.astype(np.float32),
        np.asarray(found.nb_pc, np.float32),
        tuple(found.nb_classes),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """What the model says of every text, given the languages of the set: arrays of (rows,)."""

    languages: dict[str, float]
    """The set's own languages with their share of the texts, largest first."""
    foreign: NDArray[np.float32]
    """Nats by which the best other language leads the best of the set's own."""
    language: NDArray[np.int16]
    """That other language, an index into ``names``."""
    minority: NDArray[np.bool_]
    """The best of the set's own languages is not its main one."""
    no_language: NDArray[np.float32]
    """Nats by which no language at all leads the best language."""
    bytes: NDArray[np.int32]
    """Bytes read."""
    names: tuple[str, ...]


def spoken(text: pl.Series, min_share: float, welcome: tuple[str, ...] = ()) -> Spoken:
    """Find the languages of a set, and judge every text by them.

    Args:
        text: (rows,) texts, never null.
        min_share: share of the texts that makes a language one of the set's own.
        welcome: ISO 639 codes of languages that are its own in any case.
    """
    model = load_model()
    rows = len(text)
    foreign, none = np.zeros(rows, np.float32), np.zeros(rows, np.float32)
    language, size, minority = np.zeros(rows, np.int16), np.zeros(rows, np.int32), np.zeros(rows, np.bool_)
    own = _own_languages(model, text, min_share)
    kinds = np.zeros(len(model.names), np.uint8)
    for k, name in enumerate(model.names):
        kinds[k] = 3 if name == NOT_A_LANGUAGE else 2 if name == next(iter(own), "") else name in own or name in welcome

    def one(low: int) -> None:
        window = slice(low, min(low + _CHUNK, rows))
        data, offsets = utf8_buffers(_folded(text[window]))
        size[window] = np.diff(offsets)
        scratch = np.zeros(model.table.shape[0], np.int32), np.zeros(4 * LONGEST, np.int64)
        out = (each[window] for each in (foreign, language, minority, none))
        lead_rows(data, offsets, *model[:5], *scratch, kinds, np.zeros(kinds.size, np.float32), *out)

    map_threads(one, range(0, rows, _CHUNK))
    return Spoken(own, foreign, language, minority, none, size, model.names)


def _folded(text: pl.Series) -> pl.Series:
    """Texts cut and folded as py3langid folds them: capitals throughout to small letters, NFC."""
    column, upper = pl.col("text"), pl.col("text").str.to_uppercase()
    small = pl.when(column == upper).then(column.str.to_lowercase()).otherwise(column)
    return pl.DataFrame({"text": text.str.slice(0, LONGEST)}).select(small.str.normalize("NFC").alias("text"))["text"]


def _scores(model: Model, text: pl.Series) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Log-posteriors (rows, languages) of some texts, and their bytes."""
    data, offsets = utf8_buffers(_folded(text))
    out = np.empty((len(text), len(model.names)), np.float32)
    scratch = np.zeros(model.table.shape[0], np.int32), np.zeros(4 * LONGEST, np.int64)
    score_rows(data, offsets, *model[:5], *scratch, out)
    return out, np.diff(offsets).astype(np.int32)


def _sample(text: pl.Series) -> NDArray[np.int64]:
    """Rows that the set's languages are detected in: all, or those of the lowest hashes, whatever their order."""
    if len(text) <= SAMPLE:
        return np.arange(len(text))
    return np.argsort(hash_rows([text]), kind="stable")[:SAMPLE]


def _own_languages(model: Model, text: pl.Series, min_share: float) -> dict[str, float]:
    """Languages with a real share of the set, and those shares; nothing where no text tells."""
    rows = _sample(text)
    votes = np.zeros(len(model.names), np.int64)
    silent = model.names.index(NOT_A_LANGUAGE)
    for low in range(0, len(rows), _CHUNK):
        scores, size = _scores(model, text.gather(rows[low : low + _CHUNK]))
        rounded = np.round(scores.astype(np.float64), 3)
        best = rounded.argmax(axis=1)
        lead = -np.diff(-np.partition(-rounded, 1, axis=1)[:, :2], axis=1)[:, 0]
        votes += np.bincount(best[(np.abs(lead) > _SURE) & (size >= _ENOUGH)], minlength=votes.size)
    votes[silent] = 0
    total = int(votes.sum())
    if not total:
        return {}
    shares = {model.names[k]: votes[k] / total for k in np.argsort(-votes, kind="stable").tolist() if votes[k]}
    largest = next(iter(shares))
    needed = min(min_share, _MIXED_SHARE) if 1.0 - shares[largest] >= _MIXED else min_share
    return {n: float(s) for n, s in shares.items() if n == largest or (s >= needed and s * total >= _FEW)}


NAMES = {
    "af": "Afrikaans", "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali",
    "bs": "Bosnian", "ca": "Catalan", "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek",
    "en": "English", "eo": "Esperanto", "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian",
    "fi": "Finnish", "fr": "French", "ga": "Irish", "gl": "Galician", "gu": "Gujarati", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "is": "Icelandic", "it": "Italian",
    "ja": "Japanese", "ka": "Georgian", "kk": "Kazakh", "km": "Khmer", "kn": "Kannada", "ko": "Korean", "la": "Latin",
    "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "ml": "Malayalam", "mn": "Mongolian", "mr": "Marathi",
    "ms": "Malay", "mt": "Maltese", "ne": "Nepali", "nl": "Dutch", "no": "Norwegian", "nn": "Norwegian Nynorsk",
    "pa": "Punjabi", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak",
    "sl": "Slovenian", "sq": "Albanian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil",
    "te": "Telugu", "th": "Thai", "tl": "Tagalog", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek",
    "vi": "Vietnamese", "yue": "Cantonese", "zh": "Chinese",
}  # fmt: skip
"""English names of the more frequent languages; others are shown by their ISO 639 code."""
