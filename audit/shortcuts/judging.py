"""What a column of values, or single ones of them, tell about the label."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.shortcuts.counting import (
    MIN_ROWS,
    Cue,
    Labels,
    exact_interval,
    hypergeometric_tail,
    leave_one_out,
    tally,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FOLLOWS = 0.95
"""Share of the errors of a column's most frequent value that the label must avoid: then the column follows from it."""


@dataclass(frozen=True, slots=True, eq=False)
class Shortcut:
    """A way to tell labels without reading the text for its meaning."""

    kind: str
    """``label name``, ``markup``, ``passage``, ``start``, ``end``, ``word``, ``column``, ``identifier``, ``length``,
    ``style``, ``derived``."""
    where: str
    """What of the row it is: a column and part, a number of words, a form of markup."""
    cues: tuple[Cue, ...]
    """Values and labels, strongest first."""
    rows: NDArray[np.int64]
    """Labelled rows that have one of the values."""
    accuracy: tuple[float, int]
    """Leave-one-out accuracy of an answer from this alone, over so many rows."""
    majority: float
    """Accuracy of always answering the most frequent label, over the same rows."""
    tried: int = 0
    others: tuple[str, ...] = field(default=())
    """Other cues that stand in the same rows."""

    @property
    def p(self) -> float:
        """Chance of the strongest cue, corrected for all that were tried (Bonferroni)."""
        return min(1.0, min(c.p for c in self.cues) * self.tried)


def from_values(kind: str, where: str, pairs: pl.DataFrame, kept: list[Cue], labels: Labels) -> Shortcut:
    """A shortcut made of single values: with one of them its label is answered, else the most frequent one."""
    values = pl.DataFrame({"v": [c.value for c in kept], "y": pl.Series([c.label for c in kept], dtype=pl.Int32)})
    held = pairs.join(values.select("v").unique(), on="v")["r"].unique().sort().to_numpy().astype(np.int64)
    answered = pairs.join(values, on="v").unique("r", keep="first", maintain_order=True).sort("r")
    inside = answered.filter(pl.Series(labels.counted[answered["r"].to_numpy()]))
    right = int((labels.codes[inside["r"].to_numpy()] == inside["y"].to_numpy()).sum())
    rest = labels.counted.copy()
    rest[held] = False
    sizes = labels.sizes
    total = int(sizes.sum())
    right += int(np.bincount(labels.codes[rest], minlength=1).max()) if rest.any() else 0
    ordered = tuple(sorted(kept, key=lambda c: (-c.right, -len(c.value), c.value)))
    return Shortcut(kind, where, ordered, held, (right / total, total), float(sizes.max() / total))


def from_column(kind: str, where: str, pairs: pl.DataFrame, labels: Labels, gain: float) -> Shortcut | None:
    """A column whose value tells the label, or one of the labels; judged by leave-one-out answers.

    Args:
        kind: kind of the shortcut.
        where: what column it is.
        pairs: columns ``r`` (row) and ``v`` (value), one value a row.
        labels: the labels.
        gain: share of the errors of the most frequent answer that must be avoided, for one label against the others.
    """
    counts = tally(pairs, labels)
    total = int(counts["k"].sum()) if counts.height else 0
    if total < 2 * MIN_ROWS or counts["v"].n_unique() < 2:  # noqa: PLR2004
        return None
    size = dict(counts.group_by("y").agg(pl.col("k").sum()).iter_rows())
    answers = leave_one_out(counts, labels)
    found = {cue.label: cue for cue in _told(answers, size, total, gain)}
    if not found:
        return None
    right, majority = int(answers["right"].sum()), max(size.values()) / total
    most = max(found, key=lambda y: size.get(y, 0))
    # That the rest has the label of most rows says nothing more.
    rest = len(found) > 1 and 2 * size.get(most, 0) > total
    if rest:
        del found[most]
    whole = not rest and gain_of(right / total, majority) >= gain
    top = answers.filter(pl.col("answer").is_in(list(found)) | whole).group_by("v")
    values = top.agg(pl.col("k").sum(), pl.col("answer").first()).sort("k", "v", descending=[True, False])
    first = {y: v for v, _, y in values.reverse().iter_rows()}
    rows = pairs.join(values.select("v"), on="v")["r"].unique().sort().to_numpy().astype(np.int64)
    cues = sorted((replace(c, value=first.get(y, "")) for y, c in found.items()), key=lambda c: (-c.right, c.label))
    return Shortcut(kind, where, tuple(cues), rows, (right / total, total), majority)


def _told(answers: pl.DataFrame, size: dict[int, int], total: int, gain: float) -> list[Cue]:
    """Labels that the answers tell from all others."""
    mine = pl.col("y") == pl.col("answer")
    told = answers.group_by("answer").agg(
        right=(pl.col("right") * mine).sum(), wrong=((pl.col("k") - pl.col("right")) * ~mine).sum()
    )
    found = []
    for label, right, wrong in told.sort("answer").iter_rows():
        held = size.get(label, 0)
        base, correct = max(held, total - held) / total, right + (total - held - wrong)
        sure = right + wrong >= MIN_ROWS and exact_interval(correct, total)[0] > base
        if sure and gain_of(correct / total, base) >= gain:
            p = hypergeometric_tail(right, right + wrong, held, total)
            found.append(Cue("", label, right, right + wrong, held, total, p))
    return found


def gain_of(accuracy: float, base: float) -> float:
    """Share of the errors of the most frequent answer that is avoided."""
    return (accuracy - base) / (1 - base) if base < 1 else 0.0


def derived(name: str, pairs: pl.DataFrame, labels: Labels) -> Shortcut | None:
    """A column that follows from the label, a value for several labels; its rows are the first of each value."""
    counts = tally(pairs, labels)
    values = counts.group_by("v").agg(pl.col("k").sum()).filter(pl.col("k") >= MIN_ROWS)
    total = int(counts["k"].sum()) if counts.height else 0
    if values.height < 2 or total < 2 * MIN_ROWS:  # noqa: PLR2004
        return None
    by_label = counts.sort("k", "v", descending=[True, False]).group_by("y", maintain_order=True)
    top = by_label.agg(n=pl.col("k").sum(), k=pl.col("k").first(), v=pl.col("v").first())
    top = top.filter(pl.col("n") >= MIN_ROWS)
    base = max(values["k"].to_list()) / total
    if gain_of(int(top["k"].sum()) / max(1, int(top["n"].sum())), base) < _FOLLOWS:
        return None
    sizes = labels.sizes
    found = []
    for value, size in values.sort("k", "v", descending=[True, False]).iter_rows():
        mine = top.filter(pl.col("v") == value).sort("k", "y", descending=[True, False])
        if mine.height:
            label, held = int(mine["y"][0]), int(mine["k"].sum())
            p = hypergeometric_tail(held, size, int(mine["n"].sum()), int(sizes.sum()))
            found.append(Cue(value, label, int(mine["k"][0]), size, int(sizes[label]), total, p))
    if not found:
        return None
    right = int(leave_one_out(counts, labels)["right"].sum())
    first = pairs.join(labels.frame(), on="r").sort("r").unique("v", keep="first", maintain_order=True)
    majority = max(counts.group_by("y").agg(pl.col("k").sum())["k"].to_list()) / total
    return Shortcut(
        "derived", name, tuple(found), first["r"].to_numpy().astype(np.int64), (right / total, total), majority
    )
