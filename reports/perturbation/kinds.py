"""The kinds of change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.reports.perturbation import negation, slots, surface, wording
from assay.reports.perturbation.dice import Dice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Change = Callable[[str, Dice], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of change."""

    name: str
    words: str
    """What is done to a text."""
    change: Change
    """Gives the text back as it is where the change does not apply."""
    preserving: bool = True
    """Whether the true label stays: a changed prediction is a failure. A negation turns what is said."""


KINDS: dict[str, Kind] = {
    each.name: each
    for each in (
        Kind("typos", "one slip of the keyboard in every eighth word", surface.typos),
        Kind("capitals", "all capitals, no capitals, or a capital on every word", surface.capitals),
        Kind("punctuation", "marks at the end of words left out, or one more at the end", surface.punctuation),
        Kind("whitespace", "doubled spaces, spaces around, line breaks", surface.whitespace),
        Kind("contractions", "I'm for I am, do not for don't", wording.contractions),
        Kind("numbers", "another number of as many digits", slots.numbers),
        Kind("names", "another name, place, weekday or month", slots.names),
        Kind("negation", "a not put in or left out", negation.negate, preserving=False),
    )
}
"""name -> kind, in order of telling."""


def perturb(texts: Sequence[str], kind: str, seed: int = 0) -> tuple[list[str], NDArray[np.bool_]]:
    """Change texts.

    Args:
        texts: texts.
        kind: a name of ``KINDS``.
        seed: another seed makes other choices; the same makes the same for a text, wherever it stands.

    Returns:
        The changed texts, and (texts,) whether each differs from what it was.

    Raises:
        KeyError: there is no such kind.
    """
    change = KINDS[kind].change
    out = [change(text, Dice(seed, kind, text)) for text in texts]
    return out, np.array([new != old for new, old in zip(out, texts, strict=True)], np.bool_)
