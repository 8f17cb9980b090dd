"""From everything that was found to the document and the files."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.audit.findings import as_json
from assay.audit.shown import Shown
from assay.audit.store import assay_version
from assay.reports.evaluation import document as documents
from assay.reports.evaluation import store
from assay.reports.evaluation.labelsets import canonical
from assay.reports.evaluation.parts import MOST, sample
from assay.reports.evaluation.trained import trained

if TYPE_CHECKING:
    from assay.audit.dataset import Dataset, Split
    from assay.reports.evaluation.audited import Audited
    from assay.reports.evaluation.clusters import Groups
    from assay.reports.evaluation.evaluation import Results
    from assay.reports.evaluation.order import Order
    from assay.reports.evaluation.predictions import Predictions

MOST_SEQUENCE = 200_000
"""Rows of a test set that may grow by a few at a time, so that the ledger remembers their order."""


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation(Shown):
    """An evaluation: its document, and its tables as they are written."""

    document: dict[str, Any]
    """``evaluation.json``"""
    predictions: bytes
    """``predictions.parquet``"""
    slice_rows: bytes
    """``slice_rows.parquet``"""

    def to_polars(self) -> pl.DataFrame:
        """Every figure as a line: set, kind, name, critical, metric, n, rows, value, low, high."""
        from assay.reports.notebook import figures  # noqa: PLC0415 - it imports this module

        types = {"n": pl.Int64, "rows": pl.Int64, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64}
        return pl.DataFrame(list(figures(self.document)), schema_overrides=types, infer_schema_length=None)

    @classmethod
    def load(cls, folder: str | Path) -> Evaluation:
        """Read the folder that ``assay evaluate`` wrote.

        Raises:
            DataError: a file of it is missing, or is none of ours.
        """
        from assay.reports.gating.evidence import read  # noqa: PLC0415 - as the gate reads it

        known = read(Path(folder))
        tables = (Path(folder, name).read_bytes() for name in (store.PREDICTIONS, store.SLICE_ROWS))
        return cls(known.document, *tables)


def assemble(  # noqa: PLR0913, PLR0917 - everything that was found
    data: Dataset,
    splits: tuple[Split, ...],
    order: Order,
    predictions: Predictions,
    same: Groups,
    results: list[Results],
    discovered: list[Any],
    cases: list[dict[str, Any]],
    audited: Audited | None,
    perturbed: dict[str, Any] | None,
) -> Evaluation:
    """Put everything into the document and the tables, and record the attempt."""
    labels, right = _columns(data, results, predictions)
    frame = documents.prediction_rows(data, splits, predictions, same, labels=labels, right=right)
    found = [(each.name, "discovered", each.rows) for each in discovered]
    packed, predictions_hash = store.packed(frame)
    members, members_hash = store.packed(documents.slice_rows(data, results, found))
    key = documents.attempt_key(frame.filter(frame["split"] == splits[0].name))
    first = results[0]
    named = {s.name: r for s, r in zip(splits, results, strict=True)}
    document = {
        "schema_version": documents.SCHEMA_VERSION,
        "assay_version": assay_version(),
        "model": asdict(predictions.model),
        "multilabel": bool(predictions.mark),
        "labels": list(first.scored.sets.names if first.scored.sets else first.scored.labels),
        "data": documents.data_facts(splits, named),
        "roles": _roles(data),
        "audit": audited.facts() if audited else None,
        "attempt": _attempt(splits[0], order, predictions, key, labels),
        "attempt_key": key,
        "predictions_sha256": predictions_hash,
        "slice_rows_sha256": members_hash,
        "clusters": {"source": same.source, **{n: len(r.scored.clusters) for n, r in named.items()}},
        "confidence": order.confidence,
        "split": splits[0].name,
        **documents.set_facts(first, order.confidence),
        "discovered": [each.facts() for each in discovered],
        "discovery": {"asked": order.discover, "confirmed_on_other_half": order.confirm},
        "failures": cases,
        "perturbations": perturbed,
        "sets": {
            s.name: documents.set_facts(r, order.confidence) for s, r in zip(splits[1:], results[1:], strict=True)
        },
        "training": trained(order.run),
        "config": _config(order),
        "notes": [*data.notes, *predictions.notes, *_left_out(data, splits)],
        "versions": documents.versions(),
    }
    return Evaluation(document, packed, members)


def _columns(data: Dataset, results: list[Results], predictions: Predictions) -> tuple[pl.Series, pl.Series]:
    """True classes and whether they were predicted, along the frame."""
    codes, names = data.label_codes
    labels = pl.Series("label", names, dtype=pl.String).gather(np.maximum(codes, 0)) if names else None
    if labels is None:
        raise ValueError("no labels")
    if predictions.mark:
        labels = labels.replace_strict(list(names), [canonical(n, predictions.mark) for n in names], default=None)
    labels = labels.set(pl.Series(codes < 0), None)
    right = np.zeros(len(data), np.bool_)
    known = np.zeros(len(data), np.bool_)
    for each in results:
        right[each.scored.index], known[each.scored.index] = each.scored.right, True
    return labels, pl.Series("correct", right).set(pl.Series(~known), None)


def _attempt(split: Split, order: Order, predictions: Predictions, key: str, labels: pl.Series) -> int:
    """Record this evaluation beside the test file; its number on this test set."""
    from assay.reports.gating import ledger  # noqa: PLC0415

    entry = {ledger.KEY: key, "model": asdict(predictions.model), "rows": split.rows}
    few = split.rows <= MOST_SEQUENCE
    columns = (labels, predictions.values)
    told, said = ([] if not few else c.slice(split.start, split.rows).to_list() for c in columns)
    path = ", ".join(split.files) or split.name
    return ledger.record(path, split.fingerprint, entry, order.fallback, (told, said) if few else None)


def _roles(data: Dataset) -> dict[str, Any]:
    roles = data.roles
    singles = {role: getattr(roles, role) for role in ("label", "id", "group", "time")}
    return {"text": list(roles.text), **singles, "guessed": sorted(data.guessed)}


def _config(order: Order) -> dict[str, Any]:
    """What the figures depend on beside data and predictions."""
    return {
        "slices": [each.model_dump(exclude_defaults=True, mode="json") for each in order.declared.slices],
        "costs": [asdict(price) for price in order.prices],
        "labels": list(order.labels),
        "encoder": order.request.encoder,
        "discover": order.discover,
        "confirm_split": order.confirm,
        "perturb": order.perturb,
    }


def _left_out(data: Dataset, splits: tuple[Split, ...]) -> list[str]:
    """Sets that were given and not evaluated."""
    out = []
    if sample(data) is not None:
        out.append(f"edge cases were looked for in a sample of {MOST:,} of {len(data):,} rows")
    for split in data.splits:
        if split not in splits:
            what = "no labels" if split.name not in {"train", "validation"} else "training data"
            out.append(f"{split.name} ({', '.join(split.files)}) is not evaluated: {what}")
    return out


def write(made: Evaluation, folder: Path, seconds: float) -> None:
    """Write the evaluation folder.

    Raises:
        OutputError: nothing was written.
    """
    from assay.reports.render import evaluation_html  # noqa: PLC0415 - loads Jinja2

    tables = {store.PREDICTIONS: made.predictions, store.SLICE_ROWS: made.slice_rows}
    texts = {
        store.REPORT: evaluation_html.render(made.document),
        store.TIMINGS: as_json({"schema_version": documents.SCHEMA_VERSION, "seconds": round(seconds, 3)}),
        store.EVALUATION: as_json(made.document),
    }
    store.save(folder, tables, texts)
