"""LBL001: the same text, or nearly the same, under different labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.audit.columns import as_evidence, take_ragged
from assay.audit.dataset import Dataset
from assay.audit.errors import MissingInputError
from assay.audit.features import Alike, alike
from assay.audit.lexical.clusters import components, groups_of
from assay.audit.lexical.differences import KINDS
from assay.audit.lexical.writing import WRITTEN, written
from assay.audit.multilabel import label_sets, share_label
from assay.audit.rules import Fixes, Hit, Hits, Severity, rule
from assay.audit.semantic import compared_by_meaning
from assay.audit.semantic_conflicts import semantic_conflicts
from assay.audit.statements import judge
from assay.audit.wording import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NAMED = 5
"""Labels that a message names."""


@rule("LBL001", "conflicting-labels", Severity.ERROR)
def conflicting_labels(data: Dataset, *, near_similarity: float = 0.9) -> Iterator[Hit | Hits]:
    """Equal or nearly equal texts with different labels, within and across splits.

    Why: whatever the model answers, one of the rows counts it as wrong; in train they teach it to waver.
    Fix: decide on one label for the text, or make the text tell what makes the difference.
    Options: near_similarity, 0.84 to 1, is how alike (as in DUP002) two texts must be to need the same label.
    Nearly equal texts count only where no changed word makes another statement of the text: function words, typos,
    inflections and synonyms. Opposites ("on", "off"), numbers, names, negations and other content words may well be
    what the labels rest on. Emoticons and emoji are words. Rows without a label are left out. Where DUP003 is
    selected too, paraphrases are notes.
    """
    codes, names = label_sets(data)
    if len(names) < 2:  # noqa: PLR2004 - a conflict takes two
        raise MissingInputError("needs at least two labels")
    known = alike(data)
    rows = np.flatnonzero((codes >= 0) & (known.found.words > 0))
    yield from _exact_conflicts(data, known, rows)
    yield from _near_conflicts(data, known, rows, near_similarity)
    if compared_by_meaning(data):  # an encoder is not loaded for this alone
        yield from semantic_conflicts(data)


def _exact_conflicts(data: Dataset, known: Alike, rows: NDArray[np.int64]) -> Iterator[Hits]:
    """Groups of equal texts whose labels differ."""
    codes = label_sets(data)[0]
    members, bounds = groups_of(known.found.rep[rows])
    if not members.size:
        return
    rows = rows[members]
    differ = np.maximum.reduceat(codes[rows], bounds[:-1]) != np.minimum.reduceat(codes[rows], bounds[:-1])
    flat, bounds = take_ragged(bounds, np.flatnonzero(differ))
    rows, starts, sizes = rows[flat], bounds[:-1], np.diff(bounds)
    if not rows.size:
        return
    # The partner to look at is one with another label: the first row, or the first row that differs from it.
    first = np.repeat(rows[starts], sizes)
    others = np.flatnonzero(codes[rows] != codes[first])
    other = np.repeat(rows[others[np.searchsorted(others, starts)]], sizes)
    partner = np.where(codes[rows] == codes[first], other, first)
    how = written(data.text, rows, first)
    # One way of writing is told: that of the first row that is not the first text to the letter.
    odd = np.where(how > 0, np.arange(rows.size), rows.size)
    at = np.minimum.reduceat(odd, starts)
    kind = np.where(at < rows.size, how[np.minimum(at, rows.size - 1)], 0)
    yield _hits(
        data,
        known,
        (rows, bounds),
        (partner, np.ones(rows.size)),
        {"kind": [WRITTEN[k] for k in kind.tolist()], "similarity": np.ones(starts.size)},
    )


def _near_conflicts(data: Dataset, known: Alike, rows: NDArray[np.int64], near_similarity: float) -> Iterator[Hits]:
    """Clusters of near-equal texts whose labels differ; one row stands for its exact copies."""
    found, codes = known.found, label_sets(data)[0]
    first = np.full(len(data), -1, np.int64)
    first[found.rep[rows[::-1]]] = rows[::-1]  # written last to first: the first labelled row stays
    left, right = first[found.left], first[found.right]
    clash = (left >= 0) & (right >= 0) & (found.score >= np.float32(near_similarity))
    clash[clash] &= ~share_label(data, codes[left[clash]], codes[right[clash]])
    left, right, score = left[clash], right[clash], found.score[clash]
    said = judge(data, left, right)
    change, pairs = said.change, np.flatnonzero(~said.may_differ)
    if not pairs.size:
        return
    # For each row its most similar partner, and the pair: of equal ones the earlier pair.
    a, b = np.concatenate([left[pairs], right[pairs]]), np.concatenate([right[pairs], left[pairs]])
    both, pair = np.tile(score[pairs], 2), np.tile(pairs, 2)
    order = np.lexsort((pair, -both, a))
    inside, heads = np.unique(a[order], return_index=True)
    best = order[heads]
    members, bounds = groups_of(components(len(data), left[pairs], right[pairs])[inside])
    rows, best = inside[members], best[members]
    starts = bounds[:-1]
    told = pair[best[starts]]
    swapped = left[told] != rows[starts]
    scores = np.round(both[best].astype(np.float64), 4)
    evidence = {
        "kind": [KINDS[code] for code in change.codes[told].tolist()],
        "similarity": scores[starts],
        "difference": change.column(told, swapped),
    }
    yield _hits(data, known, (rows, bounds), (b[best], np.asarray(scores, np.float64)), evidence)


def _hits(
    data: Dataset,
    known: Alike,
    groups: tuple[NDArray[np.int64], NDArray[np.int64]],
    partners: tuple[NDArray[np.int64], NDArray[np.float64]],
    evidence: dict[str, Any],
) -> Hits:
    """Conflicts among groups of rows; each row has a partner to compare it with, and how alike they are."""
    (rows, bounds), (partner, scores) = groups, partners
    codes, names = label_sets(data)
    same_text = known.found.rep[rows] == np.repeat(known.found.rep[rows[bounds[:-1]]], np.diff(bounds))
    exact = np.logical_and.reduceat(same_text, bounds[:-1])
    counts = [Counter(codes[rows[low:high]].tolist()) for low, high in pairwise(bounds.tolist())]
    ranked = [sorted(c.items(), key=lambda one: (-one[1], one[0])) for c in counts]
    # Where no label has two thirds of the rows, the text does not decide: nothing is suggested.
    most = zip(ranked, counts, strict=True)
    top = np.array([r[0][0] if 3 * r[0][1] >= 2 * c.total() else -1 for r, c in most], np.int64)
    majority = pl.Series([names[t] if t >= 0 else None for t in top.tolist()], dtype=pl.String)
    given = np.repeat(top, np.diff(bounds))
    fix = Fixes.some("relabel", rows, bounds, (given >= 0) & (codes[rows] != given))
    fix = replace(fix, action=fix.action.set(majority.is_null(), None), label=majority)
    return Hits(
        rows,
        bounds,
        pl.Series([_message(c, names, same=same) for c, same in zip(counts, exact.tolist(), strict=True)]),
        as_evidence(**evidence, labels=[_labels(c, names) for c in counts]),
        fix,
        related=partner,
        scores=scores,
        group=known.group[rows[bounds[:-1]]],
        suggested=majority,
    )


def _labels(counts: Counter[int], names: Sequence[str]) -> list[dict[str, Any]]:
    return [{"label": names[c], "rows": n} for c, n in sorted(counts.items())]


def _message(counts: Counter[int], names: Sequence[str], *, same: bool) -> str:
    said = ", ".join(f"{quoted(names[c], 40)} ({n})" for c, n in sorted(counts.items())[:_NAMED])
    said += f" and {len(counts) - _NAMED} more" if len(counts) > _NAMED else ""
    how = "the same text" if same else "nearly the same text"
    return f"{counts.total()} rows have {how} but {len(counts)} different labels: {said}"
