"""Labeled texts as units, their votes, and their neighbors: what label errors are judged on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.features import alike, embeddings
from assay.audit.neighbours.search import Neighbours, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset

_NEIGHBOURS = 15
_SEARCHED = 2
"""Times as many neighbours are looked for where some of them share a vote."""
_PROBES = 4
"""Cells looked into for a text's neighbours in a very large set: votes take texts of its kind, not the very nearest."""


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Labelled texts; copies of a text under one label are one unit."""

    rows: NDArray[np.int64]
    """(units,) row of each: of its copies the one whose content has the lowest hash."""
    codes: NDArray[np.intp]
    """(units,) label."""
    of: NDArray[np.int64]
    """(rows of the data set,) unit of each row; -1 for a row without a label."""
    block: NDArray[np.int64]
    """(units,) template family or cluster of near-duplicates that each belongs to."""
    family: NDArray[np.bool_]
    """(units,) whether it is a template family."""

    @property
    def vote(self) -> NDArray[np.int64]:
        """(units,) number of the vote each shares in: units of one block and label vote once."""
        keys = self.block * (int(self.codes.max(initial=0)) + 1) + self.codes
        found: NDArray[np.int64] = np.unique(keys, return_inverse=True)[1]
        return found

    @property
    def weights(self) -> NDArray[np.float64]:
        """(units,) share of its vote that each unit of a template family has; 1 for the others."""
        vote = self.vote
        found: NDArray[np.float64] = np.where(self.family, 1 / np.bincount(vote)[vote], 1.0)
        return found


def label_units(data: Dataset, codes: NDArray[np.int32]) -> Units:
    """Units in order of their contents' hashes, so that the order of rows changes nothing."""
    labelled = np.flatnonzero(codes >= 0)
    rows = labelled[np.argsort(data.hashes(labelled), kind="stable")]
    found = alike(data).found
    keys = found.rep[rows].astype(np.int64) * (int(codes.max()) + 1) + codes[rows]
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    of = np.full(len(data), -1, np.int64)
    of[rows] = rank[inverse]
    rows = rows[first[order]]
    family = found.family[rows] >= 0
    block = np.where(family, found.family[rows], found.group[rows]).astype(np.int64)
    return Units(rows, codes[rows].astype(np.intp), of, block, family)


def neighbours_of(data: Dataset, units: Units) -> Neighbours:
    """The nearest other units of each unit; of those that share a vote, the nearest one."""
    k = min(_NEIGHBOURS, units.rows.size - 1)
    vote = units.vote
    many = k if np.unique(vote).size == vote.size else min(_SEARCHED * k, units.rows.size - 1)
    return one_each(nearest(embeddings(data).vectors[units.rows], many, probes=_PROBES), vote, k)


def one_each(near: Neighbours, vote: NDArray[np.int64], k: int) -> Neighbours:
    """Keep the nearest ``k`` neighbours of each unit that have different votes.

    Args:
        near: (units, many) neighbours, nearest first.
        vote: (units,) number of the vote that each unit shares in.
        k: how many to keep.
    """
    mine = np.where(near.index >= 0, vote[near.index], -1 - np.arange(near.index.shape[1]))
    again = np.zeros(mine.shape, np.bool_)
    for j in range(1, mine.shape[1]):
        again[:, j] = (mine[:, :j] == mine[:, j : j + 1]).any(axis=1)
    order = np.argsort(again, axis=1, kind="stable")[:, :k]
    out = np.take_along_axis(again, order, axis=1)
    index = np.where(out, np.int32(-1), np.take_along_axis(near.index, order, axis=1))
    similarity = np.where(out, np.float32(0), np.take_along_axis(near.similarity, order, axis=1))
    return Neighbours(index, similarity, near.recall)


def share_of(near: Neighbours, codes: NDArray[np.intp], wanted: NDArray[np.int64]) -> NDArray[np.float64]:
    """(units,) share of each unit's neighbors that have a wanted label."""
    known = near.index >= 0
    found: NDArray[np.float64] = ((codes[near.index] == wanted[:, None]) & known).sum(axis=1) / np.maximum(
        known.sum(axis=1), 1
    )
    return found


def by_unit(units: Units, odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """(units,) the highest of the odds of each unit's rows."""
    labelled = np.flatnonzero(units.of >= 0)
    out = np.full(units.rows.size, -np.inf)
    np.maximum.at(out, units.of[labelled], odds[labelled])
    return out


def as_chance(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of logarithms of odds."""
    found: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(odds, -700, 700)))
    return found
