"""How far out a value is: the tail of a sample carried on beyond it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TAIL = 0.05
"""Share of the values that makes the tail."""


def tail_probability(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance that a value of the same kind lies as far out, (n,) for ``values`` (n,).

    Peaks over a threshold (Pickands 1975) with an exponential tail above the 95th percentile, whose scale is taken
    from the median excess, so that the few values in question do not set it. Below, the empirical share.
    """
    if not values.size:
        return np.empty(0)
    order = np.argsort(-values, kind="stable")
    share = np.empty(values.size)
    share[order] = (np.arange(values.size) + 1) / values.size
    cut = float(np.quantile(values, 1 - TAIL))
    over = values > cut
    excess = values[over] - cut
    scale = float(np.median(excess)) / math.log(2) if excess.size else 0.0
    if scale > 0:
        share[over] = TAIL * np.exp(-excess / scale)
    return share
