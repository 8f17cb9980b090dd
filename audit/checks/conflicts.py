"""LBL001: the same text, or nearly the same, under different labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.dataset import Dataset
from assay.audit.errors import MissingInputError
from assay.audit.features import Alike, alike
from assay.audit.lexical.clusters import components, groups_of
from assay.audit.lexical.differences import differences, same_but
from assay.audit.rules import Fix, Hit, Severity, rule
from assay.audit.wording import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
    known = alike(data)
    rows = np.flatnonzero((codes >= 0) & (known.found.words > 0))
    yield from _exact_conflicts(data, known, rows)
    yield from _near_conflicts(data, known, rows, near_similarity)


def _exact_conflicts(data: Dataset, known: Alike, rows: NDArray[np.int64]) -> Iterator[Hit]:
    codes = data.label_codes[0]
    members, bounds = groups_of(known.found.rep[rows])
    differ = np.zeros(max(0, bounds.size - 1), np.bool_)
    own = codes[rows[members]]
    if own.size:
        differ = np.maximum.reduceat(own, bounds[:-1]) != np.minimum.reduceat(own, bounds[:-1])
    for g in np.flatnonzero(differ).tolist():
        group = rows[members[bounds[g] : bounds[g + 1]]].tolist()
        texts = data.text.gather(group).to_list()
        kind = "identical" if len(set(texts)) == 1 else next(same_but(texts[0], t) for t in texts if t != texts[0])
        # The partner to look at is one with another label.
        other = {c: next(r for r in group if codes[r] != c) for c in set(codes[group].tolist())}
        partners = {r: (other[int(codes[r])], 1.0) for r in group}
        yield _hit(data, known, partners, {"kind": kind, "similarity": 1.0})


def _near_conflicts(data: Dataset, known: Alike, rows: NDArray[np.int64], near_similarity: float) -> Iterator[Hit]:
    """Clusters of near-equal texts whose labels differ; one row stands for its exact copies."""
    found, codes = known.found, data.label_codes[0]
    first = np.full(len(data), -1, np.int64)
    first[found.rep[rows[::-1]]] = rows[::-1]  # written last to first: the first labelled row stays
    left, right = first[found.left], first[found.right]
    clash = (left >= 0) & (right >= 0) & (found.score >= np.float32(near_similarity))
    clash &= codes[left] != codes[right]
    left, right, score = left[clash], right[clash], found.score[clash]
    change = differences(data.text, left, right)
    pairs = np.array([k for k in range(left.size) if change.kinds[k] != "negation"], np.int64)
    best: dict[int, tuple[int, int]] = {}  # row -> its most similar partner, and the pair
    for k in pairs[np.argsort(-score[pairs], kind="stable")].tolist():
        best.setdefault(int(left[k]), (int(right[k]), k))
        best.setdefault(int(right[k]), (int(left[k]), k))
    inside = np.array(sorted(best), np.int64)
    members, bounds = groups_of(components(len(data), left[pairs], right[pairs])[inside])
    for low, high in pairwise(bounds.tolist()):
        group = inside[members[low:high]].tolist()
        pair = best[group[0]][1]
        difference = change.evidence(pair)
        if left[pair] != group[0]:
            difference["left"], difference["right"] = difference["right"], difference["left"]
        partners = {r: (best[r][0], round(float(score[best[r][1]]), 4)) for r in group}
        evidence = {"kind": change.kinds[pair], "similarity": partners[group[0]][1], "difference": difference}
        yield _hit(data, known, partners, evidence)


def _hit(data: Dataset, known: Alike, partners: dict[int, tuple[int, float]], evidence: dict[str, object]) -> Hit:
    """A conflict among rows; ``partners`` maps each to the row to compare it with, and how alike they are."""
    codes, names = data.label_codes
    group = list(partners)
    counts = Counter(int(codes[r]) for r in group)
    (top, votes), *others = sorted(counts.items(), key=lambda c: (-c[1], c[0]))
    majority = names[top] if all(votes > n for _, n in others) else None
    labels = {names[c]: n for c, n in sorted(counts.items())}
    said = ", ".join(f"{quoted(name, 40)} ({n})" for name, n in list(labels.items())[:5])
    exact = evidence["similarity"] == 1.0
    return Hit(
        tuple(group),
        f"{len(group)} rows {'say the same' if exact else 'are nearly the same'} under {len(labels)} labels: {said}",
        {**evidence, "labels": labels},
        Fix("relabel", tuple(r for r in group if codes[r] != top), label=majority) if majority else None,
        related=tuple(other for other, _ in partners.values()),
        scores=tuple(value for _, value in partners.values()),
        group=known.group_of(group[0]),
        suggested=majority,
    )
