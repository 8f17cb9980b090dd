"""The label's own name in the text, written as no sentence would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from assay.audit.shortcuts.texts import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORTEST = 3
"""Characters below which a name alone (``3``, ``A``) is no sign of the label; in ``label=3`` it is."""
_KEYED = r"(?i)\b(?:label|class|category|cat|intent|tag|topic|target|type|y|gold|answer|queue|route|dept)\s*[:=]+\s*"
_BRACKETED = r"#+[\p{L}\p{N}_-]+|[\[({<«|#]+\s*([^\[\](){}<>«»|#\n]{1,60}?)\s*[\])}>»|]"
_PIECE = r"[^\n.!?;|:,()\[\]{}<>\"=]+"


SPOKEN = frozenset({"as the last words", "as the first words", "as a piece of its own"})
"""Forms, in words, that a sentence may have as well."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which a label's name may stand in a text."""

    name: str
    words: str
    """For messages: "label's own name ..."."""
    found: pl.DataFrame
    """Columns ``r`` (row) and ``y`` (code of the label named)."""
    all_mentions: float
    """Share of the rows that mention the label anywhere which must do it in this form; 0 where no sentence has it."""
    coverage: float = 0.03
    """Share of the label's rows that must have it."""


def spoken(name: str) -> str:
    """A label's name as words: ``card_arrival`` and ``CardArrival`` are ``card arrival``."""
    parts = pl.Series([name]).str.replace_all(r"([\p{Ll}\p{N}])(\p{Lu})", "$1 $2").str.replace_all(r"[\s_/.:-]+", " ")
    return str(parts.str.strip_chars().str.to_lowercase()[0])


def forms(texts: pl.DataFrame, names: Sequence[str]) -> list[Form]:
    """Label names in texts that hold more than the name.

    Args:
        texts: columns ``r`` (row) and ``t`` (text).
        names: the labels; a row of ``found`` points into them.
    """
    known = pl.DataFrame({"raw": list(names), "said": [spoken(n) for n in names], "y": range(len(names))})
    known = known.with_columns(pl.col("y").cast(pl.Int32))
    table = pl.concat([known.select("y", v="raw"), known.select("y", v=folded("raw")), known.select("y", v="said")])
    table = table.unique().filter(pl.col("v") != "")
    long = table.filter(pl.col("v").str.len_chars() >= _SHORTEST)
    longer = texts.filter(~folded("t").is_in(long["v"].implode()))
    code = known.filter(pl.col("raw").str.contains(r"\w[_/:]+\w"))["raw"].to_list()
    key = pl.col("t").str.extract_all(_KEYED + r"[\w./-]{1,60}").list.eval(pl.element().str.replace(_KEYED, ""))
    mark = pl.col("t").str.extract_all(_BRACKETED).list.eval(_inside(pl.element()))
    piece = pl.col("t").str.extract_all(_PIECE)
    return [
        Form("after a key", "after a key such as 'label='", _named(longer, key, table), 0.0),
        Form("marked", "in brackets or as a tag", _named(longer, mark, long), 0.0),
        Form("as code", "as a program writes it", _literal(longer, code, known), 0.0),
        Form("at the end", "as the last words", _ended(longer, long, head=False), 0.9, 0.3),
        Form("at the start", "as the first words", _ended(longer, long, head=True), 0.9, 0.3),
        Form("apart", "as a piece of its own", _named(longer, piece, long), 0.5, 0.3),
    ]


def mentions(texts: pl.DataFrame, names: Sequence[str], wanted: Sequence[int]) -> pl.DataFrame:
    """Rows whose text holds the name of a label, in whatever form: columns ``r`` and ``y``."""
    spaced = pl.col("t").str.to_lowercase().str.replace_all(r"[^\p{L}\p{M}\p{N}]+", " ")
    plain = texts.select("r", t=pl.lit(" ") + spaced + pl.lit(" "))
    out = []
    for code in wanted:
        held = plain.filter(pl.col("t").str.contains(f" {spoken(names[code])} ", literal=True))
        out.append(held.select("r", y=pl.lit(code, pl.Int32)))
    return pl.concat(out) if out else pl.DataFrame(schema={"r": pl.UInt32, "y": pl.Int32})


def _inside(element: pl.Expr) -> pl.Expr:
    return element.str.strip_chars(" []{}()<>«»|#")


def _named(texts: pl.DataFrame, parts: pl.Expr, table: pl.DataFrame) -> pl.DataFrame:
    cut = texts.select("r", v=parts).explode("v").drop_nulls("v").with_columns(v=folded("v"))
    return cut.join(table, on="v").select("r", "y").unique()


def _literal(texts: pl.DataFrame, raw: list[str], known: pl.DataFrame) -> pl.DataFrame:
    if not raw:
        return pl.DataFrame(schema={"r": pl.UInt32, "y": pl.Int32})
    held = texts.select("r", v=pl.col("t").str.extract_all(r"[\w:/.-]+[\w]")).explode("v").drop_nulls("v")
    return held.join(known.filter(pl.col("raw").is_in(raw)), left_on="v", right_on="raw").select("r", "y").unique()


def _ended(texts: pl.DataFrame, table: pl.DataFrame, *, head: bool) -> pl.DataFrame:
    """Names as the first or last words: one join for each number of words that a name has."""
    plain = pl.col("v").str.to_lowercase().str.replace_all("[_-]+", " ").str.strip_chars()
    sized = table.select("y", v=plain).unique().with_columns(n=pl.col("v").str.count_matches(r"\S+"))
    spaced = texts.select("r", w=folded("t").str.replace_all("[_-]+", " ").str.extract_all(r"\S+"))
    out = [pl.DataFrame(schema={"r": pl.UInt32, "y": pl.Int32})]
    for (count,), names in sized.sort("n", "y", "v").group_by("n", maintain_order=True):
        part = pl.col("w").list.head(count) if head else pl.col("w").list.tail(count)
        cut = spaced.filter(pl.col("w").list.len() > count).select("r", v=part.list.join(" "))
        out.append(cut.join(names, on="v").select("r", "y"))
    return pl.concat(out).unique()
