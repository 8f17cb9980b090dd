"""A source file opened for copying: which rows it has, and new files made of some of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.errors import DataError
from assay.audit.reading.compressed import PACKED
from assay.audit.reading.delimited import table_mark
from assay.audit.reading.sources import KINDS, kind_of
from assay.audit.writing import delimited, json_text, tables
from assay.audit.writing.envelope import Envelope, take_off
from assay.audit.writing.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_BINARY = {b"PAR1": "parquet", b"ARROW1": "arrow"}
_SUFFIX = {"csv": ".csv", "tsv": ".tsv", "jsonl": ".jsonl", "json": ".json", "parquet": ".parquet", "arrow": ".arrow"}


@dataclass(frozen=True, slots=True, eq=False)
class Original:
    """A source file: its kind, and its rows in order."""

    path: str
    kind: str
    """csv, tsv, jsonl, json, parquet or arrow: by its content, else by its name."""
    rows: int
    line: NDArray[np.int64]
    """1-based line of each row; zeros where the source has no lines."""
    body: Layout | json_text.Lists | tables.Stored
    envelope: Envelope = field(default_factory=Envelope)
    mark: str = ","
    """The delimiter of delimited text."""


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Rows of a source file that go into a new one."""

    original: Original
    rows: NDArray[np.int64]
    """Rising row numbers in the file."""
    labels: Mapping[int, str] = field(default_factory=dict)
    """New label by row number."""
    column: str | None = None
    """Label column."""


def open_original(path: str) -> Original:
    """Open a file that was read as data before.

    Raises:
        DataError: it cannot be read.
    """
    kind = _binary(path)
    if kind:
        stored = tables.open_table(path)
        rows = int(stored.table.num_rows)
        return Original(path, kind, rows, np.zeros(rows, np.int64), stored)
    data, envelope = take_off(path)
    kind = kind_of(path) or _by_content(data)
    if kind == "json":
        body = json_text.lay_out_json(data, path)
        if isinstance(body, json_text.Lists):
            return Original(path, kind, body.rows, np.zeros(body.rows, np.int64), body, envelope)
        return Original(path, kind, body.start.size, body.line, body, envelope)
    if kind == "jsonl":
        body = json_text.lay_out_lines(data)
        return Original(path, kind, body.start.size, body.line, body, envelope)
    body, mark = delimited.lay_out(data, "\t" if kind == "tsv" else None)
    return Original(path, kind, body.start.size, body.line, body, envelope, mark)


def _binary(path: str) -> str | None:
    try:
        with Path(path).open("rb") as file:
            head = file.read(6)
    except OSError:
        return None
    return next((kind for magic, kind in _BINARY.items() if head.startswith(magic)), None) or (
        "arrow" if kind_of(path) == "arrow" else None
    )


def _by_content(data: bytes) -> str:
    """The kind that the reader finds for a file whose name says none."""
    start = data[:4096].lstrip()[:1]
    if start == b"[":
        return "json"
    if start == b"{":
        return "jsonl" if data.lstrip().split(b"\n", 1)[0].rstrip().endswith(b"}") else "json"
    return "tsv" if table_mark(data) == "\t" else "csv"


def suffix_of(original: Original) -> str:
    """What the name of a file of the same kind and packing ends with: ``.csv.gz``."""
    name = Path(original.path)
    packing = name.suffix if name.suffix.lower() in PACKED else ""
    inner = (name.with_suffix("") if packing else name).suffix
    return (inner if inner.lower() in KINDS else _SUFFIX[original.kind]) + packing


def render(chosen: Sequence[Selection], *, loose: bool) -> bytes:
    """The content of a new file, not packed: the chosen rows of one source file, or of several of one kind, in order.

    Args:
        chosen: rows of each file; files of text are joined under the first one's header and encoding.
        loose: whether what stands between rows (blank lines) is kept; for one file only.

    Raises:
        DataError: the files cannot be joined, or a label cannot be written.
    """
    first = chosen[0].original
    if isinstance(first.body, tables.Stored):
        return _table(chosen, first.body)
    if isinstance(first.body, json_text.Lists):
        return first.envelope.put_on(_lists(chosen, first.body))
    if len(chosen) == 1 and loose:
        one = chosen[0]
        dropped = np.setdiff1d(np.arange(first.rows), one.rows, assume_unique=True)
        return first.envelope.put_on(first.body.without(dropped, _replaced(one)))
    return first.envelope.put_on(_joined(chosen, first))


def _table(chosen: Sequence[Selection], first: tables.Stored) -> bytes:
    import pyarrow as pa  # noqa: PLC0415 - for tables only

    parts = [
        tables.picked(one.original.body, one.rows, one.labels, one.column)
        for one in chosen
        if isinstance(one.original.body, tables.Stored)
    ]
    if len(parts) < len(chosen) or any(not p.schema.equals(parts[0].schema) for p in parts):
        raise _unlike(chosen)
    return tables.packed(parts[0] if len(parts) == 1 else pa.concat_tables(parts), first)


def _lists(chosen: Sequence[Selection], first: json_text.Lists) -> bytes:
    if len(chosen) > 1:
        raise _unlike(chosen)
    one = chosen[0]
    replaced: dict[str, dict[int, bytes]] = {}
    if one.labels and one.column and one.column in first.lists:
        items = first.lists[one.column]
        bare = _bare([items.row(r) for r in range(first.rows)])
        new = {r: json_text.replace_item(items.row(r), label, bare=bare) for r, label in one.labels.items()}
        replaced = {one.column: new}
    dropped = np.setdiff1d(np.arange(first.rows), one.rows, assume_unique=True)
    return first.without(dropped, replaced)


def _bare(values: Sequence[bytes]) -> bool:
    """Whether a column's values are written without quotes: numbers, booleans."""
    return next((v[:1] != b'"' for v in values if v != b"null"), False)


def _replaced(one: Selection) -> dict[int, bytes]:
    """New bytes of the rows whose label changes."""
    layout, column = one.original.body, one.column
    if not one.labels or not column or not isinstance(layout, Layout):
        return {}
    if one.original.kind in {"csv", "tsv"}:
        mark = one.original.mark
        place = delimited.place_of(layout, mark, column)
        return {r: delimited.replace_cell(layout.row(r), place, new, mark) for r, new in one.labels.items()}
    bare = json_text.column_is_bare(layout, column)
    return {r: json_text.replace_value(layout.row(r), column, new, bare=bare) for r, new in one.labels.items()}


def _joined(chosen: Sequence[Selection], first: Original) -> bytes:
    """Rows of several text files under the first one's head."""
    layout = first.body
    if not isinstance(layout, Layout) or any(not _alike(first, one.original) for one in chosen):
        raise _unlike(chosen)
    pieces: list[bytes | memoryview] = [layout.head]
    between = _separator(layout)
    any_before = False
    for one in chosen:
        body = one.original.body
        if not isinstance(body, Layout) or not one.rows.size:
            continue
        if any_before:
            pieces.append(between if layout.listed else _ended(pieces[-1], layout.newline))
        pieces += body.body(one.rows, _replaced(one))
        any_before = True
    return b"".join([*pieces, layout.tail if layout.listed else b""])


def _separator(layout: Layout) -> bytes:
    """What stands between two items of a list."""
    if not layout.listed:
        return b""
    return layout.data[layout.stop[0] : layout.start[1]] if layout.start.size > 1 else b", "


def _ended(piece: bytes | memoryview, newline: bytes) -> bytes:
    """A line end, where the last line of a file has none."""
    return b"" if bytes(piece[-1:]) in {b"\n", b"\r"} else newline


def _alike(first: Original, other: Original) -> bool:
    if first is other:
        return True
    one, two = first.body, other.body
    if first.kind != other.kind or not isinstance(one, Layout) or not isinstance(two, Layout):
        return False
    if one.listed != two.listed or first.mark != other.mark:
        return False
    return first.kind not in {"csv", "tsv"} or delimited.header(one, first.mark) == delimited.header(two, other.mark)


def _unlike(chosen: Sequence[Selection]) -> DataError:
    paths = ", ".join(one.original.path for one in chosen[:3])
    cure = "Give files of one format, with the same columns in the same order, or one file"
    return DataError("files that cannot be joined into one", path=paths, cure=cure)
