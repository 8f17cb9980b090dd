"""The words of a text that were meant to be read: without addresses, mentions, hashtags, paths, hashes and code."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import polars as pl

from assay.audit.realism.letter_table import letter_bits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CODE = r"(?s)```.*?```|`[^`\n]{1,200}`"
_ADDRESSES = (
    r"(?i)\b[a-z][a-z0-9+.-]{1,20}:/{1,3}\S+|\bwww\.\S+|\b(?:[\w-]+\.)+[a-z]{2,6}(?::\d+)?/\S*"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b[a-z]:\\\S+"
)
_PATHS = (
    r"(?:[\w.~+*-]*/){2,}[\w.~+*-]*|\b[\w-]+/[\w-]*\.\w+|\b[\w./+-]+\.(?:py|[ch]|cc|cpp|hpp|js|ts|json|xml|html?|txt|md|rst|png|jpe?g|gif|svg"
    r"|pdf|patch|diff|so|a|o|conf|cfg|ini|ya?ml|toml|sh|css|java|go|rs|rb|pl|pm|deb|zip|tar|gz|bz2|xz|exe|dll|log"
    r"|csv|docx?|xlsx?|mp[34]|wav|ttf|otf|sql)\b"
)
_TAGS = r"(^|\s|[(\x22'])(?:[@#]\s?\w+|\*?\.\w[\w.]*)"
_HASHES = r"\b(?:[0-9a-fA-F]{8}-[0-9a-fA-F-]{9,27}|[0-9a-fA-F]{7,})\b"
_NAMES_OF_CODE = r"\b\w+(?:(?:::|->)\w+)+\b|\b\w*[^\W_]_\w+\b|\b__\w+|\b[\w.]+\(\S*\)"
_TECHNICAL = (
    r"[A-Za-z]_[A-Za-z]|\w\(\)|::|->|(?:^|\s)--?[a-z]{2,}|\$[A-Za-z{]|(?:^|\s)[~.]?/\w+|[A-Za-z]=[\w\x22'{]|[{}|\\]"
    r"|<[a-zA-Z][\w/-]*>|\[\]|`|\b\w+\.(?:py|[ch]|js|json|xml|txt|md|so|conf|cfg|ya?ml|sh|patch|deb|pm|pl)\b"
)
"""Names, options, paths and signs of programs."""
_TECHNICAL_SET, _READ = 0.2, 600
"""Share of texts with such signs from which a set is about programs; characters of a text that are read."""
_MARKED = r"[@#/:\\_`(.]|[0-9]"
_LATIN_SHARE = 0.5
_ACRONYM = 5
_FEW = 8
"""Letters under which nothing can be said."""
_LATIN, _QUOTED_LETTERS, _MIXED = 0x24F, 3, 0.4
"""Last letter of Latin script, letters of another script, and share of letters of ASCII from which both are mixed."""
_WORDS, _FEW_WORDS, _FEW_IDEOGRAPHS = 4, 3, 6
_PLAIN_EVIDENCE = 1.6
"""Words, and characters where words are not spaced, under which a text is a name."""
_LETTERS = re.compile(r"[^\W\d_]+")
_PLAIN = re.compile(r"[a-z]+")
_MOSTLY, _FEW_SIGNS = 0.85, 0.3
"""Share of tokens of prose that are words, and that end in a sign."""
_DRAWN_OUT = re.compile(r"(\w{1,2}?)\1{2,}")
"""Letters drawn out and laughter: written once."""
_NAMES = 0.6
"""Share of words with a capital from which a text is a list of names."""


def readable(text: pl.Series) -> pl.Series:
    """Texts (rows,) with a space in place of everything that is no word of a language."""
    column = pl.col("text")
    for pattern in (_CODE, _ADDRESSES, _PATHS, _HASHES, _NAMES_OF_CODE):
        column = column.str.replace_all(pattern, " ")
    column = column.str.replace_all(_TAGS, "$1 ")
    frame = pl.DataFrame({"text": text})
    marked = pl.col("text").str.contains(_MARKED)
    return frame.select(pl.when(marked).then(column).otherwise(pl.col("text")).alias("text"))["text"]


def technical_rows(text: pl.Series) -> tuple[NDArray[np.bool_], bool]:
    """Rows with names, options or paths of programs, addresses aside, and whether the set is about programs."""
    plain = pl.col("text").str.slice(0, _READ).str.replace_all(_ADDRESSES, " ")
    marked = pl.DataFrame({"text": text}).select(plain.str.contains(_TECHNICAL))["text"].to_numpy()
    return marked, bool(marked.mean() >= _TECHNICAL_SET) if marked.size else False


def is_prose(text: str) -> bool:
    """Whether a text is words between spaces, and no list, table or formula."""
    tokens = text.split()
    words = sum(t.strip(".,;:!?\"'()").isalpha() for t in tokens)
    signs = sum(t[-1] in ".,:;" for t in tokens)
    return len(tokens) >= _WORDS and words >= _MOSTLY * len(tokens) and signs <= _FEW_SIGNS * len(tokens)


def disorder(text: str) -> float | None:
    """Bits a letter costs on average by the table of trigrams; None where the text is not in Latin script.

    English and its neighbours cost 3 to 4.5 bits, names of many languages up to 5, keyboard mash 7 and more. Accents
    are taken off, and short words in capitals, which are acronyms, are left out unless everything is in capitals.
    """
    words = _LETTERS.findall(_DRAWN_OUT.sub(r"\1", text))
    if not text.isupper() or all(len(w) < _ACRONYM for w in words):
        words = [w for w in words if not (w.isupper() and 1 < len(w) <= _ACRONYM)]
    folded = [unicodedata.normalize("NFKD", w).casefold() for w in words]
    plain = [p for w in folded for p in _PLAIN.findall(w)]
    letters = sum(map(len, plain))
    if letters < _LATIN_SHARE * sum(c.isalpha() for w in folded for c in w):
        return None
    if letters < _FEW:
        return 0.0
    table, total = letter_bits(), 0.0
    for word in plain:
        codes = [0, 0, *(ord(c) - 96 for c in word), 0]
        total += sum(float(table[codes[i], codes[i + 1], codes[i + 2]]) for i in range(len(codes) - 2))
    return round(total / (letters + len(plain)), 4)


def is_names(text: str) -> bool:
    """Whether most words of a text begin with a capital and go on in small letters."""
    words = _LETTERS.findall(text)
    return len(words) > 1 and sum(w.istitle() for w in words) > _NAMES * len(words)


def is_sentence(text: str, evidence: float) -> bool:
    """Whether a text in another language says something in it: no names, no address, no quotation in a task.

    Args:
        text: its words (see ``readable``).
        evidence: for the other language, 1 where it is just enough; few words need more of it.
    """
    words = [w for w in _LETTERS.findall(text) if w]
    letters = "".join(words)
    plain = sum(c.isascii() for c in letters)
    other = sum(not unicodedata.normalize("NFKD", c)[0].isascii() for c in letters if ord(c) > _LATIN)
    if other > _QUOTED_LETTERS and plain >= _MIXED * len(letters):
        return False
    if any(_is_spaceless(c) for c in letters):
        return len(letters) >= _FEW_IDEOGRAPHS
    return len(words) >= (_FEW_WORDS if evidence >= _PLAIN_EVIDENCE else _WORDS) and not is_names(text)


def _is_spaceless(character: str) -> bool:
    return "\u0e00" <= character <= "\u0eff" or "\u3040" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7af"
