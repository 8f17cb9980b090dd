"""An evaluation folder read back by someone who trusts nothing in it.

Whatever does not fit (a hash, a figure, a value that is no number) is a problem, and a problem blocks: a gate that
cannot verify does not promote.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.audit.atomic import steady
from assay.audit.errors import DataError
from assay.audit.parsing import parse_json
from assay.audit.tables import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

EVALUATION, PREDICTIONS, SLICE_ROWS = "evaluation.json", "predictions.parquet", "slice_rows.parquet"
JOINED = ";"
CURE = "Give a folder that `assay evaluate` wrote"
NEEDED = {
    PREDICTIONS: ("split", "row", "label", "prediction", "confidence", "correct"),
    SLICE_ROWS: ("slice", "kind", "row"),
}


@dataclass(frozen=True, eq=False)
class Evidence:
    """What an evaluation says, as columns."""

    folder: str
    document: dict[str, Any]
    """``evaluation.json``"""
    rows: pl.DataFrame
    """``predictions.parquet`` of the gated split: row, label, prediction, confidence, correct, cluster; by row."""
    members: pl.DataFrame
    """``slice_rows.parquet`` of the gated split: slice, kind, row."""
    split: str
    """The split that is gated."""
    hashes: dict[str, str]
    """SHA-256 of each file as it is now."""
    problems: tuple[str, ...] = field(default=())
    """What does not fit, a sentence each."""

    @cached_property
    def labels(self) -> NDArray[np.object_]:
        """(rows,) true labels; None where there is none."""
        return self.rows["label"].to_numpy(allow_copy=True).astype(object)

    @cached_property
    def predictions(self) -> NDArray[np.object_]:
        """(rows,) predicted labels."""
        return self.rows["prediction"].to_numpy(allow_copy=True).astype(object)

    @cached_property
    def right(self) -> NDArray[np.bool_]:
        """(rows,) whether the prediction is the label."""
        return self.rows["correct"].fill_null(value=False).to_numpy(allow_copy=True).astype(bool)

    @cached_property
    def labelled(self) -> NDArray[np.bool_]:
        """(rows,) whether there is a label to compare with."""
        return self.rows["label"].is_not_null().to_numpy(allow_copy=True).astype(bool)

    @property
    def multilabel(self) -> bool:
        """Whether rows have several labels, written as ``a;b`` in order."""
        return bool(self.document.get("multilabel"))

    def has(self, name: str) -> NDArray[np.bool_]:
        """(rows,) whether a row's label is, or is among others, this one."""
        return self._names("label", name)

    def says(self, name: str) -> NDArray[np.bool_]:
        """(rows,) whether a row is called this."""
        return self._names("prediction", name)

    def _names(self, column: str, name: str) -> NDArray[np.bool_]:
        told = self.rows[column]
        found = told.str.split(JOINED).list.contains(name) if self.multilabel else told == name
        return found.fill_null(value=False).to_numpy(allow_copy=True).astype(bool)

    @cached_property
    def clusters(self) -> NDArray[np.int64]:
        """(rows,) cluster of near-duplicates of each row; a row without one is a cluster of its own."""
        if "cluster" not in self.rows.columns:
            return np.arange(self.rows.height, dtype=np.int64)
        known = self.rows["cluster"].cast(pl.Int64, strict=False)
        alone = -1 - np.arange(self.rows.height, dtype=np.int64)
        out = np.where(known.is_null().to_numpy(), alone, known.fill_null(0).to_numpy())
        return np.unique(out, return_inverse=True)[1].astype(np.int64)

    @cached_property
    def places(self) -> dict[str, NDArray[np.int64]]:
        """Positions in ``rows`` of every slice's members, labelled ones only."""
        order = self.rows.with_row_index("at").select("at", "row", "label")
        joined = self.members.join(order, on="row", how="inner").filter(pl.col("label").is_not_null())
        parts = joined.select("slice", "at").unique(maintain_order=True).partition_by("slice", as_dict=True)
        return {str(k[0]): np.sort(v["at"].to_numpy().astype(np.int64)) for k, v in parts.items()}

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Kind of every slice that has members or a figure."""
        out = {str(s.get("name")): str(s.get("kind")) for s in self.document.get("slices", ()) if isinstance(s, dict)}
        out |= {str(s): str(k) for s, k in self.members.select("slice", "kind").unique().sort("slice").rows()}
        return out

    @property
    def model(self) -> dict[str, Any]:
        """What was measured: kind, name, fingerprint."""
        found = self.document.get("model")
        return dict(found) if isinstance(found, dict) else {}

    @property
    def data(self) -> dict[str, Any]:
        """On which data: path, rows, fingerprint of each split."""
        found = self.document.get("data")
        return dict(found) if isinstance(found, dict) else {}

    @property
    def fingerprint(self) -> str:
        """Of the gated split's data; empty if the evaluation does not say."""
        split = self.data.get(self.split)
        return str(split.get("fingerprint") or "") if isinstance(split, dict) else ""


def read(folder: Path) -> Evidence:
    """Read an evaluation folder.

    Raises:
        DataError: a file is missing, or is none of ours.
    """
    with steady(folder):
        hashes = {name: _hash(folder, name) for name in (EVALUATION, PREDICTIONS, SLICE_ROWS)}
        document = _document(folder)
        predictions, members = _frame(folder, PREDICTIONS), _frame(folder, SLICE_ROWS)
    split = _gated(document, predictions)
    problems = [
        f"{name} is not the file that the evaluation wrote: it was changed afterwards"
        for name, key in ((PREDICTIONS, "predictions_sha256"), (SLICE_ROWS, "slice_rows_sha256"))
        if document.get(key) != hashes[name]
    ]
    rows = predictions.filter(pl.col("split") == split).sort("row", maintain_order=True)
    if "split" in members.columns:
        members = members.filter(pl.col("split") == split)
    problems += _odd(rows, members, document, split)
    return Evidence(str(folder), document, rows, members, split, hashes, tuple(problems))


def _hash(folder: Path, name: str) -> str:
    try:
        return sha256((folder / name).read_bytes()).hexdigest()
    except OSError as error:
        where = f"no {name}" if folder.is_dir() else error.strerror or str(error)
        raise DataError(f"not an evaluation: {where}", path=str(folder), cure=CURE) from error


def _document(folder: Path) -> dict[str, Any]:
    try:
        document = parse_json((folder / EVALUATION).read_bytes())
    except ValueError as error:
        raise DataError(f"{EVALUATION} is not JSON: {error}", path=str(folder), cure=CURE) from error
    if not isinstance(document, dict) or document.get("schema_version") != 1:
        raise DataError(f"{EVALUATION} is of another version of Assay", path=str(folder), cure="Evaluate again")
    return document


def _frame(folder: Path, name: str) -> pl.DataFrame:
    try:
        frame = read_table(folder / name)
    except (OSError, pl.exceptions.PolarsError) as error:
        words = str(error).split("\n", maxsplit=1)[0]
        raise DataError(f"{name} cannot be read: {words}", path=str(folder), cure=CURE) from error
    lacking = [c for c in NEEDED[name] if c not in frame.columns]
    if lacking:
        raise DataError(f"{name} has no column {', '.join(lacking)}", path=str(folder), cure=CURE)
    text = [c for c in ("split", "label", "prediction", "slice", "kind") if c in frame.columns]
    try:
        return frame.with_columns(pl.col(text).cast(pl.String), pl.col("row").cast(pl.Int64))
    except pl.exceptions.PolarsError as error:
        raise DataError(f"{name} is damaged: its columns hold other types", path=str(folder), cure=CURE) from error


def _gated(document: dict[str, Any], predictions: pl.DataFrame) -> str:
    """The split that is gated: test, or the only one there is."""
    told = document.get("data")
    known = [*told] if isinstance(told, dict) else predictions["split"].unique(maintain_order=True).to_list()
    if "test" in known or not known:
        return "test"
    said = document.get("split")
    return str(said) if said in known else str(known[0])


def _odd(rows: pl.DataFrame, members: pl.DataFrame, document: dict[str, Any], split: str) -> list[str]:
    """Values that no evaluation writes."""
    out = []
    if not rows.height:
        return [f"there are no predictions for the {split} split"]
    data = document.get("data")
    told = data.get(split) if isinstance(data, dict) else None
    told = told if isinstance(told, dict) else {}
    if told.get("rows") != rows.height:
        out.append(f"{rows.height} predictions for {told.get('rows')} rows of the {split} split")
    if rows["row"].n_unique() != rows.height or rows["row"].null_count():
        out.append("a row is predicted more than once, or has no number")
    if missing := rows["prediction"].null_count():
        out.append(f"{missing} rows have no prediction")
    confidence = rows["confidence"].cast(pl.Float64, strict=False)
    if bad := int((confidence.is_nan() | confidence.is_infinite() | (confidence < 0) | (confidence > 1)).sum()):
        out.append(f"{bad} confidences are no numbers between 0 and 1 (NaN or out of range)")
    out += _labels(rows, document)
    lost = members.filter(~pl.col("row").is_in(rows["row"].implode()))["row"].n_unique() if members.height else 0
    if lost:
        out.append(f"{lost} rows of slices are not among the predictions")
    return out


def _labels(rows: pl.DataFrame, document: dict[str, Any]) -> list[str]:
    out = []
    several = bool(document.get("multilabel"))
    told, real = rows["correct"].fill_null(value=False), (rows["label"] == rows["prediction"]).fill_null(value=False)
    if wrong := int((told != real).sum()):
        out.append(f"{wrong} rows are called right or wrong against their own label and prediction")
    known = document.get("labels")
    if isinstance(known, list) and not several:
        strange = sorted({*rows["prediction"].drop_nulls(), *rows["label"].drop_nulls()} - {str(k) for k in known})
        if strange:
            out.append(f"labels unknown to the evaluation: {', '.join(strange[:3])}")
    return out
