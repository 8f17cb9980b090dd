"""``evaluation.json`` and the tables beside it."""

from __future__ import annotations

import platform
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.audit.store import assay_version
from assay.reports.evaluation.matrix import matrix
from assay.reports.evaluation.reliability import reliability

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.audit.dataset import Dataset, Split
    from assay.reports.evaluation.clusters import Groups
    from assay.reports.evaluation.evaluation import Results
    from assay.reports.evaluation.predictions import Predictions

SCHEMA_VERSION = 1
LIBRARIES = ("numpy", "polars", "scipy")


def set_facts(results: Results, confidence: float) -> dict[str, Any]:
    """The figures of one evaluated set; ``confidence`` is that of its intervals."""
    return {
        "overall": {metric: each.facts() for metric, each in results.overall.items()},
        "classes": {
            label: {metric: each.facts() for metric, each in figures.items()}
            for label, figures in results.classes.items()
        },
        "slices": [entry for each in results.slices for entry in each.entries()],
        "calibration": [each.facts() for each in results.calibration],
        "reliability": reliability(results.scored, confidence),
        "confusions": results.confusions,
        "confusion_matrix": matrix(results.scored),
        "without_suspects": results.suspects.facts() if results.suspects else None,
        "unlabelled": results.unlabelled,
    }


def data_facts(splits: Sequence[Split], results: Mapping[str, Results]) -> dict[str, Any]:
    """Where the evaluated rows came from."""
    return {
        s.name: {
            "path": ", ".join(s.files) or None,
            "rows": s.rows,
            "labelled": len(results[s.name].scored),
            "distinct": len(results[s.name].scored.clusters),
            "fingerprint": s.fingerprint,
        }
        for s in splits
    }


def versions() -> dict[str, str]:
    """Of everything that figures depend on."""
    return {"assay": assay_version(), "python": platform.python_version(), **{n: version(n) for n in LIBRARIES}}


def prediction_rows(  # noqa: PLR0913 - the columns of a table
    data: Dataset,
    splits: Sequence[Split],
    predictions: Predictions,
    groups: Groups,
    *,
    labels: pl.Series,
    right: pl.Series,
) -> pl.DataFrame:
    """``predictions.parquet``: a line for every row of the evaluated splits.

    Args:
        data: the data set.
        splits: those that were evaluated.
        predictions: laid along the frame.
        groups: which rows stand for one.
        labels: (frame rows,) true classes, null where there is none.
        right: (frame rows,) whether the prediction is right, null where there is no label.
    """
    index = np.concatenate([np.arange(s.start, s.stop, dtype=np.int64) for s in splits])
    names = pl.Series("split", [s.name for s in splits], dtype=pl.String)
    which = np.repeat(np.arange(len(splits)), [s.rows for s in splits])
    said = predictions.confidence
    sure = np.full(index.size, np.nan) if said is None or not predictions.is_probability else said[index]
    ids = data.frame[data.roles.id].gather(index).cast(pl.String) if data.roles.id else _nulls(index.size)
    _, cluster = np.unique(groups.of[index], return_inverse=True)
    columns = [
        names.gather(which),
        pl.Series("row", data.places.row[index], dtype=pl.Int64),
        ids.alias("id"),
        labels.gather(index).cast(pl.String).alias("label"),
        predictions.values.gather(index).alias("prediction"),
        pl.Series("confidence", sure, dtype=pl.Float64).fill_nan(None),
        right.gather(index).cast(pl.Boolean).alias("correct"),
        pl.Series("cluster", cluster, dtype=pl.Int64),
    ]
    if said is not None and not predictions.is_probability:
        columns.append(pl.Series("score", said[index], dtype=pl.Float64).fill_nan(None))
    return pl.DataFrame(columns)


def slice_rows(data: Dataset, results: Sequence[Results], discovered: Sequence[tuple[str, str, Any]]) -> pl.DataFrame:
    """``slice_rows.parquet``: the members of every slice, by split, slice and row.

    Args:
        data: the data set.
        results: of each evaluated split; the first is the one in which slices were discovered.
        discovered: name, kind and frame rows of each discovered slice.
    """
    blocks = []
    for n, result in enumerate(results):
        split = result.scored.split
        told = [
            (s.name, s.kind, s.part.mask.slice(split.start, split.rows).arg_true().to_numpy() + split.start)
            for s in result.slices
        ]
        told += [(name, kind, rows) for name, kind, rows in discovered] if not n else []
        blocks += [
            (split.name, name, kind, data.places.row[rows]) for name, kind, rows in sorted(told, key=lambda t: t[:2])
        ]
    sizes = [len(block[3]) for block in blocks]
    which = np.repeat(np.arange(len(blocks)), sizes)
    heads = [
        pl.Series(column, [b[i] for b in blocks], dtype=pl.String)
        for i, column in enumerate(("split", "slice", "kind"))
    ]
    rows = np.concatenate([b[3] for b in blocks]) if blocks else np.zeros(0, np.int64)
    return pl.DataFrame([*(h.gather(which) for h in heads), pl.Series("row", rows, dtype=pl.Int64)])


def attempt_key(frame: pl.DataFrame) -> str:
    """sha256 over the rows, labels and predictions of a split: the same predictions are the same attempt.

    Args:
        frame: lines of ``predictions.parquet`` of the split. Clusters, confidences and other splits do not count, so
            that looking again with an audit at hand is no new attempt.
    """
    digest, frame = sha256(), frame.sort("row", maintain_order=True)
    for column in ("row", "label", "prediction"):
        text = frame[column].cast(pl.String).fill_null("\0")
        digest.update(as_bytes(text))
    return digest.hexdigest()


def as_bytes(column: pl.Series) -> bytes:
    """Strings with their lengths, so that no two columns share their bytes."""
    lengths = column.str.len_bytes().to_numpy().astype("<u4").tobytes()
    return lengths + "".join(column.to_list()).encode("utf-8", "surrogatepass")


def _nulls(size: int) -> pl.Series:
    return pl.Series("id", [None], dtype=pl.String).new_from_index(0, size)
