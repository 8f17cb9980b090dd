"""RLS005-RLS006: texts that are off topic, and texts longer than the model will read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from assay.audit.dataset import Dataset
from assay.audit.errors import ConfigError, MissingInputError
from assay.audit.features import embeddings, neighbours
from assay.audit.realism import tokens
from assay.audit.realism.readings import judged, sound_rows
from assay.audit.realism.topics import ONE_TOPIC, UNKNOWN, find_off_topic, measure_topic, share_of_new_words
from assay.audit.rules import Fix, Hit, Severity, row_score, rule
from assay.audit.wording import counted, percent, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

_K = 10
"""Neighbours whose mean distance is a row's distance: one copy or one twin does not make a stray text at home."""
_LEAST = 100
"""Rows under which far and near cannot be compared."""
_WORD_ENCODERS = ("lsa", "static")
"""Encoders that know words and no sentences: by them an off-topic text is as near as any."""
_MANY = 0.05
"""Share of over-long rows from which they are reported in one finding."""


class _Far(NamedTuple):
    """How near every row is to its neighbors: arrays of (rows,)."""

    near: NDArray[np.float64]
    """Mean cosine to the nearest ten rows, 0 for rows without one."""
    judged: NDArray[np.bool_]
    nearest: NDArray[np.int32]


def _far(data: Dataset) -> _Far:
    key = "realism.far"
    if key not in data.memo:
        found = neighbours(data, _K)
        near = found.index >= 0
        total = np.where(near, found.similarity, 0.0).sum(axis=1, dtype=np.float64)
        data.memo[key] = _Far(np.round(total / np.maximum(1, near.sum(axis=1)), 6), sound_rows(data), found.index[:, 0])
    known: _Far = data.memo[key]
    return known


@rule("RLS005", "outlier", Severity.NOTE)
def outlier(data: Dataset, *, topic: float = ONE_TOPIC) -> Iterator[Hit]:
    """Find off-topic texts in a dataset of one topic: a recipe among banking queries.

    Runs only where the texts share a topic, measured by the length of the mean of their vectors, and where a sentence
    encoder is in force. Reported are texts that are far from their ten nearest texts, far from the middle of all
    texts, and have words that no other text has, misspelled ones aside.

    Why: a text about something else was probably not meant for the dataset, and its label teaches a coincidence.
    Fix: review it; drop it if it is off topic, collect more of its kind if it is not.
    Options: topic is the length of the mean vector, 0..1, from which the texts share a topic (.38; banking queries
    have .46, intents of ten domains .28); 0 runs the rule on any dataset, with more false alarms.
    What it misses: off-topic texts in datasets of many topics, where nothing is far from everything; several of one
    topic, which are near each other; short texts in everyday words. ``outlier`` in rows.parquet ranks every row.
    Empty, damaged, gibberish and foreign texts are not counted here.
    """
    if not 0 <= topic <= 1:
        raise ConfigError(f"topic must be in 0..1, not {topic}")
    encoder = embeddings(data).encoder
    if encoder.name in _WORD_ENCODERS:
        raise MissingInputError(f"off-topic texts need a sentence encoder; the encoder in force is {encoder.name}")
    far = _far(data)
    known = measure_topic(embeddings(data).vectors, far.judged)
    count = int(far.judged.sum())
    if count < _LEAST:
        raise MissingInputError(f"too few texts to find off-topic ones: {count} of at least {_LEAST}")
    if known.unity < topic:
        raise MissingInputError(
            f"not applicable: the dataset has many topics (the mean of its vectors has length {known.unity:.2f}, one "
            f"topic has at least {topic:.2f}); set topic = 0 in [audit.rules.RLS005] to run it anyway"
        )
    rows = find_off_topic(far.near, known.middle, judged(data).letters.unknown, far.judged)
    for row in rows[share_of_new_words(data.text, rows) >= UNKNOWN].tolist():
        near = int(far.nearest[row])
        other = f"the nearest is {quoted(data.text[near], 60)}" if near >= 0 else "no other has a word of it"
        yield Hit(
            (row,),
            f"off topic: {quoted(data.text[row], 60)}; {other}",
            {
                "distance": round(1.0 - float(far.near[row]), 2),
                "median_distance": round(1.0 - float(np.median(far.near[far.judged])), 2),
                "encoder": encoder.name,
            },
            Fix("drop", (row,)),
            related=(near,),
            scores=(round(1.0 - float(far.near[row]), 2),),
        )


@row_score("outlier", "RLS005")
def outlier_score(data: Dataset, options: Mapping[str, Mapping[str, Any]]) -> pl.Series:  # noqa: ARG001 - a scorer's form
    """Share of the set's rows that are nearer to their neighbours, 0..1; null for rows that RLS001-RLS004 are about."""
    far = _far(data)
    rows = np.flatnonzero(far.judged)
    score = np.full(len(data), np.nan)
    if rows.size:
        distance = 1.0 - far.near[rows]
        score[rows] = np.searchsorted(np.sort(distance), distance, "left") / max(1, rows.size - 1)
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
