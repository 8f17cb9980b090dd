"""Out-of-sample class probabilities of the user's own model, from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.errors import DataError
from assay.audit.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_PLACES = ("split", "row")  # columns that a file of predictions may carry besides
_SLACK = 0.02  # by which a row's probabilities may miss a sum of 1: they are rounded in files


def read_probabilities(
    path: Path, names: Sequence[str], splits: Sequence[int], ids: pl.Series | None
) -> NDArray[np.float32]:
    """Read them, in the order of the data set.

    A file has a column for each class, named like it, and one line for each row of all splits in their order, or of
    the first one; or else a column ``id`` (or named like the data's own), and lines in any order, for any rows.

    Args:
        path: a CSV, JSON Lines or Parquet file.
        names: classes of the data set.
        splits: how many rows each split has.
        ids: the data set's ids, null-free where known; its name is the column's.

    Returns:
        (rows, classes), zero in rows that the file says nothing of.

    Raises:
        DataError: the file cannot be read or does not fit the data; the message names the place.
    """
    frame = _read(path)
    key = next((c for c in (ids.name if ids is not None else "", "id") if c and c in frame.columns), None)
    values = _values(frame, path, names, skip={key, *_PLACES})
    total = sum(splits)
    out = np.zeros((total, len(names)), np.float32)
    if key and ids is not None and key not in names:
        out[_joined(frame[key], ids, path)] = values
    elif frame.height in {total, splits[0]}:
        out[: frame.height] = values
    else:
        wanted = f"{total:,}" if total == splits[0] else f"{total:,} (all splits) or {splits[0]:,} (the first)"
        raise DataError(
            f"{frame.height:,} lines of probabilities for {wanted} rows",
            path=str(path),
            cure="Give one line for each row in order, or a column of ids (and --id COLUMN)",
        )
    return out


def _read(path: Path) -> pl.DataFrame:
    kind = path.suffix.lower()
    try:
        if kind == ".parquet":
            return read_table(path)
        if kind in {".jsonl", ".ndjson"}:
            return pl.read_ndjson(path, infer_schema_length=None)
        if kind in {".csv", ".tsv"}:
            return pl.read_csv(path, separator="\t" if kind == ".tsv" else ",", infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        words = " ".join(str(error).split())[:200]
        raise DataError(f"cannot read probabilities: {words}", path=str(path)) from error
    raise DataError(
        f"cannot read probabilities from a {kind or 'nameless kind of'} file",
        path=str(path),
        cure="Give a .csv, .tsv, .jsonl or .parquet file",
    )


def _values(frame: pl.DataFrame, path: Path, names: Sequence[str], skip: set[str | None]) -> NDArray[np.float32]:
    missing = [n for n in names if n not in frame.columns]
    extra = [c for c in frame.columns if c not in names and c not in skip]
    cure = "Name the columns exactly like the labels"
    if missing:
        more = f"; columns that are no class: {', '.join(extra[:5])}" if extra else ""
        raise DataError(f"no column for {_some(missing)}{more}", path=str(path), cure=cure)
    if extra:
        raise DataError(f"the data have no label {_some(extra)}", path=str(path), cure=cure)
    out = np.empty((frame.height, len(names)), np.float32)
    for k, name in enumerate(names):
        out[:, k] = frame[name].cast(pl.Float32, strict=False).fill_null(float("nan")).to_numpy()
    for bad, what in (
        (~np.isfinite(out), "no number"),
        (out < 0, "below 0"),
        (out > 1 + _SLACK, "over 1"),
    ):
        if bad.any():
            row, column = (int(x) for x in np.argwhere(bad)[0])
            raise DataError(
                f"the probability in row {row + 1:,} is {what} ({frame[names[column]][row]!r})",
                path=str(path),
                column=names[column],
            )
    sums = out.sum(axis=1)
    off = np.flatnonzero(np.abs(sums - 1) > _SLACK)
    if off.size:
        raise DataError(
            f"probabilities of row {int(off[0]) + 1:,} sum to {sums[off[0]]:.3f}, not 1",
            path=str(path),
            cure="Give probabilities, not scores or logits",
        )
    return out


def _joined(told: pl.Series, ids: pl.Series, path: Path) -> NDArray[np.int64]:
    """Row of the data set for each line."""
    told = told.cast(pl.String)
    if told.null_count() or told.n_unique() < len(told):
        twice = told.filter(told.is_duplicated() | told.is_null())[0]
        raise DataError(f"id {twice!r} is missing or stands twice", path=str(path), column=told.name)
    known = pl.DataFrame({"id": ids.cast(pl.String), "row": np.arange(len(ids), dtype=np.int64)})
    repeated = known.filter(known["id"].is_duplicated() & known["id"].is_in(told.implode()))
    if repeated.height:
        raise DataError(
            f"id {repeated['id'][0]!r} stands on several rows of the data, so probabilities cannot be joined by it",
            path=str(path),
            cure="Name another column with --id, or leave the ids out and keep the row order",
        )
    rows = pl.DataFrame({"id": told}).join(known, on="id", how="left", maintain_order="left")["row"]
    if rows.null_count():
        stranger = told.filter(rows.is_null())[0]
        raise DataError(f"the data have no row with id {stranger!r}", path=str(path), column=told.name)
    return rows.to_numpy()


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(repr(n) for n in names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")  # noqa: PLR2004 - those shown
