"""Rows with several labels: ``a;b``, ``a|b``, or a list."""

from __future__ import annotations

import json
from ast import literal_eval
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MARKS = (";", "|")
JOINED = ";"


@dataclass(frozen=True, slots=True, eq=False)
class LabelSets:
    """What is true and what was predicted of each row, label by label."""

    names: tuple[str, ...]
    truth: NDArray[np.bool_]
    """(rows, labels)"""
    predicted: NDArray[np.bool_]
    """(rows, labels)"""


def mark_of(names: Sequence[str]) -> str | None:
    """What parts the labels of a row (``[`` for lists), if rows have several; None if each has one.

    A class may have a semicolon in its name. Several labels are meant where most of the parts stand in several
    different combinations.
    """
    if any(_listed(name) is not None for name in names):
        return "["
    for mark in MARKS:
        several = [name for name in names if mark in name]
        parts = Counter(part for name in names for part in set(split(name, mark)))
        inside = {part for name in several for part in split(name, mark)}
        again = sum(parts[part] > 1 for part in inside)
        if several and 2 * again > len(inside):
            return mark
    return None


def split(text: str, mark: str) -> tuple[str, ...]:
    """The labels of a row, sorted, each once."""
    listed = _listed(text)
    parts = listed if listed is not None else text.split(JOINED if mark == "[" else mark)
    return tuple(sorted({part.strip() for part in parts} - {""}))


def single_labels(names: Sequence[str], mark: str | None) -> set[str]:
    """Every label that stands in some sets of labels, or the classes themselves where rows have one."""
    return {part for name in names for part in split(name, mark)} if mark else set(names)


def canonical(text: str, mark: str) -> str:
    """A set of labels as one string, whatever their order."""
    return JOINED.join(split(text, mark))


def label_sets(labels: Sequence[str], truth: NDArray[np.int32], predicted: NDArray[np.int32]) -> LabelSets:
    """Codes of sets of labels, taken apart.

    Args:
        labels: canonical sets, by code.
        truth: (rows,) codes.
        predicted: (rows,) codes.
    """
    names = tuple(sorted({part for label in labels for part in split(label, JOINED)}))
    at = {name: n for n, name in enumerate(names)}
    table = np.zeros((len(labels), len(names)), np.bool_)
    for code, label in enumerate(labels):
        table[code, [at[part] for part in split(label, JOINED)]] = True
    return LabelSets(names, table[truth], table[predicted])


def _listed(text: str) -> list[str] | None:
    """The strings of a list written as JSON or Python."""
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]")):
        return None
    for read in (json.loads, literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, list):
            return [str(one) for one in found]
    return None
