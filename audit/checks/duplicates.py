"""DUP: texts that stand more than once in a split: equal, nearly equal, contained, made from one template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from assay.audit.dataset import PRODUCTION, Dataset
from assay.audit.features import Alike, alike
from assay.audit.lexical.clusters import components, groups_of
from assay.audit.lexical.differences import SALIENT, differences, same_but
from assay.audit.lexical.verify import SIMILARITY
from assay.audit.rules import Fix, Hit, Severity, row_score, rule
from assay.audit.wording import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray


_SLOT = "{…}"
_TEMPLATE_SAMPLE = 8
"""Rows of a family that are compared with its first one to find the slots."""


def _own_splits(data: Dataset) -> list[int]:
    """Splits whose repetitions matter: production traffic repeats itself by nature."""
    return [s for s, split in enumerate(data.splits) if split.name != PRODUCTION]


def _same_label(data: Dataset, rows: Sequence[int]) -> bool:
    """Whether rows carry one label, so that dropping all but one of them loses nothing."""
    if not data.roles.label:
        return True
    codes = data.label_codes[0]
    return len({int(codes[r]) for r in rows}) == 1


@rule("DUP001", "exact-duplicate", Severity.WARNING)
def exact_duplicate(data: Dataset, *, keep: Literal["first", "last"] = "first") -> Iterator[Hit]:
    """Find rows of a split whose text is equal after folding Unicode forms, case, white space and punctuation.

    Why: copies are learned twice, and in a test set they are counted twice, so that intervals look
    narrower than the evidence is.
    Fix: keep one row of each group; safe where the labels agree.
    Options: keep says which row of a group stays.
    Production traffic is left out: it repeats itself by nature. Texts without a letter or digit are not compared.
    """
    known = alike(data)
    for s in _own_splits(data):
        split = data.splits[s]
        rows = np.arange(split.start, split.stop, dtype=np.int64)
        members, bounds = groups_of(known.found.rep[rows])
        texts = data.text.gather(rows[members]).to_list()
        members_of = rows[members].tolist()
        for low, high in pairwise(bounds.tolist()):
            group = members_of[low:high]
            kinds = {same_but(texts[low], t) for t in texts[low + 1 : high]}
            yield _exact_hit(data, group, sorted(kinds), keep, known.group_of(group[0]))


def _exact_hit(data: Dataset, group: list[int], kinds: list[str], keep: str, cluster: int | None) -> Hit:
    stays = group[-1] if keep == "last" else group[0]
    gone = tuple(r for r in group if r != stays)
    agree = _same_label(data, group)
    how = "to the letter" if kinds == ["identical"] else "but for " + ", ".join(k for k in kinds if k != "identical")
    return Hit(
        tuple(group),
        f"{len(group)} rows say the same, {how}" + ("" if agree else "; their labels differ"),
        {
            "kind": kinds[0] if len(kinds) == 1 else "several",
            "kinds": kinds,
            "similarity": 1.0,
            "kept": int(data.places.row[stays]),
        },
        Fix("drop", gone, safe=agree),
        related=(group[1], *[group[0]] * (len(group) - 1)),
        scores=(1.0,) * len(group),
        group=cluster,
    )


@rule("DUP002", "near-duplicate", Severity.WARNING)
def near_duplicate(data: Dataset, *, similarity: float = SIMILARITY) -> Iterator[Hit]:
    """Find rows of a split that are nearly the same: a few words edited, typos, sentences in another order.

    Why: near-copies add little, are split between train and test by chance, and let a model look better on
    them than on what is new.
    Fix: keep one of each cluster, after a look: the evidence names the kind of change. Where only a number, a
    date, a name or a negation differs, the rows may both be wanted.
    Options: similarity, 0.75 to 1, is Dice's coefficient over words (2 x shared / all), or over the characters
    in order where words are misspelt. 0.84 keeps 42 of 50 words.
    Every pair is verified; rows that share a template or a disclaimer but not their own words are no
    duplicates. One row stands for its exact copies, which DUP001 lists.
    """
    known = alike(data, similarity)
    for s in _own_splits(data):
        yield from _clusters_of_split(data, known, s)


def _clusters_of_split(data: Dataset, known: Alike, split: int) -> Iterator[Hit]:
    """Clusters among the distinct texts of one split."""
    found, first = known.found, known.first[split]
    here = (first[found.left] >= 0) & (first[found.right] >= 0)
    left, right, score = first[found.left[here]], first[found.right[here]], found.score[here]
    if not left.size:
        return
    inside = np.unique(np.concatenate([left, right]))
    label = components(len(data), left, right)
    members, bounds = groups_of(label[inside])
    rows = inside[members]
    partner, best = _best_partner(rows, left, right, score)
    change = differences(data.text, rows, partner)
    numbers, partners = rows.tolist(), partner.tolist()
    scores = np.round(best.astype(np.float64), 4).tolist()
    for low, high in pairwise(bounds.tolist()):
        kinds = sorted(set(change.kinds[low:high]))
        size = high - low
        caution = "" if SALIENT.isdisjoint(kinds) else "; mind the " + " and ".join(sorted(SALIENT & set(kinds)))
        yield Hit(
            tuple(numbers[low:high]),
            f"{size} rows are nearly the same ({', '.join(kinds)} changed){caution}",
            {
                "kind": change.kinds[low],
                "kinds": kinds,
                "similarity": scores[low],
                "difference": change.evidence(low),
            },
            Fix("drop", tuple(numbers[low + 1 : high])),
            related=tuple(partners[low:high]),
            scores=tuple(scores[low:high]),
            group=known.group_of(numbers[low]),
        )


def _best_partner(
    rows: NDArray[np.int64], left: NDArray[np.int64], right: NDArray[np.int64], score: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each row the most similar other one (the earliest, if several are), and how similar."""
    a, b = np.concatenate([left, right]), np.concatenate([right, left])
    both = np.concatenate([score, score])
    order = np.lexsort((b, -both, a))
    heads = np.searchsorted(a[order], rows)
    return b[order][heads], both[order][heads]


@rule("DUP004", "contained-text", Severity.WARNING)
def contained_text(data: Dataset) -> Iterator[Hit]:
    """Find rows of a split that hold the text of another row: a quoted reply, an appended signature or disclaimer.

    Why: the quoted part is learned again with each reply, and often under the reply's label, not its own.
    Fix: strip quotes and signatures before training, or drop the row that adds nothing of its own.
    """
    known = alike(data)
    found = known.found
    for s in _own_splits(data):
        first = known.first[s]
        here = np.flatnonzero((first[found.inner] >= 0) & (first[found.outer] >= 0))
        inner, outer = first[found.inner[here]], first[found.outer[here]]
        change = differences(data.text, outer, inner)
        more = (found.words[outer] - found.words[inner]).tolist()
        shares = np.round(found.contained[here].astype(np.float64), 4).tolist()
        for k, (long, short) in enumerate(zip(outer.tolist(), inner.tolist(), strict=True)):
            yield Hit(
                (long, short),
                f"holds the text of another row, with {counted(more[k], 'word')} around it",
                {
                    "kind": "contained",
                    "similarity": shares[k],
                    "words_added": more[k],
                    "difference": change.evidence(k),
                },
                Fix("drop", (short,)),
                related=(short, long),
                scores=(shares[k], shares[k]),
                group=known.group_of(long),
            )


@rule("DUP005", "template-family", Severity.NOTE)
def template_family(data: Dataset, *, min_rows: int = 5) -> Iterator[Hit]:
    """Find rows of a split made from one template with other slots (numbers, dates, names), once for each family.

    Why: a model learns the template, not the case: the family weighs as many rows as it has, and a test row of
    it is no independent evidence.
    Fix: keep a few rows of each family, or weigh the family as one; keep it whole where traffic is like that.
    Options: min_rows is the smallest family told.
    """
    found = alike(data).found
    for s in _own_splits(data):
        split = data.splits[s]
        rows = np.arange(split.start, split.stop, dtype=np.int64)
        rows = rows[found.family[rows] >= 0]
        members, bounds = groups_of(found.family[rows])
        numbers = rows[members].tolist()
        for low, high in pairwise(bounds.tolist()):
            family = numbers[low:high]
            distinct = list(dict.fromkeys(found.rep[family].tolist()))
            if high - low >= min_rows and len(distinct) > 1:
                yield _family_hit(data, family, distinct)


def _family_hit(data: Dataset, family: list[int], distinct: list[int]) -> Hit:
    template, slots, kinds = _template(data, family[0], distinct[1:])
    return Hit(
        tuple(family),
        f"{len(family):,} rows come from one template with {counted(slots, 'slot')}",
        {
            "kind": "template",
            "kinds": kinds,
            "template": template,
            "slots": slots,
            "rows": len(family),
            "distinct": len(distinct),
        },
        related=(family[1], *[family[0]] * (len(family) - 1)),
    )


def _template(data: Dataset, first: int, others: list[int]) -> tuple[str, int, list[str]]:
    """First row's text with the words that vary in a sample of the others replaced by slots; slots; kinds."""
    step = max(1, len(others) // _TEMPLATE_SAMPLE)
    sample = others[::step][:_TEMPLATE_SAMPLE]
    change = differences(data.text, np.full(len(sample), first, np.int64), np.array(sample, np.int64))
    spans = sorted({(int(a), int(b)) for a, b in change.spans[:, :, :2].reshape(-1, 2).tolist() if a >= 0})
    text, out, at, slots = str(data.text[first]), [], 0, 0
    for low, high in spans:
        if low >= at:
            out += [text[at:low], _SLOT]
            slots += 1
        at = max(at, high)
    whole = "".join([*out, text[at:]])
    return whole[:400], slots, sorted(set(change.kinds))


@row_score("duplicate_group", "DUP001", "DUP002")
def duplicate_group(data: Dataset, options: Mapping[str, Mapping[str, Any]]) -> pl.Series:
    """Cluster of equal and near-equal rows over all splits; null for rows like no other."""
    numbers = alike(data, options.get("DUP002", {}).get("similarity", SIMILARITY)).group
    return pl.Series(numbers).set(pl.Series(numbers < 0), None)
