"""What the rules of realism share of one data set: each reading is made once and kept with it.

One kind a row: a text is empty before it is damaged, damaged before it is gibberish, gibberish before it is foreign.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.audit.realism.damage import MARKUP, find_damage
from assay.audit.realism.emptiness import MIN_LETTERS, USUAL, Emptiness, find_empty
from assay.audit.realism.judgement import GIBBERISH, Judgement, judge
from assay.audit.realism.languages import MIN_SHARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset

USUAL_DAMAGE = 0.05
"""Share of rows with one kind of markup from which it is how the set is written."""
_LEAST = 10
"""Rows that this takes at least."""
SYSTEMATIC, _SYSTEMATIC_LEAST = 0.01, 20
"""Share of rows with one kind of damage, and rows at least, from which it has one cause and makes one finding."""


def empty(data: Dataset, min_letters: int = MIN_LETTERS, usual: float = USUAL) -> Emptiness:
    """Rows that say nothing (see ``find_empty``)."""
    key = ("realism.empty", min_letters, usual)
    if key not in data.memo:
        groups = data.label_codes[0] if data.roles.label else None
        data.memo[key] = find_empty(data.text, groups, min_letters=min_letters, usual=usual)
    known: Emptiness = data.memo[key]
    return known


def damaged(data: Dataset) -> dict[str, NDArray[np.int64]]:
    """Rows by kind of damage (see ``find_damage``)."""
    key = "realism.damaged"
    if key not in data.memo:
        data.memo[key] = find_damage(data.text)
    known: dict[str, NDArray[np.int64]] = data.memo[key]
    return known


def usual_damage(data: Dataset, share: float = USUAL_DAMAGE) -> set[str]:
    """Kinds of markup that so many rows hold that it is the set's way of writing, or of its export."""
    limit = max(_LEAST, share * len(data))
    return {kind for kind, rows in damaged(data).items() if kind in MARKUP and rows.size >= limit}


def systematic_damage(data: Dataset, share: float = SYSTEMATIC) -> set[str]:
    """Kinds of damage that so many rows have that one step of an export or a program must have made them."""
    limit = max(_SYSTEMATIC_LEAST, share * len(data))
    return usual_damage(data) | {kind for kind, rows in damaged(data).items() if rows.size >= limit}


def judged(data: Dataset, min_share: float = MIN_SHARE, welcome: tuple[str, ...] = ()) -> Judgement:
    """What letters and languages say of every row (see ``judge``)."""
    key = ("realism.judged", min_share, welcome)
    if key not in data.memo:
        data.memo[key] = judge(data.text, min_share, welcome)
    known: Judgement = data.memo[key]
    return known


def whole_rows(data: Dataset) -> NDArray[np.bool_]:
    """Rows that are neither empty nor damaged: a mask of (rows,)."""
    whole = np.ones(len(data), np.bool_)
    whole[empty(data).rows] = False
    usual = usual_damage(data)
    for kind, rows in damaged(data).items():
        if kind not in usual:
            whole[rows] = False
    return whole


def orderly_rows(data: Dataset) -> NDArray[np.bool_]:
    """Whole rows that are no gibberish."""
    found = judged(data)
    return whole_rows(data) & (found.gibberish < GIBBERISH) & (found.repeated < 1.0)


def sound_rows(data: Dataset) -> NDArray[np.bool_]:
    """Orderly rows in a language of the set."""
    return orderly_rows(data) & (judged(data).foreign < 1.0)
