"""What an audit looked at in part only, or left out, and why: said in every report, for it bounds what can be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.audit.lexical.alignment import SAMPLE
from assay.audit.lexical.signatures import BUCKET_CAP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.audit.dataset import Dataset
    from assay.audit.lexical.conclusion import Similar

_KEY = ("fact", "limits")


def say(data: Dataset, of: str, sentence: str) -> None:
    """Add one to those of a data set; a later one of the same matter takes its place."""
    data.memo.setdefault(_KEY, {})[of] = sentence


def said(data: Dataset) -> dict[str, str]:
    """All of a data set, by what they are of."""
    return dict(sorted(data.memo.get(_KEY, {}).items()))


def restore(data: Dataset, told: Mapping[str, str]) -> None:
    """Those of an audit that was stored."""
    data.memo[_KEY] = dict(told)


def of_texts(data: Dataset, found: Similar) -> None:
    """What the comparison of texts bounds where very many are alike."""
    first = (found.rep == np.arange(found.rep.size)) & (found.family >= 0)
    sizes = np.bincount(found.family[first])
    large = sizes[sizes > BUCKET_CAP]
    if large.size:
        templates = f"{large.size:,} template" + "s" * (large.size > 1)
        say(
            data,
            "templates",
            f"{int(large.sum()):,} texts are of {templates} with more than {BUCKET_CAP} texts each: those with a key "
            "in common were compared with the first of them and not with each other, and what varies in a template was "
            f"looked for in {SAMPLE} of its texts",
        )
