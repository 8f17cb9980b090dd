"""The proof of a split: the leak rules run over its parts, exactly as an audit of the new files would run them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.columns import Hits
from assay.audit.dataset import TEST, TRAIN, VALIDATION, Dataset, Places, Split
from assay.audit.errors import MissingInputError
from assay.audit.features import alike, embeddings
from assay.audit.rules import choose, resolve_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from assay.audit.findings import Hit
    from assay.audit.rules import Settings
    from assay.audit.splitting.together import Link

PARTS = (TRAIN, VALIDATION, TEST)
"""In the order in which an audit stacks them."""


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What the rules find in a split."""

    findings: Mapping[str, int]
    skipped: Mapping[str, str]
    links: Link
    """Rows of the source that would have to be on one side, pair by pair."""


def parts_of(data: Dataset, part: NDArray[np.int64]) -> tuple[Dataset, NDArray[np.int64]]:
    """The parts as the splits of a data set, and the source row of each of its rows.

    Args:
        data: the rows.
        part: (rows,) index into ``PARTS``; -1 for rows that are in none.
    """
    rows = [np.flatnonzero(part == p) for p in range(len(PARTS))]
    order = np.concatenate(rows)
    splits, start = [], 0
    for name, inside in zip(PARTS, rows, strict=True):
        if inside.size:
            splits.append(Split(name, start, start + inside.size))
            start += inside.size
    places = Places(data.places.row[order], data.places.line[order], data.places.file[order])
    made = Dataset(data.frame[order], tuple(splits), replace(data.roles, split=None), places)
    return made, order


def check(data: Dataset, part: NDArray[np.int64], settings: Settings, *, meaning: bool) -> Checked:
    """Run the leak rules over the parts.

    Args:
        data: the rows.
        part: (rows,) index into ``PARTS``; -1 for rows that are in none.
        settings: options of the rules.
        meaning: whether paraphrases count.
    """
    made, order = parts_of(data, part)
    if meaning:
        known = embeddings(data)
        made.memo[embeddings.__wrapped__] = replace(known, vectors=known.vectors[order])  # type: ignore[attr-defined]
    codes = ("LEK001", "LEK002", "LEK004", "LEK005", *(("LEK003",) if meaning else ()))
    rules = choose(codes, ())
    options = resolve_options(rules, settings)
    findings: dict[str, int] = {}
    skipped: dict[str, str] = {}
    left: list[NDArray[np.int64]] = []
    right: list[NDArray[np.int64]] = []
    for each in rules:
        try:
            hits = list(each.check(made, **options[each.code]))
        except MissingInputError as missing:
            skipped[each.code] = str(missing)
            continue
        findings[each.code] = sum(len(one) if isinstance(one, Hits) else 1 for one in hits)
        if each.code != "LEK005":  # rows at a wrong time do not belong together
            for rows, related in _pairs(hits):
                left.append(order[rows])
                right.append(order[related])
    if any(findings.get(code) for code in ("LEK001", "LEK002")):
        # A finding names the best partner; linking all that is alike in this order saves checks.
        found = alike(made, options["LEK002"]["similarity"]).found
        left += [order[found.rep], order[found.left], order[found.inner]]
        right += [order, order[found.right], order[found.outer]]
    none = [np.zeros(0, np.int64)]
    return Checked(findings, skipped, (np.concatenate(none + left), np.concatenate(none + right)))


def _pairs(hits: list[Hit | Hits] | Any) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Rows and what each was compared with."""
    for one in hits:
        rows = one.rows if isinstance(one, Hits) else np.array(one.rows, np.int64)
        related = one.related if isinstance(one, Hits) else np.array(one.related, np.int64)
        if related is not None and len(related):
            told = related >= 0
            yield rows[told], related[told]
