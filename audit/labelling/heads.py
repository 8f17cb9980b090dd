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

_DENSE = 20_000_000  # cells up to which a table of words by classes is kept dense: 80 MB
_BLOCK = 8192
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

    def scores(self, units: NDArray[np.intp]) -> Floats:
        """(units, classes) scores, each unit's own target left out."""


class Ridge:
    """Least squares with an L2 penalty; leave-one-out by the hat matrix.

    With ``Z'Z = V diag(s) V'`` and ``Q = ZV`` the fit is ``F = Q diag(1/(s+l)) Q'Y``, a unit's leverage
    ``h = sum(q^2/(s+l))`` and its prediction without itself ``(f - h y)/(1 - h)`` (Allen's PRESS, 1974).
    """

    name = "ridge"

    def __init__(self, views: Sequence[Floats], rows: NDArray[np.int64] | None = None) -> None:
        """Factorise once.

        Args:
            views: (rows, dims) dense features, side by side.
            rows: the row of each unit; without it every row is one.
        """
        units = len(views[0]) if rows is None else rows.size
        design = np.ones((units, sum(view.shape[1] for view in views) + 1), np.float32)
        for start in range(0, units, _BLOCK):
            block, at = slice(start, start + _BLOCK), 0
            for view in views:
                design[block, at : at + view.shape[1]] = view[block if rows is None else rows[block]]
                at += view.shape[1]
        gram = np.zeros((design.shape[1], design.shape[1]))
        for start in range(0, len(design), _BLOCK):
            part = design[start : start + _BLOCK]
            gram += part.T @ part
        values, vectors = np.linalg.eigh(gram)
        self._values = np.maximum(values, 0)
        turn = vectors.astype(np.float32)
        for start in range(0, units, _BLOCK):  # in place: the design is not needed any more
            design[start : start + _BLOCK] = design[start : start + _BLOCK] @ turn
        self._rotated: Floats = design
        self._penalty: float | None = None

    def learn(self, targets: Sparse, sample: NDArray[np.intp], codes: NDArray[np.intp]) -> None:
        """Solve for new targets; the penalty is chosen the first time, out of nine by log-likelihood."""
        self._targets = targets
        self._product: Floats = np.ascontiguousarray((targets.T @ self._rotated).T, np.float32)
        if self._penalty is None:
            some = sample[: max(1000, _CHOOSING // targets.shape[1])]
            scale = self._values.mean() / 100
            losses = {}
            for penalty in np.geomspace(0.03, 300, 9) * scale:
                self._penalty = float(penalty)
                losses[self._penalty] = fit_scale(self.scores(some), codes[: some.size])[1]
            self._penalty = min(losses, key=losses.__getitem__)

    def scores(self, units: NDArray[np.intp]) -> Floats:
        """Predictions of the class indicators, each unit left out."""
        shrunk = (1 / (self._values + self._penalty)).astype(np.float32)
        rows = self._rotated[units]
        fitted: Floats = rows @ (self._product * shrunk[:, None])
        leverage = np.minimum((rows * rows) @ shrunk, np.float32(0.999))
        own = self._targets[units].tocoo()
        fitted[own.coords] -= leverage[own.coords[0]] * own.data
        fitted /= (1 - leverage)[:, None]
        return fitted


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
        weight = np.where(index >= 0, np.maximum(similarity, 0) ** _POWER, 0).astype(np.float32)
        starts = np.arange(0, units * k + 1, k)
        self._votes = csr_array((weight.ravel(), np.maximum(index, 0).ravel(), starts), shape=(units, units))
        self._spare: Floats = np.maximum(weight.mean(axis=1), 1e-6) / 2

    def learn(self, targets: Sparse, sample: NDArray[np.intp], codes: NDArray[np.intp]) -> None:  # noqa: ARG002
        """Keep the targets."""
        self._targets = targets
        self._share: Floats = (np.asarray(targets.sum(axis=0)).ravel() / targets.shape[0]).astype(np.float32)

    def scores(self, units: NDArray[np.intp]) -> Floats:
        """Logarithms of vote shares, half a vote spread by class share; a unit is no neighbour of itself."""
        votes: Floats = (self._votes[units] @ self._targets).toarray()
        votes += self._spare[units][:, None] * np.maximum(self._share, 1e-9)
        votes /= votes.sum(axis=1, keepdims=True)
        return np.log(votes)

    @property
    def units(self) -> int:
        """How many there are."""
        return int(self._votes.shape[0])

    def shares(self, units: NDArray[np.intp]) -> Floats:
        """Logarithms of the vote share of each class, classes not being rivals of each other."""
        votes: Floats = (self._votes[units] @ self._targets).toarray()
        spare = self._spare[units][:, None]
        votes += spare * np.maximum(self._share, 1e-9)
        votes /= np.asarray(self._votes[units].sum(axis=1)).reshape(-1, 1) + spare
        return np.log(votes)


class Bayes:
    """Multinomial naive Bayes on word counts; a unit's own counts are taken out of its class."""

    name = "words"

    def __init__(self, counts: Sparse) -> None:
        """Keep words that at least two units share: the others say the same of every class.

        Args:
            counts: (units, words) CSR.
        """
        seen = np.bincount(counts.indices, minlength=counts.shape[1])
        self._counts = counts[:, np.flatnonzero(seen > 1)].astype(np.float32)
        self._length: Floats = np.asarray(self._counts.sum(axis=1), np.float32).ravel()

    def learn(self, targets: Sparse, sample: NDArray[np.intp], codes: NDArray[np.intp]) -> None:  # noqa: ARG002
        """Count words by class."""
        self._targets = targets
        table = (self._counts.T @ targets).tocsr()
        if table.shape[0] * table.shape[1] <= _DENSE:
            table = table.toarray()
            self._logs = np.log(table + np.float32(_SMOOTHING))
        else:
            table.sort_indices()
            self._logs = table.copy()
            self._logs.data = np.log1p(table.data / np.float32(_SMOOTHING))
        self._table = table
        self._totals: Floats = (np.asarray(targets.T @ self._length) + _SMOOTHING * table.shape[0]).astype(np.float32)
        self._units: Floats = np.asarray(targets.sum(axis=0), np.float32).ravel() + 1

    def scores(self, units: NDArray[np.intp]) -> Floats:
        """Log-likelihood by word, each unit left out; 0 for all classes where no word is known."""
        rows, length = self._counts[units], self._length[units]
        product = rows @ self._logs
        out: Floats = product if isinstance(product, np.ndarray) else product.toarray()
        out -= length[:, None] * np.log(self._totals) - np.log(self._units)
        own = self._targets[units].tocoo()
        out[own.coords] += self._without(rows, length, own)
        out /= np.maximum(length, 1)[:, None]
        return out

    def _without(self, rows: Sparse, length: Floats, own: Any) -> Floats:
        """What taking a unit's own share out of a class changes, for each entry of ``own``."""
        unit, code = own.coords
        sizes = np.diff(rows.indptr)[unit]
        entry = np.repeat(np.arange(unit.size), sizes)
        at = np.arange(entry.size) + np.repeat(rows.indptr[unit] - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
        words, amount = rows.indices[at], rows.data[at]
        known = np.asarray(self._table[words, code[entry]]).ravel()
        less = np.maximum(known - own.data[entry] * amount, 0)
        smooth = np.float32(_SMOOTHING)
        change = np.bincount(entry, amount * np.log((less + smooth) / (known + smooth)), minlength=unit.size)
        total, units = self._totals[code], self._units[code]
        mine = own.data * length[unit]
        change -= length[unit] * np.log(np.maximum(total - mine, smooth) / total)
        change += np.log(np.maximum(units - own.data, smooth) / units)
        return change.astype(np.float32)


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

    def scores(self, units: NDArray[np.intp]) -> Floats:
        """Their logarithms."""
        return np.log(np.maximum(self._given[units], np.float32(1e-7)))
