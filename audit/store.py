"""The audit folder: an audit as files, and back.

The same input, configuration and versions give the same bytes in every file but ``timings.json``.
"""

from __future__ import annotations

import gc
import json
import math
import platform
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from pydantic_core import PydanticSerializationError, to_json

from assay.audit.atomic import write_folder
from assay.audit.errors import DataError
from assay.audit.rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from assay.audit.atomic import Writer
    from assay.audit.dataset import Dataset
    from assay.audit.rules import Audit, Finding

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
    audit: Audit, folder: Path, document: Mapping[str, Any], timings: Mapping[str, Any], pages: Mapping[str, str]
) -> None:
    """Write the audit folder, whole or not at all.

    Args:
        audit: what to write.
        folder: where to.
        document: content of ``audit.json``, from ``audit_document``.
        timings: content of ``timings.json``, the only file that may differ between runs.
        pages: further text files, by name.

    Raises:
        OutputError: nothing was written; results of an earlier run are intact.
    """
    files: dict[str, Writer] = {
        FINDINGS: _parquet(findings_frame(audit)),
        ROWS: _parquet(rows_frame(audit)),
        TIMINGS: _text(as_json({"schema_version": SCHEMA_VERSION, **timings})),
        **{name: _text(page) for name, page in pages.items()},
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
        document = json.loads((folder / AUDIT).read_text("utf-8"))
        findings, rows = pl.read_parquet(folder / FINDINGS), pl.read_parquet(folder / ROWS)
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise DataError(f"not an audit folder: {error}", path=str(folder), cure=cure) from error
    if not isinstance(document, dict) or document.get("schema_version") != SCHEMA_VERSION:
        raise DataError("audit.json is of another version of Assay", path=str(folder), cure="Run `assay audit` again")
    return Stored(document, findings, rows)


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
        "counts": counts(audit),
        "versions": {"python": platform.python_version(), **{lib: version(lib) for lib in LIBRARIES}},
    }


def incomplete(audit: Audit) -> dict[str, str]:
    """What broke, and why: rules, and columns of rows.parquet."""
    broken = {code: audit.skipped[code].removeprefix("incomplete: ") for code in audit.crashed}
    return {**broken, **{f"rows.parquet column {name}": why for name, why in audit.broken_scores.items()}}


def counts(audit: Audit) -> dict[str, dict[str, Any]]:
    """Findings and distinct rows concerned, for every rule that ran."""
    found: dict[str, list[Finding]] = {code: [] for code in audit.ran}
    for finding in audit.findings:
        found[finding.code].append(finding)
    return {
        code: {
            "severity": str(audit.severities[code]),
            "findings": len(those),
            "rows": len(_flat_rows(those, unique=True)),
        }
        for code, those in found.items()
    }


def _flat_rows(findings: Sequence[Finding], *, unique: bool = False) -> NDArray[np.int64]:
    rows = np.fromiter(chain.from_iterable([f.hit.rows for f in findings]), np.int64)
    return np.unique(rows) if unique else rows


def findings_frame(audit: Audit) -> pl.DataFrame:
    """``findings.parquet``: one line per finding and row concerned, in the order of the findings."""
    with _no_collection():
        return _findings_frame(audit)


def _findings_frame(audit: Audit) -> pl.DataFrame:
    data, findings = audit.data, audit.findings
    sizes = np.array([len(f.hit.rows) for f in findings], np.int64)
    rows = _flat_rows(findings)
    place = _Places.of(data)
    heads = _finding_columns(audit)[np.repeat(np.arange(len(findings)), sizes)]
    related = _parallel([f.hit.related for f in findings], sizes, -1, np.int64)
    scores = _parallel([f.hit.scores for f in findings], sizes, np.nan, np.float64)
    action, safe = _fixes(findings, rows, sizes, len(data))
    label = data.frame[data.roles.label].gather(rows) if data.roles.label else _nulls(len(rows))
    columns = [
        *(heads[c] for c in ("code", "name", "severity")),
        *place.columns(rows),
        heads["group"],
        place.split(related).alias("related_split"),
        place.row(related).alias("related_row"),
        pl.Series("score", scores).fill_nan(None),
        heads["message"],
        label.alias("given_label"),
        heads["suggested_label"],
        action.alias("fix"),
        safe.alias("fix_safe"),
        heads["fingerprint"],
        heads["evidence"],
    ]
    return pl.DataFrame(columns)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Millions of small live objects make garbage collection dear, and none of them is garbage."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


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


def _finding_columns(audit: Audit) -> pl.DataFrame:
    """What is the same on every line of a finding."""
    hits = [f.hit for f in audit.findings]
    codes = pl.Series("code", [f.code for f in audit.findings], dtype=pl.String)
    names = {r.code: r.name for r in all_rules()}
    severities = {code: str(severity) for code, severity in audit.severities.items()}
    return pl.DataFrame(
        [
            codes,
            codes.replace_strict(names, default="", return_dtype=pl.String).alias("name"),
            codes.replace_strict(severities, return_dtype=pl.String).alias("severity"),
            pl.Series("group", [h.group for h in hits], dtype=pl.Int64),
            pl.Series("message", [clean(h.message) for h in hits], dtype=pl.String),
            pl.Series("suggested_label", [h.suggested for h in hits], dtype=pl.String),
            pl.Series("fingerprint", [f.fingerprint for f in audit.findings], dtype=pl.String),
            pl.Series("evidence", [evidence_json(h.evidence) for h in hits], dtype=pl.String),
        ]
    )


def _parallel(
    given: Sequence[tuple[float, ...]], sizes: NDArray[np.int64], default: float, dtype: type[np.int64 | np.float64]
) -> NDArray[Any]:
    """Values parallel to the rows of each finding; ``default`` for findings that have none."""
    out = np.full(int(sizes.sum()), default, dtype)
    has = np.repeat(np.array([bool(g) for g in given], np.bool_), sizes)
    out[has] = np.fromiter(chain.from_iterable(given), dtype)
    return out


def _fixes(
    findings: Sequence[Finding], rows: NDArray[np.int64], sizes: NDArray[np.int64], height: int
) -> tuple[pl.Series, pl.Series]:
    """Action and safety of the fix on the lines of those rows that it touches; null elsewhere."""
    fixes = [f.hit.fix for f in findings]
    touching = [fix.rows if fix else () for fix in fixes]
    touched = np.repeat(np.arange(len(fixes)), [len(t) for t in touching]) * height
    touched += np.fromiter(chain.from_iterable(touching), np.int64)
    finding = np.repeat(np.arange(len(findings)), sizes)
    which = np.where(np.isin(finding * height + rows, touched, kind="sort"), finding, len(findings))
    actions = pl.Series([*(fix.action if fix else None for fix in fixes), None], dtype=pl.String)
    safe = pl.Series([*(fix.safe if fix else None for fix in fixes), None], dtype=pl.Boolean)
    return actions.gather(which), safe.gather(which)


def _nulls(size: int) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, size)


def _where(known: NDArray[np.bool_], values: NDArray[np.int64]) -> pl.Series:
    """Values where known, null elsewhere."""
    column = pl.Series(values)
    return column if bool(known.all()) else column.set(pl.Series(~known), None)


def evidence_json(evidence: Mapping[str, Any]) -> str:
    """Evidence as JSON text; NaN and infinities become null."""
    if not evidence:
        return "{}"
    try:
        return to_json(dict(evidence), inf_nan_mode="null", fallback=_plain).decode()
    except (PydanticSerializationError, UnicodeError):  # lone surrogates
        return as_json(evidence, indent=None).rstrip("\n")


def _plain(value: Any) -> Any:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    return str(value)


def _finite(value: Any) -> Any:
    """The value with null in place of NaN and infinities, which JSON does not know."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): _finite(v) for k, v in value.items()}
    return [_finite(v) for v in value] if isinstance(value, (list, tuple)) else value


def clean(text: str) -> str:
    """Text that any UTF-8 file can hold: lone surrogates (odd file names) are escaped."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def as_json(value: Any, indent: int | None = 2) -> str:
    """JSON with sorted keys and a final line break; lone surrogates stay escapes, NaN and infinities become null."""
    text = json.dumps(_finite(value), ensure_ascii=False, sort_keys=True, indent=indent, default=_plain)
    return clean(text) + "\n"


def _parquet(frame: pl.DataFrame) -> Writer:
    # Through memory: on a full disk polars speaks of thrift, the system of the disk.
    return lambda out: out.write(_parquet_bytes(frame))


def _parquet_bytes(frame: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=True)
    return buffer.getvalue()


def _text(content: str) -> Writer:
    return lambda out: out.write(content.encode("utf-8", "backslashreplace"))
