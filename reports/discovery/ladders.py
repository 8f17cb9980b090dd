"""Bounds of a number: the tails of its distribution, in coarse steps for the search and fine ones to sharpen a find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

COARSE = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3)
"""Shares of the rows that are the smallest, or the largest."""
FINE = tuple(round(0.0025 * k, 4) for k in range(2, 20)) + tuple(round(0.01 * k, 2) for k in range(5, 36))


def bounds(values: NDArray[np.generic]) -> Iterator[tuple[float, bool, bool]]:
    """Bounds of both tails: a number, whether it is an upper one (of the low tail), whether it is a fine step."""
    if not values.size:
        return
    numbers = np.sort(values)
    for low in (True, False):
        seen: set[float] = set()
        for shares, fine in ((COARSE, False), (FINE, True)):
            for share in shares:
                at = share * (numbers.size - 1)
                bound = numbers[int(at) if low else int(np.ceil(numbers.size - 1 - at))].item()
                if bound not in seen:
                    seen.add(bound)
                    yield _short(bound, numbers, low=low), low, fine


def _short(bound: float, numbers: NDArray[np.generic], *, low: bool) -> float:
    """The number of fewest digits that parts the values as the bound does."""
    if isinstance(bound, int):
        return bound
    side: Literal["left", "right"] = "right" if low else "left"
    wanted = np.searchsorted(numbers, bound, side)
    tries = (float(f"{bound:.{digits}g}") for digits in range(1, 17))
    return next((each for each in tries if np.searchsorted(numbers, each, side) == wanted), bound)
