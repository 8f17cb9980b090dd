"""Which words belong together, as far as the texts tell: they meet in one text, or they meet the same other words.

Errors play no part in it, so that choosing among related words costs only their number.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from assay.reports.discovery.candidate import Context

NEAREST, NEAREST_SHARE = (6, 40), 0.04
"""Words that count as related: so many of those it meets, and so many of those in like company (a share of all)."""
ROWS, CELLS = 20_000, 3e7
"""Rows looked at, and cells of the product over them."""
_MET = 3
_STEM = 4


class Topics:
    """Related words of a search, worked out when first asked for."""

    def __init__(self, context: Context) -> None:
        """Take the search's statements; nothing is computed yet."""
        self._context = context
        self._known: dict[tuple[int, ...], NDArray[np.int64]] = {}

    def related(self, seed: tuple[int, ...]) -> NDArray[np.int64]:
        """Statements (words) related to those of a slice, ascending."""
        if seed not in self._known:
            self._known[seed] = self._related(seed)
        return self._known[seed]

    @cached_property
    def _words(self) -> NDArray[np.int64]:
        return np.flatnonzero(self._context.predicates.of_kind("word"))

    @cached_property
    def _place(self) -> dict[str, int]:
        """Word -> its place among the words."""
        statements = self._context.predicates.statements
        return {statements[k].value: n for n, k in enumerate(self._words.tolist())}

    @cached_property
    def _met(self) -> csr_matrix:
        """(words, words) texts in which both stand, none with itself; of a sample of the texts."""
        table = self._context.predicates.table[:, self._words]
        cost = float((np.diff(table.indptr).astype(np.float64) ** 2).sum())
        step = max(1, int(np.ceil(max(table.shape[0] / ROWS, cost / CELLS))))
        table = table[::step]
        together = (table.T @ table).tocsr()
        together.setdiag(0)
        together.eliminate_zeros()
        return together

    @cached_property
    def _association(self) -> csr_matrix:
        """(words, words) positive pointwise mutual information, rows of unit length."""
        from scipy.sparse import diags  # noqa: PLC0415 - heavy

        met = self._met.tocoo(copy=True)
        total = np.asarray(self._met.sum(axis=1)).ravel()
        expected = total[met.row] * total[met.col] / max(float(total.sum()), 1.0)
        met.data = np.maximum(np.log(met.data / np.maximum(expected, 1e-9)), 0.0).astype(np.float32)
        out = met.tocsr()
        out.eliminate_zeros()
        norms = np.sqrt(np.asarray(out.multiply(out).sum(axis=1)).ravel())
        return (diags(1 / np.maximum(norms, 1e-9)) @ out).tocsr()

    def _related(self, seed: tuple[int, ...]) -> NDArray[np.int64]:
        own = self._places(seed)
        if not own:
            return np.empty(0, np.int64)
        near = self._mutual(self._company(own), own)
        met = np.asarray(self._met[own].sum(axis=0)).ravel()
        total = np.asarray(self._met.sum(axis=1)).ravel()
        expected = total * total[own].sum() / max(float(total.sum()), 1.0)
        beyond = np.where(met >= _MET, (met - expected) / np.sqrt(np.maximum(expected, 0.5)), 0.0)
        places = np.concatenate([near, _top(beyond, self._nearest), self._same_stem(own)]).astype(np.int64)
        found = np.setdiff1d(self._words[np.unique(places)], np.array(seed, np.int64))
        return found.astype(np.int64)

    def _places(self, seed: tuple[int, ...]) -> list[int]:
        """Places of the words of some statements."""
        statements = self._context.predicates.statements
        parts = {word for k in seed for word in statements[k].value.split(" ")}
        return sorted(self._place[word] for word in parts & self._place.keys())

    def _company(self, own: list[int]) -> NDArray[np.int64]:
        """Places of the words in company most like that of some words."""
        if not own:
            return np.empty(0, np.int64)
        company = np.asarray(self._association[own].sum(axis=0)).ravel()
        return _top(np.asarray(self._association @ company).ravel(), self._nearest)

    @cached_property
    def _nearest(self) -> int:
        return int(np.clip(NEAREST_SHARE * self._words.size, *NEAREST))

    def _mutual(self, near: NDArray[np.int64], own: list[int]) -> NDArray[np.int64]:
        """Those of some words that have one of the seed's words among their own nearest: not every word's company."""
        likeness = (self._association[near] @ self._association.T).tocsr()
        kept = [
            k
            for n, k in enumerate(near.tolist())
            if np.isin(own, _top(_without(np.asarray(likeness[[n]].todense()).ravel(), k), self._nearest)).any()
        ]
        return np.array(kept, np.int64)

    def _same_stem(self, own: list[int]) -> NDArray[np.int64]:
        """Other forms of the words: refund, refunds, refunded."""
        names = list(self._place)
        long = [names[n] for n in own if len(names[n]) >= _STEM]
        stems = tuple({word[: max(_STEM, int(0.7 * len(word)))] for word in long})
        same = [n for word, n in self._place.items() if stems and word.startswith(stems)]
        return np.array(same[: NEAREST[1]], np.int64)


def _top(values: NDArray[np.float64], number: int) -> NDArray[np.int64]:
    order = np.argsort(-values, kind="stable")[:number]
    return order[values[order] > 0]


def _without(values: NDArray[np.float64], place: int) -> NDArray[np.float64]:
    values[place] = 0.0
    return values
