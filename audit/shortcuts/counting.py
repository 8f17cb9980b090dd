"""How well a cue alone predicts the label: exact tests, intervals, leave-one-out accuracy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import lgamma
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEVEL = 0.01
"""Chance of one false cue in the whole audit, after Bonferroni's correction for all that were tried."""
MIN_ROWS = 5
"""Rows below which nothing is tried."""


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Labels as the cues are held against them: one row of each group of near-equal texts counts."""

    codes: NDArray[np.int32]
    """(rows,) label of every row of the data set; -1 for none."""
    names: tuple[str, ...]
    counted: NDArray[np.bool_]
    """(rows,) whether a row counts: it has a label, and is the one that counts of near-duplicates with it."""
    keys: NDArray[np.uint64] | None = None
    """(rows,) content hashes: the order in which rows are drawn; that of the rows if there are none."""

    @property
    def sizes(self) -> NDArray[np.int64]:
        """(classes,) rows that count."""
        return np.bincount(self.codes[self.counted], minlength=len(self.names)).astype(np.int64)

    def order(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows in the order of their content."""
        return rows if self.keys is None else rows[np.lexsort((rows, self.keys[rows]))]

    def frame(self) -> pl.DataFrame:
        """Columns ``r`` (row) and ``y`` (label code) of the rows that count."""
        rows = np.flatnonzero(self.counted)
        return pl.DataFrame({"r": rows.astype(np.uint32), "y": self.codes[rows]})


@dataclass(frozen=True, slots=True)
class Cue:
    """A value whose rows have one label far more often than the set has."""

    value: str
    label: int
    right: int
    """Rows that count with the value and the label."""
    rows: int
    """Rows that count with the value."""
    size: int
    """Rows that count with the label."""
    total: int
    """Rows that count."""
    p: float
    """Chance of as many or more by luck: upper tail of the hypergeometric distribution, uncorrected."""
    seen: tuple[int, int] = (0, 0)
    """Rows with the value and the label, and labeled rows with the value, near-duplicates counted each."""

    @property
    def precision(self) -> float:
        """Share of the value's rows that have the label."""
        return self.right / self.rows

    @property
    def coverage(self) -> float:
        """Share of the label's rows that have the value."""
        return self.right / self.size

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the precision."""
        return exact_interval(self.right, self.rows)


def exact_interval(right: int, rows: int, confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of a share (Clopper and Pearson 1934): quantiles of beta distributions."""
    from scipy.special import betaincinv  # noqa: PLC0415 - heavy

    tail = (1 - confidence) / 2
    low = float(betaincinv(right, rows - right + 1, tail)) if right else 0.0
    high = float(betaincinv(right + 1, rows - right, 1 - tail)) if right < rows else 1.0
    return round(low, 9), round(high, 9)  # the last bits differ between processors


def hypergeometric_tail(right: int, rows: int, size: int, total: int) -> float:
    """P(X >= right) when ``rows`` of ``total`` are drawn without replacement and ``size`` of them have the label."""
    most = min(rows, size)
    if right > most:
        return 0.0
    whole = _log_choose(total, rows)
    first = max(right, rows + size - total)
    logs = np.array([_log_choose(size, x) + _log_choose(total - size, rows - x) for x in range(first, most + 1)])
    return float(f"{min(1.0, float(np.exp(logs - whole).sum())):.9e}")


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def tally(pairs: pl.DataFrame, labels: Labels) -> pl.DataFrame:
    """Rows by value and label.

    Args:
        pairs: columns ``r`` (row) and ``v`` (value), each pair once.
        labels: what rows count, and their labels.

    Returns:
        Columns ``v``, ``y``, ``k``: rows that count.
    """
    return pairs.join(labels.frame(), on="r").group_by("v", "y").agg(pl.len().cast(pl.Int64).alias("k"))


def cues(counts: pl.DataFrame, labels: Labels, least_precision: float = 0.8) -> tuple[list[Cue], int]:
    """Values with a dominant label, and the number of values tried.

    Args:
        counts: what ``tally`` gave.
        labels: the labels.
        least_precision: share of a value's rows below which it is tried and dropped.
    """
    sizes = labels.sizes
    total = int(sizes.sum())
    by_value = (
        counts.sort("k", "y", descending=[True, False])
        .group_by("v", maintain_order=True)
        .agg(pl.col("k").sum().alias("n"), pl.col("k").first(), pl.col("y").first())
        .filter(pl.col("n") >= MIN_ROWS)
    )
    good = by_value.filter(pl.col("k") >= least_precision * pl.col("n")).sort("v")
    found = [
        Cue(v, y, k, n, int(sizes[y]), total, hypergeometric_tail(k, n, int(sizes[y]), total))
        for v, n, k, y in good.iter_rows()
    ]
    return found, by_value.height


def recounted(cues: Sequence[Cue], pairs: pl.DataFrame, labels: Labels) -> tuple[Cue, ...]:
    """The cues with the rows that have them, near-duplicates counted each.

    Args:
        cues: values with their labels.
        pairs: columns ``r`` (row) and ``v`` (value), each pair once.
        labels: the labels.
    """
    mine = pairs.join(pl.DataFrame({"v": list({c.value for c in cues})}, schema={"v": pl.String}), on="v")
    mine = mine.with_columns(y=pl.Series(labels.codes[mine["r"].to_numpy()], dtype=pl.Int32)).filter(pl.col("y") >= 0)
    counts = {(v, y): n for v, y, n in mine.group_by("v", "y").len().iter_rows()}
    whole: dict[str, int] = {}
    for (value, _), n in counts.items():
        whole[value] = whole.get(value, 0) + n
    return tuple(replace(c, seen=(counts.get((c.value, c.label), 0), whole.get(c.value, 0))) for c in cues)


def leave_one_out(counts: pl.DataFrame, labels: Labels) -> pl.DataFrame:
    """Who would be right that answers the most frequent label among the *other* rows of the same value.

    A tie is an error; a value that no other row has gets the most frequent label of all. In closed form: of a
    value's rows with label y, all are right or none.

    Args:
        counts: what ``tally`` gave for a column with one value a row.
        labels: the labels.

    Returns:
        ``counts`` with columns ``answer`` (label answered on rows that are right there, else the value's top
        label) and ``right`` (0..k).
    """
    majority = int(np.argmax(labels.sizes))
    ranked = counts.sort("k", "y", descending=[True, False]).with_columns(
        n=pl.col("k").sum().over("v"),
        top=pl.col("k").first().over("v"),
        second=pl.col("k").get(1, null_on_oob=True).over("v").fill_null(0),
        answer=pl.col("y").first().over("v"),
    )
    other = pl.when(pl.col("y") == pl.col("answer")).then(pl.col("second")).otherwise(pl.col("top"))
    alone = pl.col("n") == 1
    wins = pl.when(alone).then(pl.col("y") == majority).otherwise(pl.col("k") - 1 > other)
    return ranked.select(
        "v",
        "y",
        "k",
        answer=pl.when(alone).then(majority).otherwise(pl.col("answer")).cast(pl.Int32),
        right=pl.when(wins).then(pl.col("k")).otherwise(0),
    )
