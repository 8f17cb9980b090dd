"""Candidate and baseline on the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.reports.gating.claims import Claim, against_baseline
from assay.reports.statistics import bootstrap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.reports.gating.evidence import Evidence
    from assay.reports.gating.policy import Need
    from assay.reports.gating.scopes import Scope


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Rows of the candidate with what the baseline says of each, in the candidate's order."""

    candidate: Evidence
    baseline: Evidence
    right: NDArray[np.bool_]
    """(rows,) whether the baseline is right."""
    predictions: NDArray[np.object_]
    """(rows,) what the baseline predicts."""


def pair(candidate: Evidence, baseline: Evidence) -> Pairs | str:
    """Join two evaluations by row; or say why they cannot be compared."""
    if not candidate.fingerprint or candidate.fingerprint != baseline.fingerprint:
        return "the baseline was evaluated on other data"
    if baseline.problems:
        return f"the baseline's evaluation cannot be trusted: {baseline.problems[0]}"
    if not candidate.rows["row"].equals(baseline.rows["row"]):
        return "the baseline was evaluated on other rows"
    mine, theirs = (one.rows["label"].fill_null("\0") for one in (candidate, baseline))
    if not (mine == theirs).all():
        return "the baseline was evaluated against other labels"
    return Pairs(candidate, baseline, baseline.right, baseline.predictions)


def discordant(pairs: Pairs, at: NDArray[np.int64], label: str | None = None) -> tuple[float, float, int]:
    """What only the baseline has right (b), what only the candidate has (c), and clusters, of some rows.

    Args:
        pairs: both models.
        at: positions of the rows.
        label: with several labels a row, the one that counts; else whole rows do.

    A cluster counts the share of its rows, as in ``statistics.clustered``.
    """
    one, other = pairs.candidate, pairs.baseline
    several = label is not None and one.multilabel
    mine, theirs = (one.says(str(label)), other.says(str(label))) if several else (one.right, pairs.right)
    gain = mine[at].astype(np.float64) - theirs[at]
    _, inverse, sizes = np.unique(pairs.candidate.clusters[at], return_inverse=True, return_counts=True)
    mean = np.bincount(inverse, gain, sizes.size) / np.maximum(sizes, 1)
    return float(-mean[mean < 0].sum()), float(mean[mean > 0].sum()), int(sizes.size)


def plain(need: Need, scope: Scope) -> bool:
    """Whether the metric is the share of a scope's rows that are right: then Tango's interval is its difference's."""
    share = need.metric in {"accuracy", "error_rate", "weighted_recall"} or need.metric.startswith("micro_")
    return share or (need.metric == "recall" and scope.kind != "overall")


def claim(need: Need, scope: Scope, pairs: Pairs, alpha: float) -> Claim:
    """What is proven of "no worse than the baseline by more than the margin"."""
    if plain(need, scope):
        b, c, n = discordant(pairs, scope.at, scope.name if scope.kind == "class" else None)
        return against_baseline(need, (b, c), n, alpha)
    return _resampled(need, scope, pairs, alpha)


def _resampled(need: Need, scope: Scope, pairs: Pairs, alpha: float) -> Claim:
    """Metrics whose difference has no closed interval: paired bootstrap over clusters of the rows concerned."""
    one = pairs.candidate
    everywhere = scope.kind == "class" or need.metric in {"precision", "f1"}
    at = np.flatnonzero(one.labelled) if everywhere else scope.at
    if not scope.at.size or one.multilabel:
        return Claim(0, None, None, None, 1.0, 1.0)
    columns = (one.labels[at], one.predictions[at], pairs.predictions[at])
    names, codes = np.unique(np.concatenate(columns).astype(str), return_inverse=True)
    labels, candidate, baseline = np.split(codes.astype(np.int64), 3)
    own = np.isin(names, [scope.name] if scope.kind == "class" else [str(c) for c in set(one.labels[scope.at])])
    whole = scope.kind == "class" or (need.metric in {"precision", "f1"} and scope.kind == "slice")
    metric = bootstrap.grouped(need.metric, own) if whole else bootstrap.averaged(need.metric)
    found = bootstrap.difference(metric, labels, candidate, baseline, one.clusters[at], confidence=1 - alpha)
    if found is None:
        return Claim(0, None, None, None, 1.0, 1.0)
    good = (1 + int((found.draws <= -need.threshold).sum())) / (found.draws.size + 1)
    bad = (1 + int((found.draws >= -need.threshold).sum())) / (found.draws.size + 1)
    return Claim(found.n, found.value, found.low, found.high, good, bad)
