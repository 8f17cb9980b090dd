"""Result tables of ``mlflow.evaluate``: JSON with the columns' names apart from the rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from assay.audit.errors import DataError
from assay.audit.parsing import parse_json
from assay.audit.reading.table import Table, check_names, without_lines

LARGEST = 1 << 31
"""Bytes of a JSON file that are looked at; larger ones are no result table."""
_KEYS = {"columns", "data"}


def results_table(path: str) -> Table | None:
    """The table in ``eval_results_table.json``: ``{"columns": [...], "data": [[...], ...]}``; None for other files.

    Its column ``outputs`` holds predictions, ``targets`` the labels; columns of the model's input are kept.

    Raises:
        DataError: it is such a table, but its rows do not fit its columns.
    """
    value = _split(Path(path))
    if value is None:
        return None
    names, rows = [str(name) for name in value["columns"]], value["data"]
    check_names(names, path)
    bad = next((n for n, row in enumerate(rows) if not isinstance(row, list) or len(row) != len(names)), None)
    if bad is not None or not rows:
        problem = f"row {bad} does not have the {len(names)} values of the columns" if rows else "no rows"
        raise DataError(problem, path=path, cure="Save the table again")
    columns = [[_text(row[i]) for row in rows] for i in range(len(names))]
    return without_lines(pl.DataFrame([pl.Series(n, c, dtype=pl.String) for n, c in zip(names, columns, strict=True)]))


def _split(path: Path) -> dict[str, Any] | None:
    """The JSON value, if it has exactly the two keys."""
    try:
        if path.suffix.lower() != ".json" or path.stat().st_size > LARGEST:
            return None
        value = parse_json(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None  # the reader of JSON tells what is wrong with it
    fits = isinstance(value, dict) and set(value) in (_KEYS, _KEYS | {"index"})
    return value if fits and all(isinstance(value[key], list) for key in _KEYS) else None


def _text(value: Any) -> str | None:
    """A value as JSON spells it; a string as it is."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
