"""The training rows that errors are like, and what the audit thinks of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.features import embeddings
from assay.audit.reading import read
from assay.audit.slicing.like import only_texts

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset
    from assay.reports.evaluation.audited import Audited

NEAREST = 3
SUSPECT = 0.5
"""Probability of a wrong label from which a training row is called suspect."""
TEXT = 300
"""Characters kept of a training text."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Nearest training rows of some texts."""

    rows: NDArray[np.int64]
    """(texts, k) training rows, nearest first."""
    similarity: NDArray[np.float32]
    """(texts, k) cosine."""
    encoder: str


def read_training(files: tuple[str, ...], like: Dataset) -> Dataset:
    """Read training data with the roles of the evaluated data.

    Raises:
        DataError: the files cannot be read, or lack the text or label column.
    """
    roles = like.roles
    return read({"train": files}, text=roles.text, label=roles.label, id=None, split=None)


def nearest(training: Dataset, texts: list[str], evaluated: Dataset) -> Neighbours | None:
    """The nearest training rows by cosine of embeddings, by the encoder that the evaluated data are set to.

    Returns:
        Nothing where there are no texts.
    """
    if not texts or not len(training):
        return None
    from assay.audit.encoders.request import Request  # noqa: PLC0415

    request: Request = evaluated.memo.get(Request, Request())
    known = embeddings(only_texts(training.text.to_list(), evaluated, request.encoder))
    if known.encoder.kind == "lsa":  # the set is its own model: the errors are read together with it
        both = embeddings(only_texts([*training.text.to_list(), *texts], evaluated, "lsa")).vectors
        theirs, ours = both[: len(training)], both[len(training) :]
    else:
        theirs, ours = known.vectors, embeddings(only_texts(texts, evaluated, known.encoder.name)).vectors
    cosine = ours @ theirs.T
    rows = np.argsort(-cosine, axis=1, kind="stable")[:, : min(NEAREST, len(training))]
    return Neighbours(rows, np.take_along_axis(cosine, rows, 1), known.encoder.name)


def describe(training: Dataset, audited: Audited | None, rows: list[int], cosine: list[float]) -> list[dict[str, Any]]:
    """Training rows for ``evaluation.json``: text, label, and whether the audit suspects their label."""
    scores = _scores(training, audited)
    codes = _codes(training, audited, rows)
    out = []
    for row, similarity in zip(rows, cosine, strict=True):
        one = training.row(row)
        suspicion = None if scores is None else scores["suspect_label"][row]
        label = training.column("label")[row] if training.roles.label else None
        known = scores is not None
        out.append(
            {
                "row": one.row,
                "line": one.line,
                "id": one.id,
                "text": training.text[row][:TEXT],
                "label": label,
                "similarity": round(float(similarity), 4),
                "suspect": bool((suspicion or 0.0) >= SUSPECT or codes[row] & _LABEL_RULES) if known else None,
                "suspect_label": None if suspicion is None else round(float(suspicion), 4),
                "suggested_label": scores["suggested_label"][row] if scores is not None else None,
                "findings": sorted(codes[row]) if known else None,
            }
        )
    return out


_LABEL_RULES = {"LBL001", "LBL002"}


def _scores(training: Dataset, audited: Audited | None) -> pl.DataFrame | None:
    if audited is None or "train" not in audited.names:
        return None
    return audited.rows(training.splits[0])


def _codes(training: Dataset, audited: Audited | None, rows: list[int]) -> dict[int, set[str]]:
    """Rules that found something in each row."""
    out: dict[int, set[str]] = {row: set() for row in rows}
    if audited is None or "train" not in audited.names:
        return out
    findings = audited.stored.findings
    number = {int(training.places.row[row]): row for row in rows}
    wanted = findings.filter((findings["split"] == audited.names["train"]) & findings["row"].is_in(list(number)))
    for row, code in wanted.select("row", "code").iter_rows():
        out[number[row]].add(code)
    return out
