"""Paraphrases with different labels: the mild part of LBL001."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.audit.dataset import PRODUCTION, Dataset
from assay.audit.features import alike, embeddings
from assay.audit.findings import Hit, Severity
from assay.audit.lexical.differences import differences
from assay.audit.multilabel import share_label
from assay.audit.semantic import Pairs, across, sources_of, within
from assay.audit.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator


_LEAST = 0.85
"""Cosine from which paraphrases should have one label."""


def semantic_conflicts(data: Dataset) -> Iterator[Hit]:
    """A note for each close pair of DUP003 and LEK003 with different labels in which every word has a counterpart.

    None where the encoder cannot see synonyms (LSA): what it calls the same are shared words.

    Raises:
        MissingInputError: no text or no label column is known.
    """
    codes = data.label_codes[0]
    if embeddings(data).encoder.kind == "lsa":
        return
    own = [s for s, split in enumerate(data.splits) if split.name != PRODUCTION and split.rows]
    told: set[tuple[int, int]] = set()
    for found in [*(within(data, s) for s in own), *(across(data, *sides) for sides in sources_of(data))]:
        for k, (a, b) in enumerate(zip(found.left.tolist(), found.right.tolist(), strict=True)):
            pair = (min(a, b), max(a, b))
            apart = min(codes[a], codes[b]) >= 0 and not share_label(data, codes[[a]], codes[[b]])[0]
            if apart and found.cosine[k] >= _LEAST and found.contrasts[k].same and pair not in told:
                told.add(pair)
                yield _hit(data, found, k, pair)


def _hit(data: Dataset, found: Pairs, k: int, pair: tuple[int, int]) -> Hit:
    codes, names = data.label_codes
    similarity = round(float(found.similarity[k]), 4)
    labels = [names[codes[row]] for row in pair]
    change = differences(data.text, found.left[k : k + 1], found.right[k : k + 1]).evidence(0)
    if found.left[k] != pair[0]:
        change["left"], change["right"] = change["right"], change["left"]
    return Hit(
        pair,
        f"2 rows are paraphrases but have 2 different labels: {quoted(labels[0], 40)}, {quoted(labels[1], 40)}",
        {
            "kind": "meaning",
            "similarity": similarity,
            "difference": change,
            "labels": dict.fromkeys(labels, 1),
            "encoder": embeddings(data).encoder.name,
        },
        related=pair[::-1],
        scores=(similarity, similarity),
        group=alike(data).group_of(pair[0]),
        severity=Severity.NOTE,
    )
