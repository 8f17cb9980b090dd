"""The fast way through JSON Lines: flat rows by Arrow's reader, where its result is provably the source's text.

Arrow refuses a value whose type is not the declared one, a key that stands twice, an unknown key, an unpaired
surrogate and a raw control character. Each line starts with ``{`` and ends with ``}``, so no object spans lines,
and as many rows as lines means one object a line. Strings and null come as they are, integers that fit 64 bits
and booleans have one spelling (``-0`` aside), and the spelling of other numbers is taken from the bytes.
"""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.json as pj

from assay.audit.reading.json_rows import scan
from assay.audit.reading.table import Table

if TYPE_CHECKING:
    from assay.audit.reading.lines import Lines

_NUMBERS = {pa.int64(), pa.float64()}
_SAMPLE = 500
_SMALL = 2_000
_MIN_BLOCK, _MAX_LINE = 1 << 22, 1 << 28


def read_flat(data: bytes, lines: Lines) -> Table | None:
    """Flat rows of strings, numbers, booleans and null; None where the careful way must read."""
    if not lines.objects or len(lines.line) < _SMALL:
        return None
    schema = _schema(data, lines)
    longest = int((lines.stop - lines.start).max())
    if schema is None or longest > _MAX_LINE:
        return None
    try:
        table = pj.read_json(
            io.BytesIO(data),
            read_options=pj.ReadOptions(block_size=max(_MIN_BLOCK, 2 * longest)),
            parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error"),
        )
    except (pa.ArrowException, UnicodeDecodeError):
        return None
    if table.num_rows != len(lines.line):
        return None
    columns = {name: _spelled(data, lines, name, table[name]) for name in table.column_names}
    if any(column is None for column in columns.values()):
        return None
    return Table(pl.DataFrame(columns), lines.line)


def _schema(data: bytes, lines: Lines) -> pa.Schema | None:
    """Types of the keys in a sample of lines spread over the file; None where some value is nested or mixed."""
    step = max(1, len(lines.line) // _SAMPLE)
    kinds: dict[str, pa.DataType] = {}
    for a, b in zip(lines.start[::step].tolist(), lines.stop[::step].tolist(), strict=True):
        try:
            row, _ = scan(data[a:b].decode(), 0)
            plain = json.loads(data[a:b])
        except (StopIteration, ValueError, RecursionError):
            return None
        for key, _ in row:
            kinds.setdefault(key, pa.null())
        for key, value in plain.items():
            kind = _kind(value)
            seen = {kinds[key], kind} - {pa.null()}
            if kind is None or (len(seen) > 1 and seen != _NUMBERS):
                return None
            kinds[key] = pa.float64() if seen == _NUMBERS else next(iter(seen), pa.null())
    return pa.schema([(key, pa.string() if kind == pa.null() else kind) for key, kind in kinds.items()])


def _kind(value: Any) -> pa.DataType | None:
    kinds = {str: pa.string(), bool: pa.bool_(), int: pa.int64(), float: pa.float64(), type(None): pa.null()}
    return kinds.get(type(value))


def _spelled(data: bytes, lines: Lines, name: str, column: pa.ChunkedArray) -> pl.Series | None:
    """A column as the source spells it, or None where that cannot be known."""
    series = pl.Series(name, column)
    if series.dtype == pl.String:
        return series
    if series.dtype == pl.Boolean:
        return series.replace_strict([True, False], ["true", "false"], default=None, return_dtype=pl.String)
    if series.dtype == pl.Int64 and not (b"-0" in data and (series == 0).any()):
        return series.cast(pl.String)
    # Inside a JSON string every quote has a backslash before it, so this can match at a key only.
    key = re.escape(json.dumps(name, ensure_ascii=False))
    number = r"[{, \t]" + key + r"[ \t]*:[ \t]*(-?[0-9][0-9.eE+-]*)"
    text = _as_series(data, lines).str.extract(number).alias(name)
    return text if (text.is_null() == series.is_null()).all() else None


def _as_series(data: bytes, lines: Lines) -> pl.Series:
    """The file's lines as strings over the same bytes."""
    starts = np.append(lines.start, len(data))

    return pl.Series(pa.LargeStringArray.from_buffers(len(lines.start), pa.py_buffer(starts), pa.py_buffer(data)))
