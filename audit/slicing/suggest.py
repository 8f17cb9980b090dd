"""Slices worth declaring, as tables for assay.toml."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from assay.audit.slices import members
from assay.audit.slicing.clusters import clusters
from assay.audit.slicing.defaults import propose
from assay.audit.slicing.request import Declared
from assay.audit.slicing.salient import salient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.audit.dataset import Dataset

Kind = Literal["class", "length", "metadata", "word", "cluster"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One slice to paste."""

    kind: Kind
    name: str
    rule: str
    """The line of TOML that tells its rows: ``where = ...`` or ``like = ...``."""
    rows: str
    """How many rows it has in each split, in words."""
    size: int = 0
    """Rows of all splits together; 0 where they were not counted."""

    @property
    def table(self) -> str:
        """A comment with its rows, and the table."""
        return f"# {self.rows}\n[[slice]]\nname = {_toml(self.name)}\n{self.rule}"


def suggest(data: Dataset) -> Iterator[Suggestion]:
    """Slices by class, length, metadata, salient words and clusters of meaning that no declared slice has."""
    told = {each.condition for _, each in members(data)} if data.memo.get(Declared, Declared()).slices else set()
    for name, kind, condition in propose(data):
        if condition not in told:
            yield _of(data, kind, name, condition)
    if not data.roles.text:
        return
    for word, condition in salient(data):
        if condition not in told:
            yield _of(data, "word", f"mentions {word}", condition)
    for found in clusters(data):
        examples = ", ".join(map(_toml, found.examples))
        yield Suggestion(
            "cluster",
            "about " + ", ".join(found.words),
            f"like = [{examples}]",
            f"about {found.share:.0%} of the texts",
        )


def suggestions(data: Dataset) -> str:
    """All suggestions as one block; what is critical, and how many rows it needs, only the user can say."""
    head = "# Slices that the data suggest. Keep those that must not fail, and set critical, min_train, min_test."
    return "\n\n".join([head, *(each.table for each in suggest(data))]) + "\n"


def _toml(text: str) -> str:
    """A string in TOML; JSON's but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _of(data: Dataset, kind: Kind, name: str, condition: str) -> Suggestion:
    import polars as pl  # noqa: PLC0415 - not needed to declare the function

    mask = data.frame.select(pl.sql_expr(condition).fill_null(value=False).alias("in"))["in"].to_numpy()
    rows = ", ".join(f"{s.name} {int(np.count_nonzero(mask[s.start : s.stop])):,}" for s in data.splits)
    return Suggestion(kind, name, f"where = {_toml(condition)}", rows, int(np.count_nonzero(mask)))
