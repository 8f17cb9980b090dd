"""How accuracy grows with rows, and what twice as many would bring.

Errors are fitted by two inverse power laws: ``a + b * rows ** -c`` with a floor a >= 0 over all sizes (Cortes et al.
1993), and without a floor over the largest sizes (Hestness et al. 2017, arXiv:1712.00409). The first promises too
little and the second too much; their mean is unbiased on real sets. The interval comes from drawing the measured rows
anew (bootstrap): sizes are measured on the same rows, so their noise is shared, and a gain is known better than the
level that it adds to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.labelling.overlap import exact_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.train.examples import Examples

    Doubles = NDArray[np.float64]

HALVINGS = 6
"""Sizes below the full one, each half of the next."""
FEWEST_ROWS, FEWEST_SIZES, FEWEST_MEASURED = 20, 4, 50
"""Rows of the smallest size, sizes of a curve that is extrapolated, and rows that measure, at least."""
EXPONENTS = np.linspace(0.05, 1.5, 30)
DRAWS = 400
POOR = 0.01
"""Chance under which residuals so large call the fit poor."""
WIDE = 0.10
"""Width of the interval of a gain from which on it says nothing."""
FEW_ERRORS = 10
"""Errors below which drawing rows anew says too little about those that were not seen."""
TAIL = 4
"""Largest sizes that the law without a floor is fitted on."""
SLACK, LEVEL_SLACK = 2.0, 1.5
"""Factors on the half-widths of the intervals of the gain and of the level: no law is quite true. With them they hold
about nine times in ten on seven real sets, without them far less often (benchmarks/ladder.py --curves)."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """What was measured."""

    sizes: NDArray[np.int64]
    """(sizes,) training rows, rising."""
    right: NDArray[np.bool_]
    """(sizes, draws, n) whether each measured row was right, by each model of a size that had to answer it."""

    @property
    def errors(self) -> Doubles:
        """(sizes, n) share of models that had each row wrong."""
        return np.asarray(1 - self.right.mean(axis=1))


@dataclass(frozen=True, slots=True)
class Forecast:
    """What more rows would bring."""

    rows: int
    value: float
    low: float
    high: float
    gain: float
    gain_low: float
    gain_high: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """The law's parameters and what follows from it; or why nothing does."""

    forecast: Forecast | None
    floor: float | None
    """Error that no number of rows would end, by the law."""
    exponent: float | None
    why_not: str | None


def sizes_for(rows: int, classes: int) -> NDArray[np.int64]:
    """Training sizes to measure: the full one and its halves, down to one row a class."""
    fewest = max(FEWEST_ROWS, classes)
    halves = [rows >> n for n in range(HALVINGS + 1)]
    return np.array(sorted({h for h in halves if h >= fewest} | {rows}), np.int64)


def nested_order(train: Examples, seed: int) -> NDArray[np.int64]:
    """(n,) rows in an order whose every beginning holds the classes as evenly as the whole: draws are nested."""
    from assay.train.parting import main_label  # noqa: PLC0415 - beside

    codes = main_label(train)
    order = np.random.default_rng(seed).permutation(len(codes))
    place = np.empty(len(codes))
    for code in np.unique(codes):
        mine = order[codes[order] == code]
        place[mine] = (np.arange(mine.size) + 0.5) / mine.size  # the k-th row of a class comes when k/size is reached
    return np.lexsort((order.argsort(), place))


def fit(curve: Curve, target: int, seed: int = 0) -> Fitted:
    """Fit the law and extrapolate, or say why not.

    Args:
        curve: what was measured.
        target: training rows to extrapolate to.
        seed: of the draws.
    """
    sizes, errors = curve.sizes.astype(np.float64), curve.errors
    n = errors.shape[1]
    if sizes.size < FEWEST_SIZES:
        return _nothing(f"{int(sizes[-1])} rows can be halved too rarely for a curve")
    if n < FEWEST_MEASURED:
        return _nothing(f"{n} measured rows are too few for a curve")
    drawn, mean = bootstrap(curve, seed), errors.mean(axis=1)
    variance = drawn.var(axis=0) + 0.25 / n**2  # no row wrong in any draw is no certainty
    both = np.concatenate([mean[None, :], drawn])
    floor = solve(sizes, both, variance)
    a, b, c = (float(p[0]) for p in floor)
    if (chance := _fits(mean - (a + b * sizes**-c), variance)) < POOR:
        return _nothing(f"accuracy does not grow by a power law (p = {chance:.3f})", a, c)
    pure = solve(sizes[-TAIL:], both[:, -TAIL:], variance[-TAIL:], floor=False)
    ahead = np.stack([_errors(law, float(target)) for law in (floor, pure)])
    gains = np.stack([_errors(law, sizes[-1]) for law in (floor, pure)]) - ahead
    told = _forecast(target, ahead, gains, round(float(mean[-1]) * n), n)
    if told.gain_high - told.gain_low > WIDE:
        return _nothing(f"the gain could be anything from {told.gain_low:.1%} to {told.gain_high:.1%}", a, c)
    return Fitted(told, round(a, 6), round(c, 6), None)


def _forecast(target: int, ahead: Doubles, gains: Doubles, wrong: int, n: int) -> Forecast:
    """Mean of the two laws, with the interval of both together.

    Args:
        target: rows.
        ahead: (laws, 1 + draws) errors at the target, the first of what was measured.
        gains: (laws, 1 + draws) errors won until there.
        wrong: measured rows that were wrong at the full size.
        n: measured rows.
    """
    value, gain = 1 - float(ahead[:, 0].mean()), float(gains[:, 0].mean())
    low, high = _interval(value, 1 - ahead[:, 1:], LEVEL_SLACK)
    gain_low, gain_high = _interval(gain, gains[:, 1:], SLACK)
    hidden = exact_interval(wrong, n)[1] - wrong / n  # drawing rows anew shows no error that these rows did not show
    low = max(min(low, value - hidden), 0.0)
    if wrong < FEW_ERRORS:
        gain_high = max(gain_high, hidden)
    told = (value, low, high, gain, max(gain_low, 0.0), gain_high)
    return Forecast(target, *(round(float(x), 6) for x in told))


def _errors(law: tuple[Doubles, Doubles, Doubles], rows: float) -> Doubles:
    return np.asarray(law[0] + law[1] * rows ** -law[2])


def bootstrap(curve: Curve, seed: int) -> Doubles:
    """(draws, sizes) mean errors of the measured rows drawn anew, and of the models of a size drawn anew."""
    rng = np.random.default_rng(seed)
    _, models, n = curve.right.shape
    weights = rng.multinomial(n, np.full(n, 1 / n), DRAWS) / n
    wrong = np.asarray(~curve.right, np.float64)
    by_model = np.einsum("bn,smn->bsm", weights, wrong, optimize=True)
    picked = rng.integers(models, size=(DRAWS, curve.sizes.size, models))
    return np.asarray(np.take_along_axis(by_model, picked, axis=2).mean(axis=2))


def solve(
    sizes: Doubles, errors: Doubles, variance: Doubles, *, floor: bool = True
) -> tuple[Doubles, Doubles, Doubles]:
    """Weighted least squares of ``a + b * rows ** -c`` for several curves at once, c on a grid.

    Args:
        sizes: (sizes,)
        errors: (curves, sizes)
        variance: (sizes,) of the errors.
        floor: whether a may be over 0.

    Returns:
        a, b, c: (curves,) each.
    """
    w = 1 / variance
    x = sizes[None, :] ** -EXPONENTS[:, None]
    sw, sx, sxx = w.sum(), x @ w, (x * x) @ w
    sy, sxy = errors @ w, (errors * w) @ x.T
    b = (sw * sxy - sy[:, None] * sx) / np.maximum(sw * sxx - sx * sx, 1e-300)
    b = np.maximum(b, 0)
    a = (sy[:, None] - b * sx) / sw
    a = a if floor else np.full_like(a, -1.0)
    b = np.where(a < 0, np.maximum(sxy / sxx, 0), b)
    a = np.maximum(a, 0)
    off = errors[:, None, :] - a[:, :, None] - b[:, :, None] * x[None, :, :]
    best = (off * off * w).sum(axis=2).argmin(axis=1)
    rows = np.arange(len(errors))
    return a[rows, best], b[rows, best], EXPONENTS[best]


def document(curve: Curve, fitted: Fitted) -> dict[str, Any]:
    """For advice.json: accuracy with its interval at each size, and the forecast."""
    from assay.train.ladder import proportion  # noqa: PLC0415 - it is dearer to load

    points = []
    for size, right in zip(curve.sizes.tolist(), curve.right, strict=True):
        n = right.shape[1]
        shares = right.mean(axis=1)
        middle = proportion(round(float(right.mean()) * n), n)
        points.append(
            {
                "rows": size,
                "draws": len(shares),
                "accuracy": middle,
                "lowest": round(float(shares.min()), 6),
                "highest": round(float(shares.max()), 6),
            }
        )
    told = fitted.forecast
    forecast = (
        None
        if told is None
        else {
            "rows": told.rows,
            "accuracy": {"value": told.value, "low": told.low, "high": told.high},
            "gain": {"value": told.gain, "low": told.gain_low, "high": told.gain_high},
        }
    )
    return {
        "points": points,
        "law": "a + b * rows ** -c",
        "floor": fitted.floor,
        "exponent": fitted.exponent,
        "forecast": forecast,
        "not_enough_evidence": fitted.why_not,
    }


def _nothing(why: str, floor: float | None = None, exponent: float | None = None) -> Fitted:
    return Fitted(
        None, None if floor is None else round(floor, 6), None if exponent is None else round(exponent, 6), why
    )


def _fits(off: Doubles, variance: Doubles) -> float:
    """Chance of residuals as large, by chi-square with three parameters fitted."""
    from scipy.stats import chi2  # noqa: PLC0415 - heavy

    return float(chi2.sf((off * off / variance).sum(), max(off.size - 3, 1)))


def _interval(value: float, drawn: Doubles, slack: float) -> tuple[float, float]:
    """95 % of the draws around a value, half-widths times ``slack``."""
    low, high = np.quantile(drawn, [0.025, 0.975])
    wide = value - slack * max(value - low, 0.0), value + slack * max(high - value, 0.0)
    return float(np.clip(wide[0], -1, 1)), float(np.clip(wide[1], -1, 1))
