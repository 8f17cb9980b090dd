"""Finds as they are told: conditions to paste, figures, examples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.reports.discovery import conditions
from assay.reports.discovery.candidate import Found
from assay.reports.discovery.discovered import Discovered, Figures, examples, figures

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from assay.reports.discovery.predicates import Predicates
    from assay.reports.discovery.told import Told


@dataclass(frozen=True, slots=True, eq=False)
class Teller:
    """What finds are told from."""

    told: Told
    frame: pl.DataFrame
    """The rows themselves."""
    predicates: Predicates
    place: NDArray[np.int64]
    """(rows,) number of each row among the trials, -1 for a row that is none."""
    other: NDArray[np.bool_] | None
    """(rows,) the half that was not searched; None if all rows were."""
    level: float
    """Chance of any false slice."""

    def tell(self, found: Found, p_value: float) -> Discovered | None:
        """One slice; None if its condition does not select what was proven."""
        where, rows = conditions.condition(found.candidate, self.predicates, self.told.data, self.frame)
        here = self.place[rows]
        now = Found(replace(found.candidate, rows=here[here >= 0].astype(np.int32)), found.strata)
        if not rows.size or p_value > self.level or not self._holds(now):
            return None
        words = conditions.words(found.candidate, self.predicates)
        right = self.told.correct[rows]
        known = figures(right, self.told.same(rows))
        expected = found.strata.predicted(now.candidate.rows)
        wrong = rows[~right]
        told = self.told
        return Discovered(
            name=" and ".join(words),
            where=where,
            predicates=words,
            n=known.n,
            errors=known.errors,
            value=known.value,
            low=known.low,
            high=known.high,
            expected=expected,
            lift=known.value / expected if expected > 0 else None,
            p_value=p_value,
            rows=told.rows[rows],
            examples=examples(
                told.data, told.rows[wrong], told.labels[wrong].tolist(), told.predictions[wrong].tolist()
            ),
            confirmed=None if self.other is None else True,
            confirmation=None if self.other is None else self._half(rows[self.other[rows]]),
        )

    def _holds(self, now: Found) -> bool:
        """Whether the rows that the condition selects are proven as those that were found."""
        limit = float(np.log(self.level)) + (now.candidate.log_weight if self.other is None else 0.0)
        return now.log_p() <= limit

    def _half(self, rows: NDArray[np.int64]) -> Figures | None:
        return figures(self.told.correct[rows], self.told.same(rows)) if rows.size else None
