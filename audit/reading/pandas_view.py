"""What ``pandas.read_csv`` makes of a column of text, told without pandas.

``datasets.load_dataset("csv", ...)`` reads by pandas and so changes the same values. Tried against pandas 3.1: words of
absence become null; a column whose other values all are numbers becomes numbers (a whole one with an absence, or past
64 bits, becomes floating point or stays text), and one of ``true`` and ``false`` becomes booleans.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

ABSENT = (
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL",
    "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip
"""Texts that pandas reads as no value, beside the empty one."""
_WHOLE = r"^\s*[+-]?\d+\s*$"
_NUMBER = r"^\s*[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|(?i:inf|infinity))\s*$"
_BOOLEAN = r"^(?i:true|false)$"
_SIGNED, _UNSIGNED = 2**63 - 1, 2**64 - 1
_EXACT = 2**53
"""Whole numbers up to here are exact in floating point."""


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """Values of a column that change in one way."""

    kind: str
    """absent, number or boolean."""
    rows: pl.Series
    """Row numbers."""
    become: pl.Series
    """What each of them becomes, as text; null for no value."""


def changed(column: pl.Series) -> tuple[Changed, ...]:
    """What would be read otherwise than it is written, by kind.

    Args:
        column: strings as a CSV file holds them; null or empty for no value.
    """
    out = []
    gone = column.is_in(ABSENT).fill_null(value=False)
    known = (column.is_not_null() & (column != "")).fill_null(value=False) & ~gone
    rows, whole = known.arg_true(), bool(known.all())
    values = column.gather(rows)
    if _kept_as_text(values, whole=whole):
        return ()
    if gone.any():
        absent = gone.arg_true()
        out.append(Changed("absent", absent, pl.Series([None], dtype=pl.String).new_from_index(0, len(absent))))
    kind, become = _as_pandas(values, whole=whole) if len(rows) else ("", None)
    if become is not None:
        other = (become != values).fill_null(value=True).arg_true()
        if len(other):
            out.append(Changed(kind, rows.gather(other), become.gather(other)))
    return tuple(out)


def _kept_as_text(values: pl.Series, *, whole: bool) -> bool:
    """Whether pandas leaves a column of numbers as it is written, words of absence too.

    It does where a whole number past 63 bits stands beside a negative one, or, with only whole ones, an absence.
    """
    if not len(values) or not values.str.contains(_NUMBER).all():
        return False
    integers = values.filter(values.str.contains(_WHOLE)).str.strip_chars()
    large = any(_SIGNED < int(v) <= _UNSIGNED for v in integers.unique().to_list())
    negative = bool(values.str.strip_chars().str.starts_with("-").any())
    return large and (negative or (not whole and len(integers) == len(values)))


def _as_pandas(values: pl.Series, *, whole: bool) -> tuple[str, pl.Series | None]:
    """Values as pandas would print them where it changes the column's type; else None."""
    if values.str.contains(_BOOLEAN).all():
        return "boolean", values.str.to_lowercase().replace({"true": "True", "false": "False"})
    if values.str.contains(_WHOLE).all():
        return "number", _whole_numbers(values.str.strip_chars(), whole=whole)
    if values.str.contains(_NUMBER).all():
        return "number", _floats(values.str.strip_chars())
    return "", None


def _whole_numbers(values: pl.Series, *, whole: bool) -> pl.Series | None:
    """Whole numbers as text, or as floating point beside an absence; None where pandas keeps what is written.

    7 becomes 7.0 beside an absence, which means the same and is not told; digits that floating point loses are.
    """
    numbers = {v: int(v) for v in values.unique().to_list()}
    if not whole and (min(numbers.values()) < -_SIGNED - 1 or max(numbers.values()) > _UNSIGNED):
        return None
    exact = {v: str(n) if whole or abs(n) <= _EXACT else f"{float(n):.0f}" for v, n in numbers.items()}
    return values.replace_strict(exact, return_dtype=pl.String)


def _floats(values: pl.Series) -> pl.Series:
    """Floating-point numbers as text; one that only is spelt otherwise (1.50, 1e5) as it is written.

    What is lost is told: leading zeros and plus signs, and digits past what 64 bits hold.
    """
    known = {}
    for value in values.unique().to_list():
        number = float(value)
        digits = value.lower().partition("e")[0].replace(".", "").lstrip("+-").lstrip("0")
        plain = value.lstrip("-")
        odd = value.startswith("+") or (plain[0] == "0" and plain[1:2].isdigit())
        known[value] = repr(number) if odd or len(digits) > np.finfo(np.float64).precision + 2 else value
    return values.replace_strict(known, return_dtype=pl.String)
