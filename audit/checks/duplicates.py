"""DUP: texts that are more than once in a split: equal, nearly equal, contained, made from one template."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from assay.audit.columns import as_evidence
from assay.audit.dataset import PRODUCTION, Dataset
from assay.audit.features import Alike, alike, copies_of
from assay.audit.lexical.clusters import components, groups_of
from assay.audit.lexical.differences import KINDS, differences, kinds_of
from assay.audit.lexical.reading import read
from assay.audit.lexical.verify import SIMILARITY
from assay.audit.lexical.writing import WRITTEN, written
from assay.audit.rules import Fixes, Hit, Hits, Severity, row_score, rule
from assay.audit.statements import judge
from assay.audit.wording import counted, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray


_SLOT = "{…}"
_FIXED = 4
"""Content words outside its slots that make a template."""
_IDEOGRAPHS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_TEMPLATE_SAMPLE = 8
"""Rows of a family that are compared with its first one to find the slots."""


def _own_splits(data: Dataset) -> list[int]:
    """Splits whose repetitions matter: production traffic repeats itself by nature."""
    return [s for s, split in enumerate(data.splits) if split.name != PRODUCTION]


def _same_labels(data: Dataset, rows: NDArray[np.int64], bounds: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the rows of a group carry one label, so that dropping all but one of them loses nothing."""
    if not data.roles.label:
        return np.ones(bounds.size - 1, np.bool_)
    codes, starts = data.label_codes[0][rows], bounds[:-1]
    same: NDArray[np.bool_] = np.maximum.reduceat(codes, starts) == np.minimum.reduceat(codes, starts)
    return same


@rule("DUP001", "exact-duplicate", Severity.WARNING)
def exact_duplicate(data: Dataset, *, keep: Literal["first", "last"] = "first") -> Iterator[Hits]:
    """Duplicate texts within a split, equal after folding Unicode forms, case, white space and punctuation.

    Why: copies are learned twice, and in a test set they are counted twice, so that intervals look
    narrower than the evidence is.
    Fix: keep one row of each group; safe where the labels agree.
    Options: keep says which row of a group stays.
    Production traffic is left out: it repeats itself by nature. Texts without a letter or digit are not
    compared; emoticons and emoji are words.
    """
    known = alike(data)
    for s in _own_splits(data):
        split = data.splits[s]
        rows = np.arange(split.start, split.stop, dtype=np.int64)
        members, bounds = groups_of(known.found.rep[rows])
        if members.size:
            yield _exact_hits(data, rows[members], bounds, keep, known)


def _exact_hits(data: Dataset, rows: NDArray[np.int64], bounds: NDArray[np.int64], keep: str, known: Alike) -> Hits:
    sizes, starts = np.diff(bounds), bounds[:-1]
    first = np.repeat(rows[starts], sizes)
    how = written(data.text, rows, first)
    how[starts] = -1  # not told: the first row beside itself
    kinds = kinds_of(how, bounds, WRITTEN)
    stays = rows[bounds[1:] - 1] if keep == "last" else rows[starts]
    agree = _same_labels(data, rows, bounds)
    related = first.copy()
    related[starts] = rows[starts + 1]
    told = zip(sizes.tolist(), kinds.words(_difference_words), agree.tolist(), strict=True)
    message = [f"{n} rows have the same text, {how}{'' if same else '; their labels differ'}" for n, how, same in told]
    return Hits(
        rows,
        bounds,
        pl.Series(message, dtype=pl.String),
        as_evidence(
            kind=kinds.words(lambda several: several[0] if len(several) == 1 else "several"),
            kinds=kinds.column(),
            similarity=np.ones(sizes.size),
            kept=data.places.row[stays],
        ),
        Fixes.some("drop", rows, bounds, rows != np.repeat(stays, sizes), agree),
        related=related,
        scores=np.ones(rows.size),
        group=known.group[rows[starts]],
    )


def _difference_words(kinds: list[str]) -> str:
    if kinds == ["identical"]:
        return "character for character"
    return "except for " + ", ".join(k for k in kinds if k != "identical")


@rule("DUP002", "near-duplicate", Severity.WARNING)
def near_duplicate(data: Dataset, *, similarity: float = SIMILARITY) -> Iterator[Hits]:
    """Near-duplicate texts within a split: a few words edited, typos, sentences in another order.

    Why: near-copies add little, are split between train and test by chance, and let a model look better on
    them than on what is new.
    Fix: keep one of each cluster, after a review: the evidence has the kind of change and the changed words.
    Options: similarity, 0.75 to 1, is Dice's coefficient over words (2 x shared / all), or over the characters
    in order where words are misspelt. 0.84 keeps 42 of 50 words.
    Rows whose changed words make another statement (opposites, another number, date or name, a negation, or any
    other content word of a short text) are a note that shows these words: both rows may be wanted. Inflections,
    synonyms, typos and function words make no other statement. Texts under a dozen words are a note too: short
    requests recur by themselves.
    Every pair is verified; rows that share a template or a disclaimer but not their own words are no
    duplicates. Exact copies, which DUP001 lists, are in the cluster of their text.
    """
    known = alike(data, similarity)
    for s in _own_splits(data):
        yield from _clusters_of_split(data, known, s)


def _clusters_of_split(data: Dataset, known: Alike, split: int) -> Iterator[Hits]:
    """Clusters among the distinct texts of one split: those that state the same, then short ones, then the others."""
    found, first = known.found, known.first[split]
    here = (first[found.left] >= 0) & (first[found.right] >= 0)
    left, right, score = first[found.left[here]], first[found.right[here]], found.score[here]
    if not left.size:
        return
    said = judge(data, left, right)
    same = ~said.differ
    for chosen, brief in ((same & ~said.brief, False), (same & said.brief, True), (said.differ, False)):
        at = np.flatnonzero(chosen)
        if at.size:
            differ = bool(said.differ[at[0]])
            severity = Severity.NOTE if differ or brief else None
            yield _near_hits(data, known, (left[at], right[at], score[at]), severity, differ=differ)


def _near_hits(
    data: Dataset,
    known: Alike,
    pairs: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]],
    severity: Severity | None,
    *,
    differ: bool,
) -> Hits:
    """One hit for each cluster of linked rows, each row with its most similar partner."""
    inside = np.unique(np.concatenate(pairs[:2]))
    members, bounds = groups_of(components(len(data), *pairs[:2])[inside])
    rows = inside[members]
    partner, best = _best_partner(data, rows, pairs)
    said = judge(data, rows, partner)
    change, starts = said.change, bounds[:-1]
    kinds = kinds_of(change.codes, bounds, KINDS)
    scores = np.round(best.astype(np.float64), 4)
    copies, edges, source = copies_of(data, rows, bounds)
    others = np.ones(copies.size, np.bool_)
    others[edges[:-1]] = False
    sizes = np.diff(edges).tolist()
    told = [_near_message(n, said.words(k) if differ else "", how)
            for n, k, how in zip(sizes, starts.tolist(), kinds.words(", ".join), strict=True)]  # fmt: skip
    return Hits(
        copies,
        edges,
        pl.Series(told, dtype=pl.String),
        as_evidence(
            differs=[said.words(k) if differ else None for k in starts.tolist()],
            opposites=[[list(p) for p in said.contrasts[k].opposites] for k in starts.tolist()],
            kind=[KINDS[code] for code in change.codes[starts].tolist()],
            kinds=kinds.column(),
            similarity=scores[starts],
            difference=change.column(starts),
        ),
        None if differ else Fixes.some("drop", copies, edges, others),
        related=partner[source],
        scores=scores[source],
        group=known.group[rows[starts]],
        severity=(severity,) * len(sizes),
    )


def _near_message(rows: int, differ: str, kinds: str) -> str:
    if differ:
        return f"{differ}: {rows} rows are near-duplicates that may state different things ({kinds} changed)"
    return f"{rows} rows are near-duplicates ({kinds} changed)"


def _best_partner(
    data: Dataset, rows: NDArray[np.int64], pairs: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each row the most similar other one (of equals the first by content), and how similar."""
    left, right, score = pairs
    a, b = np.concatenate([left, right]), np.concatenate([right, left])
    both = np.concatenate([score, score])
    order = np.lexsort((b, data.hashes(b), -both, a))
    heads = np.searchsorted(a[order], rows)
    return b[order][heads], both[order][heads]


@rule("DUP004", "contained-text", Severity.WARNING)
def contained_text(data: Dataset) -> Iterator[Hits]:
    """Rows that contain the text of another row of their split: a quoted reply, an appended signature or disclaimer.

    Why: the quoted part is learned again with each reply, and often under the reply's label, not its own.
    Fix: strip quotes and signatures before training, or drop the row that adds nothing of its own.
    """
    known = alike(data)
    found = known.found
    for s in _own_splits(data):
        first = known.first[s]
        here = np.flatnonzero((first[found.inner] >= 0) & (first[found.outer] >= 0))
        inner, outer = first[found.inner[here]], first[found.outer[here]]
        if not here.size:
            continue
        rows, bounds = np.stack([outer, inner], axis=1).ravel(), np.arange(here.size + 1) * 2
        copies, edges, source = copies_of(data, rows, bounds)
        shares = np.round(found.contained[here].astype(np.float64), 4)
        more = found.words[outer] - found.words[inner]
        told = [f"contains the text of another row, with {counted(n, 'word')} around it" for n in more.tolist()]
        yield Hits(
            copies,
            edges,
            pl.Series(told, dtype=pl.String),
            as_evidence(
                kind=["contained"] * here.size,
                similarity=shares,
                words_added=more,
                difference=differences(data.text, outer, inner).column(np.arange(here.size)),
            ),
            Fixes.some("drop", copies, edges, source % 2 == 1),
            related=np.stack([inner, outer], axis=1).ravel()[source],
            scores=np.repeat(shares, 2)[source],
            group=known.group[outer],
        )


@rule("DUP005", "template-family", Severity.NOTE)
def template_family(data: Dataset, *, min_rows: int = 5) -> Iterator[Hit]:
    """Template families within a split: rows of one sentence with other slots (numbers, dates, names).

    Why: a model learns the template, not the case: the family weighs as many rows as it has, and a test row of
    it is no independent evidence.
    Fix: keep a few rows of each family, or weigh the family as one; keep it whole where traffic is like that.
    Options: min_rows is the smallest family reported.
    A template has at least four content words outside its slots: short utterances that share function words, or a
    word or two of their subject, are no template. Where only function words vary, the message says so.
    """
    found = alike(data).found
    for s in _own_splits(data):
        split = data.splits[s]
        rows = np.arange(split.start, split.stop, dtype=np.int64)
        rows = rows[found.family[rows] >= 0]
        members, bounds = groups_of(found.family[rows])
        numbers = rows[members].tolist()
        pieces = [numbers[low:high] for low, high in pairwise(bounds.tolist()) if high - low >= min_rows]
        families = [(family, list(dict.fromkeys(found.rep[family].tolist()))) for family in pieces]
        yield from _family_hits(data, [(family, distinct) for family, distinct in families if len(distinct) > 1])


def _family_hits(data: Dataset, families: list[tuple[list[int], list[int]]]) -> Iterator[Hit]:
    """A hit for each family and its distinct texts."""
    samples = [_sample(distinct[1:]) for _, distinct in families]
    edges = np.cumsum([0, *map(len, samples)])
    first = np.repeat(np.array([family[0] for family, _ in families], np.int64), np.diff(edges))
    said = judge(data, first, np.array([row for sample in samples for row in sample], np.int64))
    change = said.change
    for (family, distinct), (low, high) in zip(families, pairwise(edges.tolist()), strict=True):
        template, slots = _template(str(data.text[family[0]]), change.spans[low:high])
        if _fixed_words(template) < _FIXED:
            continue
        same = not said.differ[low:high].any()
        message = f"{len(family):,} rows come from one template with {counted(slots, 'slot')}: {quoted(template, 120)}"
        if same:
            message = (
                f"{len(family):,} rows state the same in one sentence with other wordings: {quoted(template, 120)}"
            )
        yield Hit(
            tuple(family),
            message,
            {
                "kind": "wording" if same else "template",
                "kinds": sorted({KINDS[code] for code in change.codes[low:high].tolist()}),
                "template": template,
                "slots": slots,
                "rows": len(family),
                "distinct": len(distinct),
            },
            related=(family[1], *[family[0]] * (len(family) - 1)),
        )


def _fixed_words(template: str) -> int:
    """Different content words of a template; two characters of a script without spaces count as one."""
    fixed = template.replace(_SLOT, " . ")
    return len({word.stem for word in read(fixed).words}) + len(_IDEOGRAPHS.findall(fixed)) // 2


def _sample(rows: list[int]) -> list[int]:
    """Some rows of a family, spread over it."""
    return rows[:: max(1, len(rows) // _TEMPLATE_SAMPLE)][:_TEMPLATE_SAMPLE]


def _template(text: str, spans: NDArray[np.int32]) -> tuple[str, int]:
    """A text with what varies in others replaced by slots, and how many slots there are.

    ``spans``: (others, places, 4), as ``differences`` tells them.
    """
    varying = sorted({(int(a), int(b)) for a, b in spans[:, :, :2].reshape(-1, 2).tolist() if a >= 0})
    out, at, slots = [], 0, 0
    for low, high in varying:
        if low >= at:
            out += [text[at:low], _SLOT]
            slots += 1
        at = max(at, high)
    return "".join([*out, text[at:]])[:400], slots


@row_score("duplicate_group", "DUP001", "DUP002")
def duplicate_group(data: Dataset, options: Mapping[str, Mapping[str, Any]]) -> pl.Series:
    """Cluster of equal and near-equal rows over all splits; null for rows like no other."""
    numbers = alike(data, options.get("DUP002", {}).get("similarity", SIMILARITY)).group
    return pl.Series(numbers).set(pl.Series(numbers < 0), None)
