"""DUP003 and LEK003: paraphrases within a split and across splits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl

from assay.audit.checks.leaks import test_similarity as lexical_similarity
from assay.audit.dataset import PRODUCTION, Dataset
from assay.audit.errors import MissingInputError
from assay.audit.features import alike, copies_of, embeddings
from assay.audit.lexical.differences import differences
from assay.audit.rules import Fix, Hit, Severity, row_score, rule
from assay.audit.semantic import Pairs, across, groups, sources_of, within
from assay.audit.wording import quoted

_SHOWN = 5
_SHARED, _SURE = 5, 0.8
"""Content words that a pair shares, and its similarity, from which a leak is no coincidence."""
_SHARED_WITHIN = 3
_FALSE_ALARMS = 0.3
"""Share of false alarms, estimated from labels that differ, over which paraphrases are notes."""
"""Content words that a pair of one split shares at least: short requests recur by themselves."""


@rule("DUP003", "semantic-duplicate", Severity.NOTE)
def semantic_duplicate(data: Dataset, *, min_similarity: float = 0.0) -> Iterator[Hit]:
    """Semantic duplicates within a split: two rows that state the same in other words.

    What: texts that are each other's best partner, near by meaning, and without a content word, number or name of
    weight that the other lacks. Synonyms, inflections and ways of writing numbers, times and dates ("half past six",
    "6:30") count as the same; opposites, other numbers, other names and a negation in one text rule a pair out.
    Why: a paraphrase teaches little that its twin does not, weighs its case twice, and is no independent evidence
    in a test set; where the labels differ, one of them is probably wrong.
    Fix: review the pair; keep both where users do word it so, drop one where they were made from each other.
    Options: min_similarity is the similarity under which no pair is reported; 0 leaves it to the encoder's threshold.
    Similarity is the cosine, less the share of words without a counterpart, plus how far the pair stands out of its
    neighbors. The evidence has the threshold, the encoder, and the rate of false alarms estimated from the labels.
    Pairs that share fewer than three content words are left out: short requests recur by themselves. So are pairs of
    DUP001, DUP002, DUP004 and DUP005. With LSA, where no encoder is installed, only
    rewordings that share rare words are seen.
    """
    for s in _own(data):
        yield from _hits(data, within(data, s), min_similarity, None)


@rule("LEK003", "semantic-leak", Severity.WARNING)
def semantic_leak(data: Dataset, *, min_similarity: float = 0.0) -> Iterator[Hit]:
    """Semantic leakage: held-out rows that state in other words what a row of train states.

    What: as DUP003, between a held-out split and train (or a held-out split before it). A warning where the two
    share five content words or numbers and hardly anything else; a note where a short request may recur by chance,
    and in datasets where more than 30% of the pairs are false alarms by their labels.
    Why: the model has learned the case; its answer to the paraphrase says less about new cases than it seems.
    Fix: drop the train row, or put both into one split; keep them where traffic repeats itself in this way.
    Options: min_similarity as in DUP003.
    Pairs of LEK001 and LEK002 are left out.
    """
    sides = sources_of(data)
    if not sides:
        raise MissingInputError("needs train and a held-out split; give one with --test FILE or --validation FILE")
    for held, sources in sides:
        yield from _hits(data, across(data, held, sources), min_similarity, held)


def _own(data: Dataset) -> list[int]:
    """Splits whose repetitions matter: production traffic repeats itself by nature."""
    return [s for s, split in enumerate(data.splits) if split.name != PRODUCTION and split.rows]


def _hits(data: Dataset, found: Pairs, least: float, held: int | None) -> Iterator[Hit]:
    """A hit for each pair, copies of both texts included; across splits one for each held-out row."""
    change = differences(data.text, found.left, found.right)
    codes = data.label_codes[0] if data.roles.label else np.full(len(data), -1, np.int32)
    encoder, numbers = embeddings(data).encoder, alike(data)
    pairs = np.stack([found.left, found.right], axis=1).ravel()
    copies, edges, _ = copies_of(data, pairs, np.arange(pairs.size + 1))
    for k, (left, right) in enumerate(zip(found.left.tolist(), found.right.tolist(), strict=True)):
        similarity = float(found.similarity[k])
        if similarity < least or (held is None and found.shared[k] < _SHARED_WITHIN):
            continue
        clash = bool(codes[left] != codes[right] and min(codes[left], codes[right]) >= 0)
        there = "another row" if held is None else f"a row of {data.splits[int(data.split_codes[right])].name}"
        evidence = _evidence(found, k) | {
            "labels_differ": clash,
            "difference": change.evidence(k),
            "encoder": encoder.name,
        }
        message = f"paraphrase of {there} (cosine {found.cosine[k]:.2f}){_apart(found, k)}"
        severity = None if _no_chance(found, k) and _trusted(found) else Severity.NOTE
        ours = copies[edges[2 * k] : edges[2 * k + 1]].tolist()
        theirs = copies[edges[2 * k + 1] : edges[2 * k + 2]].tolist()
        message += ", with a different label" if clash else ""
        if held is None:
            rows, other = (*ours, *theirs), (*(right for _ in ours), *(left for _ in theirs))
            scores = (similarity,) * len(rows)
            yield Hit(rows, message, evidence, None, other, scores, numbers.group_of(left), severity=severity)
            continue
        for row in ours:
            fix = Fix("drop", tuple(theirs))
            group = numbers.group_of(left)
            yield Hit((row,), message, evidence, fix, (right,), (similarity,), group, severity=severity)


def _no_chance(found: Pairs, k: int) -> bool:
    """Whether a pair shares too much to be two requests that came about apart."""
    return bool(found.shared[k] >= _SHARED and found.similarity[k] >= _SURE)


def _trusted(found: Pairs) -> bool:
    """Whether the labels, where they can tell, do not speak against the pairs of this dataset."""
    return found.false_alarms is None or round(found.false_alarms[0], 6) <= _FALSE_ALARMS


def _evidence(found: Pairs, k: int) -> dict[str, Any]:
    apart = found.contrasts[k]
    out: dict[str, Any] = {
        "kind": "paraphrase",
        "similarity": float(found.similarity[k]),
        "cosine": float(found.cosine[k]),
        "threshold": found.threshold,
        "shared": int(found.shared[k]),
        "tried": found.tried,
        "found": int(found.left.size),
    }
    for name in ("words", "numbers", "names"):
        sides = getattr(apart, name)
        if any(sides):
            out[name] = [list(side[:_SHOWN]) for side in sides]
    if found.false_alarms:
        rate, low, high = (round(v, 3) for v in found.false_alarms)
        out["false_alarms"] = {"rate": rate, "interval": [low, high], "from": "labels that differ"}
    return out


def _apart(found: Pairs, k: int) -> str:
    """What one text has that the other lacks."""
    apart = found.contrasts[k]
    words = [*apart.words[0], *apart.numbers[0], *apart.words[1], *apart.numbers[1]]
    return f"; in one text only: {', '.join(map(quoted, words[:_SHOWN]))}" if words else ""


@row_score("semantic_group", "DUP003", "LEK003")
def semantic_group(data: Dataset, options: Mapping[str, Mapping[str, Any]]) -> pl.Series:
    """Cluster of paraphrases, with their copies, over all splits; null for the others."""
    found = [within(data, s) for s in _own(data)] if "DUP003" in options else []
    found += [across(data, *sides) for sides in sources_of(data)] if "LEK003" in options else []
    numbers = groups(data, found)
    return pl.Series(numbers).set(pl.Series(numbers < 0), None)


@row_score("test_similarity", "LEK001", "LEK002", "LEK003")
def test_similarity(data: Dataset, options: Mapping[str, Mapping[str, Any]]) -> pl.Series:
    """How similar the row is to the most similar row found on the other side of train and held-out splits.

    By words where LEK001 and LEK002 see a likeness, else by meaning where LEK003 does; null where none does.
    """
    known = lexical_similarity(data, options).cast(pl.Float64)
    if "LEK003" not in options:
        return known
    best = np.full(len(data), np.nan)
    for sides in sources_of(data):
        found = across(data, *sides)
        for rows in (found.left, found.right):
            best[rows] = np.fmax(best[rows], np.round(found.similarity, 4))
    return known.fill_null(pl.Series(best).fill_nan(None))
