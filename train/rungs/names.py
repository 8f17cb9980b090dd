"""Zero-shot: no training row at all, only the names of the classes, read by the encoder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assay.train.linear import nearest_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_CAMEL = re.compile(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-ß])")
_SEPARATORS = re.compile(r"[\s_\-./\\:|+]+")
_LETTERS = 2
"""Letters in a row that a word has at least."""


def predict(others: NDArray[np.float32], names: NDArray[np.float32]) -> NDArray[np.int64]:
    """Codes (n,) of the classes whose names are nearest by cosine.

    Args:
        others: unit vectors (n, dims) of the rows to answer.
        names: unit vectors (classes, dims) of the classes' names, by the same encoder.
    """
    return nearest_name(others, names)


def readable(label: str) -> str:
    """A label as words: ``cardArrival``, ``card_arrival`` and ``CARD-ARRIVAL`` are ``card arrival``."""
    words = _SEPARATORS.sub(" ", _CAMEL.sub(" ", label)).strip()
    return words.lower() if words.isupper() or not words.islower() else words


def unreadable(labels: Sequence[str]) -> list[str]:
    """Labels without a word in them: ``0``, ``c3``, ``#``."""
    return [label for label in labels if not re.search(rf"[^\W\d_]{{{_LETTERS},}}", readable(label))]
