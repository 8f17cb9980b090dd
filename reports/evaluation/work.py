"""The evaluation from data to document, one step after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit import slices as declarations
from assay.audit.encoders.request import Request
from assay.audit.errors import AssayError, ConfigError
from assay.reports.evaluation import failures, training
from assay.reports.evaluation.assembly import Evaluation, assemble
from assay.reports.evaluation.audited import find_audit
from assay.reports.evaluation.clusters import groups
from assay.reports.evaluation.evaluation import price_table, score
from assay.reports.evaluation.from_file import predictions_from_file
from assay.reports.evaluation.parts import parts
from assay.reports.evaluation.predictions import evaluated_splits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assay.audit.dataset import Dataset, Split
    from assay.reports.evaluation.audited import Audited
    from assay.reports.evaluation.evaluation import Results
    from assay.reports.evaluation.order import Order
    from assay.reports.evaluation.predictions import Predictions

MOST_TRAINING = 200_000
"""Training rows up to which the nearest ones are looked for without being asked."""


def evaluate(data: Dataset, order: Order, step: Callable[[str], None], say: Callable[[str], None]) -> Evaluation:
    """Evaluate.

    Args:
        data: the sets to evaluate.
        order: what is asked.
        step: told what is being done.
        say: told what a person should know.

    Raises:
        AssayError: something does not fit; the message says what and where.
    """
    data.memo[Request] = order.request
    declarations.declare(data, order.declared)
    splits = evaluated_splits(data)
    if not splits:
        raise ConfigError(f"no row of the data has a label in column {data.roles.label!r}; name another with --label")
    audited = find_audit(order.audit, splits, say)
    train = _training(data, order)
    step("predicting")
    predictions = predict(data, splits, order, train)
    step("counting copies")
    same = groups(data, splits, audited)
    step("scoring")
    told = parts(data)
    results = [
        score(
            data,
            split,
            predictions,
            same,
            told,
            prices=order.prices,
            audited=audited,
            confidence=order.confidence,
        )
        for split in splits
    ]
    step("looking for failing slices")
    discovered = _discovered(data, results[0], order) if order.discover else []
    perturbed = None
    if order.perturb and order.run:
        step("perturbing texts")
        perturbed = _perturbed(data, results[0], order.run)
    step("describing errors")
    cases = _failures(data, results[0], order, train, audited)
    return assemble(data, splits, order, predictions, same, results, discovered, cases, audited, perturbed)


def predict(data: Dataset, splits: tuple[Split, ...], order: Order, train: Dataset | None) -> Predictions:
    """Predictions of the run or of the file."""
    if order.run:
        from assay.reports.evaluation.from_run import predictions_of_run  # noqa: PLC0415 - loads a model

        return predictions_of_run(order.run, data, splits)
    classes = {*order.labels, *(train.label_codes[1] if train is not None and train.roles.label else ())}
    return predictions_from_file(order.predictions or "", data, splits, column=order.column, classes=classes)


def _training(data: Dataset, order: Order) -> Dataset | None:
    """The training data, if they are known.

    Raises:
        DataError: the command line names them and they cannot be read.
    """
    if not order.training:
        return None
    try:
        return training.read_training(order.training, data)
    except AssayError:
        if order.training_is_told:
            raise
        return None


def _discovered(data: Dataset, results: Results, order: Order) -> list[Any]:
    """Failing slices that nobody declared, in the first set."""
    from assay.reports.discovery import discover  # noqa: PLC0415 - heavy

    scored = results.scored
    labels = np.array(scored.labels)
    return list(
        discover(
            data,
            scored.split.name,
            scored.index,
            labels[scored.truth],
            labels[scored.predicted],
            scored.right,
            clusters=scored.clusters.of,
            confirm=order.confirm,
        )
    )


def _perturbed(data: Dataset, results: Results, run: str) -> dict[str, Any]:
    """How the run answers to texts that were changed a little, in the first set.

    Raises:
        ConfigError: rows have several texts.
    """
    from assay.reports.evaluation.from_run import predictor  # noqa: PLC0415 - loads a model
    from assay.reports.perturbation import invariance  # noqa: PLC0415 - heavy

    if len(data.roles.text) > 1:
        raise ConfigError("--perturb changes one text a row, and these rows have several")
    scored = results.scored
    names = np.array(scored.labels)
    report = invariance(
        predictor(run),
        names[scored.truth],
        data.text.gather(scored.index).to_list(),
        names[scored.predicted],
        {each.name: each.rows for each in results.slices},
    )
    facts: dict[str, Any] = report.facts()
    return facts


def _failures(
    data: Dataset, results: Results, order: Order, train: Dataset | None, audited: Audited | None
) -> list[dict[str, Any]]:
    """The worst errors of a set, with the training rows they are like."""
    prices = price_table(results, order.prices)
    rows = failures.worst_errors(results.scored, results.slices, prices)
    nearest: Sequence[list[dict[str, Any]] | None] = [None] * rows.size
    if train is not None and (order.training_is_told or len(train) <= MOST_TRAINING):
        texts = data.text.gather(results.scored.index[rows]).to_list()
        found = training.nearest(train, texts, data)
        if found:
            nearest = [
                training.describe(train, audited, r, c)
                for r, c in zip(found.rows.tolist(), found.similarity.tolist(), strict=True)
            ]
    return failures.failures(data, results.scored, results.slices, prices, nearest, rows)
