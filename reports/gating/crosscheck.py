"""Figures of evaluation.json, counted again from the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from assay.reports.statistics import clustered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from assay.reports.gating.evidence import Evidence

_CLOSE = 1e-6


def disagreements(evidence: Evidence) -> list[str]:
    """Figures that the rows do not bear out, a sentence each, three at most."""
    out = []
    for told, said, right, at in _figures(evidence):
        share = clustered.share(right[at], evidence.clusters[at])
        value, n = said.get("value"), said.get("n")
        same = n == share.n and (value is None if share.value is None else _near(value, share.value))
        if not same:
            out.append(f"evaluation.json says {told} is {value} on {n}; its rows say {share.value} on {share.n}")
    return out[:3]


def _figures(evidence: Evidence) -> Iterator[tuple[str, dict[str, Any], NDArray[np.bool_], NDArray[np.int64]]]:
    """Accuracy of the whole and of slices, recall of classes: what it is of, what is said, outcomes, its rows."""
    nothing = np.empty(0, np.int64)
    document = evidence.document
    overall = document.get("overall")
    said = overall.get("accuracy") if isinstance(overall, dict) else None
    yield "overall accuracy", said if isinstance(said, dict) else {}, evidence.right, np.flatnonzero(evidence.labelled)
    slices = document.get("slices")
    for one in slices if isinstance(slices, list) else ():
        if isinstance(one, dict) and one.get("metric") == "accuracy":
            yield (
                f"accuracy of {one.get('name')!r}",
                one,
                evidence.right,
                evidence.places.get(str(one.get("name")), nothing),
            )
    classes = document.get("classes")
    for name, metrics in classes.items() if isinstance(classes, dict) else ():
        if isinstance(metrics, dict) and isinstance(metrics.get("recall"), dict):
            yield (
                f"recall of class {name!r}",
                metrics["recall"],
                evidence.says(name),
                np.flatnonzero(evidence.has(name)),
            )


def _near(value: object, other: float) -> bool:
    return isinstance(value, int | float) and abs(value - other) <= _CLOSE
