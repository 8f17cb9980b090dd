"""RLS005-RLS006: texts far from all others, and texts longer than the model will read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from assay.audit.dataset import Dataset
from assay.audit.errors import ConfigError, MissingInputError
from assay.audit.features import embeddings, neighbours
from assay.audit.realism import tokens
from assay.audit.realism.readings import sound_rows
from assay.audit.realism.tails import tail_probability
from assay.audit.rules import Fix, Hit, Severity, row_score, rule
from assay.audit.wording import counted, percent, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

_K = 10
"""Neighbours whose mean distance is a row's distance: one copy or one twin does not make a stray text at home."""
_LEAST = 50
"""Rows under which far and near cannot be told."""
_CHANCE = 0.002
_MANY = 0.05
"""Share of over-long rows from which they are told in one finding."""


class _Far(NamedTuple):
    """How far every row is from its neighbours: arrays of (rows,)."""

    distance: NDArray[np.float64]
    """1 - mean cosine to the nearest ten; nan for rows that are not judged."""
    chance: NDArray[np.float64]
    """Chance that a row of this set is as far; 1 for rows that are not judged."""
    nearest: NDArray[np.int32]


def _far(data: Dataset) -> _Far:
    key = "realism.far"
    if key not in data.memo:
        found = neighbours(data, _K)
        near = found.index >= 0
        judged = sound_rows(data)  # a text without a neighbour is as far as can be: the set has none of its words
        similarity = np.where(near, found.similarity, 0.0).sum(axis=1) / np.maximum(1, near.sum(axis=1))
        distance = np.where(judged, 1.0 - similarity.astype(np.float64), np.nan)
        chance = np.ones(len(data))
        chance[judged] = tail_probability(distance[judged])
        data.memo[key] = _Far(distance, chance, found.index[:, 0])
    known: _Far = data.memo[key]
    return known


@rule("RLS005", "outlier", Severity.NOTE)
def outlier(data: Dataset, *, chance: float = _CHANCE) -> Iterator[Hit]:
    """Find texts far from everything else: off topic, or the only one of their kind.

    A row's distance is one less the mean cosine to its ten nearest rows, by the encoder that the report names. The
    farthest rows are compared with the tail of the set's own distances, carried on as an exponential.

    Why: a text about something else was probably not meant for the set, and its label teaches a coincidence.
    Fix: look at it; drop it if it is off topic, collect more of its kind if it is not.
    Options: chance is how seldom a row of the same set would be as far, if tails ended like an exponential; of n
    rows, chance * n may be reported for nothing, and a set whose tail is short gets none.
    What it misses: about half of the off-topic texts stand no farther out than the oddest honest ones (recall .50 at
    1 % false alarms with a sentence encoder, .28 with static vectors, near 0 with the set's own LSA), and several of
    one topic keep each other company. ``outlier`` in rows.parquet ranks every row for those who want to read on.
    Empty, damaged, gibberish and foreign texts are not counted here.
    """
    if not 0 < chance < 1:
        raise ConfigError(f"chance must be in 0..1, not {chance}")
    far = _far(data)
    judged = int(np.isfinite(far.distance).sum())
    if judged < _LEAST:
        raise MissingInputError(f"too few texts to tell far from near: {judged} of at least {_LEAST}")
    encoder = embeddings(data).encoder
    rows = np.flatnonzero(far.chance <= chance)
    for row in rows[np.argsort(-far.distance[rows], kind="stable")].tolist():
        near = int(far.nearest[row])
        other = f"the nearest is {quoted(data.text[near], 60)}" if near >= 0 else "no other has a word of it"
        yield Hit(
            (row,),
            f"far from all other texts: {quoted(data.text[row], 60)}; {other}",
            {
                "distance": round(float(far.distance[row]), 3),
                "median_distance": round(float(np.nanmedian(far.distance)), 3),
                "chance": float(f"{far.chance[row]:.2g}"),
                "expected_by_chance": round(chance * judged, 1),
                "encoder": encoder.name,
            },
            Fix("drop", (row,)),
            related=(near,),
            scores=(round(1.0 - float(far.chance[row]), 4),),
        )


@row_score("outlier", "RLS005")
def outlier_score(data: Dataset, options: Mapping[str, Mapping[str, Any]]) -> pl.Series:  # noqa: ARG001 - a scorer's form
    """Share of the set's rows that are nearer to their neighbours, 0..1; null for rows that RLS001-RLS004 are about."""
    distance = _far(data).distance
    judged = np.flatnonzero(np.isfinite(distance))
    score = np.full(len(data), np.nan)
    if judged.size:
        below = np.searchsorted(np.sort(distance[judged]), distance[judged], "left")
        score[judged] = below / max(1, judged.size - 1)
    return pl.Series("outlier", np.minimum(score, 1.0), pl.Float64).fill_nan(None)


@rule("RLS006", "over-length", Severity.WARNING)
def over_length(data: Dataset, *, max_tokens: int = 512, tokenizer: str = "") -> Iterator[Hit]:
    """Find texts longer than the model will read, and say how many tokens are lost by truncation.

    Why: what is cut off is not learned, and if the label depends on it, the row teaches a wrong rule; in test, the
    model is judged by words it never sees.
    Fix: cut the text where it makes sense, split it, move what matters to its front, or use a model that reads more.
    Options: max_tokens is what the model reads, special tokens included; tokenizer is the model's folder or its
    tokenizer.json, or "minilm" for the embedded encoder's. Without one tokens are estimated from runs of letters,
    digits and signs (within 10 % of BERT's count on English texts), and the finding says so.
    """
    if max_tokens < 1:
        raise ConfigError(f"max_tokens must be at least 1, not {max_tokens}")
    # No tokenizer makes more tokens than there are bytes: the short ones need not be counted.
    long = np.flatnonzero((data.text.str.len_bytes() + tokens.SPECIAL > max_tokens).to_numpy())
    part = data.text.gather(long)
    found = tokens.count(part, tokens.find_tokenizer(tokenizer)) if tokenizer else tokens.estimate(part)
    over = found > max_tokens
    rows, sizes = long[over], found[over]
    by = f"the tokenizer {tokenizer}" if tokenizer else tokens.ESTIMATE
    if rows.size > max(20.0, _MANY * len(data)):
        yield _over_together(len(data), rows, sizes, max_tokens, by)
        return
    for row, size in zip(rows.tolist(), sizes.tolist(), strict=True):
        lost = size - max_tokens
        yield Hit(
            (row,),
            f"{_about(by)}{size:,} tokens: {lost:,} ({percent(lost / size)}) are cut off after {max_tokens:,}, by {by}",
            {"tokens": size, "lost": lost, "max_tokens": max_tokens, "counted_by": by},
            scores=(round(lost / size, 3),),
        )


def _over_together(total: int, rows: NDArray[np.int64], sizes: NDArray[np.int64], max_tokens: int, by: str) -> Hit:
    lost = int((sizes - max_tokens).sum())
    share = percent(rows.size / total)
    return Hit(
        tuple(rows.tolist()),
        f"{counted(rows.size, 'row')} ({share}) are longer than {max_tokens:,} tokens, by {by}: {_about(by)}"
        f"{percent(lost / int(sizes.sum()))} of their tokens are cut off, the longest text has {int(sizes.max()):,}",
        {"rows": int(rows.size), "lost": lost, "longest": int(sizes.max()), "max_tokens": max_tokens, "counted_by": by},
        scores=tuple(np.round((sizes - max_tokens) / sizes, 3).tolist()),
        subject=f"over {max_tokens} tokens",
    )


def _about(by: str) -> str:
    return "about " if by == tokens.ESTIMATE else ""
