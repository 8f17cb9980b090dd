"""All findings that fit into a page as one compressed text, which the page's script opens."""

from __future__ import annotations

import gzip
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.slicing.request import Declared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.columns import Part
    from assay.audit.dataset import Dataset
    from assay.reports.render.report import Report

MOST = 10_000
"""Findings in the block; each rule gets its share, worst first."""
BYTES = 700_000
"""Characters of the block: the page stays under a megabyte whatever the texts are."""
SAMPLE, LEVEL = 300, 5
"""Findings that are packed to learn their size; level of gzip."""
TEXT, MESSAGE, LABEL = 300, 300, 80
"""Characters of a text, of a message and of a label."""
SLICES = 40
Slice = tuple[str, pl.Series]
"""Name, and (rows,) whether each row is a member."""


@dataclass(frozen=True, slots=True)
class Block:
    """The findings as text, and how many they are."""

    text: str
    """Base64 of gzip of JSON: a list of objects; see ``_columns`` for their keys."""
    shown: int
    total: int
    slices: int = 0
    """Declared slices that findings can be filtered by."""


def block(report: Report) -> Block:
    """Pack the findings that nobody accepted, as many as fit."""
    inside = _slices(report)
    lines = [line for line in report.lines if line.findings]
    counts, total = [line.count for line in lines], sum(line.count for line in lines)

    def packed(most: int) -> Block:
        shares = zip(lines, quotas(counts, most), strict=True)
        frames = [_columns(report.audit.data, line.findings.parts, n, inside) for line, n in shares]
        frames = [frame for frame in frames if frame.height]
        text = pl.concat(frames).write_json().encode("utf-8", "replace") if frames else b"[]"
        made = b64encode(gzip.compress(text, LEVEL, mtime=0)).decode()
        return Block(made, sum(frame.height for frame in frames), total, len(inside))

    most = min(MOST, total)
    if most > SAMPLE:  # a few tell how large each is: packing all of them to find out takes half a second
        few = packed(SAMPLE)
        most = min(most, int(0.95 * BYTES * few.shown / len(few.text)))
    found = packed(most)
    while len(found.text) > BYTES and most > 1:
        most = int(most * min(0.9, BYTES / len(found.text)))
        found = packed(most)
    return found


def quotas(counts: list[int], cap: int) -> list[int]:
    """How many findings of each rule fit, the small rules whole and the large ones equally."""
    out, left = [0] * len(counts), cap
    waiting = sorted(range(len(counts)), key=lambda n: counts[n])
    while waiting:
        share, n = left // len(waiting), waiting.pop(0)
        out[n] = min(counts[n], share)
        left -= out[n]
    return out


def _slices(report: Report) -> list[Slice]:
    """Names and members of the first declared slices."""
    data = report.audit.data
    if not report.slices or not data.memo.get(Declared, Declared()).slices:  # an audit read back knows no members
        return []
    from assay.audit.slices import members  # noqa: PLC0415 - where slices are declared

    known = members(data)
    return [(each.name[:LABEL], known.masks[n]) for n, each in known][:SLICES]


def _columns(data: Dataset, parts: tuple[Part, ...], count: int, inside: list[Slice]) -> pl.DataFrame:
    """One line a finding.

    ``c`` code, ``s`` severity, ``f`` fingerprint, ``m`` message, ``n`` rows, ``g`` suggested label, ``k`` slices of its
    first row, a line each; ``p`` split, ``w`` place, ``l`` label, ``t`` text of its first row, and ``p2`` ... of the
    row it was compared with.
    """
    out: list[pl.DataFrame] = []
    for part in parts:
        order = np.arange(len(part.hits)) if part.order is None else part.order
        which = np.asarray(order[: count - sum(f.height for f in out)], np.int64)
        if which.size:
            out.append(_part(data, part, which, inside))
    return pl.concat(out) if out else pl.DataFrame()


def _part(data: Dataset, part: Part, which: NDArray[np.int64], inside: list[Slice]) -> pl.DataFrame:
    hits = part.hits
    first = hits.bounds[which]
    rows = np.asarray(hits.rows[first], np.int64)
    fellow = np.full(which.size, -1, np.int64) if hits.related is None else np.asarray(hits.related[first], np.int64)
    several = np.diff(hits.bounds)[which]
    second = np.asarray(hits.rows[np.minimum(first + 1, len(hits.rows) - 1)], np.int64)
    fellow = np.where((fellow < 0) & (several > 1), second, fellow)
    suggested = pl.Series([None] * which.size, dtype=pl.String)
    if hits.suggested is not None:
        suggested = hits.suggested.gather(which)
    return pl.DataFrame(
        {
            "c": pl.Series([part.code] * which.size, dtype=pl.String),
            "s": pl.Series([str(part.severity[n]) for n in which.tolist()], dtype=pl.String),
            "f": pl.Series([part.fingerprint[n] for n in which.tolist()], dtype=pl.String),
            "m": hits.message.gather(which).cast(pl.String).str.slice(0, MESSAGE),
            "n": pl.Series(several, dtype=pl.Int64),
            "g": suggested.cast(pl.String).str.slice(0, LABEL),
            "k": _names(inside, rows),
            **_side(data, rows, ""),
            **_side(data, fellow, "2"),
        }
    )


def _names(inside: list[Slice], rows: NDArray[np.int64]) -> pl.Series:
    """The slices of each row, a line each."""
    if not inside:
        return pl.Series([""], dtype=pl.String).new_from_index(0, rows.size)
    told = pl.DataFrame(
        [
            pl.Series(str(n), [None, f"{name}\n"], dtype=pl.String).gather(mask.gather(rows).cast(pl.UInt32))
            for n, (name, mask) in enumerate(inside)
        ]
    )
    return told.select(pl.concat_str(pl.all(), ignore_nulls=True)).to_series()


def _side(data: Dataset, rows: NDArray[np.int64], mark: str) -> dict[str, pl.Series]:
    """Split, place, label and text of rows; nulls for -1."""
    known = pl.Series(rows >= 0)
    at = np.maximum(rows, 0)
    splits = pl.Series([s.name for s in data.splits], dtype=pl.String)
    label = data.frame[data.roles.label].gather(at) if data.roles.label else pl.Series([None] * at.size)
    text = data.text.gather(at) if data.roles.text else pl.Series([""] * at.size, dtype=pl.String)
    lines = data.places.line[at]
    files = [(split.files, split.name) for split in data.splits]
    codes, numbers = data.split_codes[at].tolist(), data.places.row[at].tolist()
    where = []
    for code, file, line, number in zip(codes, data.places.file[at].tolist(), lines.tolist(), numbers, strict=True):
        names, name = files[code]
        place = names[file] if names else name
        where.append(f"{place}:{line}" if names and line else f"{place}[{number}]")
    columns = {
        "p": splits.gather(data.split_codes[at]),
        "w": pl.Series(where, dtype=pl.String),
        "l": label.cast(pl.String).str.slice(0, LABEL),
        "t": text.str.slice(0, TEXT),
    }
    return {name + mark: column.set(~known, None) for name, column in columns.items()}
