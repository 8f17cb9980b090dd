"""Conditions of slices by an engine: who is a member, one bit a row, partition by partition."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.audit.scale.columns import line, lines
from assay.audit.scale.comparison import opened
from assay.audit.scale.engine import Steps
from assay.audit.scale.source import ReadColumns, stage_frame
from assay.audit.scale.stages import MASKS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from assay.audit.dataset import Dataset
    from assay.audit.scale.engine import Stage
    from assay.audit.scale.request import Scale


@dataclass(frozen=True, slots=True)
class Hold:
    """Whether each row fulfils each of some conditions."""

    conditions: tuple[pl.Expr, ...]
    """Each says true or false of a row by that row alone."""

    def __call__(self, given: tuple[int, pa.Table]) -> pa.Table:
        """Number of the first row and a table of columns to MASKS."""
        first, table = given
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table gives a frame
        names = [str(n) for n in range(len(self.conditions))]
        held = frame.with_columns(each.alias(name) for each, name in zip(self.conditions, names, strict=True))
        bits = [np.packbits(held[name].to_numpy(), bitorder="little") for name in names]
        return line(MASKS, np.array([first, frame.height]), np.concatenate(bits))


def masks(data: Dataset, scale: Scale, frame: pl.DataFrame, conditions: Sequence[pl.Expr]) -> list[pl.Series]:
    """A Boolean column for each condition.

    Args:
        data: the data set whose rows they are.
        scale: engine, memory, storage.
        frame: the columns that conditions read.
        conditions: see ``Hold``; never null.

    Raises:
        polars.exceptions.PolarsError: a condition cannot be evaluated.
        OutputError: the disk is full.
    """
    out = np.zeros((len(conditions), frame.height), np.bool_)
    with opened(data, scale) as (engine, folder, size):
        pieces, read = _pieces(scale, frame, folder, size)
        held = engine.scan(pieces, Steps((read, Hold(tuple(conditions))), MASKS), MASKS)
        for (first, rows), bits in lines(engine.collect(held), np.int64, np.uint8):
            some = np.unpackbits(bits.reshape(len(conditions), -1), axis=1, count=rows, bitorder="little")
            out[:, first : first + rows] = some
    return [pl.Series(each) for each in out]


def _pieces(scale: Scale, frame: pl.DataFrame, folder: Path, rows: int) -> tuple[Sequence[Any], Stage]:
    """Pieces of the columns, and what reads one as ``Hold`` takes it."""
    if scale.engine == "local":
        ranges = [(low, min(rows, frame.height - low)) for low in range(0, frame.height, rows)]
        newest = pl.CompatLevel.newest()
        return ranges, lambda at: (at[0], frame.slice(*at).to_arrow(compat_level=newest))  # stays in this process
    digest = sha256(repr(frame.schema).encode()).hexdigest()[:16]
    return stage_frame(frame, folder / f"columns-{digest}", rows), ReadColumns(tuple(frame.columns))
