"""Declared slices, and the rows that each must have in train and in test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.audit.errors import DataError
from assay.audit.slices import members
from assay.audit.slicing.request import Declared

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset

MOST = 40
"""Critical slices that are stratified by; each doubles the strata there may be."""


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """A slice, its rows, and its minimum on each side."""

    name: str
    critical: bool
    mask: NDArray[np.bool_]
    min_train: int
    min_test: int


def wanted(data: Dataset, min_test: int) -> list[Wanted]:
    """Declared slices, critical ones first.

    Args:
        data: the rows, all in one split.
        min_test: rows that a critical slice needs in test, where it declares no minimum.

    Raises:
        ConfigError: a condition is wrong.
        DataError: a critical slice has fewer rows than its minima add up to.
    """
    declared: Declared = data.memo.get(Declared, Declared())
    if not declared.slices:
        return []
    found = members(data)
    out = []
    for n, one in found:
        least = one.min_test if one.min_test is not None else min_test if one.critical else 0
        out.append(Wanted(one.name, one.critical, found.masks[n].to_numpy(), one.min_train or 0, least))
    short = [one for one in out if one.critical and one.mask.sum() < one.min_train + one.min_test]
    if short:
        told = "; ".join(_short(one) for one in short)
        cure = "Collect more of them, or lower min_train and min_test in assay.toml"
        raise DataError(f"too few rows in a critical slice: {told}", cure=cure)
    return out


def _short(one: Wanted) -> str:
    have, need = int(one.mask.sum()), one.min_train + one.min_test
    wants = f"{one.min_train:,} in train and {one.min_test:,} in test"
    return f"{one.name!r} has {have:,} and needs {wants}: {need - have:,} short"
