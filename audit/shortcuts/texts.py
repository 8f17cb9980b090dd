"""Cues inside texts: markup, repeated lines, headers and endings, words.

Each function takes a frame with columns ``r`` (row) and ``t`` (text) and gives one with ``r`` and ``v`` (value),
each pair once.
"""

from __future__ import annotations

import re

import polars as pl

_FEELING = (
    "[\U0001f440-\U0001f450\U0001f48b-\U0001f49f\U0001f600-\U0001f64f"
    "\U0001f90c-\U0001f93a\U0001f970-\U0001f97a\u2620-\u263b\u2661-\u2765]"
)
"""Faces, hearts and hands: they are words of feeling, as content of a text as any."""
_MARKUP_KINDS = (
    r"\[[^\[\]\n]{1,60}\]|<[^<>\n]{1,60}>|\{[^{}\n]{1,60}\}|«[^«»\n]{1,60}»|&lt;[^\n]{1,40}?&gt;",  # brackets
    r"#+[A-Za-z_][\w-]*",  # tags
    r"\b[A-Za-z][\w.-]{0,30} ?={1,2} ?[\w./-]{1,40}",  # key=value
    r"(?m:^[ \t]*[\w.-]{2,30}(?: [\w.-]{1,20})?:[ \t]*\S[^\n]{0,40}$)",  # key: value on a line of its own
    r"\b\w*[A-Za-z0-9]_+[A-Za-z0-9]\w*\b|__\w+|\b\w+__",  # names of programs
    r"\b[A-Z]{2,}[-_/:|][A-Z0-9][\w/-]*|\b[A-Z][A-Z/-]*\d[\w/-]*",  # codes
    rf"[\p{{So}}--{_FEELING}][\x{{FE0F}}\x{{200D}}\p{{So}}\p{{Sk}}]*",  # emoji and other pictures
    r"\*{2,}|~{2,}|\|+|={3,}|-{3,}|\^{2,}|§+|¶|@@+|#{2,}|%%+",  # rules
)
_MARKUP = "|".join(_MARKUP_KINDS)
"""What people do not write as part of a sentence."""
_SENTENCE = r"(?:[^.!?\n]|[.!?]+[^\s.!?])+[.!?]*"
_WORD = r"\S+"
_FOLDED_WORD = r"[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}'\x{2019}-]*"
_SHORTEST = 2
_HEAD, _TAIL = 4000, 1000
RUNS = (1, 2, 3, 4, 6, 8)
"""Numbers of words of a header or an ending that are tried."""


def clipped(text: pl.Series) -> pl.Series:
    """The first and last characters of long texts: a cue that a model learns stands there or everywhere."""
    long = pl.col("t").str.len_chars() > _HEAD + _TAIL
    ends = pl.concat_str(pl.col("t").str.head(_HEAD), pl.lit("\n"), pl.col("t").str.tail(_TAIL))
    return pl.DataFrame({"t": text}).select(pl.when(long).then(ends).otherwise(pl.col("t")).alias("t"))["t"]


def markup(texts: pl.DataFrame) -> pl.DataFrame:
    """Bracketed parts, tags, ``key=value``, program names, codes, pictures, rules."""
    return _exploded(texts, pl.col("t").str.extract_all(_MARKUP))


def shape_of(value: str) -> pl.Expr:
    """Expression: the markup with what varies in it blotted out: ``[CAT:refund]`` is ``[CAT:…]``."""
    column = pl.col(value)
    keyed = column.str.contains(r"[:=]")
    return (
        pl.when(keyed)
        .then(column.str.replace(r"(?s)([:=]\s*).*?([\]>})»]*)$", "${1}…${2}"))
        .otherwise(column.str.replace_all(r"[\p{L}\p{N}_][\p{L}\p{N}_ ./-]*", "…"))
    )


def is_prose(value: str) -> bool:
    """Whether markup may be part of a sentence: a bare code, a name in a program, a hashtag; not brackets and keys."""
    return bool(re.fullmatch(r"#?[\w./:|-]+", value)) and any(c.isalpha() for c in value)


def fragments(texts: pl.DataFrame) -> pl.DataFrame:
    """Whole lines and sentences of texts that hold more than that, folded."""
    parts = pl.col("t").str.extract_all(_SENTENCE).list.concat(pl.col("t").str.split("\n"))
    cut = texts.select("r", v=parts).explode("v").select("r", v=folded("v"))
    cut = cut.filter(pl.col("v").str.len_chars() >= _SHORTEST).unique()
    return cut.join(texts.select("r", v=folded("t")), on=["r", "v"], how="anti")


def folded(column: str) -> pl.Expr:
    """Expression: lower case, white space as single spaces, ends stripped of it and of sentence marks."""
    return pl.col(column).str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars(" .,;:!?\"'")


def ends(texts: pl.DataFrame, words: int, *, head: bool) -> pl.DataFrame:
    """The first or the last few words of each longer text, as they are written."""
    spaced = texts.select("r", w=pl.col("t").str.extract_all(_WORD)).filter(pl.col("w").list.len() > words)
    part = pl.col("w").list.head(words) if head else pl.col("w").list.tail(words)
    return spaced.select("r", v=part.list.join(" "))


def end_word(texts: pl.DataFrame, *, head: bool) -> pl.DataFrame:
    """The first or the last word of texts of several words, folded as in ``words``."""
    spaced = texts.select("r", w=pl.col("t").str.to_lowercase().str.extract_all(_FOLDED_WORD))
    spaced = spaced.filter(pl.col("w").list.len() > 1)
    return spaced.select("r", v=pl.col("w").list.first() if head else pl.col("w").list.last())


def words(texts: pl.DataFrame) -> pl.DataFrame:
    """Words anywhere, folded."""
    return _exploded(texts, pl.col("t").str.to_lowercase().str.extract_all(_FOLDED_WORD))


def styles(texts: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """How texts are written, one value a row: first letter's case, last character, line breaks, spaces at the ends."""
    text = pl.col("t")
    letters = text.str.extract(r"(\p{L})", 1)
    how = {
        "case": pl.when(letters.is_null())
        .then(pl.lit("no letter"))
        .when((text.str.to_uppercase() == text) & (text.str.to_lowercase() != text))
        .then(pl.lit("all capitals"))
        .when(text.str.to_lowercase() == text)
        .then(pl.lit("no capitals"))
        .when(letters.str.to_uppercase() == letters)
        .then(pl.lit("capital first"))
        .otherwise(pl.lit("small first")),
        "last character": pl.when(text.str.contains(r"[\p{L}\p{N}]\s*$"))
        .then(pl.lit("a letter or number"))
        .otherwise(text.str.strip_chars_end().str.tail(1)),
        "lines": text.str.count_matches("\n").clip(0, 5).cast(pl.String),
        "spaces at the ends": text.str.contains(r"^\s").cast(pl.String) + text.str.contains(r"\s$").cast(pl.String),
        "double spaces": text.str.contains(r"\S  +\S").cast(pl.String),
    }
    return {name: texts.select("r", v=value) for name, value in how.items()}


def lengths(texts: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Characters and words of each text."""
    return {
        "characters": texts.select("r", v=pl.col("t").str.len_chars()),
        "words": texts.select("r", v=pl.col("t").str.count_matches(_WORD)),
    }


def _exploded(texts: pl.DataFrame, found: pl.Expr) -> pl.DataFrame:
    return texts.select("r", v=found).explode("v").drop_nulls("v").with_columns(pl.col("v").str.strip_chars()).unique()
