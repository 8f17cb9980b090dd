"""Discovery from end to end: statements, search, figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.reports.discovery import told as rows_told
from assay.reports.discovery.candidate import Context
from assay.reports.discovery.cover import search
from assay.reports.discovery.evidence import holm
from assay.reports.discovery.halves import confirmed, split
from assay.reports.discovery.statements import least_rows, statements
from assay.reports.discovery.strata import Strata
from assay.reports.discovery.telling import Teller

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from assay.audit.dataset import Dataset
    from assay.reports.discovery.candidate import Found
    from assay.reports.discovery.discovered import Discovered

LEVEL = 0.05
"""Chance of any false slice."""
MOST = 20
"""Slices told at most."""
MOST_CLASSES, LEAST_CLASS = 1_000, 3
"""Classes whose own error rates are looked at, and rows that each has."""


def discover(  # noqa: PLR0913, PLR0917 - what is known of every row
    data: Dataset,
    split_name: str,
    rows: NDArray[np.int64],
    labels: ArrayLike,
    predictions: ArrayLike,
    correct: NDArray[np.bool_],
    *,
    clusters: NDArray[np.int64] | None = None,
    confirm: bool = False,
    seed: int = 0,
) -> tuple[Discovered, ...]:
    """Find slices that fail more than their class mix explains; strongest first, none if none is proven.

    Args:
        data: the data set.
        split_name: the split that the rows belong to; for messages.
        rows: (n,) rows of its frame that were predicted.
        labels: (n,) true classes.
        predictions: (n,) what the model said.
        correct: (n,) whether that is right.
        clusters: (n,) equal numbers for rows that stand for one (near-duplicates); None if each stands for itself.
        confirm: whether to search one half of the rows and prove the finds on the other.
        seed: which halves.

    Raises:
        ValueError: lengths differ.
    """
    told = rows_told.told(data, split_name, rows, labels, predictions, correct, clusters=clusters)
    trials = told.trials()
    wrong = ~told.correct[trials]
    if not 0 < np.count_nonzero(wrong) < trials.size:
        return ()
    names, classes = np.unique(told.labels[trials], return_inverse=True)
    strata = Strata(pooled(classes.astype(np.int64)), wrong, np.ones(trials.size, np.bool_))
    predicates = statements(told, trials, classes.astype(np.int64), names.tolist())
    context = Context(predicates, strata, least_rows(trials.size), float(np.log(LEVEL)))
    first = split(trials.size, seed) if confirm else None
    found, p_values = _searched(context) if first is None else confirmed(context, first, LEVEL, MOST)
    if not found:
        return ()
    place = np.full(told.rows.size, -1, np.int64)
    place[trials] = np.arange(trials.size)
    other = None if first is None else (place >= 0) & ~first[place]
    teller = Teller(told, told.data.frame[told.rows], predicates, place, other, LEVEL)
    made = [teller.tell(each, p) for each, p in zip(found, p_values.tolist(), strict=True)]
    return tuple(each for each in made if each is not None)


def pooled(classes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Classes as they are told apart: those of few rows, and those beyond the ``MOST_CLASSES`` largest, are one."""
    sizes = np.bincount(classes)
    order = np.argsort(-sizes, kind="stable")
    code = np.zeros(sizes.size, np.int64)
    kept = np.sort(order[: min(MOST_CLASSES, int(np.count_nonzero(sizes >= LEAST_CLASS)))])
    code[kept] = 1 + np.arange(kept.size)
    _, out = np.unique(code[classes], return_inverse=True)
    return out.astype(np.int64)


def _searched(context: Context) -> tuple[list[Found], NDArray[np.float64]]:
    """Slices of all rows, and their adjusted p-values."""
    found = search(context, MOST)
    log_p, weights = [each.log_p() for each in found], [each.candidate.log_weight for each in found]
    return found, holm(np.array(log_p, np.float64), np.exp(np.array(weights, np.float64)))
