"""LBL001: the same text, or nearly the same, under different labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.dataset import Dataset
from assay.audit.errors import MissingInputError
from assay.audit.features import group_ids, similar
from assay.audit.lexical.clusters import components, groups_of
from assay.audit.lexical.differences import differences, same_but
from assay.audit.rules import Fix, Hit, Severity, rule
from assay.audit.wording import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.lexical.engine import Similar


@rule("LBL001", "conflicting-labels", Severity.ERROR)
def conflicting_labels(data: Dataset, *, near_similarity: float = 0.9) -> Iterator[Hit]:
    """Find equal or nearly equal texts that carry different labels, within and across splits.

    Why: whatever the model answers, one of the rows counts it as wrong; in train they teach it to waver.
    Fix: decide on one label for the text, or make the text tell what makes the difference.
    Options: near_similarity, 0.84 to 1, is how alike (as in DUP002) two texts must be to need the same label.
    Near-equal texts that differ by a negation are left out: there the labels may well differ. Rows without a
    label are left out.
    """
    codes, names = data.label_codes
    if len(names) < 2:  # noqa: PLR2004 - a conflict takes two
        raise MissingInputError("needs at least two labels")
    found = similar(data)
    ids = group_ids(found)
    rows = np.flatnonzero((codes >= 0) & (found.words > 0))
    yield from _exact_conflicts(data, found, rows, codes, ids)
    yield from _near_conflicts(data, found, rows, codes, ids, near_similarity)


def _exact_conflicts(
    data: Dataset, found: Similar, rows: NDArray[np.int64], codes: NDArray[np.int32], ids: NDArray[np.int64]
) -> Iterator[Hit]:
    members, bounds = groups_of(found.rep[rows])
    for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        group = rows[members[low:high]]
        if (codes[group] == codes[group[0]]).all():
            continue
        texts = data.text.gather(group).to_list()
        kind = "identical" if len(set(texts)) == 1 else next(same_but(texts[0], t) for t in texts if t != texts[0])
        yield _hit(data, group.tolist(), {"kind": kind, "similarity": 1.0}, [1.0] * group.size, int(ids[group[0]]))


def _near_conflicts(
    data: Dataset,
    found: Similar,
    rows: NDArray[np.int64],
    codes: NDArray[np.int32],
    ids: NDArray[np.int64],
    near_similarity: float,
) -> Iterator[Hit]:
    """Clusters of near-equal texts whose labels differ; one row stands for its exact copies."""
    first = np.full(len(data), -1, np.int64)
    first[found.rep[rows[::-1]]] = rows[::-1]  # written last to first: the first labelled row stays
    left, right = first[found.left], first[found.right]
    clash = (left >= 0) & (right >= 0) & (found.score >= np.float32(near_similarity))
    clash &= codes[left] != codes[right]
    left, right, score = left[clash], right[clash], found.score[clash]
    change = differences(data.text, left, right)
    keep = np.array([change.kind(k) != "negation" for k in range(left.size)], np.bool_)
    at = np.flatnonzero(keep)
    left, right, score = left[at], right[at], score[at]
    label = components(len(data), left, right)
    inside = np.unique(np.concatenate([left, right]))
    members, bounds = groups_of(label[inside])
    best = {}
    for k in np.argsort(-score, kind="stable").tolist():
        for a, b in ((left[k], right[k]), (right[k], left[k])):
            best.setdefault(int(a), (int(b), round(float(score[k]), 4), int(at[k]), bool(a == left[k])))
    for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        group = inside[members[low:high]].tolist()
        _, value, pair, forward = best[group[0]]
        difference = change.evidence(pair)
        if not forward:
            difference["left"], difference["right"] = difference["right"], difference["left"]
        evidence = {"kind": change.kind(pair), "similarity": value, "difference": difference}
        related = [best[r][0] for r in group]
        yield _hit(data, group, evidence, [best[r][1] for r in group], int(ids[group[0]]), related)


def _hit(
    data: Dataset,
    group: list[int],
    evidence: dict[str, object],
    scores: list[float],
    cluster: int,
    related: list[int] | None = None,
) -> Hit:
    codes, names = data.label_codes
    counts = Counter(int(codes[r]) for r in group)
    (top, votes), *others = sorted(counts.items(), key=lambda c: (-c[1], c[0]))
    majority = names[top] if all(votes > n for _, n in others) else None
    labels = {names[c]: n for c, n in sorted(counts.items())}
    said = ", ".join(f"{quoted(name, 40)} ({n})" for name, n in list(labels.items())[:5])
    exact = evidence["similarity"] == 1.0
    if related is None:
        # The partner to look at is one with the other label.
        other = {c: next(r for r in group if codes[r] != c) for c in counts}
        related = [other[int(codes[r])] for r in group]
    return Hit(
        tuple(group),
        f"{len(group)} rows {'say the same' if exact else 'are nearly the same'} under {len(labels)} labels: {said}",
        {**evidence, "labels": labels},
        Fix("relabel", tuple(r for r in group if codes[r] != top), label=majority) if majority else None,
        related=tuple(related),
        scores=tuple(scores),
        group=cluster,
        suggested=majority,
    )
