"""Search one half of the rows, prove what is found on the other: exact whatever the search did (Cox, 1975)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from assay.reports.discovery.candidate import OF_CLASSES, OF_STATEMENTS, Context, Found
from assay.reports.discovery.cover import search
from assay.reports.discovery.evidence import holm
from assay.reports.discovery.growth import rows_of
from assay.reports.discovery.predicates import gather
from assay.reports.discovery.strata import Strata

if TYPE_CHECKING:
    from numpy.typing import NDArray


TRIED = 60
"""Finds of the first half that are tried on the second."""
LEAST_HALF = 5
"""Rows of the first half that a slice has at least."""
LOOSE = float(np.log(1e-5))
"""Log of the p-value that a find of the first half reaches: luck is sorted out by the second."""


def split(size: int, seed: int) -> NDArray[np.bool_]:
    """(size,) true for the half that is searched."""
    out = np.zeros(size, np.bool_)
    out[np.random.default_rng(seed).permutation(size)[: size // 2]] = True
    return out


def confirmed(
    whole: Context, first: NDArray[np.bool_], level: float, most: int
) -> tuple[list[Found], NDArray[np.float64]]:
    """Slices found on the first half and proven on the second; and their adjusted p-values.

    Args:
        whole: all rows.
        first: (rows,) the half that is searched.
        level: chance of any false slice.
        most: slices wanted at most.
    """
    predicates, strata = whole.predicates, whole.strata
    half = gather(((s, _within(predicates.of(k), first)) for k, s in enumerate(predicates.statements)), predicates.size)
    searched = Strata(strata.of, strata.wrong & first, first)
    found = search(Context(half, searched, max(whole.least // 2, LEAST_HALF), LOOSE, flat=True), TRIED)
    rest = Strata(strata.of, strata.wrong & ~first, ~first)
    tried = []
    for each in found:
        candidate = replace(each.candidate, rows=rows_of(each.candidate.literals, whole))
        tried.append(Found(candidate, rest))
        rest = rest.without(candidate.rows)
    if not tried:
        return [], np.zeros(0)
    weights = np.array([OF_CLASSES if each.candidate.whole else OF_STATEMENTS for each in tried])
    p_values = holm(np.array([each.log_p() for each in tried]), weights / len(tried))
    kept = np.flatnonzero(p_values <= level)[:most]
    return [tried[k] for k in kept.tolist()], p_values[kept]


def _within(rows: NDArray[np.int32], mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    return rows[mask[rows]]
