"""GEX001: the user's own expectations."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from assay.audit.columns import Hits, as_evidence
from assay.audit.dataset import PRODUCTION, Dataset, Split
from assay.audit.errors import ConfigError, MissingInputError
from assay.audit.gx.request import INSTALL, Suite
from assay.audit.rules import PARTIAL, Severity, rule
from assay.audit.wording import counted, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.audit.gx.running import Outcome

CODE = "GEX001"
SEVERITIES = {"critical": None, "warning": Severity.WARNING, "info": Severity.NOTE}
"""Severity of an expectation -> of its findings; None for the rule's own."""
_TOLD = 3


@rule("GEX001", "expectation-failed", Severity.ERROR)
def expectation_failed(
    data: Dataset, *, splits: tuple[str, ...] = (), values: Literal["pandas", "written"] = "pandas"
) -> Iterator[Hits]:
    """Find rows that fail an expectation of your Great Expectations suite.

    Why: what a team knows of its data often stands in a suite already; run here, its failures have rows, a baseline
    and a place in the gate like those of every other rule.
    Fix: correct the rows at their source, or the expectation, if it is the one that is wrong.
    Options: splits are those that are checked, each by itself; all but production if none is named. values says
    how CSV and JSON files reach the suite: pandas, as pandas reads them (numbers, missing values), or written, as
    text. The suite stands in [expectations] of assay.toml: a JSON file, or a name in a project. An expectation's
    severity (critical, warning, info) is that of its findings. One that cannot be evaluated makes the audit
    incomplete.
    """
    data.memo.pop((PARTIAL, CODE), None)
    suite = data.memo.get(Suite)
    if suite is None:
        raise MissingInputError('no suite; name one in assay.toml: [expectations] suite = "suite.json"')
    if find_spec("great_expectations") is None:
        raise MissingInputError(f"Great Expectations is not installed: {INSTALL}")
    from assay.audit.gx.frames import as_pandas  # noqa: PLC0415 - an extra
    from assay.audit.gx.running import run_suite  # noqa: PLC0415 - an extra

    errors: list[str] = []
    evaluated = 0
    for split in _chosen(data, splits):
        for one in run_suite(suite, as_pandas(data, split, inferred=values == "pandas")):
            told = suite.expectations[one.number]
            evaluated += not one.error
            if one.error:
                errors.append(f"{told['type']} in {split.name}: {one.error}")
            elif not one.success:
                yield _by_row(data, split, told, one) if one.rows.size else _whole(split, told, one)
    if errors:
        said = "; ".join(errors[:_TOLD]) + (f"; and {len(errors) - _TOLD} more" if len(errors) > _TOLD else "")
        problem = f"{counted(len(errors), 'expectation')} of {suite.path} could not be evaluated: {said}"
        if not evaluated:
            raise RuntimeError(problem)
        data.memo[PARTIAL, CODE] = problem


def _chosen(data: Dataset, names: tuple[str, ...]) -> list[Split]:
    there = [s.name for s in data.splits]
    if wrong := next((n for n in names if n not in there), None):
        raise ConfigError(f"{CODE}: no split {wrong!r}; there are {', '.join(there)}")
    return [s for s in data.splits if s.rows and (s.name in names if names else s.name != PRODUCTION)]


def _by_row(data: Dataset, split: Split, told: Mapping[str, Any], one: Outcome) -> Hits:
    """A hit for every row that an expectation names."""
    rows, against = one.rows + split.start, _against(told)
    columns = _columns(told["kwargs"], data)
    shown = _shown(data, columns, rows)
    size = rows.size
    # Several expectations may name one row: each failure is a finding of its own, and stays one when rows move.
    marks = tuple([f"{against} {split.name} {key}" for key in data.keys(rows.tolist())])
    return Hits(
        rows=rows,
        bounds=np.arange(size + 1),
        message=pl.Series([f"{value}, against {against}" for value in shown], dtype=pl.String),
        evidence=as_evidence(
            expectation=pl.Series([told["type"]]).new_from_index(0, size),
            columns=pl.Series([", ".join(columns)]).new_from_index(0, size),
            value=shown,
        ),
        subject=marks,
        severity=(SEVERITIES.get(one.severity),) * size,
    )


def _columns(kwargs: Mapping[str, Any], data: Dataset) -> list[str]:
    """Columns that an expectation is about."""
    listed = kwargs.get("column_list") or [kwargs.get(k) for k in ("column", "column_A", "column_B", "text", "label")]
    return [c for c in listed if isinstance(c, str) and c in data.frame.columns]


def _shown(data: Dataset, columns: list[str], rows: Any) -> list[str]:
    """``priority is 'P1'`` for each row, values as they are written."""
    parts = []
    for name in columns:
        values = data.frame[name].gather(rows).to_list()
        known: dict[str, str] = {}
        texts = ["is missing" if v is None else known.get(str(v)) or _kept(known, str(v)) for v in values]
        parts.append([f"{name} {text}" for text in texts])
    return [", ".join(each) for each in zip(*parts, strict=True)] if parts else ["the row"] * len(rows)


def _kept(known: dict[str, str], value: str) -> str:
    return known.setdefault(value, f"is {quoted(value, 60)}")


def _whole(split: Split, told: Mapping[str, Any], one: Outcome) -> Hits:
    """One hit for an expectation about a whole column or table."""
    against = _against(told)
    seen = "" if one.observed is None else f" ({_value(one.observed)} was observed)"
    name = told["kwargs"].get("column")
    where = f"column {name} of {split.name}" if name else split.name
    return Hits(
        rows=np.array([split.start], np.int64),
        bounds=np.arange(2),
        message=pl.Series([f"{where} fails {against}{seen}"], dtype=pl.String),
        evidence=as_evidence(expectation=[told["type"]], split=[split.name], observed=[_value(one.observed)]),
        subject=(f"{against} in {split.name}",),
        severity=(SEVERITIES.get(one.severity),),
    )


def _against(told: Mapping[str, Any]) -> str:
    """The expectation in words: its description, else its type and arguments."""
    if told.get("description"):
        return quoted(str(told["description"]), 160)
    given = {k: v for k, v in told["kwargs"].items() if k not in {"column", "column_A", "column_B", "column_list"}}
    listed = ", ".join(f"{k}={_value(v)}" for k, v in sorted(given.items()) if v is not None)
    return f"{told['type']}({listed})"


def _value(value: Any) -> str:
    value = value.tolist() if type(value).__module__ == "numpy" else value
    return quoted(value, 60) if isinstance(value, str) else f"{value!r:.120}"
