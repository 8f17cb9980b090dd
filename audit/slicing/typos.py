"""Likely typos, told by the set's own words: a rare word one slip away from a common one."""

from __future__ import annotations

from collections import defaultdict

import polars as pl

COMMON, RARE = 20, 2
"""Texts with a word that make it common; texts up to which a word is rare."""
_LENGTH = 5
"""Letters from which a slip is told: shorter words are too often one letter from another."""
_WORD = rf"\b[a-zà-öø-ÿ]{{{_LENGTH},24}}\b"
_ENDINGS = ("s", "d", "r", "n", "y", "e", "m", "l", "t")


def has_typo(text: pl.Series) -> pl.Series:
    """Whether a text holds a word that only rare texts have and that is one slip from a common word.

    A slip is an inner letter left out or put in, or two neighbours swapped (three of Damerau's four, Communications of
    the ACM 7, 1964; a letter replaced is too often another word), the first letter and the ending kept: what changes
    an ending is most often an inflection. Without common words (few texts) nothing is told.

    Args:
        text: texts, never null.
    """
    words = text.to_frame("text").select(pl.col("text").str.to_lowercase().str.extract_all(_WORD).alias("word"))
    flat = words.with_row_index("row").explode("word").drop_nulls("word").unique(maintain_order=True)
    seen = flat.group_by("word").len()
    common = seen.filter(pl.col("len") >= COMMON)["word"].to_list()
    rare = seen.filter(pl.col("len") <= RARE)["word"].to_list()
    wrong = slips(rare, common)
    rows = flat.filter(pl.col("word").is_in(sorted(wrong)))["row"].unique()
    return pl.Series("typo", range(len(text)), dtype=pl.UInt32).is_in(rows.implode()) if wrong else _none(len(text))


def _none(rows: int) -> pl.Series:
    return pl.Series("typo", [False], dtype=pl.Boolean).new_from_index(0, rows)


def slips(rare: list[str], common: list[str]) -> dict[str, str]:
    """Rare word -> the common word that it is a slip of; deletions of one letter meet (Garbe's SymSpell)."""
    by_hole: dict[str, list[str]] = defaultdict(list)
    known = set(common)
    for word in common:
        for hole in _holes(word):
            by_hole[hole].append(word)
        by_hole[word].append(word)
    out = {}
    for word in rare:
        if word in known:
            continue
        meant = [w for hole in (word, *_holes(word)) for w in by_hole.get(hole, ()) if _one_slip(word, w)]
        if meant:
            out[word] = min(meant)
    return out


def _holes(word: str) -> list[str]:
    """The word without one of its inner letters."""
    return [word[:i] + word[i + 1 :] for i in range(1, len(word) - 1)]


def _one_slip(word: str, meant: str) -> bool:
    """One inner slip apart, the last two letters no mere inflection."""
    if word[0] != meant[0] or word == meant:
        return False
    if abs(len(word) - len(meant)) == 1:
        longer, shorter = (word, meant) if len(word) > len(meant) else (meant, word)
        if longer[:-1] == shorter or (
            longer[-2] in _ENDINGS and longer[-1] == shorter[-1] and longer[:-2] == shorter[:-1]
        ):
            return False
        return any(longer[:i] + longer[i + 1 :] == shorter for i in range(1, len(longer) - 1))
    if len(word) != len(meant):
        return False
    apart = [i for i in range(len(word)) if word[i] != meant[i]]
    if len(apart) == 2 and apart[1] == apart[0] + 1:  # noqa: PLR2004 - a swap
        return word[apart[0]] == meant[apart[1]] and word[apart[1]] == meant[apart[0]]
    return False
