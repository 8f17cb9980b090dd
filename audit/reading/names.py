"""Names of splits, and columns that the user told and the data lack."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from assay.audit.dataset import PRODUCTION, TEST, TRAIN, VALIDATION
from assay.audit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

_SYNONYMS = {
    "train": TRAIN,
    "training": TRAIN,
    "val": VALIDATION,
    "valid": VALIDATION,
    "validation": VALIDATION,
    "validate": VALIDATION,
    "dev": VALIDATION,
    "eval": VALIDATION,
    "evaluation": VALIDATION,
    "test": TEST,
    "testing": TEST,
    "holdout": TEST,
    "production": PRODUCTION,
    "prod": PRODUCTION,
}
_ORDER = {TRAIN: 0, VALIDATION: 1, TEST: 2, PRODUCTION: 4}


def known_split(name: str) -> str | None:
    """The split that a name means (``dev`` is ``validation``), or None."""
    return _SYNONYMS.get(name.strip().lower())


def split_name(name: str) -> str:
    """The split's name as Assay uses it; names that are not known stay as they are."""
    return known_split(name) or name.strip()


def split_order(name: str) -> tuple[int, str]:
    """Sorts train, validation, test, others by name, production."""
    return (_ORDER.get(name, 3), name)


def split_of_file(stem: str) -> str | None:
    """The split that a file's name starts or ends with (``train-00000-of-00002``, ``my_test``), or None."""
    words = re.split(r"[-_\s]+", stem)
    return known_split(words[0]) or known_split(words[-1])


def missing_column(name: str, known: Sequence[str], path: str, role: str) -> DataError:
    """The user named a column that is not there: offer what is near, and list what is."""
    lower = {k.lower(): k for k in known}
    near = [lower[n] for n in difflib.get_close_matches(name.lower(), list(lower), n=2)]
    guess = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
    listed = ", ".join(known[:30]) + (", ..." if len(known) > 30 else "")  # noqa: PLR2004 - a screen's worth
    return DataError(f"no column {name!r} for --{role}", path=path, cure=f"{guess}The columns are: {listed}")
