"""Emoticons as the emoji they draw, so that ``:)`` and ``:(`` survive folding and are two different words.

The replacement has as many characters as the emoticon (the emoji, then zero-width spaces, which folding drops):
places in a text stay what they are.
"""

from __future__ import annotations

import re

from assay.audit.kernels import inlined

_HAPPY, _LAUGH, _WINK, _TONGUE, _SAD, _CRY, _WRY, _FLAT, _OH = "🙂😄😉😛🙁😢😕😐😮"
_HEART, _BROKEN = "❤💔"
_MOUTHS = {")": _HAPPY, "]": _HAPPY, "D": _LAUGH, "P": _TONGUE, "p": _TONGUE, "(": _SAD, "[": _SAD, "/": _WRY,
           "\\": _WRY, "|": _FLAT, "O": _OH, "o": _OH}  # fmt: skip
EMOTICON = re.compile(
    r"(?P<heart></?3)(?!\d)"
    r"|(?:(?<=[^\W_])|(?<![^\s.,!?)\"']))(?P<eyes>[:;])(?P<tear>'?)-?(?P<mouth>[)(]+)(?=[\s.,!?;:\"']|$|<)"
    r"|(?<!\S)(?P<eyes2>[:;=])(?P<tear2>'?)-?(?P<mouth2>[\]\[DPpOo/\\|]|[)(]+)(?=[\s.,!?;]|$)",
    re.ASCII,
)
"""Mouths of brackets may follow a word at once; other mouths stand alone, or a path and a list would have them."""


def draw(text: str) -> str:
    """The text with each emoticon replaced by an emoji of the same meaning, padded to the same length."""
    return EMOTICON.sub(_drawn, text) if ":" in text or ";" in text or "=" in text or "3" in text else text


def _drawn(match: re.Match[str]) -> str:
    whole, before = match[0], match.string[: match.start()]
    if whole == ":)" and before[-1:].isalnum() and before.count("(") > before.count(")"):
        return whole  # the end of a bracket: "(as follows:)"
    if match["heart"]:
        face = _HEART if whole == "<3" else _BROKEN
    else:
        eyes, mouth = match["eyes"] or match["eyes2"], (match["mouth"] or match["mouth2"])[0]
        face = _WINK if eyes == ";" and mouth in ")D]" else _MOUTHS[mouth]
        if "'" in whole and face == _SAD:
            face = _CRY
    return face + "\u200b" * (len(whole) - 1)


@inlined
def may_hold(data, low, high):
    """Whether bytes low..high may hold an emoticon: eyes or ``<`` before a mouth or ``3``; never misses one."""
    for p in range(low, high - 1):
        b = data[p]
        if b == 58 or b == 59 or b == 61:  # noqa: PLR1714 - numba would build the set each time
            c = data[p + 1]
            if c == 39 and p + 2 < high:
                c = data[p + 2]
                if c == 45 and p + 3 < high:
                    c = data[p + 3]
            elif c == 45 and p + 2 < high:
                c = data[p + 2]
            if (
                c == 41 or c == 40 or c == 93 or c == 91 or c == 68 or c == 80 or c == 112 or c == 79 or c == 111  # noqa: PLR1714
                or c == 47 or c == 92 or c == 124
            ):  # fmt: skip
                return True
        elif b == 60:
            c = data[p + 1]
            if c == 51 or (c == 47 and p + 2 < high and data[p + 2] == 51):
                return True
    return False
