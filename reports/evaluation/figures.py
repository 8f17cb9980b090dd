"""A figure: a value with what it was counted on and how far it can be off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.reports.statistics import proportions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.reports.statistics.clustered import Share

DIGITS = 12
"""Decimals kept: more are noise of the order of summing."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric's value; None where nothing was counted."""

    n: int
    """Clusters of near-duplicates that it was counted on: positives for recall, predicted positives for precision."""
    rows: int
    """Rows in these clusters."""
    value: float | None
    low: float | None
    high: float | None

    def facts(self) -> dict[str, Any]:
        """For ``evaluation.json``."""
        return {"n": self.n, "rows": self.rows, "value": self.value, "low": self.low, "high": self.high}


NOTHING = Figure(0, 0, None, None, None)


def figure(n: int, rows: int, value: float, low: float, high: float) -> Figure:
    """A figure, its bounds never on the wrong side of its value; ``NOTHING`` for n = 0."""
    if not n:
        return NOTHING
    value, low, high = round(float(value), DIGITS), round(float(low), DIGITS), round(float(high), DIGITS)
    return Figure(n, rows, value, min(low, value), max(high, value))


def proportion_figures(shares: Sequence[Share], confidence: float) -> list[Figure]:
    """Exact intervals (Clopper and Pearson) of many shares at once.

    Args:
        shares: counted by clusters.
        confidence: of each two-sided interval.
    """
    if not shares:
        return []
    n = np.array([s.n for s in shares])
    one_sided = 1 - (1 - confidence) / 2
    low = proportions.lower_bound([s.proven for s in shares], n, one_sided)
    high = proportions.upper_bound([s.conceded for s in shares], n, one_sided)
    return [figure(s.n, s.rows, s.value or 0.0, a, b) for s, a, b in zip(shares, low, high, strict=True)]
