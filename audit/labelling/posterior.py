"""From class probabilities to the probability that a label is wrong.

What a text is (its true class k) and what it was called (its label j) are tied by a matrix T[k, j]. With leave-one-out
probabilities P a unit labelled j belongs to class k with a weight proportional to P[k] T[k, j] (Dawid and Skene 1979
with one annotator; Northcutt et al. 2021, arXiv 1911.00068, for the matrix from out-of-sample probabilities).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.labelling.fusion import Fused, blocks, fuse, sample_of, through
from assay.audit.lexical.parallel import map_threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.audit.labelling.heads import Doubles, Head, Sparse

KEPT = 32
"""Most probable classes kept for each unit: memory does not grow with the number of classes."""
SHRINKAGE = 20.0
"""Rows' worth of belief that errors spread by class share: T is not read off a handful of rows."""
BALANCE = 0.5
"""Power of the class share that probabilities are divided by: at 1 large classes would give their rows away."""
_TRIFLE = 1e-3  # responsibilities below it are dropped when heads learn from them
_HARDLY_DOUBTED = -3.0  # log-odds under which a label is never reported
_NEVER = 1e-20  # probability below which nothing is
_DIGITS = 9  # of probabilities that are compared: below, processors differ


@dataclass(frozen=True, slots=True, eq=False)
class Top:
    """Most probable classes of each unit, its label's class among them in column 0."""

    index: NDArray[np.int32]
    """(units, kept + 1); column 0 is the label's class; a further column that repeats it has probability 0."""
    value: NDArray[np.float64]
    """(units, kept + 1) probabilities, summing to at most 1."""

    @property
    def best(self) -> NDArray[np.int32]:
        """(units,) most probable class."""
        found: NDArray[np.int32] = self.index[np.arange(len(self.index)), _largest(self.value)]
        return found

    def targets(self, classes: int) -> Sparse:
        """(units, classes) CSR of shares that sum to 1; trifles are dropped."""
        from scipy.sparse import csr_array  # noqa: PLC0415 - heavy

        keep = np.round(self.value, _DIGITS) > _TRIFLE
        value = np.where(keep, self.value, 0)
        value /= value.sum(axis=1, keepdims=True)
        starts = np.concatenate([[0], np.cumsum(keep.sum(axis=1))])
        shape = (len(self.index), classes)
        return csr_array((value[keep], self.index[keep], starts), shape=shape)


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What is known of each unit's label after both rounds."""

    seen: Top
    """Out-of-sample probabilities of the second round: what the texts alone say."""
    taken: NDArray[np.int32]
    """(units,) most probable class in the first round: learned from the labels as they are."""
    by_words: NDArray[np.int32] | None
    """(units,) the class that the words alone prefer in the first round; None without a head for words."""
    final: Top
    """Responsibilities of the second round: with the labels weighed in."""
    odds: NDArray[np.float64]
    """(units,) natural logarithm of the odds that the label is wrong."""
    suggested: NDArray[np.int32]
    """(units,) most probable other class."""
    agreed: NDArray[np.bool_]
    """(units,) whether every head by itself prefers the suggested class to the label, out of sample."""
    rate: float
    """Mean probability that a label is wrong: a working value, not an estimate of the noise rate."""
    knowable: float
    """Share of the labels' entropy that the texts explain out of sample, 0..1."""
    clarity: float
    """Share of the classes' entropy that texts and labels together settle, 0..1."""


def judge(heads: Sequence[Head], codes: NDArray[np.intp], classes: int) -> Judgement:
    """Two rounds: learn from the labels, then once more from what they probably should be.

    Args:
        heads: classifiers with leave-one-out scores over the same units.
        codes: (units,) label of each unit; units are in random order.
        classes: how many there are.
    """
    shares = np.bincount(codes, minlength=classes) / codes.size
    sample = sample_of(codes.size, classes)
    given = one_hot(codes, classes)
    fused = fuse(heads, given, codes, sample)
    by_words = next((_preferred(head, codes.size, classes) for head in heads if head.name == "words"), None)
    transition = _transition(_probabilities(fused, codes, shares), codes, shares)
    # Fitted to the labels, the heads have the noise in their probabilities already: T would count it twice.
    first = _probabilities(through(fused, transition, codes, sample), codes, shares)
    early = _responsibilities(first, transition, codes)
    # Half of what the label says and half of what it probably should be: with all of the latter, doubtful sets
    # talk themselves into their own mistakes.
    mixed = (given * 0.5 + early.targets(classes) * 0.5).tocsr()
    again = fuse(heads, mixed, codes, sample)
    seen = _probabilities(again, codes, shares)
    final = _responsibilities(seen, _transition(early, codes, shares), codes)
    others = final.value[:, 1:]
    against = others.sum(axis=1)
    odds = np.log(np.maximum(against, _NEVER)) - np.log(np.maximum(final.value[:, 0], _NEVER))
    rivals = np.where(final.index[:, 1:] == codes[:, None], -1, others / np.maximum(against, _NEVER)[:, None])
    suggested = final.index[np.arange(codes.size), 1 + _largest(rivals)]
    rate, clarity = float(against.mean()), _clarity(final, shares)
    agreed = _agreed(again, codes, suggested, odds, classes)
    return Judgement(seen, first.best, by_words, final, odds, suggested, agreed, rate, fused.knowable, clarity)


def _preferred(head: Head, units: int, classes: int) -> NDArray[np.int32]:
    """(units,) class with the highest score."""
    out = np.empty(units, np.int32)

    def best(block: NDArray[np.intp]) -> None:
        out[block] = _largest(head.scores(block))

    map_threads(best, blocks(units, classes))
    return out


def _agreed(
    fused: Fused, codes: NDArray[np.intp], suggested: NDArray[np.int32], odds: Doubles, classes: int
) -> NDArray[np.bool_]:
    """(units,) whether each head by itself prefers the suggested class; not asked where the label is hardly doubted."""
    asked = np.flatnonzero(np.round(odds, _DIGITS) > _HARDLY_DOUBTED)
    out = np.zeros(codes.size, np.bool_)

    def compare(part: NDArray[np.intp]) -> None:
        block = asked[part]
        at, agreed = np.arange(block.size), np.ones(block.size, np.bool_)
        for head in fused.heads:
            scores = np.round(head.scores(block), _DIGITS)
            agreed &= scores[at, suggested[block]] > scores[at, codes[block]]
        out[block] = agreed

    map_threads(compare, blocks(asked.size, classes))
    return out


def _clarity(final: Top, shares: NDArray[np.float64]) -> float:
    present = shares[shares > 0]
    total = float(-(present * np.log(present)).sum())
    value = np.where(final.value > 0, final.value, 1)
    left = float(-(value * np.log(value)).sum(axis=1).mean())
    return round(max(0.0, 1 - left / total), _DIGITS) if total else 0.0


def one_hot(codes: NDArray[np.intp], classes: int) -> Sparse:
    """(units, classes) CSR with a 1 at each unit's class."""
    from scipy.sparse import csr_array  # noqa: PLC0415 - heavy

    size = codes.size
    return csr_array((np.ones(size), codes.astype(np.int32), np.arange(size + 1)), shape=(size, classes))


def _probabilities(fused: Fused, codes: NDArray[np.intp], shares: NDArray[np.float64]) -> Top:
    """Leave-one-out probabilities over balanced classes, the most probable ones kept."""
    classes, units = shares.size, codes.size
    kept = min(KEPT, classes)
    index = np.empty((units, kept + 1), np.int32)
    value = np.empty((units, kept + 1))
    balance = -BALANCE * np.log(np.maximum(shares, 1 / units))

    def one(block: NDArray[np.intp]) -> None:
        logs = fused.logs(block) + balance
        own = codes[block]
        top = _likeliest(logs, kept) if kept < classes else _all(block.size, classes)
        index[block, 0], index[block, 1:] = own, top
        chances = np.exp(logs - logs.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        value[block] = np.take_along_axis(chances, index[block], axis=1)
        value[block, 1:] = np.where(top == own[:, None], 0, value[block, 1:])

    map_threads(one, blocks(units, classes))
    return Top(index, value)


def _likeliest(logs: Doubles, kept: int) -> NDArray[np.intp]:
    """(units, kept) classes of the highest values, in order of class; of equal ones those of the lowest number."""
    rounded = np.round(logs, _DIGITS)
    bound = -np.partition(-rounded, kept - 1, axis=1)[:, kept - 1 : kept]
    above, equal = rounded > bound, rounded == bound
    take = above | (equal & (np.cumsum(equal, axis=1) <= kept - above.sum(axis=1, keepdims=True)))
    return np.nonzero(take)[1].reshape(len(logs), kept)


def _largest(value: Doubles) -> NDArray[np.intp]:
    """(units,) column of the highest probability; of equal ones the first."""
    found: NDArray[np.intp] = np.round(value, _DIGITS).argmax(axis=1)
    return found


def _all(units: int, classes: int) -> NDArray[np.intp]:
    return np.broadcast_to(np.arange(classes), (units, classes))


def _transition(top: Top, codes: NDArray[np.intp], shares: NDArray[np.float64]) -> Doubles:
    """(classes, classes) T[true, label], shrunk towards errors of the mean rate spread by class share."""
    classes = shares.size
    joint = np.zeros((classes, classes))
    np.add.at(joint, (top.index, np.broadcast_to(codes[:, None], top.index.shape)), top.value)
    rate = float(np.clip(1 - top.value[:, 0].mean(), 0.005, 0.9))
    mass = joint.sum(axis=1, keepdims=True)
    spread = rate * shares / np.maximum(1 - shares, 1e-12)[:, None]
    np.fill_diagonal(spread, 1 - rate)
    joint += SHRINKAGE * spread
    joint /= mass + SHRINKAGE
    return joint


def _responsibilities(top: Top, transition: Doubles, codes: NDArray[np.intp]) -> Top:
    weight = top.value * transition[top.index, codes[:, None]]
    return Top(top.index, weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300))
