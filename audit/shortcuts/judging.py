"""What a column of values, or single ones of them, reveal about the label."""

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
    recounted,
    tally,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FOLLOWS = 0.95
"""Share of the errors of a column's most frequent value that the label must avoid: then the column follows from it."""
_MARKED, _OFTEN, _SURER = 0.5, 0.15, 0.1
"""A cue of the most frequent label counts although no answer changes: with half of its rows, or with 15 % of them and
a precision that exceeds the label's share of all rows by 10 points."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers from a cue alone beside the most frequent label, over the same rows."""

    right: int
    """Rows answered correctly from the cue, and with the most frequent label elsewhere."""
    rows: int
    """Rows that count."""
    majority: int
    """Rows that have the most frequent label."""
    better: int
    """Rows that only the cue answers correctly."""
    worse: int
    """Rows that only the most frequent label answers correctly."""

    @property
    def accuracy(self) -> float:
        """Share of the rows that the cue answers correctly."""
        return self.right / self.rows

    @property
    def base(self) -> float:
        """Share of the rows that have the most frequent label."""
        return self.majority / self.rows

    @property
    def gain(self) -> tuple[float, float]:
        """95 % interval of the difference: exact for the share of better answers among those that differ."""
        differ = self.better + self.worse
        if not differ:
            return 0.0, 0.0
        low, high = exact_interval(self.better, differ)
        return (2 * low - 1) * differ / self.rows, (2 * high - 1) * differ / self.rows


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
    answers: Answers
    """Answers from this alone: of a column each from the other rows of its value (leave-one-out)."""
    tried: int = 0
    others: tuple[str, ...] = field(default=())
    """Other cues in the same rows."""

    @property
    def p(self) -> float:
        """Chance of the strongest cue, corrected for all that were tried (Bonferroni)."""
        return min(1.0, min(c.p for c in self.cues) * self.tried)

    @property
    def useful(self) -> bool:
        """Whether it answers more rows than the most frequent label surely, or marks that label's own rows."""
        if self.answers.gain[0] > 0:
            return True
        top = self.cues[0]
        if top.size != self.answers.majority or self.answers.rows != top.total:
            return False
        surer = top.interval[0] - self.answers.base >= _SURER
        return top.coverage >= (_OFTEN if surer else _MARKED)


def from_values(kind: str, where: str, pairs: pl.DataFrame, kept: list[Cue], labels: Labels) -> Shortcut:
    """A shortcut made of single values: with one of them its label is answered, else the most frequent one."""
    values = pl.DataFrame({"v": [c.value for c in kept], "y": pl.Series([c.label for c in kept], dtype=pl.Int32)})
    held = pairs.join(values.select("v").unique(), on="v")["r"].unique().sort().to_numpy().astype(np.int64)
    answered = pairs.join(values, on="v").sort("r", "v").unique("r", keep="first", maintain_order=True)
    sizes = labels.sizes
    majority = int(np.argmax(sizes))
    rest = labels.counted.copy()
    rest[held] = False
    other = int(np.argmax(np.bincount(labels.codes[rest], minlength=sizes.size))) if rest.any() else majority
    answer = np.full(labels.codes.size, other, np.int32)
    answer[answered["r"].to_numpy()] = answered["y"].to_numpy()
    right, usual = (answer == labels.codes)[labels.counted], (labels.codes == majority)[labels.counted]
    answers = Answers(
        int(right.sum()), int(sizes.sum()), int(usual.sum()), int((right & ~usual).sum()), int((usual & ~right).sum())
    )
    ordered = sorted(recounted(kept, pairs, labels), key=lambda c: (-c.right, -len(c.value), c.value))
    return Shortcut(kind, where, tuple(ordered), held, answers)


def from_column(kind: str, where: str, pairs: pl.DataFrame, labels: Labels, gain: float) -> Shortcut | None:
    """A column whose value tells the label, or one of the labels; judged by leave-one-out answers.

    A label's cue is the value with the most rows that answers it; its counts are that value's own.

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
    found = {cue.label: cue for cue in _revealed(answers, size, total, gain)}
    if not found:
        return None
    answered = _answered(answers, size)
    most = max(sorted(found), key=lambda y: size.get(y, 0))
    # That the rest has the label of most rows says nothing more.
    rest = len(found) > 1 and 2 * size.get(most, 0) > total
    if rest:
        del found[most]
    whole = not rest and gain_of(answered.accuracy, answered.base) >= gain
    mine = answers.filter(pl.col("answer").is_in(list(found)) | whole)
    values = mine.group_by("v").agg(pl.col("answer").first())
    rows = pairs.join(values.select("v"), on="v")["r"].unique().sort().to_numpy().astype(np.int64)
    tops = _top_values(counts, values)
    named = [replace(cue, value=tops[y][0], right=tops[y][1], rows=tops[y][2]) for y, cue in found.items() if y in tops]
    if not named:
        return None
    cues = sorted(recounted(named, pairs, labels), key=lambda c: (-c.right, c.label))
    return Shortcut(kind, where, tuple(cues), rows, answered)


def _top_values(counts: pl.DataFrame, values: pl.DataFrame) -> dict[int, tuple[str, int, int]]:
    """For each answer its value with the most rows of that label: value, rows of the label, rows."""
    whole = counts.group_by("v").agg(n=pl.col("k").sum())
    own = counts.join(values, left_on=["v", "y"], right_on=["v", "answer"]).join(whole, on="v")
    own = own.sort("k", "n", "v", descending=[True, False, False]).unique("y", keep="first", maintain_order=True)
    return {y: (v, k, n) for v, y, k, n in own.select("v", "y", "k", "n").iter_rows()}


def _answered(answers: pl.DataFrame, size: dict[int, int]) -> Answers:
    """Leave-one-out answers beside the most frequent label."""
    majority = max(sorted(size), key=lambda y: size[y])
    usual = answers.filter(pl.col("y") == majority)
    right, total = int(answers["right"].sum()), int(answers["k"].sum())
    kept = int(usual["right"].sum())
    return Answers(right, total, size[majority], right - kept, int(usual["k"].sum()) - kept)


def _revealed(answers: pl.DataFrame, size: dict[int, int], total: int, gain: float) -> list[Cue]:
    """Labels that the answers tell from all others; each cue counts the rows answered with its label."""
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
    return round((accuracy - base) / (1 - base), 9) if base < 1 else 0.0


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
    answered = _answered(leave_one_out(counts, labels), dict(counts.group_by("y").agg(pl.col("k").sum()).iter_rows()))
    known = pairs.join(labels.frame(), on="r").sort("r")
    order = pl.DataFrame({"r": labels.order(known["r"].to_numpy().astype(np.int64)).astype(np.uint32)})
    first = order.join(known, on="r", maintain_order="left").unique("v", keep="first", maintain_order=True)
    rows = first["r"].sort().to_numpy().astype(np.int64)
    return Shortcut("derived", name, recounted(found, pairs, labels), rows, answered)
