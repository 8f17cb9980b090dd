"""What errors cost, by the user's own prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.errors import ConfigError, DataError
from assay.audit.reading.sources import read_file
from assay.audit.rules import nearest
from assay.reports.evaluation.figures import NOTHING, Figure, figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from assay.reports.evaluation.scored import Scored

ANY = "*"
"""Stands for every class that is not named with the other one."""
PRIOR, PRIOR_ROWS = 0.5, 5.0
"""Prior rows of each price, and of all prices together at most."""
DRAWS, SEED = 2000, 0


@dataclass(frozen=True, slots=True)
class Price:
    """What it costs to call a row of one class another."""

    label: str
    predicted: str
    cost: float


def read_prices(path: str) -> tuple[Price, ...]:
    """Prices from a file: columns ``label, predicted, cost``, or a square table with a column for each predicted class.

    Raises:
        DataError: the file is neither, or a cost is no finite number.
    """
    table = read_file(path)
    frame, line = table.frame, table.line
    names = {name.strip().lower(): name for name in frame.columns}
    out = []
    if {"label", "predicted", "cost"} <= names.keys():
        for i, (label, predicted, cost) in enumerate(
            frame.select(names[n] for n in ("label", "predicted", "cost")).rows()
        ):
            out.append(Price(str(label), str(predicted), _number(cost, path, int(line[i]), names["cost"])))
        return tuple(out)
    if len(frame.columns) != frame.height + 1:
        cure = "Give columns label, predicted, cost, or a square table: a line a true class, a column a predicted one"
        raise DataError("not a table of costs", path=path, cure=cure)
    predicted_names = frame.columns[1:]
    for i, row in enumerate(frame.rows()):
        for name, cost in zip(predicted_names, row[1:], strict=True):
            out.append(Price(str(row[0]), name, _number(cost, path, int(line[i]), name)))
    return tuple(out)


def _number(value: object, path: str, line: int, column: str) -> float:
    try:
        number = float(str(value))
    except ValueError:
        number = float("nan")
    if not np.isfinite(number):
        raise DataError(f"the cost {value!r} is no finite number", path=path, line=line or None, column=column)
    return number


def matrix(prices: Iterable[Price], labels: Sequence[str]) -> NDArray[np.float64]:
    """Costs (classes, classes), true by predicted. A pair that no price names costs 0.

    A price for a pair wins over one with ``*`` for one class, and that over one with ``*`` for both; a right prediction
    costs something only where a price names it.

    Raises:
        ConfigError: a price names a class that is not there.
    """
    at = {label: code for code, label in enumerate(labels)}
    out = np.zeros((len(labels), len(labels)))
    wrong = ~np.eye(len(labels), dtype=bool)
    for price in sorted(prices, key=lambda p: (p.label == ANY) + (p.predicted == ANY), reverse=True):
        for told in (price.label, price.predicted):
            if told not in at and told != ANY:
                raise ConfigError(f"costs: no class {told!r}{nearest(told, list(labels)) or ''}")
        rows = np.arange(len(labels)) if price.label == ANY else np.array([at[price.label]])
        columns = np.arange(len(labels)) if price.predicted == ANY else np.array([at[price.predicted]])
        cells = np.zeros_like(wrong)
        cells[np.ix_(rows, columns)] = True
        if ANY in (price.label, price.predicted):
            cells &= wrong
        out[cells] = price.cost
    return out


def mean_cost(
    scored: Scored, costs: NDArray[np.float64], confidence: float, rows: NDArray[np.int64] | None = None
) -> Figure:
    """Mean cost of a row, with the interval of its posterior over the prices there are.

    How often each price is paid has a Dirichlet posterior, half a row of prior on each: a price not yet paid may still
    be. (A bootstrap of n rows without a costly error would say that there are none.)
    """
    weight = scored.clusters.weights(rows)
    if not weight.size:
        return NOTHING
    truth, predicted = (c if rows is None else c[rows] for c in (scored.truth, scored.predicted))
    prices, code = np.unique(costs, return_inverse=True)
    paid = np.bincount(code.reshape(costs.shape)[truth, predicted], weight, prices.size)
    prior = min(PRIOR, PRIOR_ROWS / prices.size)
    draws = np.random.default_rng(SEED).standard_gamma(paid + prior, (DRAWS, prices.size))
    low, high = np.quantile(draws @ prices / draws.sum(1), [(1 - confidence) / 2, 1 - (1 - confidence) / 2])
    n = round(float(weight.sum()))
    return figure(n, weight.size, float(paid @ prices / paid.sum()), float(low), float(high))
