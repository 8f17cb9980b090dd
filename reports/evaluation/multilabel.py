"""Metrics of rows with several labels: each label against its absence, and whole sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.reports.evaluation.averages import reached
from assay.reports.evaluation.classes import METRICS, f1_figure
from assay.reports.evaluation.figures import NOTHING, Figure, figure, proportion_figures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.reports.evaluation.labelsets import LabelSets
    from assay.reports.evaluation.scored import Scored

    Floats = NDArray[np.float64]

DRAWS, SEED, PRIOR = 500, 0, 0.5
BLOCK = 1 << 22
"""Weights drawn at a time."""


def label_figures(scored: Scored, sets: LabelSets, confidence: float) -> dict[str, dict[str, Figure]]:
    """Recall, precision and F1 of every label that is true or predicted somewhere; see ``classes.class_figures``."""
    out = {}
    for n, name in enumerate(sets.names):
        true, said = sets.truth[:, n], sets.predicted[:, n]
        if not (true.any() or said.any()):
            continue
        shares = [scored.clusters.share(true & said, np.flatnonzero(rows)) for rows in (true, said, true | said)]
        recall, precision = proportion_figures(shares[:2], confidence)
        out[name] = {"recall": recall, "precision": precision, "f1": f1_figure(shares[2], confidence)}
    return out


def overall_label_figures(scored: Scored, sets: LabelSets, confidence: float) -> dict[str, Figure]:
    """Exact match, and precision, recall and F1 averaged over labels.

    The labels of a row hang together, so that averages are bounded by a Bayesian bootstrap over clusters (Rubin,
    Annals of Statistics 9, 1981).
    """
    share = scored.clusters.share(scored.right)
    exact = proportion_figures([share], confidence)[0]
    if not share.n:
        return {"accuracy": NOTHING, "exact_match": NOTHING}
    weight = scored.clusters.weights()
    counts = np.hstack([sets.truth & sets.predicted, sets.predicted & ~sets.truth, sets.truth & ~sets.predicted])
    per_cluster = np.zeros((share.n, counts.shape[1]))
    np.add.at(per_cluster, scored.clusters.of, counts * weight[:, None])
    drawn = _drawn(per_cluster, alive=np.asarray(counts.any(axis=0), np.bool_))
    value = _metrics(per_cluster.sum(0)[None, :])
    tail = (1 - confidence) / 2
    out = {"accuracy": exact, "exact_match": exact}
    for name, draws in _metrics(drawn).items():
        low, high = reached(draws, float(value[name][0]), tail)
        out[name] = figure(share.n, share.rows, float(value[name][0]), low, high)
    return out


def _drawn(per_cluster: Floats, alive: NDArray[np.bool_]) -> Floats:
    """(draws, 3 * labels) counts under random weights of the clusters, with half a row of prior in every count.

    Without it a model that made no error of a kind on these rows would be certain never to make one.
    """
    rng = np.random.default_rng(SEED)
    step = max(1, BLOCK // per_cluster.shape[0])
    drawn = np.concatenate(
        [
            rng.standard_exponential((min(step, DRAWS - at), per_cluster.shape[0])) @ per_cluster
            for at in range(0, DRAWS, step)
        ]
    )
    labels = np.tile(alive.reshape(3, -1).any(0), 3)
    return drawn + labels * rng.standard_gamma(PRIOR, drawn.shape)


def _metrics(counts: Floats) -> dict[str, Floats]:
    """(draws,) of every average; labels that are neither true nor predicted do not count."""
    tp, fp, fn = np.split(counts, 3, axis=1)
    alive = (tp + fp + fn > 0).any(0)
    tp, fp, fn = tp[:, alive], fp[:, alive], fn[:, alive]
    out = {}
    for metric in METRICS:
        top, below = {
            "precision": (tp, tp + fp),
            "recall": (tp, tp + fn),
            "f1": (2 * tp, 2 * tp + fp + fn),
        }[metric]
        each = np.divide(top, below, out=np.zeros_like(top), where=below > 0)
        support = tp + fn
        out[f"micro_{metric}"] = top.sum(1) / np.maximum(below.sum(1), 1e-300)
        out[f"macro_{metric}"] = each.mean(1)
        out[f"weighted_{metric}"] = (each * support).sum(1) / np.maximum(support.sum(1), 1e-300)
    return out
