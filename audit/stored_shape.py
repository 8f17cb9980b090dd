"""The shape of an audit folder, checked when it is read back: it may be damaged, or made by somebody else."""

from __future__ import annotations

from typing import Any

import polars as pl

from assay.audit.errors import DataError
from assay.audit.findings import Severity

CURE = "Run `assay audit` again"
_ROLES = ("label", "id", "group", "time", "split")
_TEXTS = (
    "code", "name", "severity", "split", "path", "id", "related_split", "message", "given_label", "suggested_label",
    "fix", "fingerprint", "evidence",
)  # fmt: skip
FINDINGS: dict[str, Any] = {
    **dict.fromkeys(_TEXTS, pl.String),
    **dict.fromkeys(("row", "line", "group", "related_row"), pl.Int64),
    "score": pl.Float64,
    "fix_safe": pl.Boolean,
}
"""Columns of ``findings.parquet``."""
ROWS: dict[str, Any] = {
    **dict.fromkeys(("split", "id", "label", "suggested_label"), pl.String),
    **dict.fromkeys(("row", "duplicate_group", "semantic_group"), pl.Int64),
    **dict.fromkeys(("suspect_label", "outlier", "test_similarity"), pl.Float64),
}
"""Columns of ``rows.parquet``; rules may have added others."""
_ALWAYS = {"code", "severity", "split", "row", "message", "fingerprint"}
"""Columns that are never null."""


def typed(table: pl.DataFrame, columns: dict[str, Any], name: str, folder: str) -> pl.DataFrame:
    """A table with the columns that it must have, of the types that they must have.

    Raises:
        DataError: a column is missing, holds something else, or lacks what every line has.
    """

    def wrong(problem: str) -> DataError:
        return DataError(f"{name} is damaged: {problem}", path=folder, cure=CURE)

    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise wrong(f"it has no column {', '.join(missing)}")
    for column, kind in columns.items():
        if table[column].dtype not in {kind, pl.Null}:
            raise wrong(f"column {column} holds {str(table[column].dtype).lower()}, not {kind.__name__.lower()}")
        if column in _ALWAYS and table[column].null_count():
            raise wrong(f"column {column} has lines without a value")
    return table.with_columns(pl.col(column).cast(kind) for column, kind in columns.items())


def refuse_odd(document: dict[str, Any], folder: str) -> None:
    """Look through ``audit.json`` for what other commands rely on.

    Raises:
        DataError: a key is missing, or holds something else.
    """

    def need(holds: bool, what: str) -> None:  # noqa: FBT001 - a condition and its name
        if not holds:
            raise DataError(f"audit.json is damaged: {what}", path=folder, cure=CURE)

    for key, kind in (("data", dict), ("roles", dict), ("config", dict), ("counts", dict), ("skipped", dict)):
        need(isinstance(document.get(key), kind), f"{key} is no table")
    need(_texts(document.get("ran")), "ran is no list of codes")
    need(bool(document["data"]), "data names no split")
    for name, one in document["data"].items():
        whole = isinstance(one, dict) and _texts(one.get("files")) and isinstance(one.get("fingerprint"), str)
        need(
            whole and type(one.get("rows")) is int and one["rows"] >= 0, f"data.{name} lacks files, rows or fingerprint"
        )
    roles = document["roles"]
    need(_texts(roles.get("text")), "roles.text is no list of columns")
    for role in _ROLES:
        need(role in roles and isinstance(roles[role], str | None), f"roles.{role} is no column")
    bounds = document.get("limits", {})
    need(isinstance(bounds, dict) and _texts(list(bounds.values())), "limits is no table of sentences")
    for code, one in document["counts"].items():
        whole = isinstance(one, dict) and all(type(one.get(key)) is int for key in ("findings", "rows"))
        need(whole and isinstance(one.get("severity"), str), f"counts.{code} lacks findings, rows or severity")
        need(_counts(one.get("by_severity", {})), f"counts.{code}.by_severity has no findings and rows")
    need(all(isinstance(why, str) for why in document["skipped"].values()), "skipped has a reason that is no text")
    incomplete = document.get("incomplete", {})
    told = isinstance(incomplete, dict) and all(isinstance(why, str) for why in incomplete.values())
    need(told, "incomplete has a reason that is no text")
    rules = document["config"].get("rules", {})
    need(isinstance(rules, dict) and all(isinstance(one, dict) for one in rules.values()), "config.rules is no table")


def _counts(value: object) -> bool:
    """Whether it is a table of findings and rows by severity; results of older versions have none."""
    if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
        return False
    figures = [one.get(key) for one in value.values() for key in ("findings", "rows")]
    return set(value) <= set(Severity) and all(type(figure) is int for figure in figures)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
