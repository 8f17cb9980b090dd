"""The audit folder: an audit as files, and back.

The same input, configuration and versions give the same bytes in every file but ``timings.json``.
"""

from __future__ import annotations

import platform
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.audit import limits
from assay.audit.atomic import steady, write_folder
from assay.audit.columns import Findings, Part, columns_of
from assay.audit.errors import DataError
from assay.audit.findings import Severity, as_json, clean
from assay.audit.parsing import parse_json
from assay.audit.rules import registered
from assay.audit.stored_shape import FINDINGS as FINDING_TYPES
from assay.audit.stored_shape import ROWS as ROW_TYPES
from assay.audit.stored_shape import refuse_odd, typed
from assay.audit.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from assay.audit.atomic import Writer
    from assay.audit.columns import Hits
    from assay.audit.dataset import Dataset
    from assay.audit.rules import Audit

SCHEMA_VERSION = 1
AUDIT, FINDINGS, ROWS, TIMINGS = "audit.json", "findings.parquet", "rows.parquet", "timings.json"
SCORES: dict[str, pl.DataType] = {
    "suspect_label": pl.Float64(),
    "suggested_label": pl.String(),
    "duplicate_group": pl.Int64(),
    "semantic_group": pl.Int64(),
    "outlier": pl.Float64(),
    "test_similarity": pl.Float64(),
}
"""Columns of ``rows.parquet`` that rules fill; null where none of their rules ran."""
LIBRARIES = ("numba", "numpy", "polars", "rapidfuzz")


@dataclass(frozen=True, slots=True)
class Stored:
    """An audit folder read back."""

    document: dict[str, Any]
    """``audit.json``"""
    findings: pl.DataFrame
    rows: pl.DataFrame


def assay_version() -> str:
    """Version of the installed package."""
    try:
        return version("assay")
    except PackageNotFoundError:  # a checkout on the path
        return "0"


def save(
    audit: Audit,
    folder: Path,
    document: Mapping[str, Any],
    timings: Mapping[str, Any],
    pages: Mapping[str, Callable[[], str]],
) -> None:
    """Write the audit folder, whole or not at all.

    Args:
        audit: what to write.
        folder: where to.
        document: content of ``audit.json``, from ``audit_document``.
        timings: content of ``timings.json``, the only file that may differ between runs.
        pages: what draws each further text file, by name.

    Raises:
        OutputError: nothing was written; results of an earlier run are intact.
    """
    with ThreadPoolExecutor(1) as other:  # packing columns and drawing pages need different things of a machine
        tables = other.submit(lambda: (_parquet_bytes(findings_frame(audit)), _parquet_bytes(rows_frame(audit))))
        texts = {name: draw() for name, draw in pages.items()}
        findings, rows = tables.result()
    files: dict[str, Writer] = {
        FINDINGS: _bytes(findings),
        ROWS: _bytes(rows),
        TIMINGS: _text(as_json({"schema_version": SCHEMA_VERSION, **timings})),
        **{name: _text(page) for name, page in texts.items()},
        AUDIT: _text(as_json(document)),
    }
    write_folder(folder, files)


def load(folder: Path) -> Stored:
    """Read an audit folder back.

    Raises:
        DataError: a file is missing, or none of ours.
    """
    cure = "Give a folder that `assay audit` wrote"
    try:
        with steady(folder):
            document = parse_json((folder / AUDIT).read_text("utf-8"))
            findings, rows = (read_table((folder / name).read_bytes()) for name in (FINDINGS, ROWS))
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise DataError(f"not an audit folder: {error}", path=str(folder), cure=cure) from error
    if not isinstance(document, dict) or document.get("schema_version") != SCHEMA_VERSION:
        raise DataError("audit.json is of another version of Assay", path=str(folder), cure="Run `assay audit` again")
    refuse_odd(document, str(folder))
    told = [typed(*each, str(folder)) for each in ((findings, FINDING_TYPES, FINDINGS), (rows, ROW_TYPES, ROWS))]
    return Stored(document, *told)


def audit_document(audit: Audit, config: Mapping[str, Any]) -> dict[str, Any]:
    """``audit.json`` as a dictionary."""
    data, roles = audit.data, audit.data.roles
    return {
        "schema_version": SCHEMA_VERSION,
        "assay_version": assay_version(),
        "data": {
            s.name: {
                "path": ", ".join(s.files) or None,
                "files": list(s.files),
                "rows": s.rows,
                "fingerprint": s.fingerprint,
            }
            for s in data.splits
        },
        "roles": {
            "text": list(roles.text),
            **{r: getattr(roles, r) for r in ("label", "id", "group", "time", "split")},
            "guessed": sorted(data.guessed),
        },
        "config": config,
        "ran": list(audit.ran),
        "skipped": dict(audit.skipped),
        "incomplete": incomplete(audit),
        **({"encoder": encoder} if (encoder := audit.data.memo.get(("fact", "encoder"))) else {}),
        **({"limits": bounds} if (bounds := limits.said(audit.data)) else {}),
        "counts": counts(audit),
        "versions": {"python": platform.python_version(), **{lib: version(lib) for lib in LIBRARIES}},
    }


def incomplete(audit: Audit) -> dict[str, str]:
    """What broke, and why: rules, and columns of rows.parquet."""
    broken = {code: audit.skipped[code].removeprefix("incomplete: ") for code in audit.crashed}
    scores = {f"rows.parquet column {name}": why for name, why in audit.broken_scores.items()}
    return {**broken, **audit.partial, **scores}


def counts(audit: Audit) -> dict[str, dict[str, Any]]:
    """Findings and distinct rows concerned, for every rule that ran: in all and by severity.

    ``severity`` is the highest that the rule can have; its findings may be milder.
    """
    parts = Findings.of(audit.findings).parts
    found = {code: [part for part in parts if part.code == code] for code in audit.ran}
    return {
        code: {
            "severity": str(audit.severities[code]),
            "findings": sum(map(len, those)),
            "rows": distinct([part.rows for part in those]),
            "by_severity": {
                str(severity): {"findings": count, "rows": rows}
                for severity, (count, rows) in count_by_severity(those).items()
            },
        }
        for code, those in found.items()
    }


def count_by_severity(parts: Sequence[Part]) -> dict[Severity, tuple[int, int]]:
    """Findings and distinct rows of some findings for every severity, worst first."""
    found = sum((part.counts() for part in parts), Counter[Severity]())
    rows = [part.rows_by_severity() for part in parts]
    return {s: (found[s], distinct([each[s] for each in rows if s in each])) for s in Severity}


def distinct(rows: Sequence[NDArray[np.int64]]) -> int:
    """How many different rows there are."""
    return int(np.unique(np.concatenate(rows)).size) if rows else 0


def findings_frame(audit: Audit) -> pl.DataFrame:
    """``findings.parquet``: one line per finding and row concerned, in the order of the findings."""
    data, place = audit.data, _Places.of(audit.data)
    names = {code: rule.name for code, rule in registered().items()}
    parts = Findings.of(audit.findings).parts or (Part("", columns_of(()), (), ()),)
    return pl.concat([_part_frame(data, place, part, names.get(part.code, "")) for part in parts])


def _part_frame(data: Dataset, place: _Places, part: Part, name: str) -> pl.DataFrame:
    hits, sizes = part.hits, np.diff(part.hits.bounds)
    rows, lines = hits.rows, len(hits.rows)
    which = np.repeat(np.arange(len(hits)), sizes)
    related = np.full(lines, -1, np.int64) if hits.related is None else hits.related
    group = np.full(len(hits), -1, np.int64) if hits.group is None else hits.group
    scores = np.full(lines, np.nan) if hits.scores is None else hits.scores
    action, safe = _fixes(hits, which, len(data))
    label = data.frame[data.roles.label].gather(rows) if data.roles.label else _nulls(lines)
    suggested = _nulls(len(hits)) if hits.suggested is None else hits.suggested
    columns = [
        pl.Series("code", [part.code], dtype=pl.String).new_from_index(0, lines),
        pl.Series("name", [name], dtype=pl.String).new_from_index(0, lines),
        pl.Series("severity", list(map(str, part.severity)), dtype=pl.String).gather(which),
        *place.columns(rows),
        _where(group >= 0, group).gather(which).alias("group"),
        place.split(related).alias("related_split"),
        place.row(related).alias("related_row"),
        pl.Series("score", scores, dtype=pl.Float64).fill_nan(None),
        hits.message.gather(which).alias("message"),
        label.cast(pl.String).alias("given_label"),
        suggested.gather(which).alias("suggested_label"),
        action.alias("fix"),
        safe.alias("fix_safe"),
        pl.Series("fingerprint", part.fingerprint, dtype=pl.String).gather(which),
        hits.evidence.gather(which).alias("evidence"),
    ]
    return pl.DataFrame(columns)


def _fixes(hits: Hits, which: NDArray[np.int64], height: int) -> tuple[pl.Series, pl.Series]:
    """Action and safety of the fix on the lines of those rows that it touches; null elsewhere.

    A fix that touches no row of its finding but the related one (a leak's: the copy in train goes, never the held-out
    row) is called ``drop-related``, so that nobody who acts on ``drop`` loses the row of the line.
    """
    if hits.fix is None:
        return _nulls(len(which)), _nulls(len(which)).cast(pl.Boolean)
    fix = hits.fix
    touched = np.repeat(np.arange(len(hits)), np.diff(fix.bounds)) * height + fix.rows
    own = np.isin(which * height + hits.rows, touched, kind="sort")
    if hits.related is None:
        other = np.zeros(len(which), np.bool_)
    else:
        elsewhere = np.bincount(which, weights=own, minlength=len(hits)) == 0
        other = (hits.related >= 0) & elsewhere[which]
        other &= np.isin(which * height + hits.related, touched, kind="sort")
    action, nothing = fix.action.gather(which), pl.Series(~(own | other))
    action = action.zip_with(pl.Series(~other), action + "-related")
    return action.set(nothing, None), pl.Series(fix.safe).gather(which).set(nothing, None)


def rows_frame(audit: Audit) -> pl.DataFrame:
    """``rows.parquet``: one line per row of every split."""
    data = audit.data
    every = np.arange(len(data), dtype=np.int64)
    split, row, _, _, ident = _Places.of(data).columns(every)
    label = data.frame[data.roles.label] if data.roles.label else _nulls(len(data))
    known = [(audit.scores[n] if n in audit.scores else _nulls(len(data))).cast(t).alias(n) for n, t in SCORES.items()]
    known = [s.fill_nan(None) if s.dtype.is_float() else s for s in known]
    others = [audit.scores[n].alias(n) for n in sorted(set(audit.scores) - set(SCORES))]
    return pl.DataFrame([split, row, ident, label.cast(pl.String).alias("label"), *known, *others])


@dataclass(frozen=True, slots=True)
class _Places:
    """Where rows stand, as columns gathered by row index."""

    data: Dataset
    files: pl.Series
    first_file: NDArray[np.int64]
    """Of each split: where its files start among all files, which open with a null."""

    @classmethod
    def of(cls, data: Dataset) -> _Places:
        lengths = [len(s.files) for s in data.splits]
        names = [None, *(clean(f) for s in data.splits for f in s.files)]
        first = np.concatenate([[0], np.cumsum(lengths)[:-1]]) + 1
        return cls(data, pl.Series("path", names, dtype=pl.String), np.where(np.array(lengths) > 0, first, -1))

    def split(self, rows: NDArray[np.int64]) -> pl.Series:
        """Names of the rows' splits; null for -1."""
        names = pl.Series("split", [*(s.name for s in self.data.splits), None], dtype=pl.String)
        return names.gather(np.where(rows < 0, len(self.data.splits), self.data.split_codes[rows]))

    def row(self, rows: NDArray[np.int64]) -> pl.Series:
        """Row numbers in the source; null for -1."""
        return _where(rows >= 0, self.data.places.row[rows]).alias("row")

    def columns(self, rows: NDArray[np.int64]) -> tuple[pl.Series, pl.Series, pl.Series, pl.Series, pl.Series]:
        """Split, row, line, path and id."""
        lines = self.data.places.line[rows]
        first = self.first_file[self.data.split_codes[rows]]
        files = np.where(first < 0, 0, first + self.data.places.file[rows])
        ident = self.data.roles.id
        ids = self.data.frame[ident].gather(rows).cast(pl.String) if ident else _nulls(len(rows))
        path = self.files.gather(files)
        return self.split(rows), self.row(rows), _where(lines > 0, lines).alias("line"), path, ids.alias("id")


def _nulls(size: int) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, size)


def _where(known: NDArray[np.bool_], values: NDArray[np.int64]) -> pl.Series:
    """Values where known, null elsewhere."""
    column = pl.Series(values)
    return column if bool(known.all()) else column.set(pl.Series(~known), None)


def _parquet_bytes(frame: pl.DataFrame) -> bytes:
    """A table packed in memory: on a full disk polars speaks of thrift, the system of the disk."""
    buffer = BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=True)
    return buffer.getvalue()


def _bytes(content: bytes) -> Writer:
    return lambda out: out.write(content)


def _text(content: str) -> Writer:
    return lambda out: out.write(content.encode("utf-8", "backslashreplace"))
