"""Whether confidences mean what they say.

The expected calibration error of a perfectly calibrated model is .14 at n = 20, .09 at n = 50 and .05 at n = 200: it
says nothing without its distribution under calibration. A test of calibration does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BINS = 10


@dataclass(frozen=True, slots=True)
class ZTest:
    """A test of calibration."""

    n: int
    z: float
    """Standard normal if confidences are calibrated; negative: too confident (fewer rows right than said)."""
    p_value: float
    """Two-sided."""
    expected: float
    """Mean confidence."""
    observed: float
    """Share of right rows."""


@dataclass(frozen=True, slots=True)
class Ece:
    """Expected calibration error with what chance alone would show."""

    n: int
    value: float
    null_mean: float
    """Mean of it for a perfectly calibrated model with these confidences."""
    null_high: float
    """Its 95th percentile for such a model: only a value above is evidence of anything."""


def in_the_large(right: NDArray[np.bool_], confidence: Floats, weights: Floats | None = None) -> ZTest | None:
    """Test whether as many rows are right as the confidences say (Cox's calibration in the large); None for n = 0."""
    return _test(right, confidence, np.ones_like(confidence), weights)


def spiegelhalter(right: NDArray[np.bool_], confidence: Floats, weights: Floats | None = None) -> ZTest | None:
    """Spiegelhalter's test of calibration (Statistics in Medicine 5, 1986); None for n = 0.

    z = sum((y - p)(1 - 2p)) / sqrt(sum((1 - 2p)^2 p (1 - p))). It sees confidences that are too extreme or too timid
    where their mean is right; rows with p = 1/2 do not count.
    """
    return _test(right, confidence, 2 * confidence - 1, weights)


def _test(right: NDArray[np.bool_], confidence: Floats, by: Floats, weights: Floats | None) -> ZTest | None:
    from scipy.special import ndtr  # noqa: PLC0415 - heavy

    if not right.size:
        return None
    p, y = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    w = np.ones_like(p) if weights is None else weights
    off = float((w * by * (y - p)).sum())
    # Copies in a cluster hang together: w is 1/size, so that a cluster of k rows has the variance of one.
    spread = float(np.sqrt((w * by**2 * p * (1 - p)).sum()))
    z = off / spread if spread > 0 else 0.0 if abs(off) < 1e-12 else float(np.copysign(np.inf, off))  # noqa: PLR2004
    n = round(float(w.sum()))
    mean = float((w * p).sum() / w.sum()), float((w * y).sum() / w.sum())
    return ZTest(n, z, float(2 * ndtr(-abs(z))), *mean)


def ece(
    right: NDArray[np.bool_], confidence: Floats, *, bins: int = BINS, draws: int = 500, seed: int = 0
) -> Ece | None:
    """Expected calibration error over equal-width bins, with its null distribution by seeded simulation.

    Args:
        right: (n,) whether each row is right.
        confidence: (n,) probability given to the prediction.
        bins: equal widths between 0 and 1.
        draws: simulated outcomes of a perfectly calibrated model.
        seed: of the simulation; same seed, same numbers.
    """
    n = right.size
    if not n:
        return None
    p = np.asarray(confidence, np.float64)
    place = np.minimum((p * bins).astype(np.int64), bins - 1)
    said = np.bincount(place, p, bins)
    value = float(np.abs(said - np.bincount(place, right, bins)).sum() / n)
    rng = np.random.default_rng(seed)
    null = np.empty(draws)
    for draw in range(draws):
        null[draw] = np.abs(said - np.bincount(place, rng.random(n) < p, bins)).sum() / n
    return Ece(n, value, float(null.mean()), float(np.quantile(null, 0.95)))
