"""Texts damaged on their way: mojibake, lost characters, control characters, remains of markup and of escapes.

Mojibake is what ftfy (Speer 2019) counts as badness: sequences that only a wrong decoding makes. ftfy also repairs.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TAGS = (
    "a|abbr|article|b|big|blockquote|body|br|button|center|code|col|dd|div|dl|dt|em|font|footer|form|h[1-6]|head|"
    "header|hr|html|i|iframe|img|input|label|li|link|main|meta|nav|ol|option|p|pre|s|script|section|select|small|span|"
    "strike|strong|style|sub|sup|svg|table|tbody|td|textarea|th|thead|title|tr|tt|u|ul|video"
)
PATTERNS: dict[str, str] = {
    "replacement characters": r"\x{FFFD}",
    "control characters": (
        r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F\x{0080}-\x{009F}\x{FEFF}\x{FFFE}\x{FFFF}\x{E000}-\x{F8FF}]"
    ),
    "HTML tags": rf"(?i)</?(?:{_TAGS})(?:\s[^<>]{{0,500}})?\s?/?>|<!--|-->|<!DOCTYPE",
    "HTML entities": r"&(?:[a-zA-Z]{2,8}|#[0-9]{2,6}|#[xX][0-9a-fA-F]{2,5});",
    "escape sequences": (
        r"\x1B\[|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|_x[0-9A-F]{4}_|\\r\\n|\\n\\n|=[0-9A-F]{2}=[0-9A-F]{2}"
    ),
}
"""Kind -> regular expression in Rust's syntax."""
MARKUP = ("HTML tags", "HTML entities", "escape sequences")
"""Kinds that may be how a set is written: code, web pages, an export."""
_ODD = (
    r"[\x{0080}-\x{058F}\x{2010}-\x{2044}\x{20A0}-\x{20BF}\x{2100}-\x{23FF}\x{2500}-\x{25FF}\x{FB00}-\x{FB06}\x{F8FF}]"
)
"""Characters that bytes of UTF-8 read as another encoding turn into: without any there is no mojibake."""
_PAIR = r"[^\x00-\x7F]{2}|[\x{0152}\x{0153}]|[^\x00-\x7F]\w\x{00B0}"
"""What every wrong decoding makes: a byte beyond ASCII never stands alone in UTF-8. A single quote or accent does."""
_CHUNK = 1 << 16
_REPAIRED = 5_000
"""Characters of a text that are repaired: enough to see, and no text can make it slow."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What is damaged in one text."""

    row: int
    kinds: tuple[str, ...]
    example: str
    """A piece of the text around the first damage."""
    repaired: str | None
    """The text's beginning without the damage; None where what is lost cannot be known."""
    score: float
    """0..1; how sure."""


def find_damage(text: pl.Series) -> dict[str, NDArray[np.int64]]:
    """Rows by kind of damage; kinds in order of ``PATTERNS``, then ``mojibake``."""
    found: dict[str, list[NDArray[np.int64]]] = {kind: [] for kind in (*PATTERNS, "mojibake")}
    for start in range(0, len(text), _CHUNK):
        part = pl.DataFrame({"text": text[start : start + _CHUNK]})
        masks = part.select(
            *(pl.col("text").str.contains(pattern).alias(kind) for kind, pattern in PATTERNS.items()),
            odd=pl.col("text").str.contains(_ODD) & pl.col("text").str.contains(_PAIR),
        )
        for kind in PATTERNS:
            rows = np.flatnonzero(masks[kind].to_numpy())
            if kind == "HTML entities":
                rows = rows[[html.unescape(t) != t for t in part["text"].gather(rows).to_list()]] if rows.size else rows
            found[kind].append(rows + start)
        found["mojibake"].append(_mojibake(part["text"], np.flatnonzero(masks["odd"].to_numpy())) + start)
    return {kind: np.concatenate([np.empty(0, np.int64), *rows]) for kind, rows in found.items()}


def _mojibake(text: pl.Series, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    if not rows.size:
        return rows
    from ftfy.badness import is_bad  # noqa: PLC0415 - only where there are odd characters

    return rows[np.fromiter((is_bad(t) for t in text.gather(rows).to_list()), np.bool_, rows.size)]


def badness(text: str) -> int:
    """How many sequences in a text only a wrong decoding makes (ftfy)."""
    from ftfy.badness import badness as count  # noqa: PLC0415 - see above

    return int(count(text))


def describe(row: int, text: str, kinds: tuple[str, ...]) -> Damage:
    """Look closely at a damaged text."""
    spot = _first(text, kinds)
    example = text[max(0, spot[0] - 12) : spot[1] + 12] if spot else text[:40]
    lost = "replacement characters" in kinds
    head = text[:_REPAIRED]
    fixed = repair(head)
    repaired = None if lost or fixed == head else fixed
    score = min(1.0, 0.8 + 0.05 * badness(text)) if "mojibake" in kinds else 0.95 if lost else 0.8
    return Damage(row, kinds, example, repaired, score)


def _first(text: str, kinds: tuple[str, ...]) -> tuple[int, int] | None:
    from ftfy.badness import BADNESS_RE  # noqa: PLC0415 - see above

    patterns = [BADNESS_RE if k == "mojibake" else re.compile(_python(PATTERNS[k]), re.DOTALL) for k in kinds]
    spans = [m.span() for m in (p.search(text) for p in patterns) if m]
    return min(spans) if spans else None


def _python(pattern: str) -> str:
    """A Rust pattern in Python's syntax."""
    return re.sub(r"\\x\{([0-9A-F]{4})\}", r"\\u\1", pattern)


def repair(text: str) -> str:
    """A text decoded again, its markup, control characters and escapes taken away."""
    import ftfy  # noqa: PLC0415 - see above

    out = re.sub(r"\x1B\[[0-9;]*[A-Za-z]", "", text)
    out = re.sub(r"\\u([0-9a-fA-F]{4})|_x([0-9A-F]{4})_", lambda m: chr(int(m[1] or m[2], 16)), out)
    # Two escapes may be the halves of one character; a half alone cannot be written anywhere.
    out = out.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    out = out.replace("\\r\\n", "\n").replace("\\n", "\n") if re.search(r"\\r\\n|\\n\\n", out) else out
    plain = re.sub(r"(?is)<(script|style)\b.*?</\1>|<!--.*?(?:-->|$)", " ", out)
    plain = re.sub(r"(?i)<br\s*/?>|</(?:p|div|li|tr|h[1-6])>", "\n", plain)
    plain = html.unescape(re.sub(_python(PATTERNS["HTML tags"]), "", plain))
    if plain != out:
        plain = re.sub(r"[ \t\u00a0]+", " ", plain).strip()
    return re.sub(_python(PATTERNS["control characters"]), "", ftfy.fix_encoding(plain))
