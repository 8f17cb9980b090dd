"""Exact statistics of counts: intervals, what n rows can show, how many rows are needed.

Everything here is arithmetic on binomial and hypergeometric tails: no normal approximation, no simulation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.audit.slicing.exact import significant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    _Holds = Callable[[NDArray[np.int64]], NDArray[np.bool_]]

_MOST_ROWS = 1 << 22
_ROUNDING = 1e-12
"""Slack for a tail that equals its level on paper, as 0.05 for one row at 95 %."""


def interval(hits: int, rows: int, confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided exact interval of a share (Clopper and Pearson, Biometrika 26, 1934); (0, 1) for no rows."""
    tail = (1 - confidence) / 2
    return lower(hits, rows, 1 - tail), upper(hits, rows, 1 - tail)


def lower(hits: int, rows: int, confidence: float = 0.95) -> float:
    """One-sided exact lower bound of a share: the smallest one under which ``hits`` or more are not too rare."""
    from scipy.special import betaincinv  # noqa: PLC0415 - heavy

    return float(significant(betaincinv(hits, rows - hits + 1, 1 - confidence))) if hits > 0 else 0.0


def upper(hits: int, rows: int, confidence: float = 0.95) -> float:
    """One-sided exact upper bound of a share."""
    from scipy.special import betaincinv  # noqa: PLC0415 - heavy

    return float(significant(betaincinv(hits + 1, rows - hits, confidence))) if hits < rows else 1.0


def rows_needed(floor: float, errors: int = 0, confidence: float = 0.95) -> int:
    """Fewest rows with which ``errors`` wrong ones still prove a share of at least ``floor``.

    Proof is a one-sided Clopper-Pearson bound: P(at most ``errors`` wrong | floor) <= 1 - confidence. With no error
    the answer is ln(1 - confidence) / ln(floor), rounded up.

    Raises:
        ValueError: a floor or a confidence outside 0..1, both ends left out.
    """
    _share("floor", floor)
    _share("confidence", confidence)
    from scipy.special import bdtr  # noqa: PLC0415 - heavy

    low, high = errors, errors + 1
    while bdtr(errors, high, 1 - floor) > 1 - confidence + _ROUNDING:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        proves = bdtr(errors, middle, 1 - floor) <= 1 - confidence + _ROUNDING
        low, high = (low, middle) if proves else (middle, high)
    return high


def chance_of_proof(rows: int, floor: float, truth: float, confidence: float = 0.95) -> float:
    """Probability that a true share ``truth`` on ``rows`` rows proves to be at least ``floor`` (the test's power)."""
    allowed = _errors_allowed(np.array([rows]), floor, confidence)
    return float(_at_most(allowed, np.array([rows]), 1 - truth)[0])


def rows_for_proof(floor: float, truth: float, power: float = 0.8, confidence: float = 0.95) -> int:
    """Fewest rows from which on a true share ``truth`` proves to be at least ``floor`` with probability ``power``.

    Power climbs in a saw-tooth as rows are added: the rows named are enough, and so is every larger number.

    Raises:
        ValueError: the truth is not over the floor.
    """
    if truth <= floor:
        raise ValueError(f"a truth of {truth} never proves a floor of {floor}")
    return _from_here_on(lambda n: _at_most(_errors_allowed(n, floor, confidence), n, 1 - truth) >= power)


def smallest_drop(
    rows: int | NDArray[np.int64], baseline: float = 0.95, confidence: float = 0.95, power: float = 0.8
) -> NDArray[np.float64]:
    """Smallest drop under a known baseline that ``rows`` rows show with probability ``power``, in points of 0..1.

    The test is the exact one-sided binomial test of share >= baseline at level 1 - confidence: it rejects at c hits or
    fewer. The true share at which it does so with probability ``power`` solves P(X <= c) = power, which is a quantile
    of a beta distribution. Where no outcome rejects (too few rows), no drop can be seen: infinity.
    """
    from scipy.special import bdtr, betaincinv  # noqa: PLC0415 - heavy

    n = np.atleast_1d(np.asarray(rows, np.int64))
    reject = _largest(lambda c: bdtr(c, n, baseline) <= 1 - confidence + _ROUNDING, n)
    at = np.where(reject >= 0, betaincinv(np.maximum(reject, 0) + 1.0, np.maximum(n - reject, 1), 1 - power), np.nan)
    return np.where((reject >= 0) & (n > 0), significant(baseline - at), np.inf)


def rows_for_drop(drop: float, baseline: float = 0.95, confidence: float = 0.95, power: float = 0.8) -> int:
    """Fewest rows from which on a drop of ``drop`` under the baseline is seen with probability ``power``.

    Raises:
        ValueError: a drop that is not within 0..baseline.
    """
    if not 0 < drop < baseline:
        raise ValueError(f"a drop must lie between 0 and the baseline of {baseline}, not {drop}")
    return _from_here_on(lambda n: smallest_drop(n, baseline, confidence, power) <= drop)


def differ(hits: Sequence[int], rows: Sequence[int], others: Sequence[int], other_rows: Sequence[int]) -> list[float]:
    """Two-sided p-values of equal shares in two samples: twice the smaller tail of Fisher's exact test, at most 1."""
    from scipy.stats import hypergeom  # noqa: PLC0415 - heavy

    a, n, b, m = (np.asarray(v, np.int64) for v in (hits, rows, others, other_rows))
    many, few = (
        significant(tail) for tail in (hypergeom.sf(a - 1, n + m, a + b, n), hypergeom.cdf(a, n + m, a + b, n))
    )
    both: NDArray[np.float64] = np.minimum(1.0, 2 * np.minimum(many, few))
    return [float(p) for p in both]


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for their number (Holm, Scandinavian Journal of Statistics 6, 1979).

    Claiming everything at or under a level is wrong about any claim with at most that probability, however the claims
    hang together.
    """
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    out = np.empty(p.size)
    out[order] = np.minimum(stepped, 1)
    return out.tolist()


def _share(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie between 0 and 1, not {value}")


def _errors_allowed(rows: NDArray[np.int64], floor: float, confidence: float) -> NDArray[np.int64]:
    """Most errors with which each number of rows still proves the floor; -1 for none."""
    from scipy.special import bdtr  # noqa: PLC0415 - heavy

    return _largest(lambda e: bdtr(e, rows, 1 - floor) <= 1 - confidence + _ROUNDING, rows)


def _at_most(count: NDArray[np.int64], rows: NDArray[np.int64], share: float) -> NDArray[np.float64]:
    from scipy.special import bdtr  # noqa: PLC0415 - heavy

    return np.where(count >= 0, bdtr(np.maximum(count, 0), rows, share), 0.0)


def _largest(holds: _Holds, most: NDArray[np.int64]) -> NDArray[np.int64]:
    """Largest count of 0..most that holds, where every smaller one does too; -1 where none does."""
    low, high = np.full(most.size, -1, np.int64), most + 1
    while (high - low > 1).any():
        middle = (low + high) // 2
        good = (middle >= 0) & holds(np.maximum(middle, 0))
        moved = high - low > 1
        low, high = np.where(good & moved, middle, low), np.where(~good & moved, middle, high)
    return low


def _from_here_on(enough: _Holds) -> int:
    """Fewest rows from which on a saw-toothed condition holds; looked at up to twice the first place it does."""
    size = 64
    while size < _MOST_ROWS:
        n = np.arange(1, size + 1, dtype=np.int64)
        good = enough(n)
        first = int(np.argmax(good)) + 1 if good.any() else size
        if good.any() and 2 * first <= size:
            return int(n[~good][-1]) + 1 if not good.all() else 1
        size *= 2
    raise ValueError(f"more than {_MOST_ROWS} rows would be needed")
