"""Discovery from end to end: statements, search, figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.reports.discovery import conditions
from assay.reports.discovery.candidate import Context, Found
from assay.reports.discovery.cover import search
from assay.reports.discovery.discovered import Discovered, examples, figures
from assay.reports.discovery.evidence import holm
from assay.reports.discovery.halves import confirmed, split
from assay.reports.discovery.metadata import label_columns, metadata_columns
from assay.reports.discovery.predicates import Predicates, distinct, gather
from assay.reports.discovery.strata import Strata
from assay.reports.discovery.texts import gram_columns, length_columns, shape_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from assay.audit.dataset import Dataset

LEVEL = 0.05
"""Chance of any false slice."""
MOST = 20
"""Slices told at most."""
MOST_SHARE = 0.8
"""Share of the rows that a statement may hold for."""
LEAST, LEAST_LARGE, LARGE_SHARE = 10, 20, 1 / 10_000
"""Rows that a slice has at least: 10; 20 from 10,000 rows on; one in 10,000 from 200,000 rows on."""


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """What was predicted of which rows."""

    data: Dataset
    rows: NDArray[np.int64]
    labels: NDArray[np.str_]
    predictions: NDArray[np.str_]
    correct: NDArray[np.bool_]
    clusters: NDArray[np.int64] | None


def discover(  # noqa: PLR0913 - what is known of every row
    data: Dataset,
    split_name: str,
    rows: NDArray[np.int64],
    labels: ArrayLike,
    predictions: ArrayLike,
    correct: NDArray[np.bool_],
    *,
    clusters: NDArray[np.int64] | None = None,
    confirm: bool = False,
    seed: int = 0,
) -> tuple[Discovered, ...]:
    """Find slices that fail more than their class mix explains; strongest first, none if none is proven.

    Args:
        data: the data set.
        split_name: the split that the rows belong to; for messages.
        rows: (n,) rows of its frame that were predicted.
        labels: (n,) true classes.
        predictions: (n,) what the model said.
        correct: (n,) whether that is right.
        clusters: (n,) equal numbers for rows that stand for one (near-duplicates); None if each stands for itself.
        confirm: whether to search one half of the rows and prove the finds on the other.
        seed: which halves.

    Raises:
        ValueError: lengths differ.
    """
    told = _checked(data, split_name, rows, labels, predictions, correct, clusters)
    trials = _trials(told.clusters, told.rows.size)
    wrong = ~told.correct[trials]
    if not 0 < np.count_nonzero(wrong) < trials.size:
        return ()
    names, codes = np.unique(told.labels[trials], return_inverse=True)
    strata = Strata(codes.astype(np.int64), wrong, np.ones(trials.size, np.bool_))
    least = least_rows(trials.size)
    predicates = statements(told, trials, codes, names.tolist(), least)
    if confirm:
        halves = split(trials.size, seed)
        found, p_values = confirmed(predicates, strata, halves, least, LEVEL, MOST)
        other = np.zeros(told.rows.size, np.bool_)
        other[trials[~halves]] = True
        return _described(told, trials, predicates, found, p_values, other)
    context = Context(predicates, strata, least, float(np.log(LEVEL)))
    found = search(context, MOST)
    p_values = holm(np.array([f.log_p() for f in found]), np.exp([f.candidate.log_weight for f in found]))
    return _described(told, trials, predicates, found, p_values, None)


def least_rows(trials: int) -> int:
    """Rows that a slice needs among so many."""
    return max(LEAST, min(LEAST_LARGE, trials // 500), int(trials * LARGE_SHARE))


def statements(
    told: Any, trials: NDArray[np.int64], codes: NDArray[np.int64], names: list[str], least: int
) -> Predicates:
    """Everything that a slice can be made of: statements that hold for enough trials and not for most."""
    data, rows, size = told.data, told.rows[trials], trials.size
    families = count()
    most = int(MOST_SHARE * size)
    columns = list(label_columns(data, codes, names, least, next(families)))
    said = (pl.Series(told.predictions[trials]), pl.Series(told.correct[trials]))
    columns += metadata_columns(data, rows, said, least, families.__next__)
    if data.roles.text:
        texts = data.text.gather(rows)
        columns += gram_columns(texts, least, most)
        columns += shape_columns(data.roles.text, texts, families.__next__)
        for name in data.roles.text:
            several = len(data.roles.text) > 1
            columns += length_columns(name, data.frame[name].gather(rows), next(families), several=several)
    kept = [(s, r) for s, r in columns if least <= r.size <= most]
    return distinct(gather(kept, size))


def _checked(  # noqa: PLR0913, PLR0917 - what is known of every row
    data: Dataset,
    split_name: str,
    rows: NDArray[np.int64],
    labels: ArrayLike,
    predictions: ArrayLike,
    correct: NDArray[np.bool_],
    clusters: NDArray[np.int64] | None,
) -> _Told:
    index = np.asarray(rows, np.int64)
    columns = [np.asarray(x).astype(str) for x in (labels, predictions)]
    right = np.asarray(correct, np.bool_)
    same = None if clusters is None else np.asarray(clusters, np.int64)
    sizes = {index.size, *(c.size for c in columns), right.size, *([] if same is None else [same.size])}
    if len(sizes) > 1:
        raise ValueError(f"{split_name}: rows, labels, predictions, outcomes and clusters differ in length: {sizes}")
    return _Told(data, index, columns[0], columns[1], right, same)


def _trials(clusters: NDArray[np.int64] | None, rows: int) -> NDArray[np.int64]:
    """Positions of the rows that stand for themselves and their copies: the first of each cluster."""
    if clusters is None:
        return np.arange(rows, dtype=np.int64)
    _, first = np.unique(clusters, return_index=True)
    return np.sort(first).astype(np.int64)


def _described(  # noqa: PLR0913, PLR0917 - a slice and what it was found in
    told: _Told,
    trials: NDArray[np.int64],
    predicates: Predicates,
    found: Sequence[Found],
    p_values: NDArray[np.float64],
    other: NDArray[np.bool_] | None,
) -> tuple[Discovered, ...]:
    """Slices as they are told; one whose condition does not select what was proven is left out."""
    out: list[Discovered] = []
    if not found:
        return ()
    frame = told.data.frame[told.rows]
    place = np.full(told.rows.size, -1, np.int64)
    place[trials] = np.arange(trials.size)
    for each, p in zip(found, p_values.tolist(), strict=True):
        where, rows = conditions.condition(each.candidate, predicates, told.data, frame)
        here = place[rows]
        now = Found(replace(each.candidate, rows=here[here >= 0].astype(np.int32)), each.strata)
        if p > LEVEL or (other is None and now.log_p() > np.log(LEVEL) + now.candidate.log_weight):
            continue
        words = conditions.words(each.candidate, predicates)
        out.append(_one(told, where, rows, words, p, each.strata.predicted(now.candidate.rows), other))
    return tuple(out)


def _one(  # noqa: PLR0913, PLR0917 - everything that is told of a slice
    told: _Told,
    where: str,
    rows: NDArray[np.int64],
    words: tuple[str, ...],
    p_value: float,
    expected: float,
    other: NDArray[np.bool_] | None,
) -> Discovered:
    right = told.correct[rows]
    own = None if told.clusters is None else told.clusters[rows]
    known = figures(right, own)
    half = rows[other[rows]] if other is not None else rows[:0]
    confirmation = None
    if other is not None:
        confirmation = figures(told.correct[half], None if told.clusters is None else told.clusters[half])
    errors = rows[~right]
    shown = examples(told.data, told.rows[errors], told.labels[errors].tolist(), told.predictions[errors].tolist())
    return Discovered(
        name=" and ".join(words),
        where=where,
        predicates=words,
        n=known.n,
        errors=known.errors,
        value=known.value,
        low=known.low,
        high=known.high,
        expected=expected,
        lift=known.value / expected if expected > 0 else None,
        p_value=p_value,
        rows=told.rows[rows],
        examples=shown,
        confirmed=None if other is None else True,
        confirmation=confirmation,
    )
