"""Classifiers whose leave-one-out scores have a closed form: no folds, no iterations.

Each learns from targets, a sparse (units, classes) matrix of class shares, and then scores blocks of units, each as
if it had not been among those it learned from. Learning again from other targets reuses what depends on the texts
alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from assay.audit.labelling.calibration import fit_scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Sparse = Any
    """A scipy.sparse.csr_array."""
    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]

_DENSE = 20_000_000  # cells up to which a table of words by classes is kept dense: 160 MB
_BLOCK = 4096
_MOST_LEVERAGE = 0.9  # median leverage of a penalty that may be chosen
_NO_REST = 1e-9  # of 1 - leverage
_DIGITS = 9  # of losses that are compared
_CHOOSING = 400_000  # cells that the penalty is chosen on
_POWER = 4.0  # of the cosine: near neighbours count for more than far ones
_SMOOTHING = 0.05  # added to each count of a word in a class


class Head(Protocol):
    """A classifier with leave-one-out scores."""

    name: str

    def learn(self, targets: Sparse, sample: NDArray[np.intp], codes: NDArray[np.intp]) -> None:
        """Learn from ``targets``; settings may be chosen on the out-of-sample scores of ``sample``.

        Args:
            targets: (units, classes) shares that sum to 1 in each row.
            sample: units to choose settings on.
            codes: (sample,) their labels.
        """

    def scores(self, units: NDArray[np.intp]) -> Doubles:
        """(units, classes) scores, each unit's own target left out."""


class Ridge:
    """Least squares with an L2 penalty; leave-one-out by the hat matrix.

    With ``Z'Z = V diag(s) V'`` and ``Q = ZV`` the fit is ``F = Q diag(1/(s+l)) Q'Y``, a unit's leverage
    ``h = sum(q^2/(s+l))`` and its prediction without itself ``(f - h y)/(1 - h)`` (Allen's PRESS, 1974). The division
    amplifies rounding errors by ``1/(1 - h)``: everything is computed in float64, a block of units at a time.
    """

    name = "ridge"

    def __init__(
        self, views: Sequence[Floats], rows: NDArray[np.int64] | None = None, weights: Doubles | None = None
    ) -> None:
        """Factorize once.

        Args:
            views: (rows, dims) dense features, side by side.
            rows: the row of each unit; without it every row is one.
            weights: (units,) how much each counts, 1 if not given.
        """
        self._views, self._rows = views, rows
        self._units = len(views[0]) if rows is None else rows.size
        self._weights = np.ones(self._units) if weights is None else weights
        dims = sum(view.shape[1] for view in views) + 1
        gram = np.zeros((dims, dims))
        for block in self._blocks():
            part = self._design(block)
            gram += part.T @ (part * self._weights[block][:, None])
        values, self._vectors = np.linalg.eigh(gram)
        self._values = np.maximum(values, 0)
        self._penalty: float | None = None
        self._leverage: Doubles | None = None

    def learn(self, targets: Sparse, sample: NDArray[np.intp], codes: NDArray[np.intp]) -> None:
        """Solve for new targets; the penalty is chosen the first time, out of nine by log-likelihood.

        A penalty under which half of the units have a leverage over .9 is no candidate: there each prediction rests on
        hardly anything but the unit's own label.
        """
        self._targets = weighted(targets, self._weights)
        product = np.zeros((self._values.size, targets.shape[1]))
        for block in self._blocks():
            product += (self._targets[block].T @ self._design(block)).T
        self._product = self._vectors.T @ product
        if self._penalty is None:
            some = sample[: max(1000, _CHOOSING // targets.shape[1])]
            self._penalty = self._choose(some, codes[: some.size])
            self._leverage = np.concatenate([self._leverages(b, self._penalty) for b in self._blocks()])
        self._solution = self._vectors @ (self._product / (self._values + self._penalty)[:, None])

    def _choose(self, some: NDArray[np.intp], codes: NDArray[np.intp]) -> float:
        """The candidate under which the labels of some units are likeliest out of sample."""
        rotated = self._design(some) @ self._vectors
        penalties = (np.geomspace(0.03, 300, 9) * self._values.mean() / 100).tolist()
        losses = {}
        for penalty in penalties:
            shrunk = 1 / (self._values + penalty)
            leverage = (rotated * rotated) @ shrunk
            if np.median(leverage * self._weights[some]) > _MOST_LEVERAGE:
                continue
            fitted = rotated @ (self._product * shrunk[:, None])
            losses[penalty] = round(fit_scale(self._without(fitted, leverage, some), codes)[1], _DIGITS)
        return float(min(losses, key=losses.__getitem__)) if losses else float(penalties[-1])

    def scores(self, units: NDArray[np.intp]) -> Doubles:
        """Predictions of the class indicators, each unit left out."""
        if self._leverage is None:
            raise RuntimeError("scores before learn")
        return self._without(self._design(units) @ self._solution, self._leverage[units], units)

    def _without(self, fitted: Doubles, leverage: Doubles, units: NDArray[np.intp]) -> Doubles:
        """Predictions without the unit's own target, from those with it."""
        own = self._targets[units].tocoo()
        fitted[own.coords] -= leverage[own.coords[0]] * own.data
        fitted /= np.maximum(1 - leverage * self._weights[units], _NO_REST)[:, None]
        return fitted

    def _leverages(self, units: NDArray[np.intp], penalty: float) -> Doubles:
        rotated = self._design(units) @ self._vectors
        found: Doubles = (rotated * rotated) @ (1 / (self._values + penalty))
        return found

    def _blocks(self) -> list[NDArray[np.intp]]:
        return [np.arange(a, min(a + _BLOCK, self._units)) for a in range(0, self._units, _BLOCK)]

    def _design(self, units: NDArray[np.intp]) -> Doubles:
        """(units, dims + 1) their features and a one."""
        rows = units if self._rows is None else self._rows[units]
        out = np.ones((units.size, sum(view.shape[1] for view in self._views) + 1))
        at = 0
        for view in self._views:
            out[:, at : at + view.shape[1]] = view[rows]
            at += view.shape[1]
        return out


def weighted(targets: Sparse, weights: Doubles) -> Sparse:
    """Targets whose units count differently."""
    out = targets.astype(np.float64)
    out.data = out.data * np.repeat(weights, np.diff(targets.indptr))
    return out


class Nearest:
    """Votes of the nearest neighbours, weighted by the fourth power of their cosine."""

    name = "neighbours"

    def __init__(self, index: NDArray[np.int32], similarity: Floats) -> None:
        """Keep the neighbours.

        Args:
            index: (units, k) other units, nearest first; -1 for none.
            similarity: (units, k) cosines.
        """
        from scipy.sparse import csr_array  # noqa: PLC0415 - heavy

        units, k = index.shape
        weight = np.where(index >= 0, np.maximum(similarity, 0).astype(np.float64) ** _POWER, 0)
        starts = np.arange(0, units * k + 1, k)
        self._votes = csr_array((weight.ravel(), np.maximum(index, 0).ravel(), starts), shape=(units, units))
        self._spare: Doubles = np.maximum(weight.mean(axis=1), 1e-6) / 2

    def learn(self, targets: Sparse, sample: NDArray[np.intp], codes: NDArray[np.intp]) -> None:  # noqa: ARG002
        """Keep the targets."""
        self._targets = targets
        self._share: Doubles = np.asarray(targets.sum(axis=0), np.float64).ravel() / targets.shape[0]

    def scores(self, units: NDArray[np.intp]) -> Doubles:
        """Logarithms of vote shares, half a vote spread by class share; a unit is no neighbour of itself."""
        votes: Doubles = (self._votes[units] @ self._targets).toarray()
        votes += self._spare[units][:, None] * np.maximum(self._share, 1e-9)
        votes /= votes.sum(axis=1, keepdims=True)
        return np.log(votes)

    @property
    def units(self) -> int:
        """How many there are."""
        return int(self._votes.shape[0])

    def counts(self, units: NDArray[np.intp]) -> tuple[Sparse, Doubles]:
        """(units, classes) CSR of neighbors with each class, and (units,) how many neighbors there are."""
        from scipy.sparse import csr_array  # noqa: PLC0415 - heavy

        some = self._votes[units]
        one = csr_array(((some.data > 0).astype(np.float64), some.indices, some.indptr), shape=some.shape)
        return (one @ self._targets).tocsr(), np.asarray(one.sum(axis=1), np.float64).ravel()

    def shares(self, units: NDArray[np.intp]) -> Doubles:
        """Logarithms of the vote share of each class, classes not being rivals of each other."""
        votes: Doubles = (self._votes[units] @ self._targets).toarray()
        spare = self._spare[units][:, None]
        votes += spare * np.maximum(self._share, 1e-9)
        votes /= np.asarray(self._votes[units].sum(axis=1)).reshape(-1, 1) + spare
        return np.log(votes)


class Bayes:
    """Multinomial naive Bayes on word counts; a unit's own counts are taken out of its class."""

    name = "words"

    def __init__(self, counts: Sparse, weights: Doubles | None = None) -> None:
        """Keep words that at least two units share: the others say the same of every class.

        Args:
            counts: (units, words) CSR.
            weights: (units,) how much each counts, 1 if not given.
        """
        self._weights = np.ones(counts.shape[0]) if weights is None else weights
        seen = np.bincount(counts.indices, minlength=counts.shape[1])
        self._counts = counts[:, np.flatnonzero(seen > 1)].astype(np.float64)
        self._length: Doubles = np.asarray(self._counts.sum(axis=1)).ravel()

    def learn(self, targets: Sparse, sample: NDArray[np.intp], codes: NDArray[np.intp]) -> None:  # noqa: ARG002
        """Count words by class."""
        targets = self._targets = weighted(targets, self._weights)
        table = (self._counts.T @ targets).tocsr()
        if table.shape[0] * table.shape[1] <= _DENSE:
            table = table.toarray()
            self._logs = np.log(table + _SMOOTHING)
        else:
            table.sort_indices()
            self._logs = table.copy()
            self._logs.data = np.log1p(table.data / _SMOOTHING)
        self._table = table
        self._totals: Doubles = np.asarray(targets.T @ self._length, np.float64) + _SMOOTHING * table.shape[0]
        self._units: Doubles = np.asarray(targets.sum(axis=0)).ravel() + 1

    def scores(self, units: NDArray[np.intp]) -> Doubles:
        """Log-likelihood by word, each unit left out; 0 for all classes where no word is known."""
        rows, length = self._counts[units], self._length[units]
        product = rows @ self._logs
        out: Doubles = product if isinstance(product, np.ndarray) else product.toarray()
        out -= length[:, None] * np.log(self._totals) - np.log(self._units)
        own = self._targets[units].tocoo()
        out[own.coords] += self._without(rows, length, own)
        out /= np.maximum(length, 1)[:, None]
        return out

    def _without(self, rows: Sparse, length: Doubles, own: Any) -> Doubles:
        """What taking a unit's own share out of a class changes, for each entry of ``own``."""
        unit, code = own.coords
        sizes = np.diff(rows.indptr)[unit]
        entry = np.repeat(np.arange(unit.size), sizes)
        at = np.arange(entry.size) + np.repeat(rows.indptr[unit] - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
        words, amount = rows.indices[at], rows.data[at]
        known = np.asarray(self._table[words, code[entry]]).ravel()
        less = np.maximum(known - own.data[entry] * amount, 0)
        change = np.bincount(entry, amount * np.log((less + _SMOOTHING) / (known + _SMOOTHING)), minlength=unit.size)
        total, units = self._totals[code], self._units[code]
        mine = own.data * length[unit]
        change -= length[unit] * np.log(np.maximum(total - mine, _SMOOTHING) / total)
        change += np.log(np.maximum(units - own.data, _SMOOTHING) / units)
        return np.asarray(change, np.float64)


class Told:
    """Out-of-sample probabilities that the user's own model gave: they stay as they are."""

    name = "told"

    def __init__(self, probabilities: Floats) -> None:
        """Keep them.

        Args:
            probabilities: (units, classes); rows of zeros say nothing.
        """
        self._given = probabilities

    def learn(self, targets: Sparse, sample: NDArray[np.intp], codes: NDArray[np.intp]) -> None:
        """Nothing to learn."""

    def scores(self, units: NDArray[np.intp]) -> Doubles:
        """Their logarithms."""
        return np.log(np.maximum(self._given[units].astype(np.float64), 1e-7))
