"""An audit folder as the report that it was: findings from its tables, texts from the files that it names."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.audit import limits, rules, store
from assay.audit.columns import Findings, Fixes, Hits, Part
from assay.audit.config_tables import Slice
from assay.audit.dataset import Dataset, Places, Roles, Split
from assay.audit.errors import AssayError, DataError
from assay.audit.findings import Hit, Severity
from assay.audit.parsing import parse_json
from assay.audit.reading import read
from assay.audit.slices import declare
from assay.audit.slicing.request import Declared
from assay.audit.slicing.table import SliceLine
from assay.reports.render.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from assay.audit.baseline import Baseline
    from assay.audit.store import Stored

ROLES = ("label", "id", "group", "time", "split")
HIT = ("code", "severity", "group", "message", "suggested_label", "fingerprint", "evidence")
"""Columns of ``findings.parquet`` that are the same on all lines of a finding."""
COLUMN = "rows.parquet column "
"""How ``audit.json`` names a row score that broke."""
UNSEEN = "(the text is not here: its file is gone, or has changed since the audit)"


@dataclass(frozen=True)
class StoredReport(Report):
    """A report whose document and slices are those that were written, not computed again."""

    written: Mapping[str, Any] = field(default_factory=dict)
    """``audit.json``"""

    @cached_property
    def document(self) -> dict[str, Any]:
        """``audit.json``."""
        return dict(self.written)

    @cached_property
    def slices(self) -> tuple[SliceLine, ...]:
        """The declared slices as they were counted."""
        sizes = {split.name: split.rows for split in self.audit.data.splits}
        return tuple(_slice(told, sizes) for told in self.written.get("slices", ()))


def report_of(folder: Path, baseline: Baseline | None, fail_on: str | None, say: Callable[[str], None]) -> StoredReport:
    """The report of an audit folder.

    Args:
        folder: what ``assay audit`` wrote.
        baseline: findings that are accepted by now.
        fail_on: another threshold than the audit's.
        say: told where texts are missing, and why.

    Raises:
        DataError: the folder is no audit, or its tables do not fit each other.
    """
    stored = store.load(folder)
    document = stored.document
    try:
        rules.choose(("ALL",), ())  # names and summaries of rules
        data = _data(stored, say)
        audit = _audit(stored, data, _seconds(folder))
        threshold = fail_on or document["config"]["fail_on"]
        return StoredReport(audit, document["config"], threshold, baseline, folder=str(folder), written=document)
    except (KeyError, TypeError, ValueError, pl.exceptions.PolarsError) as error:
        problem = f"its tables do not fit audit.json: {type(error).__name__} {error}"
        raise DataError(problem, path=str(folder), cure="Run `assay audit` again") from error


def _seconds(folder: Path) -> dict[str, float]:
    """Seconds of each rule; nothing is lost without them."""
    try:
        return dict(parse_json((folder / store.TIMINGS).read_text("utf-8"))["rules"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _data(stored: Stored, say: Callable[[str], None]) -> Dataset:
    """The audited rows with their texts where the files are as they were, else without them."""
    try:
        data = _read_again(stored.document)
    except AssayError as error:
        say(f"note: texts are not shown: {error}")
        data = _without_texts(stored)
    else:
        _declare(stored.document, data)
    if encoder := stored.document.get("encoder"):
        data.memo["fact", "encoder"] = encoder
    limits.restore(data, stored.document.get("limits", {}))
    return data


def _declare(document: Mapping[str, Any], data: Dataset) -> None:
    """Give the data their slices, so that findings can be told apart by them.

    Only where all are conditions: a folder of results may come from anywhere, and functions in it are never called.
    """
    told = document.get("slices", ())
    if told and all(each["kind"] == "where" for each in told):
        slices = tuple(
            Slice.model_construct(name=s["name"], where=s["condition"], critical=s["critical"]) for s in told
        )
        declare(data, Declared(slices))


def _read_again(document: Mapping[str, Any]) -> Dataset:
    splits, roles = document["data"], document["roles"]
    for name, one in splits.items():
        if not one["files"]:
            raise DataError(f"{name} came from memory", cure="Audit files to see texts again")
    column = roles["split"]
    told = {role: roles[role] for role in ROLES if roles[role] and role not in roles["guessed"]}
    text = () if "text" in roles["guessed"] else roles["text"]
    files = [one["files"] for one in splits.values()]
    one_source = column and all(each == files[0] for each in files)
    sources = {next(iter(splits)): files[0]} if one_source else {name: one["files"] for name, one in splits.items()}
    data = read(sources, text=text, **told)
    same = [*data.roles.text] == roles["text"] and all(getattr(data.roles, r) == roles[r] for r in ROLES)
    for name, one in splits.items():
        now = data.split(name)
        if not same or now is None or now.fingerprint != one["fingerprint"]:
            path = ", ".join(one["files"])
            raise DataError(f"{name} has changed since the audit", path=path, cure="Run `assay audit` again")
    if len(data.splits) != len(splits):
        raise DataError("there are splits that were not audited", cure="Run `assay audit` again")
    return data


def _without_texts(stored: Stored) -> Dataset:
    """Rows with their places, ids and labels; lines are known of rows that findings name."""
    roles, rows = stored.document["roles"], stored.rows
    splits, start = [], 0
    for name in rows["split"].unique(maintain_order=True).to_list():  # JSON has sorted them
        one = stored.document["data"][name]
        splits.append(Split(name, start, start + one["rows"], tuple(one["files"]), one["fingerprint"]))
        start += one["rows"]
    known = stored.findings.select("split", "row", "line", "path").unique(["split", "row"], maintain_order=True)
    where = rows.select("split", "row").join(known, on=["split", "row"], how="left", maintain_order="left")
    at = {(s.name, path): n for s in splits for n, path in enumerate(s.files)}
    files = [at.get(key, 0) for key in where.select("split", "path").iter_rows()]
    columns = {roles["label"]: rows["label"], roles["id"]: rows["id"]}
    columns |= {name: pl.Series([UNSEEN], dtype=pl.String).new_from_index(0, rows.height) for name in roles["text"]}
    frame = pl.DataFrame({name: column for name, column in columns.items() if name is not None})
    frame = frame if frame.width else rows.select("row")
    places = Places(
        rows["row"].to_numpy(), where["line"].fill_null(0).cast(pl.Int64).to_numpy(), np.array(files, np.int32)
    )
    told = Roles(tuple(roles["text"]), *(roles[role] for role in ROLES))
    return Dataset(frame, tuple(splits), told, places, tuple(roles["guessed"]))


def _audit(stored: Stored, data: Dataset, seconds: Mapping[str, float]) -> rules.Audit:
    document = stored.document
    told = document["incomplete"]
    broken = {k.removeprefix(COLUMN): why for k, why in told.items() if k.startswith(COLUMN)}
    scores = {name: stored.rows[name] for name in stored.rows.columns[4:]}
    return rules.Audit(
        data=data,
        ran=tuple(document["ran"]),
        skipped=document["skipped"],
        crashed=tuple(code for code in told if code in document["skipped"]),
        findings=_findings(stored, data),
        scores={name: s for name, s in scores.items() if s.null_count() < len(s)},
        severities={code: Severity(told["severity"]) for code, told in document["counts"].items()},
        seconds=seconds,
        options=document["config"]["rules"],
        broken_scores=broken,
        partial={code: why for code, why in told.items() if code in document["ran"]},
    )


def _findings(stored: Stored, data: Dataset) -> Findings:
    """The lines of ``findings.parquet`` as findings again, in their order."""
    frame = stored.findings
    frame = frame.with_columns(
        pl.Series("at", _index(frame, data, "split", "row")),
        pl.Series("other", _index(frame, data, "related_split", "related_row")),
    )
    parts, codes = [], frame["code"].unique(maintain_order=True).to_list()
    lost = [code for code, told in stored.document["counts"].items() if told["findings"] and code not in codes]
    if lost:
        raise ValueError(f"findings of {', '.join(lost)} are not there")
    for code in codes:
        lines = frame.filter(pl.col("code") == code)
        parts.append(_part(code, lines, data, stored.document["counts"][code]["findings"]))
    return Findings(parts)


def _index(frame: pl.DataFrame, data: Dataset, split: str, row: str) -> NDArray[np.int64]:
    """Places of rows in the data's frame; -1 for none.

    Raises:
        ValueError: a row is not in the data.
    """
    names = pl.Series([s.name for s in data.splits], dtype=pl.String).gather(data.split_codes)
    every = pl.DataFrame({split: names, row: data.places.row, "index": np.arange(len(data), dtype=np.int64)})
    found = frame.select(split, pl.col(row).cast(pl.Int64)).join(
        every, on=[split, row], how="left", maintain_order="left"
    )
    lost = found.filter(pl.col(split).is_not_null() & pl.col("index").is_null())
    if lost.height:
        raise ValueError(f"row {lost[row][0]} of {lost[split][0]} is not in the data")
    return found["index"].fill_null(-1).to_numpy()


def _part(code: str, lines: pl.DataFrame, data: Dataset, count: int) -> Part:
    """Findings of one rule."""
    rows = lines["at"].to_numpy()
    bounds = _bounds(code, lines, data, count)
    first = bounds[:-1]
    heads = lines[first.tolist()]
    hits = Hits(
        rows=rows,
        bounds=bounds,
        message=heads["message"],
        evidence=heads["evidence"],
        fix=_fixes(lines, bounds),
        related=lines["other"].to_numpy(),
        scores=lines["score"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
        group=heads["group"].cast(pl.Int64).fill_null(-1).to_numpy(),
        suggested=heads["suggested_label"],
    )
    severity = tuple(Severity(told) for told in heads["severity"].to_list())
    return Part(code, hits, severity, tuple(heads["fingerprint"].to_list()))


def _bounds(code: str, lines: pl.DataFrame, data: Dataset, count: int) -> NDArray[np.int64]:
    """Where each finding begins among the lines of its rule, and their end.

    Findings of equal content stand one after the other under one fingerprint, which tells how many rows each has.
    Where there are no texts to take it of, such runs are taken apart row by row until the findings are as many as
    they were.
    """
    edges = lines.select(pl.any_horizontal([pl.col(c).ne_missing(pl.col(c).shift(1)) for c in HIT]))[:, 0].to_numpy()
    first = np.flatnonzero(np.concatenate([[True], edges[1:]])).tolist()
    runs = list(zip(first, [*first[1:], lines.height], strict=True))
    sizes = [high - low for low, high in runs]
    if len(runs) != count:
        rows, marks = lines["at"].to_list(), lines["fingerprint"].to_list()
        sizes = [_size(data, code, rows[low:high], marks[low]) for low, high in runs]
    found = sum((high - low) // size for (low, high), size in zip(runs, sizes, strict=True))
    for n, (low, high) in enumerate(runs):
        if found < count and sizes[n] == high - low <= count - found + 1:
            found, sizes[n] = found + high - low - 1, 1
    if found != count:
        raise ValueError(f"{found} findings of {code}, not {count}")
    starts = [at for (low, high), size in zip(runs, sizes, strict=True) for at in range(low, high, size)]
    return np.array([*starts, lines.height], np.int64)


def _size(data: Dataset, code: str, rows: list[int], mark: str) -> int:
    """Rows of each finding in a run of equal ones: the first number of rows that has the fingerprint; else all."""
    for size in range(1, len(rows)):
        if len(rows) % size == 0 and rules.fingerprint(data, code, Hit(tuple(rows[:size]), "")) == mark:
            return size
    return len(rows)


def _fixes(lines: pl.DataFrame, bounds: NDArray[np.int64]) -> Fixes:
    """What could be done: on the line's row, or on the one it was compared with (``drop-related``)."""
    told = lines["fix"]
    there = told.is_not_null().to_numpy()
    other = told.str.ends_with("-related").fill_null(value=False).to_numpy()
    rows = np.where(other, lines["other"].to_numpy(), lines["at"].to_numpy())
    done = np.concatenate([[0], np.cumsum(there)])
    action = told.str.strip_suffix("-related")
    which = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
    any_of = pl.DataFrame({"hit": which, "action": action, "safe": lines["fix_safe"]})
    each = any_of.group_by("hit", maintain_order=True).agg(
        pl.col("action").drop_nulls().first(), pl.col("safe").drop_nulls().first()
    )
    return Fixes(each["action"], rows[there], done[bounds], each["safe"].fill_null(value=False).to_numpy())


def _slice(told: Mapping[str, Any], sizes: Mapping[str, int]) -> SliceLine:
    counts = {name: told["rows"].get(name) for name in sizes}
    shares = {name: None if n is None or not sizes[name] else n / sizes[name] for name, n in counts.items()}
    drop = told["smallest_detectable_drop"]
    return SliceLine(
        told["name"], told["critical"], told["condition"], counts, shares, drop, told["verdict"], told["kind"]
    )
