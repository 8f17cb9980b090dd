"""What the rows prove about one bound on one scope: two p-values, a value and its bounds.

``p_pass`` is small where the model is proven good enough, ``p_fail`` where it is proven not to be; with few rows
neither is. The level is one-sided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.reports.statistics import fscore, paired, proportions, sequential
from assay.reports.statistics.proportions import exactly

if TYPE_CHECKING:
    from fractions import Fraction

    from assay.reports.gating.policy import Need
    from assay.reports.gating.scopes import Measured

DRAWS = 10_000
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Claim:
    """What is proven."""

    n: int
    value: float | None
    low: float | None
    """One-sided bound at the level asked; for a margin, of the difference to the baseline."""
    high: float | None
    p_pass: float
    p_fail: float


def absolute(need: Need, measured: Measured, alpha: float, *, looks: bool) -> Claim:
    """A floor or a ceiling on the figure itself.

    Args:
        need: the bound.
        measured: what was counted.
        alpha: one-sided level.
        looks: whether the test set grows and is looked at again (an e-process instead of exact bounds).
    """
    if measured.kind == "average":
        return _average(need, measured, alpha)
    threshold = exactly(need.threshold)
    share, turned = measured.share, need.metric == "error_rate"
    # A share of wrong rows of at most e is a share of right rows of at least 1 - e.
    at = 1 - threshold if turned else threshold
    if measured.kind == "f1":
        at = at / (2 - at)
    floor = (need.bound == "at_least") != turned
    over, under, low, high = _share_tails(share.proven, share.conceded, share.n, at, alpha, looks=looks)
    value = measured.value
    if measured.kind == "f1":
        low, high = 2 * low / (1 + low), 2 * high / (1 + high)
    if turned:
        value, low, high = None if value is None else 1 - value, 1 - high, 1 - low
    good, bad = (over, under) if floor else (under, over)
    if value is None:
        return Claim(0, None, None, None, 1.0, 1.0)
    return Claim(share.n, value, low, high, good, bad)


def _share_tails(  # noqa: PLR0913 - counts for either side
    proven: int, conceded: int, n: int, at: Fraction, alpha: float, *, looks: bool
) -> tuple[float, float, float, float]:
    """P-values of over and under, and one-sided bounds."""
    rules = sequential if looks else proportions
    level = float(at)
    over, under = rules.p_at_least(proven, n, level), rules.p_at_most(conceded, n, level)
    low, high = rules.lower_bound(proven, n, 1 - alpha), rules.upper_bound(conceded, n, 1 - alpha)
    return float(over), float(under), float(low), float(high)


def down(count: float) -> float:
    """Rounded down, but for what summing thirds leaves."""
    return float(np.floor(count + ROUNDING))


def up(count: float) -> float:
    """Rounded up, but for what summing thirds leaves."""
    return float(np.ceil(count - ROUNDING))


def _average(need: Need, measured: Measured, alpha: float) -> Claim:
    """An average over classes: posterior draws of its Dirichlet counts."""
    if measured.matrix is None or not measured.share.n:
        return Claim(0, None, None, None, 1.0, 1.0)
    average, metric = measured.metric.split("_")
    value = measured.value
    if value is None:
        return Claim(0, None, None, None, 1.0, 1.0)
    drawn = fscore.posterior(measured.matrix, average, metric, draws=DRAWS)  # type: ignore[arg-type]
    # Half a row of prior a class lies on the side of errors: with many classes the posterior sits below the value (of
    # 77 classes with 40 rows each its interval covers 39 %). Moved onto the value it covers; the worse of both holds.
    both = np.stack([drawn, drawn + (value - float(drawn.mean()))])
    low, high = float(np.quantile(both, alpha, axis=1).min()), float(np.quantile(both, 1 - alpha, axis=1).max())
    over = (1 + int((both < need.threshold).sum(axis=1).max())) / (DRAWS + 1)
    under = (1 + int((both > need.threshold).sum(axis=1).max())) / (DRAWS + 1)
    good, bad = (over, under) if need.bound == "at_least" else (under, over)
    return Claim(measured.share.n, value, min(low, value), max(high, value), good, bad)


def against_baseline(need: Need, losses: tuple[float, float], n: int, alpha: float) -> Claim:
    """A margin on a difference of shares of the same rows.

    Args:
        need: the bound.
        losses: sums over clusters of what only the baseline (b) and only the candidate (c) has right; whole numbers
            where all copies in a cluster agree, else rounded against each claim.
        n: clusters.
        alpha: one-sided level.
    """
    if not n:
        return Claim(0, None, None, None, 1.0, 1.0)
    b, c = losses
    good = float(paired.p_not_worse(up(b), down(c), n, need.threshold))
    bad = float(paired.p_worse(down(b), up(c), n, need.threshold))
    low = float(paired.lower_bound(up(b), down(c), n, 1 - alpha))
    high = float(paired.upper_bound(down(b), up(c), n, 1 - alpha))
    return Claim(n, (c - b) / n, low, high, good, bad)
