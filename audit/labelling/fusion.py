"""Several heads as one: a temperature each, then their weighted geometric mean with a temperature of its own.

A head weighs as much as it knows: by the square of how many nats its out-of-sample probabilities beat the class
shares. (Weights fitted by likelihood rank worse: they learn the noise along with the labels.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.labelling.calibration import fit_scale, log_softmax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from assay.audit.labelling.heads import Doubles, Head, Sparse

_SAMPLE_CELLS = 1_000_000  # of the sample that temperatures are fitted on: units times classes
_BLOCK_CELLS = 1_000_000  # of a block of units: 8 MB a table
_NEAR_ONE = (-1.0, 2.5)  # logarithms of the scale that a mean of calibrated heads may need
_LEAST_GAIN = 1e-3  # nats: a head no better than chance still counts a little
_DIGITS = 9
_FLOOR = -20.7  # log 1e-9: one head's certainty must not overrule the others


def sample_of(units: int, classes: int) -> NDArray[np.intp]:
    """Units to fit temperatures on: the first ones, since units are in the random order of their contents' hashes."""
    return np.arange(sample_size(units, classes))


def sample_size(units: int, classes: int) -> int:
    """How many units temperatures are fitted on."""
    return min(units, max(2000, _SAMPLE_CELLS // max(classes, 1)))


def blocks(units: int, classes: int) -> Iterator[NDArray[np.intp]]:
    """All units in order, in blocks of bounded memory."""
    size = max(64, _BLOCK_CELLS // max(classes, 1))
    for start in range(0, units, size):
        yield np.arange(start, min(units, start + size))


@dataclass(frozen=True, slots=True)
class Fused:
    """Heads that have learned, with their temperatures."""

    heads: Sequence[Head]
    scales: tuple[float, ...]
    """Inverse temperature of each head."""
    weights: tuple[float, ...]
    """Weight of each head, summing to 1."""
    scale: float
    """Inverse temperature of their mean."""
    knowable: float
    """Share of the labels' entropy that the texts explain out of sample, 0..1 (McFadden's R squared)."""

    def logs(self, units: NDArray[np.intp]) -> Doubles:
        """(units, classes) logarithms of the fused leave-one-out probabilities."""
        return log_softmax(_mean(self.heads, self.scales, self.weights, units), self.scale)


def fuse(heads: Sequence[Head], targets: Sparse, codes: NDArray[np.intp], sample: NDArray[np.intp]) -> Fused:
    """Let the heads learn and fit the temperatures.

    Args:
        heads: at least one.
        targets: (units, classes) what they learn.
        codes: (units,) labels that temperatures are fitted to.
        sample: units they are fitted on.
    """
    own = codes[sample]
    chance = _entropy(own, targets.shape[1])
    scales, gains = [], []
    for head in heads:
        head.learn(targets, sample, own)
        scale, loss = fit_scale(head.scores(sample), own)
        scales.append(scale)
        gains.append(max(chance - loss, _LEAST_GAIN) ** 2)
    shares = tuple(gain / sum(gains) for gain in gains)
    mean = _mean(heads, scales, shares, sample)
    scale, loss = fit_scale(mean, own, *_NEAR_ONE)
    return Fused(heads, tuple(scales), shares, scale, round(max(0.0, 1 - loss / chance), _DIGITS) if chance else 0.0)


def through(fused: Fused, transition: Doubles, codes: NDArray[np.intp], sample: NDArray[np.intp]) -> Fused:
    """The same heads with temperatures under which they speak of true classes, of which labels are a noisy copy.

    Args:
        fused: heads that have learned.
        transition: (classes, classes) chance of each label by true class.
        codes: (units,) labels.
        sample: units that temperatures are fitted on.
    """
    own = codes[sample]
    scales = tuple(fit_scale(h.scores(sample), own, transition=transition)[0] for h in fused.heads)
    mean = _mean(fused.heads, scales, fused.weights, sample)
    return replace(fused, scales=scales, scale=fit_scale(mean, own, *_NEAR_ONE, transition)[0])


def _entropy(codes: NDArray[np.intp], classes: int) -> float:
    """Nats that a guess by class share costs."""
    share = np.bincount(codes, minlength=classes) / codes.size
    share = share[share > 0]
    return float(-(share * np.log(share)).sum())


def _mean(heads: Sequence[Head], scales: Sequence[float], weights: Sequence[float], units: NDArray[np.intp]) -> Doubles:
    total: Doubles | None = None
    for head, scale, weight in zip(heads, scales, weights, strict=True):
        logs = weight * np.maximum(log_softmax(head.scores(units), scale), _FLOOR)
        total = logs if total is None else total + logs
    if total is None:
        raise ValueError("no heads to fuse")
    return total
