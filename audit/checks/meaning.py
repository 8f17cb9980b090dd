"""DUP003 and LEK003: the same meaning in other words, within a split and across splits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl

from assay.audit.checks.leaks import test_similarity as lexical_similarity
from assay.audit.dataset import PRODUCTION, Dataset
from assay.audit.errors import MissingInputError
from assay.audit.features import alike, embeddings
from assay.audit.lexical.differences import differences
from assay.audit.rules import Fix, Hit, Severity, row_score, rule
from assay.audit.semantic import Pairs, across, groups, sources_of, within
from assay.audit.wording import percent

_SHOWN = 5


@rule("DUP003", "semantic-duplicate", Severity.NOTE)
def semantic_duplicate(data: Dataset, *, min_similarity: float = 0.0) -> Iterator[Hit]:
    """Find pairs of rows of a split that say the same in other words.

    What: texts that are each other's nearest neighbour by meaning, and either nearer than texts of one subject
    are in this set, or so much nearer to each other than to all others that chance does not explain it.
    Why: a paraphrase teaches little that its twin does not, weighs its case twice, and is no independent evidence
    in a test set; where the labels differ, one of them is probably wrong.
    Fix: look at the pair; keep both where users do word it so, drop one where they were made from each other.
    Options: min_similarity is the similarity (cosine less what differing numbers, names and negation take off)
    under which nothing is told; 0 leaves it to the set's own distribution.
    The evidence states the thresholds found, the encoder, and the rate of false alarms estimated from the labels.
    Pairs of DUP001, DUP002, DUP004 and DUP005 are left out. With LSA, where no encoder is installed, only
    rewordings that share rare words are seen.
    """
    for s in _own(data):
        yield from _hits(data, within(data, s), min_similarity, None)


@rule("LEK003", "semantic-leak", Severity.WARNING)
def semantic_leak(data: Dataset, *, min_similarity: float = 0.0) -> Iterator[Hit]:
    """Find held-out rows that say in other words what a row of train says.

    What: as DUP003, between a held-out split and train (or a held-out split before it).
    Why: the model has learned the case; its answer to the paraphrase says less about new cases than it seems.
    Fix: drop the train row, or put both on one side; keep them where traffic repeats itself in this way.
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
    """A hit for each pair; across splits its only row is the held-out one."""
    change = differences(data.text, found.left, found.right)
    codes = data.label_codes[0] if data.roles.label else np.full(len(data), -1, np.int32)
    encoder, numbers = embeddings(data).encoder, alike(data)
    for k, (left, right) in enumerate(zip(found.left.tolist(), found.right.tolist(), strict=True)):
        similarity = round(float(found.similarity[k]), 4)
        if similarity < least:
            continue
        clash = bool(codes[left] != codes[right] and min(codes[left], codes[right]) >= 0)
        there = "another row" if held is None else f"a row of {data.splits[int(data.split_codes[right])].name}"
        evidence = _evidence(found, k) | {
            "labels_differ": clash,
            "difference": change.evidence(k),
            "encoder": encoder.name,
        }
        said = f"says the same as {there} in other words{_why(found, k)}{_apart(found, k)}"
        yield Hit(
            (left,) if held is not None else (left, right),
            said + (", under another label" if clash else ""),
            evidence,
            Fix("drop", (right,)) if held is not None else None,
            related=(right,) if held is not None else (right, left),
            scores=(similarity,) if held is not None else (similarity, similarity),
            group=numbers.group_of(left),
        )


def _evidence(found: Pairs, k: int) -> dict[str, Any]:
    slots = found.slots[k]
    out: dict[str, Any] = {
        "kind": "near" if found.near[k] else "stands out",
        "similarity": round(float(found.similarity[k]), 4),
        "cosine": round(float(found.cosine[k]), 4),
        "chance": float(f"{found.chance[k]:.2g}"),
        "threshold": round(found.threshold, 4),
        "background": round(found.background, 4),
        "tried": found.tried,
        "found": int(found.left.size),
    }
    if any(slots.numbers):
        out["numbers"] = [list(side[:_SHOWN]) for side in slots.numbers]
    if any(slots.names):
        out["names"] = [list(side[:_SHOWN]) for side in slots.names]
    for name in ("negation", "owner"):
        if getattr(slots, name):
            out[name] = True
    if found.false_alarms:
        rate, low, high = (round(v, 3) for v in found.false_alarms)
        out["false_alarms"] = {"rate": rate, "interval": [low, high], "from": "labels that differ"}
    return out


def _why(found: Pairs, k: int) -> str:
    if found.near[k]:
        return f" (similarity {found.similarity[k]:.2f}, threshold {found.threshold:.2f})"
    chance = float(found.chance[k])
    return f" (similarity {found.similarity[k]:.2f}, far beyond their other neighbours: chance {percent(chance)})"


def _apart(found: Pairs, k: int) -> str:
    """What differs that may matter."""
    slots = found.slots[k]
    facts = {"numbers": any(slots.numbers), "names": any(slots.names), "negation": slots.negation, "owner": slots.owner}
    words = {"owner": "whose it is"}
    what = [words.get(name, name) for name, differ in facts.items() if differ]
    return f"; not the same: {', '.join(what)}" if what else ""


@row_score("semantic_group", "DUP003", "LEK003")
def semantic_group(data: Dataset, options: Mapping[str, Mapping[str, Any]]) -> pl.Series:
    """Cluster of rows that say the same in other words, with their copies, over all splits; null for the others."""
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
