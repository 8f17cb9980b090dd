"""How many rows a requirement needs, and whether it can be met at all."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.slicing import power
from assay.reports.statistics import paired, proportions
from assay.reports.statistics.proportions import ROUNDING, exactly

if TYPE_CHECKING:
    from assay.reports.gating.policy import Need

POWER = 0.8
MOST = 1 << 22
"""Rows beyond which nobody labels."""
DISAGREE = 0.1
"""Share of rows on which two equal models are taken to disagree, where nothing is known."""


def floor_of(need: Need) -> float:
    """The share of right outcomes that must be proven, for a requirement on a proportion or a class's F1.

    A ceiling on errors is a floor on what is right; an F1 of f is a share f / (2 - f) of tp among tp + fp + fn.
    """
    at = exactly(need.threshold)
    if need.bound == "at_most":
        at = 1 - at
    if need.metric == "f1":
        at = at / (2 - at)
    return float(at)


def countable(need: Need) -> bool:
    """Whether the figure is a share of rows, so that rows needed can be computed."""
    plain = {"accuracy", "error_rate", "recall", "precision", "f1"}
    macro = need.slice == "overall" and need.metric in {"recall", "precision", "f1"}
    micro = need.metric.startswith("micro_") or need.metric == "weighted_recall"
    return micro or (need.metric in plain and not macro)


@lru_cache(maxsize=4096)
def least_rows(floor: float, alpha: float) -> int:
    """Fewest rows that prove a floor if none is wrong."""
    return power.rows_needed(floor, 0, 1 - alpha)


@lru_cache(maxsize=4096)
def at_rate(rate: float, floor: float, alpha: float) -> int | None:
    """Fewest rows that prove the floor if this share of them is right; None if no number does."""
    if rate <= floor:
        return None
    low, high = 0, 1
    while not _proves(rate, high, floor, alpha):
        low, high = high, 2 * high
        if high > MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _proves(rate, middle, floor, alpha) else (middle, high)
    # Whole rows make a saw-tooth: the first number of rows from here on that proves it.
    return next((n for n in range(low + 1, low + 200) if _proves(rate, n, floor, alpha)), high)


def _proves(rate: float, n: int, floor: float, alpha: float) -> bool:
    right = int(np.floor(rate * n + 1e-9))
    return bool(proportions.p_at_least(right, n, floor) <= alpha + ROUNDING)


@lru_cache(maxsize=4096)
def at_truth(floor: float, truth: float, alpha: float) -> int | None:
    """Fewest rows with which a true rate proves the floor 4 times in 5; None if more than anybody labels."""
    try:
        return power.rows_for_proof(floor, truth, POWER, 1 - alpha)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def truth_for(n: int, floor: float, alpha: float) -> float | None:
    """Smallest true rate that proves the floor on n rows 4 times in 5; None if even a perfect model does not."""
    from scipy.special import betaincinv  # noqa: PLC0415 - heavy

    low, errors = n + 1, -1  # fewest errors known to be too many, most known to be few enough
    while low - errors > 1:
        middle = (low + errors) // 2
        enough = proportions.p_at_least(n - middle, n, floor) <= alpha + ROUNDING
        low, errors = (low, middle) if enough else (middle, errors)
    # P(at most `errors` wrong | truth) = power: a quantile of a beta distribution.
    return None if errors < 0 else float(1 - betaincinv(errors + 1, n - errors, 1 - POWER))


@lru_cache(maxsize=4096)
def least_rows_paired(margin: float, alpha: float, disagree: float = 0.0) -> int | None:
    """Fewest rows that prove "no worse by the margin" for two models that are equal on them.

    Args:
        margin: above 0; None at 0, which only a better model can prove.
        alpha: one-sided level.
        disagree: share of rows on which one of them is right and the other is not, half each way.
    """
    if margin <= 0:
        return None
    low, high = 0, 1
    while not _not_worse(high, margin, alpha, disagree):
        low, high = high, 2 * high
        if high > MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _not_worse(middle, margin, alpha, disagree) else (middle, high)
    return high


def _not_worse(n: int, margin: float, alpha: float, disagree: float) -> bool:
    each = disagree * n / 2
    return bool(paired.p_not_worse(each, each, n, margin) <= alpha + ROUNDING)
