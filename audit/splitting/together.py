"""What must stay on one side: copies, near-copies, contained texts, paraphrases, and rows of one group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.audit.checks.group_leaks import group_leak, named_groups
from assay.audit.dataset import Dataset, Split
from assay.audit.encoders.choice import resolve
from assay.audit.encoders.request import Request
from assay.audit.features import alike, short_texts
from assay.audit.lexical.clusters import components
from assay.audit.semantic import within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MOST_TEXTS = 100_000
"""Short texts up to which paraphrases are looked for unless an encoder is asked for: minutes of work, not more."""
Link = tuple["NDArray[np.int64]", "NDArray[np.int64]"]
"""Rows that belong together, pair by pair."""


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """Links between rows, by what they rest on."""

    rows: int
    links: Mapping[str, Link]
    """``exact``, ``near``, ``contained``, ``meaning``, ``group``, ``verified`` -> pairs of rows."""
    notes: tuple[str, ...] = ()

    def units(self) -> NDArray[np.int64]:
        """(rows,) the smallest row that each row is linked to, over any number of links."""
        left = np.concatenate([np.zeros(0, np.int64), *(a for a, _ in self.links.values())])
        right = np.concatenate([np.zeros(0, np.int64), *(b for _, b in self.links.values())])
        return components(self.rows, np.minimum(left, right), np.maximum(left, right))

    def joined(self, found: Link) -> Together:
        """The same with more pairs, which the check of the result found."""
        a, b = self.links.get("verified", (np.zeros(0, np.int64), np.zeros(0, np.int64)))
        more = (np.concatenate([a, found[0]]), np.concatenate([b, found[1]]))
        return Together(self.rows, {**self.links, "verified": more}, self.notes)


def find_links(data: Dataset, *, similarity: float, meaning: bool, options: Mapping[str, Any]) -> Together:
    """Everything in a data set of one split that must stay on one side.

    Args:
        data: the rows.
        similarity: threshold of near-copies, as in LEK002.
        meaning: whether paraphrases are looked for.
        options: LEK004's, which say what is no group.
    """
    found = alike(data, similarity).found
    rows = np.arange(len(data), dtype=np.int64)
    links: dict[str, Link] = {
        "exact": _different(found.rep, rows),
        "near": (found.left, found.right),
        "contained": (found.inner, found.outer),
    }
    notes: list[str] = []
    if meaning:
        why = _no_meaning(data)
        if why:
            notes.append(f"{why}: paraphrases were not looked for, and may be on both sides")
        else:
            pairs = within(data, 0)
            links["meaning"] = (pairs.left, pairs.right)
    if data.roles.group:
        links["group"], said = _groups(data, options)
        notes += said
    return Together(len(data), links, tuple(notes))


def _no_meaning(data: Dataset) -> str:
    """Why paraphrases are not looked for; empty if they are."""
    request: Request = data.memo.get(Request, Request())
    size = short_texts(data.text)
    if size > MOST_TEXTS and request.name == "auto":
        return f"the rows are as much to read as {size:,} short texts (--encoder static reads them all the same)"
    if resolve(request, size) == "lsa":
        return "no sentence encoder is installed"
    return ""


def _different(left: NDArray[np.int64], right: NDArray[np.int64]) -> Link:
    other = left != right
    return left[other], right[other]


def _groups(data: Dataset, options: Mapping[str, Any]) -> tuple[Link, list[str]]:
    """Each row of a group linked to the group's first row; values that name no group link nothing."""
    group = data.column("group")
    # Rule options and their defaults, so that the split and the rule mean the same by a group.
    defaults = group_leak.__kwdefaults__ or {}
    told = {**defaults, **options}
    whole = Split("train", 0, len(data))
    sizes, dominant = named_groups(group, whole, (), tuple(told["placeholders"]), float(told["max_share"]))
    names = pl.DataFrame({"name": group.str.strip_chars(), "row": np.arange(len(data), dtype=np.int64)})
    inside = names.join(sizes.select("name"), on="name", how="semi", maintain_order="left")
    first = inside.select(pl.col("row").min().over("name").alias("first"), "row").filter(
        pl.col("first") != pl.col("row")
    )
    unnamed = len(data) - inside.height
    said = [f"{unnamed:,} row(s) name no group, and are on their own"] if unnamed else []
    if dominant:
        said.append(f"the group {dominant[0]!r} stands in {dominant[1]:.0%} of the rows, which is no group")
    return (first["first"].to_numpy(), first["row"].to_numpy()), said
