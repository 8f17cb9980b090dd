"""Figures with and without the rows that the audit found leaked or mislabelled, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.reports.evaluation.audited import LEAKED, MISLABELLED
from assay.reports.evaluation.averages import averaged
from assay.reports.evaluation.classes import confusion
from assay.reports.evaluation.figures import Figure, proportion_figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.reports.evaluation.audited import Audited
    from assay.reports.evaluation.scored import Scored
    from assay.reports.evaluation.slices import SliceScores


@dataclass(frozen=True, slots=True)
class Suspects:
    """What changes where suspect rows are left out."""

    leaked: int
    mislabelled: int
    either: int
    """Rows of the evaluated set."""
    not_checked: tuple[str, ...]
    """Rules that did not run, so that their rows are not known."""
    overall: dict[str, tuple[Figure, Figure]]
    """Accuracy and macro F1 with and without them."""
    slices: tuple[tuple[str, Figure, Figure], ...]
    """Name and accuracy of each slice that holds some of them, with and without."""

    def facts(self) -> dict[str, Any]:
        """For ``evaluation.json``."""
        return {
            "leaked": self.leaked,
            "mislabelled": self.mislabelled,
            "rows": self.either,
            "not_checked": list(self.not_checked),
            "overall": {metric: _pair(*pair) for metric, pair in self.overall.items()},
            "slices": [{"name": name, "metric": "accuracy", **_pair(a, b)} for name, a, b in self.slices],
        }


def _pair(with_: Figure, without: Figure) -> dict[str, Any]:
    return {"with": with_.facts(), "without": without.facts()}


def suspects(
    scored: Scored, slices: Sequence[SliceScores], audited: Audited | None, confidence: float
) -> Suspects | None:
    """Compare; None where no audit knows the rows."""
    if audited is None or scored.split.name not in audited.names:
        return None
    ran = set(audited.stored.document.get("ran", []))
    leaked = _positions(scored, audited.found(scored.split, LEAKED))
    mislabelled = _positions(scored, audited.found(scored.split, MISLABELLED))
    bad = np.zeros(len(scored), np.bool_)
    bad[leaked] = bad[mislabelled] = True
    touched = [each for each in slices if bad[each.rows].any()]
    shares = []
    for each in touched:
        shares += [scored.clusters.share(scored.right, rows) for rows in (each.rows, each.rows[~bad[each.rows]])]
    figures = proportion_figures(shares, confidence)
    pairs = [(figures[i], figures[i + 1]) for i in range(0, len(figures), 2)]
    without = _overall(scored, np.flatnonzero(~bad), confidence)
    return Suspects(
        leaked.size,
        mislabelled.size,
        int(bad.sum()),
        tuple(code for code in (*LEAKED, *MISLABELLED) if code not in ran),
        {metric: (each, without[metric]) for metric, each in _overall(scored, None, confidence).items()},
        tuple((each.name, *pair) for each, pair in zip(touched, pairs, strict=True)),
    )


def _overall(scored: Scored, rows: NDArray[np.int64] | None, confidence: float) -> dict[str, Figure]:
    """Accuracy of some rows (None for all), and macro F1 where each has one class."""
    share = scored.clusters.share(scored.right, rows)
    out = {"accuracy": proportion_figures([share], confidence)[0]}
    if not scored.sets:
        out["macro_f1"] = averaged(confusion(scored, rows), "macro", "f1", share, confidence)
    return out


def _positions(scored: Scored, within: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions in the evaluated rows of positions in the split."""
    return np.flatnonzero(np.isin(scored.index - scored.split.start, within))
