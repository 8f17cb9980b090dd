"""What every reader returns, and the checks that all column names must pass."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One file or frame: its columns, where each row starts, and what the user should know."""

    frame: pl.DataFrame
    line: NDArray[np.int64]
    """1-based line of each row; zeros where the source has no lines."""
    notes: tuple[str, ...] = ()


def without_lines(frame: pl.DataFrame, notes: tuple[str, ...] = ()) -> Table:
    """A table whose source has no lines."""
    return Table(frame, np.zeros(frame.height, np.int64), notes)


def check_names(names: Sequence[str], path: str, line: int | None = None) -> None:
    """Refuse column names that are empty, hold a NUL, or stand twice.

    Raises:
        DataError: naming the column and what to do.
    """
    for i, name in enumerate(names):
        if not name.strip():
            cure = "Give every column a name in the header"
            raise DataError(f"column {i + 1} of {len(names)} has no name", path=path, line=line, cure=cure)
        if "\0" in name:  # Arrow's C interface ends a name at the first NUL
            problem = "its name holds a NUL character"
            raise DataError(problem, path=path, line=line, column=repr(name), cure="Rename the column")
    check_distinct(names, path, line)


def check_distinct(names: Sequence[str], path: str, line: int | None = None) -> None:
    """Refuse column names that stand twice.

    Raises:
        DataError: naming the column and what to do.
    """
    name, count = Counter(names).most_common(1)[0] if names else ("", 0)
    if count > 1:
        problem, cure = f"the name stands {count} times", "Rename or remove one of them"
        raise DataError(problem, path=path, line=line, column=repr(name), cure=cure)


def no_rows(path: str, line: int | None = None) -> DataError:
    """A header without rows."""
    return DataError("no rows, only a header", path=path, line=line, cure="Give a file with at least one row")
