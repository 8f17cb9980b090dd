"""Strings out of users' data, made safe to show: nothing acts, nothing hides, nothing is too long."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

Span = tuple[int, int]
Piece = tuple[str, bool]
"""Text and whether it is marked as differing."""

_SIGNS = {"\n": "⏎", "\t": "→", "\r": "␍", "\x7f": "␡"}
_JOINERS = {"\u200c", "\u200d"}
"""Emoji sequences, Persian and Indic scripts need them."""
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@lru_cache(maxsize=4096)
def _shown(char: str) -> str:
    if char.isascii() and char.isprintable():
        return char
    if char in _SIGNS:
        return _SIGNS[char]
    if char < " ":
        return chr(0x2400 + ord(char))
    if unicodedata.category(char) in _HIDDEN and char not in _JOINERS:
        return f"⟨{ord(char):04X}⟩"
    return char


def visible(text: str, cap: int | None = None) -> str:
    """Show control, bidi, format and surrogate characters as signs; a text over ``cap`` is cut and says so."""
    cut = text if cap is None or len(text) <= cap else text[:cap]
    shown = cut if cut.isascii() and cut.isprintable() else "".join(map(_shown, cut))
    return shown + (f"… (+{len(text) - len(cut):,} characters)" if len(cut) < len(text) else "")


def tidy_spans(raw: Any, length: int) -> list[Span]:
    """Usable spans, in order and merged, out of whatever a finding's evidence holds."""
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        return []
    spans: list[Span] = []
    for one in raw:
        if not (isinstance(one, Sequence) and len(one) == 2 and all(type(n) is int for n in one)):  # noqa: PLR2004
            continue
        start, stop = max(0, one[0]), min(length, one[1])
        if start < stop:
            spans.append((start, stop))
    merged: list[Span] = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def pieces(text: str, spans: Iterable[Span], cap: int) -> list[Piece]:
    """A text of at most about ``cap`` characters around its first mark, as plain and marked pieces."""
    marks = list(spans)
    first = marks[0][0] if marks else 0
    start = 0 if len(text) <= cap or first < cap * 2 // 3 else min(first - cap // 3, len(text) - cap)
    stop = min(len(text), start + cap)
    out: list[Piece] = [(f"(+{start:,}) …", False)] if start else []
    at = start
    for left, right in marks:
        if right <= start or left >= stop:
            continue
        left, right = max(left, start), min(right, stop)  # noqa: PLW2901 - clipped to the window
        out += [(visible(text[at:left]), False), (visible(text[left:right]), True)]
        at = right
    out.append((visible(text[at:stop]), False))
    if stop < len(text):
        out.append((f"… (+{len(text) - stop:,} characters)", False))
    return [p for p in out if p[0]]


def plural(count: int, noun: str) -> str:
    """``1 row``, ``2,000 rows``; nouns in -y become -ies, and those in -x take -es."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}es" if noun.endswith("x") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else many}"


def percent(share: float) -> str:
    """``12.3%``; a share above nothing never reads as nothing."""
    return "<0.1%" if 0 < share < 0.001 else f"{share:.1%}"  # noqa: PLR2004 - as printed
