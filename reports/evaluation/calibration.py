"""Calibration by slice: whether confidences mean what they say, and whether that could be chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.reports.statistics import calibration, multiplicity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from assay.reports.evaluation.scored import Scored

FEW = 20
"""Below so many clusters nothing is concluded."""
SIMULATED = 500
"""Rows up to which the error's null distribution is simulated row by row; above, its bins are normal."""
DRAWS, SEED = 500, 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """One slice's calibration."""

    slice: str
    kind: str
    n: int
    confidence: float
    """Mean of what the model says."""
    accuracy: float
    z: float
    """Negative: too confident."""
    p_value: float
    adjusted: float
    """P-value under Holm's correction over all slices of the set."""
    ece: float
    ece_null: float
    """95th percentile of the expected calibration error of a perfectly calibrated model on these rows."""
    verdict: str

    def facts(self) -> dict[str, Any]:
        """For ``evaluation.json``."""
        return {
            "slice": self.slice,
            "kind": self.kind,
            "n": self.n,
            "mean_confidence": self.confidence,
            "accuracy": self.accuracy,
            "z": self.z,
            "p_value": self.p_value,
            "p_adjusted": self.adjusted,
            "ece": self.ece,
            "ece_null_95": self.ece_null,
            "verdict": self.verdict,
        }


def calibrate(
    scored: Scored, slices: Iterable[tuple[str, str, NDArray[np.int64]]], level: float = 0.05
) -> tuple[Calibration, ...]:
    """Test the whole set and every slice with rows; too confident first.

    Args:
        scored: the set.
        slices: name, kind and positions of each.
        level: error of the claim that any slice is miscalibrated, over all slices together (Holm).

    Returns:
        Nothing where there are no probabilities.
    """
    if scored.confidence is None or not scored.is_probability:
        return ()
    found = []
    for name, kind, rows in (("overall", "overall", np.arange(len(scored))), *slices):
        right, said, weights = scored.right[rows], scored.confidence[rows], scored.clusters.weights(rows)
        test = calibration.in_the_large(right, said, weights)
        if test:
            found.append((name, kind, test, _ece(right, said)))
    adjusted = multiplicity.holm([test.p_value for _, _, test, _ in found])
    out = [
        Calibration(
            name,
            kind,
            test.n,
            _round(test.expected),
            _round(test.observed),
            _round(float(np.clip(test.z, -1e6, 1e6))),
            _round(test.p_value),
            _round(p),
            _round(ece.value),
            _round(ece.null_high),
            _verdict(test.n, test.z, p, level),
        )
        for (name, kind, test, ece), p in zip(found, adjusted.tolist(), strict=True)
    ]
    return tuple(sorted(out, key=lambda c: (c.slice != "overall", c.z, c.slice)))


def _verdict(n: int, z: float, p: float, level: float) -> str:
    if p <= level:
        return "too confident" if z < 0 else "not confident enough"
    return "not enough evidence" if n < FEW else "no evidence of miscalibration"


def _ece(right: NDArray[np.bool_], said: NDArray[np.float64]) -> calibration.Ece:
    """Expected calibration error; where there are many rows, its null distribution from normal bins."""
    if right.size <= SIMULATED:
        known = calibration.ece(right, said, draws=DRAWS, seed=SEED)
        if known is None:
            raise ValueError("calibration of nothing")
        return known
    bins, n = calibration.BINS, right.size
    place = np.minimum((said * bins).astype(np.int64), bins - 1)
    off = np.bincount(place, said - right, bins)
    spread = np.sqrt(np.bincount(place, said * (1 - said), bins))
    null = np.abs(np.random.default_rng(SEED).standard_normal((DRAWS, bins)) * spread).sum(1) / n
    return calibration.Ece(n, float(np.abs(off).sum() / n), float(null.mean()), float(np.quantile(null, 0.95)))


def _round(value: float) -> float:
    return round(float(value), 10)
