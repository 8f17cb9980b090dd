"""Where suspicion gathers: in row order (a mislabelled batch) or under one value of a column (an annotator, a source).

Suspicion is compared with the mean of the label's class, so that a file sorted by class shows no pattern just because
some classes are harder than others. Where it clusters beyond doubt, the odds of each row are multiplied by how much
more suspicion there is around it than its class explains, the row itself left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]

BEYOND_DOUBT = 6.0
"""Standard deviations: about one in a billion by chance, which leaves room for any number of columns tried."""
_HALF = 10  # rows before and after a row that are around it
_LAGS = 5
_PRIOR = 4.0  # rows' worth of belief that a row's surroundings are like the rest
_HIGHEST = 0.98  # local share of wrong labels taken for possible
_LEAST = 1e-4
_DIGITS = 6  # of standard deviations that are compared


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """Along what suspicion gathers, and what that adds to each row's odds."""

    along: str
    """``row order`` or the name of a column."""
    z: float
    """Standard deviations from no pattern."""
    shift: Doubles
    """(rows,) to add to the logarithm of the odds that the label is wrong."""


def find_pattern(
    chance: Doubles,
    codes: NDArray[np.intp],
    runs: Sequence[tuple[int, int]],
    columns: Mapping[str, NDArray[np.intp]],
) -> Pattern | None:
    """The clearest pattern, or None if there is none beyond doubt.

    Args:
        chance: (rows,) probability that each label is wrong.
        codes: (rows,) labels.
        runs: stretches of rows in the order of their source, as first row and the one after the last.
        columns: name -> (rows,) codes of its values from 0 on; -1 for none.
    """
    if chance.size < 2 * _HALF:
        return None
    expected = _by_class(chance, codes)
    rest = chance - expected
    found: list[tuple[str, float, NDArray[np.intp] | None]] = [("row order", _order_z(rest, runs), None)]
    found += [(name, _column_z(rest, values), values) for name, values in sorted(columns.items())]
    along, z, values = max(found, key=lambda f: round(f[1], _DIGITS))
    z = round(z, _DIGITS)
    if z <= BEYOND_DOUBT:
        return None
    if values is None:
        shift = np.concatenate([_around(chance[a:b], expected[a:b]) for a, b in runs])
    else:
        shift = _within(chance, expected, values)
    return Pattern(along, z, shift)


def _by_class(chance: Doubles, codes: NDArray[np.intp]) -> Doubles:
    """Mean of each row's class, shrunk to the mean of all."""
    size = np.bincount(codes)
    mean = (np.bincount(codes, chance) + 5 * chance.mean()) / (size + 5)
    found: Doubles = np.clip(mean, _LEAST, _HIGHEST)[codes]
    return found


def _order_z(rest: Doubles, runs: Sequence[tuple[int, int]]) -> float:
    """Mean autocorrelation at lags 1 to 5 in standard errors (variance 1/n each under no pattern)."""
    centred = rest - rest.mean()
    total = float(centred @ centred)
    if total == 0:
        return 0.0
    sums, pairs = 0.0, 0
    for start, stop in runs:
        run = centred[start:stop]
        for lag in range(1, min(_LAGS, run.size - 1) + 1):
            sums += float(run[:-lag] @ run[lag:])
            pairs += run.size - lag
    return float(sums / total * rest.size / max(pairs, 1) ** 0.5)


def _column_z(rest: Doubles, values: NDArray[np.intp]) -> float:
    """Spread of sums by value against no pattern: a chi-square by the normal approximation.

    Values that one or two rows have are left out: their squares are far from normal.
    """
    known = values >= 0
    size = np.bincount(values[known])
    use = size > 2  # noqa: PLR2004 - see above
    variance = float(rest[known].var())
    if use.sum() < 2 or variance == 0:  # noqa: PLR2004 - a pattern takes two values
        return 0.0
    sums = np.bincount(values[known], rest[known] - rest[known].mean())[use]
    chi = float((sums**2 / size[use]).sum() / variance)
    free = int(use.sum()) - 1
    # Wilson and Hilferty 1931: a normal variate even for few values.
    spread = 2 / (9 * free)
    return float(((chi / free) ** (1 / 3) - (1 - spread)) / spread**0.5)


def _around(chance: Doubles, expected: Doubles) -> Doubles:
    """Shift of each row of a stretch by the rows around it."""
    rows = np.arange(chance.size)
    low, high = np.maximum(rows - _HALF, 0), np.minimum(rows + _HALF + 1, chance.size)
    found, wanted = (np.concatenate([[0.0], np.cumsum(x)]) for x in (chance, expected))
    return _shift(found[high] - found[low] - chance, wanted[high] - wanted[low] - expected, expected)


def _within(chance: Doubles, expected: Doubles, values: NDArray[np.intp]) -> Doubles:
    """Shift of each row by the other rows with its value; none where it has no value."""
    out = np.zeros(chance.size)
    known = np.flatnonzero(values >= 0)
    own = values[known]
    found = np.bincount(own, chance[known])[own] - chance[known]
    wanted = np.bincount(own, expected[known])[own] - expected[known]
    out[known] = _shift(found, wanted, expected[known])
    return out


def _shift(found: Doubles, wanted: Doubles, expected: Doubles) -> Doubles:
    """Logarithm of how the odds change when ``wanted`` suspicion was expected around a row and ``found`` was there."""
    prior = _PRIOR * float(expected.mean())
    local = np.clip((found + prior) / (wanted + prior) * expected, _LEAST, _HIGHEST)
    change: Doubles = np.log(local / (1 - local)) - np.log(expected / (1 - expected))
    return change
