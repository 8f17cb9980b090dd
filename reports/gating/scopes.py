"""What a requirement speaks of: the rows of a slice or class, and the figure that is asked of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from assay.reports.gating.evidence import JOINED
from assay.reports.gating.policy import CRITICAL, EVERY_CLASS, EVERY_SLICE, OVERALL
from assay.reports.statistics import clustered, fscore

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.reports.gating.evidence import Evidence
    from assay.reports.gating.policy import Need, Policy
    from assay.reports.statistics.clustered import Share

NOT_GATED = frozenset({"discovered", "edge-case", "edge case", "edge_case"})
"""Kinds of slices that "every slice" does not mean: a discovered slice needs fresh data before it can gate."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Rows that a requirement speaks of."""

    name: str
    kind: Literal["overall", "slice", "class"]
    critical: bool
    at: NDArray[np.int64]
    """Positions of its labelled rows; for a class, of the rows that have its label."""

    @property
    def told(self) -> str:
        """Its name in a sentence."""
        return f"class {self.name}" if self.kind == "class" else self.name


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure as it was counted."""

    kind: Literal["share", "f1", "average"]
    """A proportion; the F1 of one class, as the proportion tp / (tp + fp + fn); an average over classes."""
    share: Share
    matrix: NDArray[np.float64] | None
    """(classes, classes) for an average."""
    metric: str

    @property
    def value(self) -> float | None:
        """The metric's value; None where nothing was counted."""
        if not self.share.n:
            return None
        if self.matrix is not None:
            average, metric = self.metric.split("_")
            return fscore.value(self.matrix, average, metric)  # type: ignore[arg-type]
        value = self.share.value or 0.0
        return 2 * value / (1 + value) if self.kind == "f1" else value


def scopes(need: Need, policy: Policy, evidence: Evidence) -> list[Scope]:
    """The slices or classes that a requirement means, in order of name; none if there is none of that name."""
    critical = criticals(policy, evidence)
    if need.slice == OVERALL:
        return [Scope(OVERALL, "overall", critical=True, at=np.flatnonzero(evidence.labelled))]
    if need.slice == EVERY_CLASS:
        return [_class(evidence, name) for name in classes(evidence)]
    if need.slice == CRITICAL:
        return [_slice(evidence, name, critical) for name in sorted(critical)]
    names = known(policy, evidence)
    if need.slice == EVERY_SLICE:
        gated = [n for n in names if evidence.kinds.get(n, "") not in NOT_GATED]
        return [_slice(evidence, name, critical) for name in gated]
    if need.slice in names:
        return [_slice(evidence, need.slice, critical)]
    return [_class(evidence, need.slice)] if need.slice in classes(evidence) else []


def known(policy: Policy, evidence: Evidence) -> list[str]:
    """Every slice that the configuration declares, the evaluation scored or that has members."""
    return sorted({*(name for name, _ in policy.declared), *evidence.kinds, *evidence.places})


def criticals(policy: Policy, evidence: Evidence) -> frozenset[str]:
    """Slices that the configuration or the evaluation calls critical: neither can talk the other out of it."""
    said = {str(s.get("name")) for s in _scored(evidence) if s.get("critical")}
    return policy.critical | said


def classes(evidence: Evidence) -> list[str]:
    """Classes that rows have or are given."""
    told = evidence.document.get("classes")
    seen = {*evidence.labels[evidence.labelled], *evidence.predictions[evidence.labelled]} - {None}
    if evidence.multilabel:
        seen = {part for labels in seen for part in str(labels).split(JOINED) if part}
    return sorted({*map(str, seen), *(told if isinstance(told, dict) else ())})


def measure(scope: Scope, metric: str, evidence: Evidence) -> Measured | None:
    """Count a metric, as ``assay evaluate`` defines it; None where it means nothing for such a scope."""
    if scope.kind == "class":
        return _of_classes([scope.name], scope.at, metric, evidence)
    plain = metric in {"accuracy", "error_rate", "weighted_recall"} or metric.startswith("micro_")
    if plain or (scope.kind == "slice" and metric == "recall"):
        return Measured("share", clustered.share(evidence.right[scope.at], evidence.clusters[scope.at]), None, metric)
    if scope.kind == "slice" and metric in {"precision", "f1"}:
        own = _whole_classes(scope, evidence)
        return _of_classes(own, scope.at, metric, evidence) if own else None
    if evidence.multilabel:
        return None  # labels of a row hang together: averages over labels have no counts of their own
    if scope.kind == "slice" and len(set(evidence.labels[scope.at])) == 1:
        return None  # among rows of one class, an average over classes sees no false alarm
    share = clustered.share(evidence.right[scope.at], evidence.clusters[scope.at])
    return Measured("average", share, confusion(evidence, scope.at), metric if "_" in metric else f"macro_{metric}")


def _whole_classes(scope: Scope, evidence: Evidence) -> list[str]:
    """The classes of a slice if it holds all of their rows and is not the whole set; none otherwise.

    A slice that cuts through a class has no false positives of its own.
    """
    if evidence.multilabel:
        return []
    own = set(evidence.labels[scope.at])
    everything = set(evidence.labels[evidence.labelled])
    inside = np.isin(evidence.labels[evidence.labelled].astype(str), [str(c) for c in own]).sum()
    return sorted(map(str, own)) if own and own != everything and int(inside) == scope.at.size else []


def confusion(evidence: Evidence, at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Confusion matrix of some rows, true by predicted; a cluster's rows weigh one together."""
    labels, said = evidence.labels[at].astype(str), evidence.predictions[at].astype(str)
    names, codes = np.unique(np.concatenate([labels, said]), return_inverse=True)
    cells = codes[: at.size] * names.size + codes[at.size :]
    counts = np.bincount(cells, clustered.weights(evidence.clusters[at]), names.size**2)
    return np.asarray(counts.reshape(names.size, names.size), np.float64)


def _of_classes(names: list[str], at: NDArray[np.int64], metric: str, evidence: Evidence) -> Measured:
    """Recall, precision or F1 of one or several classes as a whole; recall counts rows that have one of them."""
    told = np.any([evidence.says(name) for name in names], axis=0)
    said = np.flatnonzero(evidence.labelled & told)
    plain = {"accuracy": "recall", "error_rate": "recall"}.get(metric, metric).split("_")[-1]
    rows = {"recall": at, "precision": said, "f1": np.union1d(at, said)}[plain]
    right = evidence.has(names[0]) & told if evidence.multilabel else evidence.right
    share = clustered.share(right[rows], evidence.clusters[rows])
    return Measured("f1" if plain == "f1" else "share", share, None, metric)


def _class(evidence: Evidence, name: str) -> Scope:
    return Scope(name, "class", critical=False, at=np.flatnonzero(evidence.has(name)))


def _slice(evidence: Evidence, name: str, critical: frozenset[str]) -> Scope:
    return Scope(name, "slice", critical=name in critical, at=evidence.places.get(name, np.empty(0, np.int64)))


def _scored(evidence: Evidence) -> list[dict[str, Any]]:
    told = evidence.document.get("slices")
    return [s for s in told if isinstance(s, dict)] if isinstance(told, list) else []
