"""Whether two splits read differently: a classifier is asked to tell them apart.

Lopez-Paz and Oquab, Revisiting Classifier Two-Sample Tests, ICLR 2017; with the area under the ROC curve in place of
accuracy, so that sides of different sizes need no balancing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.slicing.exact import significant
from assay.audit.slicing.power import holm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.slicing.pools import Pool

FEWEST = 30
"""Distinct texts that each side needs."""
_UNIT = 1 << 20
"""Log-odds are multiples of 1 / 1,048,576: their sums are exact in any order."""
_WORDS = 8
_HOLDING = 3


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A word or pair of words that one side has more often, beyond what chance explains."""

    gram: str
    first: float
    """Share of the first side's distinct texts that hold it."""
    second: float


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """How well the sides are told apart."""

    auc: float
    """Probability that a text of the second side is taken for one rather than a text of the first; 0.5 for equal."""
    low: float
    high: float
    p_value: float
    more: tuple[Word, ...]
    """Words that the second side has more of, most telling first."""
    less: tuple[Word, ...]
    likeliest: NDArray[np.int64]
    """Frame rows of the second side, least like the first side first."""


def drift(both: Pool, confidence: float = 0.95) -> Drift | None:
    """Ask a naive Bayes classifier over words and pairs which side a text is from; None for too few texts.

    Half of the texts are learnt, the other half is asked, and the other way round. Each half's Mann-Whitney test is
    valid whatever was learnt; the smaller p-value of the two is doubled (Bonferroni), for the halves hang together.
    """
    if min(both.sizes) < FEWEST:
        return None
    half = _halves(both.production)
    has = both.has.astype(np.float64)
    scores = np.empty(both.production.size)
    p_values, areas, variances = [], [], []
    for asked in (half, ~half):
        scores[asked] = has[asked] @ _weights(both, ~asked)
        area, variance, p = _auc(scores[asked], both.production[asked])
        p_values.append(p)
        areas.append(area)
        variances.append(variance)
    auc, error = sum(areas) / 2, float(np.sqrt(sum(variances))) / 2
    reach = _quantile(confidence) * error
    more, less = _words(both)
    theirs = np.flatnonzero(both.production)
    likeliest = both.rows[theirs[np.argsort(-_ranks(scores, half)[theirs], kind="stable")]]
    auc, low, high = (float(v) for v in significant([auc, max(0.0, auc - reach), min(1.0, auc + reach)], 6))
    return Drift(auc, low, high, min(1.0, 2 * min(p_values)), more, less, likeliest)


def _halves(side: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Every other text of each side: their order is that of content hashes, which is as good as random."""
    half = np.zeros(side.size, np.bool_)
    for which in (False, True):
        half[np.flatnonzero(side == which)[1::2]] = True
    return half


def _weights(both: Pool, learnt: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Log-odds of every gram between the sides, shrunk by one text each."""
    width = both.has.shape[1]
    counts = []
    for side in (False, True):
        rows = learnt & (both.production == side)
        held = np.bincount(both.has[rows].indices, minlength=width)
        counts.append(np.log((held + 1) / (rows.sum() + 2)))
    weights: NDArray[np.float64] = np.rint((counts[1] - counts[0]) * _UNIT) / _UNIT
    return weights


def _ranks(scores: NDArray[np.float64], half: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Scores of either half as shares of that half: two classifiers' scores do not compare."""
    out = np.empty(scores.size)
    for which in (half, ~half):
        out[which] = scores[which].argsort(kind="stable").argsort(kind="stable") / max(1, int(which.sum()))
    return out


def _auc(scores: NDArray[np.float64], side: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Area under the curve, its variance (DeLong et al., Biometrics 44, 1988), one-sided p-value of 0.5 (with ties)."""
    from scipy.stats import norm, rankdata  # noqa: PLC0415 - heavy

    ranks = rankdata(scores)
    one, other = ranks[side], ranks[~side]
    m, n = one.size, other.size
    above = (one - rankdata(scores[side])) / n
    under = 1 - (other - rankdata(scores[~side])) / m
    area = float(np.rint(2 * above * n).sum() / (2 * n * m))
    variance = float(above.var(ddof=1) / m + under.var(ddof=1) / n)
    _, ties = np.unique(scores, return_counts=True)
    size = m + n
    spread = (size + 1 - (ties**3 - ties).sum() / (size * (size - 1))) / (12 * m * n)
    p = float(significant(norm.sf((area - 0.5) / np.sqrt(spread)))) if spread > 0 else 1.0
    return area, variance, p


def _quantile(confidence: float) -> float:
    from scipy.stats import norm  # noqa: PLC0415 - heavy

    return float(norm.ppf(1 - (1 - confidence) / 2))


def _words(both: Pool) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """Grams whose share differs by Fisher's exact test under Holm's correction, by strength of evidence."""
    from scipy.stats import hypergeom  # noqa: PLC0415 - heavy

    (first, second), (all_, theirs) = both.sizes, both.holding()
    looked = np.flatnonzero((all_ >= _HOLDING) & (all_ <= first + second - _HOLDING))
    a, k = theirs[looked], all_[looked]
    many = significant(hypergeom.sf(a - 1, first + second, k, second))
    few = significant(hypergeom.cdf(a, first + second, k, second))
    p = np.array(holm(np.minimum(1, 2 * np.minimum(many, few)).tolist()))
    out = []
    for tail in (many, few):
        good = np.flatnonzero((p <= 0.05) & (tail <= 0.5))  # noqa: PLR2004 - the usual level; that side of the middle
        best = good[np.lexsort((good, tail[good]))]
        words: list[Word] = []
        for i in best.tolist():
            gram = str(both.grams[int(looked[i])])
            if not any(gram in w.gram.split() or set(gram.split()) & set(w.gram.split()) for w in words):
                share = (all_[looked[i]] - theirs[looked[i]]) / first, theirs[looked[i]] / second
                words.append(Word(gram, float(share[0]), float(share[1])))
            if len(words) == _WORDS:
                break
        out.append(tuple(words))
    return out[0], out[1]
