"""Findings as columns over the rows of the data: what each proposes to do with which row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.errors import DataError
from assay.audit.lexical.tokens import read_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from assay.audit.cleaning.decisions import Decision, Decisions
    from assay.audit.dataset import Dataset
    from assay.audit.store import Stored

DUPLICATES = ("DUP001", "DUP002", "DUP004")
LEAKS = ("LEK001", "LEK002", "LEK003")
RELABELS = ("LBL001", "LBL002", "LBL006", "LBL005")
"""Whose label is taken where several rules propose one: what the text says before how the label is spelt."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What cleaning knows: the data, the findings placed in it, and the labels as they will be."""

    data: Dataset
    findings: pl.DataFrame
    """``findings.parquet`` with ``at`` and ``related_at``: the rows' indices in the frame, null where not read."""
    folded: NDArray[np.uint64]
    """(rows,) hash of each folded text: equal for exact duplicates; 0 for a text without words."""
    suspect: NDArray[np.float64]
    """(rows,) probability that the label is wrong; 0 where no rule has told."""
    labels: list[str | None]
    """(rows,) label of each row, as it will be."""
    length: NDArray[np.int64]
    """(rows,) bytes of each text."""
    order: NDArray[np.int64]
    """Rows in order of ``folded``."""

    def of(self, *codes: str) -> pl.DataFrame:
        """Lines of some rules whose row is here."""
        return self.findings.filter(pl.col("code").is_in(codes) & pl.col("at").is_not_null())

    def twins(self, row: int) -> list[int]:
        """The row and its exact copies in all splits; the row alone, if its text has no words."""
        mark = self.folded[row]
        if not mark:
            return [row]
        low = int(np.searchsorted(self.folded, mark, side="left", sorter=self.order))
        high = int(np.searchsorted(self.folded, mark, side="right", sorter=self.order))
        twins: list[int] = self.order[low:high].tolist()
        return twins


def know(stored: Stored, data: Dataset) -> Known:
    """Place the findings of an audit in its data."""
    names = pl.Series([s.name for s in data.splits], dtype=pl.String)
    where = pl.DataFrame(
        {
            "split": names.gather(data.split_codes.astype(np.int64)),
            "row": data.places.row,
            "at": np.arange(len(data), dtype=np.int64),
        }
    )
    related = where.rename({"split": "related_split", "row": "related_row", "at": "related_at"})
    findings = stored.findings.join(where, on=["split", "row"], how="left", maintain_order="left")
    findings = findings.join(related, on=["related_split", "related_row"], how="left", maintain_order="left")
    scores = where.join(stored.rows.select("split", "row", "suspect_label"), on=["split", "row"], how="left",
                        maintain_order="left")  # fmt: skip
    label = data.column("label").to_list() if data.roles.label else [None] * len(data)
    folded = read_tokens(data.text).row_hash
    return Known(
        data,
        findings,
        folded,
        scores["suspect_label"].cast(pl.Float64).fill_null(0.0).to_numpy(),
        label,
        data.text.str.len_bytes().cast(pl.Int64).to_numpy(),
        np.argsort(folded, kind="stable"),
    )


def same_label(one: str | None, other: str | None) -> bool:
    """Whether two labels are one; a missing one is like another missing one only."""
    return (one or "").strip() == (other or "").strip() if _missing(one) or _missing(other) else one == other


def _missing(label: str | None) -> bool:
    return not (label or "").strip()


def clash(one: str | None, other: str | None) -> bool:
    """Whether two labels contradict each other; a missing one contradicts none."""
    return not (_missing(one) or _missing(other)) and one != other


def place_decisions(known: Known, decisions: Decisions, standing: Iterable[Decision]) -> dict[int, Decision]:
    """Decisions by row of the frame; each is about the row as it is now.

    Raises:
        DataError: a decision names a row that is not there, or that has changed since.
    """
    data = known.data
    index: dict[str, dict[int, int]] = {}
    out: dict[int, Decision] = {}
    cure = "It was made on other data: audit and review again, or remove the line"
    for one in standing:
        split = data.split(one.split)
        if split is None:
            names = ", ".join(s.name for s in data.splits)
            raise DataError(f"no split {one.split!r} in this audit; there are {names}", path=decisions.path,
                            line=one.line, cure=cure)  # fmt: skip
        if one.split not in index:
            rows = data.places.row[split.start : split.stop].tolist()
            index[one.split] = {row: split.start + i for i, row in enumerate(rows)}
        at = index[one.split].get(one.row)
        if at is None:
            raise DataError(f"{one.split} has no row {one.row}", path=decisions.path, line=one.line, cure=cure)
        if data.keys([at])[0] != one.content_hash:
            problem = f"stale: {one.split} row {one.row} is not the row that was decided on (content hash differs)"
            raise DataError(problem, path=decisions.path, line=one.line, cure=cure)
        out[at] = one
    return out
