"""Rows with several labels: each label is a mark that a row carries or not, judged against all others alike.

Two heads with closed-form leave-one-out, ridge regression and nearest neighbours, are joined by one logistic
regression over all cells (rows by marks), fitted on their out-of-sample scores; then, as for single labels, the
posterior under the chances that a mark was forgotten or given by mistake.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.labelling.fusion import blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.audit.labelling.heads import Doubles, Nearest, Ridge, Sparse

_SEPARATORS = (";", "|", ",")
_SHARE = 0.02  # of labels that hold a separator, at least
_REUSE = 2.0  # times that a part stands in different labels, on average, at least
_SAMPLE = 2_000_000  # cells that the regression is fitted on
_RIDGE = 1e-3
_ROUNDS = 25
_DIGITS = 6
_FEW = 5  # units with a mark from which on it can be judged


def separator(labels: Sequence[str]) -> str:
    """What parts the labels of a row: ``;``, ``|``, ``,``, or ``[`` for lists written as text; empty for one label.

    A separator is one only if the parts recur: they are fewer than the labels and stand in several of them. So
    ``Food, drink`` beside ``Health`` stays one label.

    Args:
        labels: the distinct labels.
    """
    if not labels:
        return ""
    if all(label.strip()[:1] == "[" and label.strip()[-1:] == "]" for label in labels):
        return "["
    for mark in _SEPARATORS:
        parts = [split(label, mark) for label in labels]
        several = [p for p in parts if len(p) > 1]
        if len(several) < max(2, _SHARE * len(labels)):
            continue
        inside = [part for p in parts for part in set(p)]
        distinct = len(set(inside))
        if distinct < len(labels) and len(inside) >= _REUSE * distinct:
            return mark
    return ""


def split(label: str, mark: str) -> tuple[str, ...]:
    """The labels in a label, in their order, each once."""
    if mark == "[":
        try:
            found = json.loads(label)
        except ValueError:
            found = [part.strip(" '\"") for part in label.strip()[1:-1].split(",")]
        parts = [str(part).strip() for part in found]
    else:
        parts = [part.strip() for part in label.split(mark)]
    return tuple(dict.fromkeys(part for part in parts if part))


def joined(parts: Sequence[str], mark: str) -> str:
    """Labels as one, the way the data write it."""
    return json.dumps(list(parts), ensure_ascii=False) if mark == "[" else mark.join(parts)


@dataclass(frozen=True, slots=True, eq=False)
class MarkJudgement:
    """The most doubtful mark of each unit."""

    mark: NDArray[np.int64]
    """(units,) which one."""
    odds: Doubles
    """(units,) logarithm of the odds that it is wrongly given, or wrongly missing."""
    surprise: Doubles
    """(units,) chance of votes like its neighbors' if its mark were right; see ``_surprise``."""
    rate: float
    """Mean probability over units: a working value."""


def judge_marks(ridge: Ridge, near: Nearest, targets: Sparse) -> MarkJudgement:
    """Judge every mark of every unit by the other units.

    Args:
        ridge: over the units.
        near: over the same units.
        targets: (units, marks) CSR with 1 where a unit carries a mark.
    """
    units, marks = targets.shape
    sample = np.arange(min(units, max(1000, _SAMPLE // marks)))  # units are in random order
    for head in (ridge, near):
        head.learn(targets, sample, np.asarray(targets[sample].argmax(axis=1)).ravel())
    size = np.asarray(targets.sum(axis=0)).ravel()
    weights = _logistic(_cells(ridge, near, sample, size), targets[sample].toarray().ravel())
    doubt = [np.zeros(2), np.zeros(2)]  # wrong and all, of marks given and of marks missing
    for block in blocks(units, marks):
        chance, given = _chances(ridge, near, block, size, weights), targets[block].toarray() > 0
        doubt[0] += [(1 - chance)[given].sum(), given.sum()]
        doubt[1] += [chance[~given].sum(), (~given).sum()]
    # Chances that a true mark is missing and that a false one is given, from expected counts.
    right, strange = doubt[0][1] - doubt[0][0], doubt[0][0]
    forgotten = np.clip(doubt[1][0] / (doubt[1][0] + right), 1e-4, 0.5)
    mistaken = np.clip(strange / (strange + doubt[1][1] - doubt[1][0]), 1e-6, 0.5)
    shift = np.log(mistaken / (1 - forgotten)), np.log(forgotten / (1 - mistaken))
    worst, odds = np.empty(units, np.int64), np.empty(units)
    for block in blocks(units, marks):
        logit = _logits(ridge, near, block, size, weights)
        given = targets[block].toarray() > 0
        wrong = np.where(given, -logit + shift[0], logit + shift[1])
        # A mark that hardly any unit carries is no evidence.
        wrong[:, size < _FEW] = -np.inf
        wrong = np.round(wrong, _DIGITS)
        worst[block] = wrong.argmax(axis=1)
        odds[block] = wrong.max(axis=1)
    odds = np.maximum(odds, -50.0)
    return MarkJudgement(worst, odds, _surprise(near, targets, worst), float((1 / (1 + np.exp(-odds))).mean()))


def _surprise(near: Nearest, targets: Sparse, mark: NDArray[np.int64]) -> Doubles:
    """(units,) chance of votes like those on a mark of each unit, if the unit were like all others with or without it.

    A mark that is given should be as frequent among a unit's neighbors as it is among those of the other units with
    it; one that is not given no more frequent than in the whole dataset (binomial tails). Where a mark is no more
    frequent around its own units than elsewhere, neighbors say nothing of it: the chance is 1.
    """
    from scipy.stats import binom  # noqa: PLC0415 - heavy

    units = np.arange(targets.shape[0])
    votes, of = near.counts(units)
    size = np.asarray(targets.sum(axis=0)).ravel()
    base = size / targets.shape[0]
    total = np.asarray((votes * targets).sum(axis=0)).ravel()
    asked = np.asarray(targets.T @ of).ravel()
    have = np.asarray(votes[units, mark]).ravel()
    given = np.asarray(targets[units, mark]).ravel() > 0
    around = (total[mark] - have) / np.maximum(asked[mark] - of, 1)
    low = np.where(around > base[mark], binom.cdf(have, of, np.clip(around, 0, 1)), 1.0)
    high = binom.sf(have - 1, of, base[mark])
    found: Doubles = np.where(given, low, high).astype(np.float64)
    return np.round(found, _DIGITS)


def _cells(ridge: Ridge, near: Nearest, units: NDArray[np.intp], size: Doubles) -> Doubles:
    """(cells, 4) features of the regression: both scores, the mark's own share, and one."""
    scores: Doubles = ridge.scores(units)
    votes: Doubles = near.shares(units)
    total = near.units
    share = np.log((size + 0.5) / (total - size + 0.5))
    columns = [scores.ravel(), votes.ravel(), np.tile(share, units.size), np.ones(scores.size)]
    return np.stack(columns, axis=1)


def _logits(ridge: Ridge, near: Nearest, units: NDArray[np.intp], size: Doubles, weights: Doubles) -> Doubles:
    found: Doubles = (_cells(ridge, near, units, size) @ weights).reshape(units.size, -1)
    return np.clip(found, -30, 30)


def _chances(ridge: Ridge, near: Nearest, units: NDArray[np.intp], size: Doubles, weights: Doubles) -> Doubles:
    found: Doubles = 1 / (1 + np.exp(-_logits(ridge, near, units, size, weights)))
    return found


def _logistic(features: Doubles, targets: Doubles) -> Doubles:
    """Logistic regression by Newton's method, with a trace of L2 penalty."""
    weights = np.zeros(features.shape[1])
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        slope = features.T @ (chance - targets) + _RIDGE * weights
        curve = (features * (chance * (1 - chance))[:, None]).T @ features + _RIDGE * np.eye(weights.size)
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if np.abs(step).max() < 1e-6:  # noqa: PLR2004 - no further change
            break
    return weights
