"""An evaluation: every set that was scored, and what was found in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.reports.evaluation import calibration, classes, confusions, costs, labelsets, multilabel, suspects
from assay.reports.evaluation.counting import Clusters
from assay.reports.evaluation.scored import Scored
from assay.reports.evaluation.slices import score_slices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset, Split
    from assay.reports.evaluation.audited import Audited
    from assay.reports.evaluation.clusters import Groups
    from assay.reports.evaluation.figures import Figure
    from assay.reports.evaluation.parts import Part
    from assay.reports.evaluation.predictions import Predictions
    from assay.reports.evaluation.slices import SliceScores


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """One evaluated set in figures."""

    scored: Scored
    overall: dict[str, Figure]
    classes: dict[str, dict[str, Figure]]
    slices: tuple[SliceScores, ...]
    """Worst first."""
    calibration: tuple[calibration.Calibration, ...]
    confusions: list[dict[str, Any]]
    suspects: suspects.Suspects | None
    unlabelled: int
    """Rows that were left out, as they have no label."""


def scored_split(data: Dataset, split: Split, predictions: Predictions, groups: Groups) -> Scored:
    """The labelled rows of a split with their predictions as codes."""
    codes, names = data.label_codes
    mark = predictions.mark
    names = tuple(labelsets.canonical(name, mark) for name in names) if mark else names
    index = np.flatnonzero(codes[split.start : split.stop] >= 0) + split.start
    told = predictions.values.gather(index)
    here = {names[c] for c in np.unique(codes[index]).tolist()}
    known = set() if mark else set(predictions.labels or ())
    labels = tuple(sorted(here | set(told.unique().to_list()) | known))
    at = {label: code for code, label in enumerate(labels)}
    truth = np.array([at.get(name, -1) for name in names], np.int32)[codes[index]]
    predicted = told.replace_strict(list(labels), list(range(len(labels))), return_dtype=pl.Int32).to_numpy()
    said = predictions.confidence
    confidence = None if said is None or np.isnan(said[index]).any() else said[index]
    clusters = Clusters.number(groups.of[index])
    sets = labelsets.label_sets(labels, truth, predicted) if mark else None
    return Scored(split, index, labels, truth, predicted, confidence, predictions.is_probability, clusters, sets)


def score(  # noqa: PLR0913 - what is scored, by what, against what
    data: Dataset,
    split: Split,
    predictions: Predictions,
    groups: Groups,
    parts: Sequence[Part],
    *,
    prices: Sequence[costs.Price] = (),
    audited: Audited | None = None,
    confidence: float = 0.95,
) -> Results:
    """Score one split.

    Args:
        data: the data set.
        split: which rows.
        predictions: laid along the frame.
        groups: which rows stand for one.
        parts: the slices.
        prices: what errors cost.
        audited: an audit, for the figures without its suspects.
        confidence: of every interval.

    Raises:
        ConfigError: a price names a class that is not there.
    """
    scored = scored_split(data, split, predictions, groups)
    overall, by_class = _figures(scored, confidence)
    slices = score_slices(scored, parts, confidence)
    if prices and not scored.sets:
        table = costs.matrix(prices, scored.labels)
        overall["cost"] = costs.mean_cost(scored, table, confidence)
        for each in slices:
            each.figures["cost"] = costs.mean_cost(scored, table, confidence, each.rows)
    return Results(
        scored,
        overall,
        by_class,
        slices,
        calibration.calibrate(scored, [(s.name, s.kind, s.rows) for s in slices]),
        confusions.confusions(scored),
        suspects.suspects(scored, slices, audited, confidence),
        split.rows - len(scored),
    )


def _figures(scored: Scored, confidence: float) -> tuple[dict[str, Figure], dict[str, dict[str, Figure]]]:
    """Figures of all rows and of every class, or of every label where rows have several."""
    if scored.sets:
        overall = multilabel.overall_label_figures(scored, scored.sets, confidence)
        return overall, multilabel.label_figures(scored, scored.sets, confidence)
    return classes.overall_figures(scored, confidence), classes.class_figures(scored, confidence)


def price_table(results: Results, prices: Sequence[costs.Price]) -> NDArray[np.float64] | None:
    """Costs (classes, classes) of a set, if there are prices."""
    return costs.matrix(prices, results.scored.labels) if prices and not results.scored.sets else None
