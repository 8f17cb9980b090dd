"""Suspicion where a row has several labels: the most doubtful one, given or missing, speaks for the row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from assay.audit.errors import MissingInputError
from assay.audit.label_units import as_chance, by_unit, neighbours_of
from assay.audit.labelling.heads import Nearest
from assay.audit.labelling.marks import joined, judge_marks, split
from assay.audit.labelling.ranking import SHOWN, rank_labels
from assay.audit.multilabel import multilabel
from assay.audit.suspicion import CAUTION, LEAST_ROWS, ridge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset
    from assay.audit.label_units import Units
    from assay.audit.labelling.ranking import Ranking
    from assay.audit.neighbours.search import Neighbours

_LEAST_UNITS = 61
_OF_SURE = 0.95
"""What ``sure`` is multiplied by: neighbors have to contradict the label besides."""
_SURPRISING = 0.001
"""Chance of the neighbors' votes, if the label were right, from which they are no evidence against it."""


@dataclass(frozen=True, slots=True, eq=False)
class MarkSuspicion:
    """What is known of the labels, several a row."""

    units: Units
    labels: tuple[tuple[str, ...], ...]
    """(units,) the labels of each, as written."""
    marks: tuple[str, ...]
    """Every label."""
    separator: str
    odds: NDArray[np.float64]
    """(rows,) logarithm of the odds that the most doubtful label is wrong; nan for a row without labels."""
    mark: NDArray[np.int64]
    """(units,) the most doubtful label: given, and probably wrong, or missing, and probably right."""
    neighbours: Neighbours
    surprise: NDArray[np.float64]
    """(units,) chance of the neighbors' votes on that label if it were right."""
    base: NDArray[np.float64]
    """(marks,) share of the units that carry each label."""

    opinion: ClassVar[bool] = False

    @property
    def chance(self) -> NDArray[np.float64]:
        """(rows,) score, 0 to 1, that the most doubtful label is wrong; nan for a row without labels."""
        return as_chance(self.odds)

    def doubtful(self, review: float) -> NDArray[np.bool_]:
        """(rows,) whether the labels are worth a look."""
        found: NDArray[np.bool_] = np.round(np.nan_to_num(self.chance), 6) >= review + CAUTION
        found[found] = self.surprise[self.units.of[found]] < _SURPRISING
        return found

    def ranking(self, sure: float, review: float, top: float = SHOWN) -> Ranking:
        """Which units are reported, from two options of LBL002."""
        odds = by_unit(self.units, self.odds)
        doubtful = np.zeros(odds.size, np.bool_)
        doubtful[self.units.of[np.flatnonzero(self.doubtful(review))]] = True
        certain = np.round(as_chance(odds), 6) >= _OF_SURE * sure
        return rank_labels(odds, doubtful & certain, doubtful, top)

    def given(self, unit: int) -> bool:
        """Whether the doubtful label is one that the unit has."""
        return self.marks[self.mark[unit]] in self.labels[unit]

    def corrected(self, unit: int) -> str:
        """The unit's labels without the doubtful one, or with it; empty where none would be left."""
        name, labels = self.marks[self.mark[unit]], self.labels[unit]
        parts = [p for p in labels if p != name] if name in labels else [*labels, name]
        return joined(parts, self.separator) if parts else ""

    def suggestion(self, rows: NDArray[np.int64]) -> list[str]:
        """The labels that fit better, of some labelled rows."""
        return [self.corrected(u) for u in self.units.of[rows].tolist()]

    def alike(self, row: int) -> int:
        """The nearest other row by its text; -1 if there is none."""
        near = int(self.neighbours.index[self.units.of[row], 0])
        return int(self.units.rows[near]) if near >= 0 else -1

    def contradicting(self, unit: int, most: int) -> tuple[list[tuple[int, float]], int, int]:
        """The nearest units that differ in the doubtful label (row, cosine), how many do, and of how many."""
        name, has = self.marks[self.mark[unit]], self.given(unit)
        pairs = zip(self.neighbours.index[unit].tolist(), self.neighbours.similarity[unit].tolist(), strict=True)
        near = [(u, s) for u, s in pairs if u >= 0]
        other = [(int(self.units.rows[u]), s) for u, s in near if (name in self.labels[u]) != has]
        return other[:most], len(other), len(near)


def judged_marks(data: Dataset, units: Units) -> MarkSuspicion:
    """Judge the labels of rows that have several.

    Args:
        data: the dataset; its label column holds several labels.
        units: its labelled texts.

    Raises:
        MissingInputError: too few texts or labels.
    """
    from scipy.sparse import csr_array  # noqa: PLC0415 - heavy

    several = multilabel(data)
    if several is None:
        raise ValueError("rows have one label each")
    marks = several.names
    parts = [several.parts[c] for c in units.codes.tolist()]
    columns = np.array([code for part in parts for code in part], np.int32)
    starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    targets = csr_array((np.ones(columns.size), columns, starts), shape=(len(parts), len(marks)))
    size = np.bincount(columns, minlength=len(marks))
    if units.rows.size < _LEAST_UNITS or size.max() < LEAST_ROWS:
        raise MissingInputError(
            f"not enough rows: judging several labels a row takes {_LEAST_UNITS} different texts"
            f" ({units.rows.size:,} here) and a label on {LEAST_ROWS} of them"
        )
    near = neighbours_of(data, units)
    found = judge_marks(ridge(data, units), Nearest(near.index, near.similarity), targets)
    odds = np.full(len(data), np.nan)
    labelled = np.flatnonzero(units.of >= 0)
    odds[labelled] = np.round(found.odds[units.of[labelled]], 6)
    values = [split(value, several.separator) for value in data.label_codes[1]]
    labels = tuple(values[c] for c in units.codes.tolist())
    base = size / units.rows.size
    return MarkSuspicion(units, labels, marks, several.separator, odds, found.mark, near, found.surprise, base)
