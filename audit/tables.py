"""Parquet tables of our own, which somebody may have damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from pathlib import Path


def is_panic(error: BaseException) -> bool:
    """Whether compiled code fell over: a panic derives from BaseException, so that nobody catches it by accident."""
    return type(error).__name__ == "PanicException"


def read_table(source: Path | bytes, columns: list[str] | None = None) -> pl.DataFrame:
    """A table of a Parquet file, or of the bytes of one.

    Raises:
        OSError: the file cannot be read.
        polars.exceptions.PolarsError: it is no Parquet file, or a damaged one; polars panics on some of these, and its
            panics are no exceptions that ``except Exception`` sees.
    """
    try:
        return pl.read_parquet(source, columns=columns)
    except BaseException as error:
        if not is_panic(error):
            raise
        raise pl.exceptions.ComputeError(f"the table is damaged: {error}") from error
