"""Texts damaged on their way: mojibake, lost characters, control characters, remains of markup, mails half quoted.

Mojibake is what ftfy (Speer 2019) counts as badness: sequences that only a wrong decoding makes. ftfy also repairs.
"""

from __future__ import annotations

import html
import quopri
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

import numpy as np
import polars as pl

from assay.audit.realism import quoted_mail
from assay.audit.realism.remains import REMAINS, is_program, without_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_TAGS = (
    "a|abbr|article|b|big|blockquote|body|br|button|center|code|col|dd|div|dl|dt|em|font|footer|form|h[1-6]|head|"
    "header|hr|html|i|iframe|img|input|label|li|link|main|meta|nav|ol|option|p|pre|s|script|section|select|small|span|"
    "strike|strong|style|sub|sup|svg|table|tbody|td|textarea|th|thead|title|tr|tt|u|ul|video"
)
PATTERNS: dict[str, str] = {
    "replacement characters": r"\x{FFFD}",
    "byte-order marks": r"\x{FEFF}",
    "control characters": (
        r"[\x00-\x08\x0B\x0E-\x1F\x7F\x{0080}-\x{009F}\x{FFFE}\x{FFFF}\x{E000}-\x{F8FF}]|\S\x0C|\x0C\S"
    ),
    "HTML tags": (
        rf"(?i)</?(?:{_TAGS})(?:\s+[a-z][\w:-]*\s?=[^<>]{{0,500}})?\s?/?>|<!--|<!DOCTYPE"
        r"|<(?:input|button|option|script|video|select)\s[^<>=]{0,80}>"
    ),
    "HTML entities": r"&(?:[a-zA-Z]{2,8}|#[0-9]{2,6}|#[xX][0-9a-fA-F]{2,5});",
}
"""Kind -> regular expression in Rust's syntax."""
QUOTED_MAIL = "quoted mail"
KINDS = (*PATTERNS, *REMAINS, QUOTED_MAIL, "mojibake")
"""All kinds, in the order in which they are reported."""
MARKUP = ("HTML tags", "HTML entities", *REMAINS, QUOTED_MAIL)
"""Kinds that may be how a set is written: code, web pages, templates, a mailbox, an export."""
_IN_CODE = ("HTML tags", "HTML entities")
"""Kinds that mean nothing in quoted code."""
_PLAINLY_HTML = re.compile(
    rf"(?i)(?<![\"'`])(?:</(?:{_TAGS})>|<(?:br|hr|p|li|div|tr|td)\s?/?>|<(?:{_TAGS})\s+[a-z][\w:-]*\s?=|<!--|<!DOCTYPE|<script\b)"
)
"""What a text that only names a tag has not."""
_MAILS, _MAILS_LEAST = 0.01, 3
"""Share of rows with an attribution, and rows at least, from which a set holds mails."""
_ODD = (
    r"[\x{0080}-\x{058F}\x{2010}-\x{2044}\x{20A0}-\x{20BF}\x{2100}-\x{23FF}\x{2500}-\x{25FF}\x{FB00}-\x{FB06}\x{F8FF}]"
)
"""Characters that bytes of UTF-8 read as another encoding turn into: without any there is no mojibake."""
_PAIR = r"[^\x00-\x7F]{2}|[\x{0152}\x{0153}]|[^\x00-\x7F]\w\x{00B0}"
"""What every wrong decoding makes: a byte beyond ASCII never stands alone in UTF-8. A single quote or accent does."""
_CHUNK = 1 << 16
_LOOKED_AT = 20_000
"""Characters of a text that are looked at for remains and quotations."""
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
    """Rows by kind of damage; kinds in order of ``KINDS``."""
    found: dict[str, list[NDArray[np.int64]]] = {kind: [] for kind in KINDS}
    mails: list[NDArray[np.int64]] = []
    for start in range(0, len(text), _CHUNK):
        part = pl.DataFrame({"text": text[start : start + _CHUNK]})
        quick = {
            **PATTERNS,
            **{kind: remains.quick for kind, remains in REMAINS.items()},
            QUOTED_MAIL: quoted_mail.QUICK,
        }
        masks = part.select(
            *(pl.col("text").str.contains(pattern).alias(kind) for kind, pattern in quick.items()),
            odd=pl.col("text").str.contains(_ODD) & pl.col("text").str.contains(_PAIR),
        )
        for kind in (*PATTERNS, *REMAINS):
            rows = np.flatnonzero(masks[kind].to_numpy())
            found[kind].append(rows[_really(kind, part["text"], rows)] + start)
        mails.append(np.flatnonzero(masks[QUOTED_MAIL].to_numpy()) + start)
        found["mojibake"].append(_mojibake(part["text"], np.flatnonzero(masks["odd"].to_numpy())) + start)
    found[QUOTED_MAIL].append(_quoted(text, np.concatenate([np.empty(0, np.int64), *mails])))
    return {kind: np.concatenate([np.empty(0, np.int64), *rows]) for kind, rows in found.items()}


def _really(kind: str, text: pl.Series, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which rows with a quick match have the kind of damage, seen closely."""
    if kind not in REMAINS and kind not in _IN_CODE:
        return np.ones(rows.size, np.bool_)
    return np.fromiter((_spot(kind, t) is not None for t in text.gather(rows).to_list()), np.bool_, rows.size)


def _spot(kind: str, text: str) -> tuple[int, int] | None:
    """Where the first damage of a kind is in a text."""
    if kind in REMAINS:
        return REMAINS[kind].find(text[:_LOOKED_AT])
    if kind == QUOTED_MAIL:
        start = quoted_mail.look(text).start
        return start, start + 40
    from ftfy.badness import BADNESS_RE  # noqa: PLC0415 - only for damaged texts

    pattern = BADNESS_RE if kind == "mojibake" else re.compile(_python(PATTERNS[kind]), re.DOTALL)
    if kind in _IN_CODE:
        text = without_code(text[:_LOOKED_AT])
        if is_program(text) or (kind == "HTML entities" and html.unescape(text) == text):
            return None
        if kind == "HTML tags" and _PLAINLY_HTML.search(text) is None:
            return None
    match = pattern.search(text)
    return match.span() if match else None


def _quoted(text: pl.Series, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows that are mostly quoted mail."""
    if not rows.size:
        return rows
    found = [quoted_mail.look(t) for t in text.gather(rows).to_list()]
    mails = sum(f.attributed for f in found) >= max(_MAILS_LEAST, _MAILS * len(text))
    mostly = (f.share >= quoted_mail.HALF and (f.attributed or mails) for f in found)
    return rows[np.fromiter(mostly, np.bool_, rows.size)]


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
    spot = min((span for span in (_spot(kind, text) for kind in kinds) if span), default=None)
    example = text[max(0, spot[0] - 12) : spot[1] + 12] if spot else text[:40]
    lost = "replacement characters" in kinds or "unfilled template slots" in kinds
    head = text[:_REPAIRED]
    fixed = quoted_mail.look(head).own if kinds == (QUOTED_MAIL,) else repair(head)
    repaired = None if lost or fixed in {head, ""} else fixed
    score = min(1.0, 0.8 + 0.05 * badness(text)) if "mojibake" in kinds else 0.95 if lost else 0.8
    return Damage(row, kinds, example, repaired, score)


def _python(pattern: str) -> str:
    """A Rust pattern in Python's syntax."""
    return re.sub(r"\\x\{([0-9A-F]{4})\}", r"\\u\1", pattern)


def repair(text: str) -> str:
    """A text decoded again, its markup, control characters, codes and escapes taken away."""
    import ftfy  # noqa: PLC0415 - see above

    out = re.sub(r"\x1B\[[0-9;]*[A-Za-z]", "", text)
    for kind, undo in _UNDO:
        out = undo(out) if REMAINS[kind].find(out) else out
    plain = re.sub(r"(?is)<(script|style)\b.*?</\1>|<!--.*?(?:-->|$)", " ", out)
    plain = re.sub(r"(?i)<br\s*/?>|</(?:p|div|li|tr|h[1-6])>", "\n", plain)
    plain = html.unescape(re.sub(_python(PATTERNS["HTML tags"]), "", plain))
    if plain != out:
        plain = re.sub(r"[ \t\u00a0]+", " ", plain).strip()
    return re.sub(_python(rf"\x{{FEFF}}|\x0C|{PATTERNS['control characters']}"), "", ftfy.fix_encoding(plain))


def _undo_escapes(text: str) -> str:
    out = re.sub(r"\\u([0-9a-fA-F]{4})|_x([0-9A-F]{4})_", lambda m: chr(int(m[1] or m[2], 16)), text)
    # Two escapes may be the halves of one character; a half alone cannot be written anywhere.
    out = out.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    out = out.replace("\\r\\n", "\n").replace("\\n", "\n").replace("\\t", "\t")
    return out.replace('\\"', '"').replace("\\'", "'")


def _undo_entities(text: str) -> str:
    out = re.sub(r"(?<!&)#(\d{2,4}|x[0-9a-fA-F]{2,4});", r"&#\1;", text)
    out = html.unescape(re.sub(r"(?<![&\w])(quot|amp|nbsp|apos|lt|gt|[lr][sd]quo|[nm]dash|hellip);", r"&\1;", out))
    return re.sub(r"</?[a-z]{1,10}>", "", out)


def _undo_bbcode(text: str) -> str:
    return re.sub(r"\[/?[A-Za-z]{1,10}(?:=[^\]\n]{0,200})?\]", "", text)


def _undo_quoted_printable(text: str) -> str:
    return quopri.decodestring(text.encode()).decode("utf-8", "replace")


_UNDO: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("quoted-printable codes", _undo_quoted_printable),
    ("URL-encoded characters", unquote),
    ("escape sequences", _undo_escapes),
    ("stripped HTML entities", _undo_entities),
    ("BBCode", _undo_bbcode),
)
"""Kind -> what takes its remains away."""
