"""Ask a model again after a small change, and count where it changes its mind."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.reports.perturbation.dice import Dice
from assay.reports.perturbation.kinds import KINDS, Kind, perturb
from assay.reports.statistics.proportions import interval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

MOST = 500
"""Rows asked again of each kind."""
TRIED = 10
"""Times as many rows are looked through for ones that a kind changes: not every text holds a number."""
EXAMPLES = 5
TEXT = 300
"""Characters kept of a text."""
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Count:
    """How often a prediction changed."""

    name: str
    """The slice; "" for all rows."""
    n: int
    """Rows of which the text changed and the model was asked again."""
    changed: int
    """Predictions that changed."""
    value: float | None
    """Share of the rows that counts: that changed; of a negation, that did *not* change. None for n = 0."""
    low: float | None
    high: float | None
    """Exact 95 % interval of the value."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one kind of change did."""

    kind: str
    words: str
    preserving: bool
    """Whether a changed prediction is a failure."""
    overall: Count
    lost: int
    """Predictions that were right and are wrong after the change; for a negation nobody knows what is right."""
    slices: tuple[Count, ...]
    """Worst first; those without rows are left out."""
    examples: tuple[dict[str, str], ...]

    def facts(self) -> dict[str, Any]:
        """For ``evaluation.json``."""
        all_rows = self.overall
        told = {"kind": self.kind, "words": self.words, "n": all_rows.n, "changed": all_rows.changed}
        if self.preserving:
            told |= {"failures": all_rows.changed, "lost": self.lost}
        else:
            told |= {"unchanged": all_rows.n - all_rows.changed}
        told |= {"value": all_rows.value, "low": all_rows.low, "high": all_rows.high}
        return told | {"slices": [asdict(each) for each in self.slices], "examples": list(self.examples)}


@dataclass(frozen=True, slots=True)
class Report:
    """What all kinds of change did."""

    outcomes: tuple[Outcome, ...]
    rows: int
    """Rows of the set."""
    seed: int

    def facts(self) -> dict[str, Any]:
        """For ``evaluation.json``: ``kinds`` should not change a prediction, ``negation`` should mostly."""
        return {
            "sample": MOST,
            "rows": self.rows,
            "seed": self.seed,
            "kinds": [each.facts() for each in self.outcomes if each.preserving],
            "negation": next((each.facts() for each in self.outcomes if not each.preserving), None),
        }


def invariance(  # noqa: PLR0913 - a model, its answers, and what of them is wanted
    predict: Callable[[Sequence[str]], Sequence[str]],
    labels: ArrayLike,
    texts: Sequence[str],
    predictions: ArrayLike,
    slices: Mapping[str, NDArray[np.int64]],
    *,
    kinds: Sequence[str] = tuple(KINDS),
    seed: int = 0,
) -> Report:
    """Change texts, ask the model again, and count where its prediction changed.

    At most ``MOST`` rows are asked again of each kind, picked by the hash of their text.

    Args:
        predict: the model: texts to labels.
        labels: (rows,) true classes.
        texts: (rows,)
        predictions: (rows,) what the model said of the texts as they are.
        slices: positions of the rows of each slice.
        kinds: names of ``KINDS``.
        seed: which rows, and which changes.

    Raises:
        ValueError: lengths differ.
    """
    truth, before = np.asarray(labels).astype(str), np.asarray(predictions).astype(str)
    if not len(texts) == truth.size == before.size:
        raise ValueError(f"{len(texts)} texts, {truth.size} labels, {before.size} predictions")
    order = sorted(range(len(texts)), key=lambda k: (Dice(seed, texts[k]).below(1 << 62), k))[: MOST * TRIED]
    outcomes = [_outcome(KINDS[kind], predict, truth, texts, before, slices, order, seed) for kind in kinds]
    return Report(tuple(outcomes), len(texts), seed)


def _outcome(  # noqa: PLR0913, PLR0917 - see invariance
    kind: Kind,
    predict: Callable[[Sequence[str]], Sequence[str]],
    truth: NDArray[np.str_],
    texts: Sequence[str],
    before: NDArray[np.str_],
    slices: Mapping[str, NDArray[np.int64]],
    order: list[int],
    seed: int,
) -> Outcome:
    made, differs = perturb([texts[k] for k in order], kind.name, seed)
    picked = np.flatnonzero(differs)[:MOST]
    rows = np.array(order, np.int64)[picked]
    new = [made[k] for k in picked.tolist()]
    after = np.asarray(predict(new)).astype(str) if new else np.empty(0, dtype=str)
    changed = after != before[rows]
    lost = (before[rows] == truth[rows]) & (after != truth[rows])
    by_slice = [(name, np.isin(rows, members)) for name, members in slices.items()]
    counts = [_count(name, changed[inside], kind) for name, inside in by_slice if inside.any()]
    shown = np.flatnonzero(changed if kind.preserving else ~changed)[:EXAMPLES].tolist()
    examples = [
        {
            "text": texts[rows[k]][:TEXT],
            "changed_text": new[k][:TEXT],
            "label": str(truth[rows[k]]),
            "prediction": str(before[rows[k]]),
            "changed_prediction": str(after[k]),
        }
        for k in shown
    ]
    return Outcome(
        kind.name,
        kind.words,
        kind.preserving,
        _count("", changed, kind),
        int(lost.sum()),
        tuple(sorted(counts, key=lambda c: (-(c.low or 0.0), -(c.value or 0.0), c.name))),
        tuple(examples),
    )


def _count(name: str, changed: NDArray[np.bool_], kind: Kind) -> Count:
    n, times = changed.size, int(changed.sum())
    if not n:
        return Count(name, 0, 0, None, None, None)
    told = times if kind.preserving else n - times
    low, high = interval(told, n, CONFIDENCE)
    return Count(name, n, times, told / n, float(low), float(high))
