"""Bounds of a number: the tails of its distribution, in coarse steps for the search and fine ones to sharpen a find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

COARSE = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3)
"""Shares of the rows that are the smallest, or the largest."""
FINE = tuple(round(0.0025 * k, 4) for k in range(2, 20)) + tuple(round(0.01 * k, 2) for k in range(5, 36))


def bounds(values: NDArray[np.generic]) -> Iterator[tuple[int | float, bool, bool]]:
    """Bounds of both tails: value, whether it is an upper one (of the low tail), whether it is a fine step."""
    if not values.size:
        return
    numbers = np.sort(values)
    for low in (True, False):
        seen: set[int | float] = set()
        for shares, fine in ((COARSE, False), (FINE, True)):
            for share in shares:
                at = share * (numbers.size - 1)
                bound = numbers[int(at) if low else int(np.ceil(numbers.size - 1 - at))].item()
                if bound not in seen:
                    seen.add(bound)
                    yield bound, low, fine
