"""Many claims at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.audit.slicing import power

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

SPENT_BY_FIRST = 6 / np.pi**2
"""The sum of 1/j^2 over all attempts j is pi^2/6: shares of 6/(pi^2 j^2) add up to 1, however many attempts come."""


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjusted p-values (Holm, Scandinavian Journal of Statistics 6, 1979).

    Claiming everything at or under a level is wrong about any claim with at most that probability, however the claims
    hang together.
    """
    return np.array(power.holm(np.asarray(p_values, np.float64).tolist()), np.float64)


def spent(alpha: float, attempt: int) -> float:
    """What the j-th attempt on one test set may spend of the error alpha: alpha * 6 / (pi^2 * j^2).

    All attempts together promote a model that is not good enough with probability alpha at most.

    Raises:
        ValueError: attempts count from 1.
    """
    if attempt < 1:
        raise ValueError(f"attempts count from 1, not {attempt}")
    return float(alpha * SPENT_BY_FIRST / attempt**2)
