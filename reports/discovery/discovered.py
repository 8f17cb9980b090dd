"""A discovered slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.reports.statistics.clustered import share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset

CAVEAT = "found by looking at these rows: it needs fresh data before it gates"
EXAMPLES = 5
TEXT = 500
"""Characters kept of an example's text."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Errors among some rows."""

    n: int
    """Trials: near-duplicates are one."""
    errors: int
    value: float
    low: float
    high: float
    """Exact 95 % interval of the slice as if it had been named beforehand; the search makes ``value`` look worse."""


@dataclass(frozen=True, slots=True, eq=False)
class Discovered:
    """A slice that fails more than its class mix explains, found and not declared."""

    name: str
    """In words."""
    where: str
    """SQL condition over the columns; it selects exactly ``rows``."""
    predicates: tuple[str, ...]
    """The conditions that must all hold, each in words."""
    n: int
    errors: int
    value: float
    """Error rate."""
    low: float
    high: float
    expected: float
    """Error rate that the slice's class mix predicts; of a class, what the other classes predict."""
    lift: float | None
    """``value / expected``; None where no error was expected."""
    p_value: float
    """Adjusted for every test that was made (Holm)."""
    rows: NDArray[np.int64]
    """Rows of the data set's frame, ascending."""
    examples: tuple[dict[str, Any], ...]
    """Some of its errors."""
    confirmed: bool | None = None
    """True: it was found on one half of the rows and proven on the other. None: no halves were made."""
    confirmation: Figures | None = None
    """Figures of the half on which it was proven: nothing was searched there."""

    def facts(self) -> dict[str, Any]:
        """For ``evaluation.json``."""
        known = self.confirmation
        half = None if known is None else {name: getattr(known, name) for name in Figures.__slots__}
        return {
            "name": self.name,
            "kind": "discovered",
            "where": self.where,
            "predicates": list(self.predicates),
            "metric": "error_rate",
            "n": self.n,
            "rows": int(self.rows.size),
            "errors": self.errors,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "expected": self.expected,
            "lift": self.lift,
            "p_value": self.p_value,
            "confirmed": self.confirmed,
            "confirmation": half,
            "caveat": CAVEAT,
            "examples": list(self.examples),
        }


def figures(right: NDArray[np.bool_], clusters: NDArray[np.int64] | None) -> Figures:
    """Errors among some rows.

    Args:
        right: (rows,) whether a prediction is right.
        clusters: (rows,) which rows stand for one.

    Raises:
        ValueError: there is no row.
    """
    told = share(~right, clusters)
    low, high = told.interval(0.95)
    if told.value is None or low is None or high is None:
        raise ValueError("a slice has rows")
    return Figures(told.n, told.proven, told.value, low, high)


def examples(
    data: Dataset, rows: NDArray[np.int64], labels: Sequence[str], predictions: Sequence[str]
) -> tuple[dict[str, Any], ...]:
    """A few errors, spread over the slice.

    Args:
        data: the data set.
        rows: frame rows of the errors.
        labels: true class of each.
        predictions: what the model said of each.
    """
    picked = np.unique(np.linspace(0, rows.size - 1, min(EXAMPLES, rows.size)).astype(np.int64)).tolist()
    out = []
    for k in picked:
        row = data.row(int(rows[k]))
        told = {"split": row.split, "row": row.row, "line": row.line, "id": row.id}
        text = data.text[int(rows[k])][:TEXT] if data.roles.text else None
        out.append({**told, "text": text, "label": labels[k], "prediction": predictions[k]})
    return tuple(out)
