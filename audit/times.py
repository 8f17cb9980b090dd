"""Times as people write them, on one scale: microseconds since 1970 in UTC.

A time without a zone is read as UTC; a date is its midnight. Read are dates and datetimes of a typed
column, ISO 8601 and its near relations, day-month-year in digits or with English month names, RFC 2822,
and epoch numbers in seconds to nanoseconds (also as text), years and ``YYYYMMDD``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from assay.audit.errors import MissingInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

DateOrder = Literal["auto", "day-first", "month-first"]

_DAY_FIRST = ("%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y", "%d-%m-%y")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%m-%d-%y")
_PLAIN = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y", "%d.%m.%y", "%Y-%m")
_NAMED = ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y")
_CLOCKS = (
    "",
    "T%H:%M:%S",
    " %H:%M:%S",
    "T%H:%M",
    " %H:%M",
    "T%H:%M:%S%.f",
    " %H:%M:%S%.f",
    " %I:%M %p",
    " %I:%M:%S %p",
)
_COMPACT = ("%Y%m%dT%H%M%S", "%Y%m%dT%H%M%S%#z", "%b %d %H:%M:%S %z %Y", "%b %d %H:%M:%S %Y")
_SAMPLE = 200
_FIRST, _LAST = np.datetime64("1900-01-01", "us").astype(np.int64), np.datetime64("2200-01-01", "us").astype(np.int64)
_DAY = 86_400_000_000
_DIGITS = r"^[0-9]{1,2}[/-]([0-9]{1,2})[/-](?:[0-9]{4}|[0-9]{2})(?:[^0-9]|$)"


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """Times of all rows; where ``known`` is false there is none that could be read."""

    micros: NDArray[np.int64]
    known: NDArray[np.bool_]

    def show(self, micros: int) -> str:
        """A time in ISO 8601; without the clock if it is midnight."""
        moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(micros))
        return moment.strftime("%Y-%m-%d" if micros % _DAY == 0 else "%Y-%m-%dT%H:%M:%SZ")


def read_times(column: pl.Series, order: DateOrder = "auto") -> Times:
    """Read a column of times.

    Args:
        column: dates, datetimes, numbers or strings; values that cannot be read become unknown.
        order: what comes first in dates such as 03/04/2024; ``auto`` looks for a number over 12.

    Raises:
        MissingInputError: nothing in the data says whether day or month comes first.
    """
    dtype = column.dtype
    if isinstance(dtype, (pl.Date, pl.Datetime)):
        return _times(_as_utc(column))
    if dtype.is_numeric():
        return _times(_numbers(column))
    if dtype in {pl.String, pl.Categorical, pl.Enum}:
        return _times(_texts(column.cast(pl.String), order))
    return _times(pl.Series([None] * len(column), dtype=pl.Int64))


def _times(micros: pl.Series) -> Times:
    inside = micros.is_between(int(_FIRST), int(_LAST), closed="left").fill_null(value=False)
    return Times(micros.fill_null(0).to_numpy(), inside.to_numpy())


def _as_utc(column: pl.Series) -> pl.Series:
    """Microseconds; datetimes with a zone are stored in UTC already."""
    kind = column.dtype
    zone = getattr(kind, "time_zone", None)
    return column.cast(pl.Datetime("us", zone)).cast(pl.Int64)


def _numbers(column: pl.Series) -> pl.Series:
    """Years, YYYYMMDD, or epoch numbers whose unit the median tells."""
    values = column.cast(pl.Float64, strict=False)
    values = values.set(~values.is_finite().fill_null(value=False), None)
    middle = values.median()
    if not isinstance(middle, float):
        return pl.Series([None] * len(column), dtype=pl.Int64)
    whole = bool((values.drop_nulls() % 1 == 0).all())
    if whole and 1900 <= middle < 2200:  # noqa: PLR2004 - years
        return _parsed(values.cast(pl.Int64).cast(pl.String) + "0101", "%Y%m%d")
    if whole and 19_000_101 <= middle < 22_000_101:  # noqa: PLR2004 - YYYYMMDD
        return _parsed(values.cast(pl.Int64).cast(pl.String), "%Y%m%d")
    scales = ((1e8, 1e6), (1e11, 1e3), (1e14, 1.0), (1e17, 1e-3))
    scale = next((factor for least, factor in reversed(scales) if middle >= least), None)
    if scale is None:
        return pl.Series([None] * len(column), dtype=pl.Int64)
    return (values * scale).clip(-9e18, 9e18).cast(pl.Int64)


def _texts(column: pl.Series, order: DateOrder) -> pl.Series:
    numbers = column.cast(pl.Float64, strict=False)
    if 2 * numbers.count() > column.count():
        return _numbers(numbers)
    text = _simplified(column)
    micros = pl.Series([None] * len(text), dtype=pl.Int64)
    left = np.flatnonzero((text.is_not_null() & (text != "")).to_numpy())
    order = _order(text) if order == "auto" else order
    while len(left):
        rest = text.gather(left)
        sample = rest.gather(np.linspace(0, len(rest) - 1, min(_SAMPLE, len(rest))).astype(np.int64))
        found = _parsed(rest, _best_format(sample, order))
        done = found.is_not_null().to_numpy()
        if not done.any():
            break
        micros = micros.scatter(left[done], found.filter(pl.Series(done)))
        left = left[~done]
    return micros


def _simplified(column: pl.Series) -> pl.Series:
    """Without spaces at the ends, week days and the zone UTC; a step only where a sample needs it."""
    text = column.str.strip_chars()
    steps = (
        (r"(?i)^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", ""),
        (r"(:\d\d),(\d+)", "${1}.${2}"),
        (r"^(\d{4}-\d\d-\d\d)t(\d)", "${1}T${2}"),
        (r"(:\d\d(?:\.\d+)?)\s*(?:UTC|GMT|[Zz]|[+-]00:?00)$", "${1}"),
    )
    sample = text.drop_nulls().gather_every(max(1, len(text) // 1000))
    for pattern, into in steps:
        if sample.str.contains(pattern).any():
            text = text.str.replace(pattern, into)
    return text


def _order(text: pl.Series) -> DateOrder:
    """Whether 03/04/2024 is in April or in March: decided by numbers over 12."""
    slashed = text.filter(text.str.contains(_DIGITS).fill_null(value=False))
    if slashed.is_empty():
        return "day-first"
    first = slashed.str.extract(r"^([0-9]{1,2})").cast(pl.Int64)
    second = slashed.str.extract(_DIGITS).cast(pl.Int64)
    days_first, months_first = int((first > 12).sum()), int((second > 12).sum())  # noqa: PLR2004 - months of a year
    if not days_first and not months_first:
        example = slashed[0]
        raise MissingInputError(
            f"times such as {example!r} may have the day or the month first; "
            f"set date_order = 'day-first' or 'month-first' for this rule, or write dates as YYYY-MM-DD"
        )
    return "day-first" if days_first >= months_first else "month-first"


def _best_format(sample: pl.Series, order: DateOrder) -> str:
    """The format that reads most of a sample; the first that reads all of it."""
    best, most = "", -1
    for form in _formats(sample, order):
        count = _parsed(sample, form).count()
        if count > most:
            best, most = form, count
        if most == len(sample):
            break
    return best


def _formats(sample: pl.Series, order: DateOrder) -> list[str]:
    """Formats worth trying on a sample: those whose date part could fit."""
    dates: tuple[str, ...] = (*_PLAIN, *(_DAY_FIRST if order == "day-first" else _MONTH_FIRST))
    if sample.str.contains("[A-Za-z]{3}").any():
        dates = (*_NAMED, *dates)
    zones = ("", "%#z", " %z") if sample.str.contains(r"(?:[Zz]|[+-]\d\d:?\d{0,2})(?: \d{4})?$").any() else ("",)
    return [*(d + c + z for z, d, c in product(zones, dates, _CLOCKS) if c or not z), *_COMPACT]


def _parsed(text: pl.Series, form: str) -> pl.Series:
    """Microseconds in UTC, null where the text has another form or is no real date."""
    try:
        found = text.str.to_datetime(form, strict=False, time_unit="us", exact=True).cast(pl.Int64)
    except pl.exceptions.PolarsError:  # a form that needs what the text lacks
        return pl.Series([None] * len(text), dtype=pl.Int64)
    inside = found.is_between(int(_FIRST), int(_LAST), closed="left").fill_null(value=False)
    return found.set(~inside, None)
