"""Pieces of messages: values from the data, safe to print and short; counts with their noun."""

from __future__ import annotations


def quoted(value: str, limit: int = 80) -> str:
    """A value as a message shows it: in quotes, control characters and lone surrogates escaped, cut at ``limit``."""
    return repr(value if len(value) <= limit else value[: limit - 1] + "…")


def counted(number: int, noun: str) -> str:
    """``1 row``, ``3 rows``, ``2 classes``."""
    plural = noun + ("es" if noun.endswith("s") else "s")
    return f"{number:,} {noun if number == 1 else plural}"


def percent(share: float) -> str:
    """A share of 0..1 in per cent, never 0 or 100 unless it is exactly that."""
    if 0 < share < 0.001:  # noqa: PLR2004 - the last digit shown
        return "under 0.1 %"
    if 0.999 < share < 1:  # noqa: PLR2004
        return "over 99.9 %"
    return f"{100 * share:.3g} %"
