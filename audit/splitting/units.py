"""Units of a split: rows that stay together, what each holds, and where its hash puts it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Groups of rows that are not parted. ``units`` below is their number."""

    of: NDArray[np.int64]
    """(rows,) unit of each row."""
    size: NDArray[np.int64]
    """(units,) rows."""
    place: NDArray[np.float64]
    """(units,) 0..1, by the hash of the unit's smallest content key and the seed: nothing else moves it."""
    label: NDArray[np.int64]
    """(units,) code of the label that most of its rows have, -1 for none; of equals the smallest code."""
    names: tuple[str, ...]
    """Labels by code."""
    holds: Any
    """(units, categories) sparse counts of rows: labels first, then slices."""
    critical: int = 0
    """Slices, of the first ones in ``holds``, that units are stratified by."""


def make_units(
    data: Dataset, root: NDArray[np.int64], masks: Sequence[NDArray[np.bool_]], critical: int, seed: int
) -> Units:
    """Units of the rows that share a root.

    Args:
        data: the rows.
        root: (rows,) a row that stands for each row's unit.
        masks: (rows,) members of each slice that counts.
        critical: how many of them, from the first one on, units are stratified by.
        seed: another one puts units elsewhere.
    """
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - heavy

    _, of = np.unique(root, return_inverse=True)
    of = of.astype(np.int64)
    count = int(of.max()) + 1 if of.size else 0
    keys = data.hashes(np.arange(len(data), dtype=np.int64))
    smallest = np.full(count, np.iinfo(np.uint64).max, np.uint64)
    np.minimum.at(smallest, of, keys)
    known, names = data.label_codes if data.roles.label else (np.full(len(data), -1, np.int32), ())
    codes, classes = known.astype(np.int64), len(names)
    rows, columns = [of[codes >= 0]], [codes[codes >= 0]]
    for n, mask in enumerate(masks):
        rows.append(of[mask])
        columns.append(np.full(int(mask.sum()), classes + n, np.int64))
    at, category = np.concatenate(rows), np.concatenate(columns)
    shape = (count, classes + len(masks))
    holds = csr_matrix((np.ones(at.size), (at, category)), shape=shape)
    size = np.bincount(of, minlength=count)
    return Units(of, size, scattered(smallest, seed), _majority(of, codes, count), names, holds, critical)


def scattered(keys: NDArray[np.uint64], seed: int) -> NDArray[np.float64]:
    """Numbers in 0..1 that look random, one a key: SplitMix64's finaliser over key and seed."""
    salt = np.uint64(int.from_bytes(sha256(f"assay split {seed}".encode()).digest()[:8], "little"))
    mixed = keys ^ salt
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def _majority(of: NDArray[np.int64], codes: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The label that most rows of each unit have."""
    label = np.full(count, -1, np.int64)
    known = codes >= 0
    if not known.any():
        return label
    width = int(codes.max()) + 1
    pairs, counts = np.unique(of[known] * width + codes[known], return_counts=True)
    order = np.lexsort((-(pairs % width), counts, pairs // width))
    label[pairs[order] // width] = pairs[order] % width  # written in rising order of count: the largest stays
    return label
