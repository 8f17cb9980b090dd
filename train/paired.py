"""Two models on the same rows: is one better, and by how much? Exact test, score interval."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Paired:
    """How one model does against another on the same rows."""

    n: int
    gained: int
    """Rows that ours has right and theirs wrong."""
    lost: int
    """Rows that ours has wrong and theirs right."""
    difference: float | None
    """Accuracy of ours less that of theirs; None of no rows."""
    low: float | None
    high: float | None
    p_value: float
    """McNemar's exact test, two-sided."""

    @property
    def verdict(self) -> str:
        """``better``, ``worse``, or ``no evidence of a difference``."""
        if self.p_value >= LEVEL:
            return "no evidence of a difference"
        return "better" if self.gained > self.lost else "worse"

    def document(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**asdict(self), "test": "McNemar, exact", "interval": "Tango", "verdict": self.verdict}


def compare(ours: NDArray[np.bool_], theirs: NDArray[np.bool_], level: float = LEVEL) -> Paired:
    """Compare two models by what each has right of the same rows.

    Args:
        ours: (n,)
        theirs: (n,)
        level: of the interval's two tails together.
    """
    gained, lost, n = int((ours & ~theirs).sum()), int((~ours & theirs).sum()), len(ours)
    p = round(mcnemar(gained, lost), 6)
    if not n:
        return Paired(0, 0, 0, None, None, None, p)
    low, high = tango(gained, lost, n, level)
    return Paired(n, gained, lost, round((gained - lost) / n, 6), round(low, 6), round(high, 6), p)


def mcnemar(gained: int, lost: int) -> float:
    """Exact two-sided p-value: rows on which the two differ fall to either side like coins (McNemar 1947)."""
    if not gained + lost:
        return 1.0
    from scipy.stats import binomtest  # noqa: PLC0415 - heavy

    return float(binomtest(gained, gained + lost).pvalue)


def fewest_to_tell(level: float = LEVEL) -> int:
    """Rows that a model must gain, losing none, for the test to tell: 6 at a level of .05."""
    rows = 1
    while mcnemar(rows, 0) >= level:
        rows += 1
    return rows


def tango(gained: int, lost: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Score interval for the difference of two paired proportions (Tango 1998, Statistics in Medicine 17:891-908)."""
    from scipy.optimize import brentq  # noqa: PLC0415 - heavy
    from scipy.stats import norm  # noqa: PLC0415 - heavy

    z = float(norm.ppf(1 - level / 2))
    middle, edge = (gained - lost) / n, 1 - 1e-12

    def low(d: float) -> float:
        return _score(gained, lost, n, d) - z

    def high(d: float) -> float:
        return _score(gained, lost, n, d) + z

    return (
        float(brentq(low, -edge, middle)) if low(-edge) > 0 > low(middle) else -1.0,
        float(brentq(high, middle, edge)) if high(middle) > 0 > high(edge) else 1.0,
    )


def _score(gained: int, lost: int, n: int, d: float) -> float:
    """Score statistic of the hypothesis that the difference is ``d``; falls as ``d`` grows."""
    a = 2 * n
    b = -gained - lost + (2 * n - gained + lost) * d
    c = -lost * d * (1 - d)
    other = (sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)  # chance of a loss, as likely as can be under ``d``
    variance = n * (2 * other + d * (1 - d))
    return (gained - lost - n * d) / sqrt(max(variance, 1e-300)) if gained - lost != n * d else 0.0
