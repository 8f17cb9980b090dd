"""The data as columns: splits stacked in one frame, with roles and places."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import wraps
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import numpy as np
import polars as pl

from assay.audit.errors import DataError, MissingInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

TRAIN, VALIDATION, TEST, PRODUCTION = "train", "validation", "test", "production"
RoleName = Literal["text", "label", "id", "group", "time"]
WRITTEN_TYPES = "types as written"
"""``Dataset.memo[WRITTEN_TYPES]``: split -> column -> type in its source; role columns become text."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Roles:
    """Which columns play which part; ``text`` may name several (text pairs)."""

    text: tuple[str, ...] = ()
    label: str | None = None
    id: str | None = None
    group: str | None = None
    time: str | None = None
    split: str | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """One split: rows ``start <= i < stop`` of the data set's frame, in file order."""

    name: str
    start: int
    stop: int
    files: tuple[str, ...] = ()
    """The source files as the user named them; empty for a frame in memory."""
    fingerprint: str = ""
    """Hash of the split's columns and values in order; independent of the file's format and place."""

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where each row of the frame stands in its source: three arrays of the frame's height."""

    row: NDArray[np.int64]
    """0-based row in the split's source, counted through its files."""
    line: NDArray[np.int64]
    """1-based line at which the row starts in its file; 0 where the source has no lines."""
    file: NDArray[np.int32]
    """Index into the split's ``files``; 0 where there are none."""


@dataclass(frozen=True, slots=True)
class Row:
    """A view of one row, made on demand."""

    split: str
    row: int
    line: int | None
    path: str | None
    id: str | None
    data: Dataset = field(repr=False, compare=False)
    index: int = field(repr=False, compare=False)
    """Its number in the frame of ``data``."""

    @property
    def key(self) -> str:
        """Hash of the row's text and label, wherever it stands: 16 hex digits."""
        return self.data.keys([self.index])[0]

    @property
    def place(self) -> str:
        """``train.csv:42`` where the source has lines, else ``train[41]``."""
        if self.path and self.line:
            return f"{self.path}:{self.line}"
        return f"{self.path or self.split}[{self.row}]"


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Splits stacked in one frame; a row's number in the frame is its index everywhere inside Assay.

    Role columns (text, label, id, group, split) hold strings exactly as written in the source, or
    null where the source has no value. Other columns keep the source's type.
    """

    frame: pl.DataFrame
    splits: tuple[Split, ...]
    roles: Roles
    places: Places
    guessed: tuple[str, ...] = ()
    """Roles that were found by looking, not told."""
    notes: tuple[str, ...] = ()
    """What reading changed or left out, one sentence each, with its place."""
    memo: dict[Any, Any] = field(default_factory=dict, repr=False)
    """What features computed from this data set; see ``memoised``."""

    def __post_init__(self) -> None:
        """Refuse splits that do not tile the frame and roles that name no column."""
        height = self.frame.height
        edges = [s.start for s in self.splits] + [height]
        if edges[0] != 0 or any(s.stop != edges[i + 1] for i, s in enumerate(self.splits)):
            raise ValueError(f"splits must tile {height} rows: {self.splits!r}")
        for column in (*self.roles.text, *(c for c in (self.roles.label, self.roles.id) if c)):
            if column not in self.frame.columns:
                raise ValueError(f"role column {column!r} is not among {self.frame.columns}")

    def __len__(self) -> int:
        """Rows in all splits together."""
        return self.frame.height

    def split(self, name: str) -> Split | None:
        """The split of that name, or None."""
        return next((s for s in self.splits if s.name == name), None)

    @property
    def held_out(self) -> tuple[Split, ...]:
        """Splits that measure a model: everything but training data and production traffic."""
        return tuple(s for s in self.splits if s.name not in {TRAIN, PRODUCTION})

    def column(self, role: RoleName) -> pl.Series:
        """The column that plays a role.

        Raises:
            MissingInputError: no column plays it.
        """
        name = self.roles.text[0] if role == "text" and self.roles.text else getattr(self.roles, role)
        if not name:
            raise MissingInputError(f"no {role} column; name one with --{role} COLUMN or [data] {role} in assay.toml")
        return self.frame[name]

    @property
    def text(self) -> pl.Series:
        """What a model would read: the text columns of a row joined by a line break, never null.

        Raises:
            MissingInputError: no text column is known.
        """
        return _text(self)

    @property
    def label_codes(self) -> tuple[NDArray[np.int32], tuple[str, ...]]:
        """Labels as codes into their sorted names; -1 where a label is missing (null, or only white space).

        Raises:
            MissingInputError: no label column is known.
        """
        return _label_codes(self)

    @property
    def split_codes(self) -> NDArray[np.int8]:
        """Index into ``splits`` of every row."""
        return np.repeat(np.arange(len(self.splits), dtype=np.int8), [s.rows for s in self.splits])

    def row(self, index: int) -> Row:
        """View of one row."""
        split = next(s for s in self.splits if s.start <= index < s.stop)
        line, file = int(self.places.line[index]), int(self.places.file[index])
        ident = self.frame[self.roles.id][index] if self.roles.id else None
        return Row(
            split=split.name,
            row=int(self.places.row[index]),
            line=line or None,
            path=split.files[file] if split.files else None,
            id=None if ident is None else str(ident),
            data=self,
            index=index,
        )

    def keys(self, rows: Sequence[int]) -> list[str]:
        """Content keys of some rows: 16 hex digits of text and label each, independent of place."""
        return [f"{key:016x}" for key in self.hashes(np.array(rows, np.int64)).tolist()]

    def hashes(self, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
        """The same as numbers."""
        # polars has a hash of its own, but promises nothing across versions.
        from assay.audit.lexical.hashing import hash_rows  # noqa: PLC0415 - kernels load only when keys are asked for

        columns = [self.text] + ([self.column("label").fill_null("")] if self.roles.label else [])
        return hash_rows([c.gather(rows) for c in columns])


def memoised(function: Callable[[Dataset], T]) -> Callable[[Dataset], T]:
    """Compute once for each data set, and keep the value with it."""

    @wraps(function)
    def once(data: Dataset) -> T:
        if function not in data.memo:
            data.memo[function] = function(data)
        return cast("T", data.memo[function])

    return once


@memoised
def _text(data: Dataset) -> pl.Series:
    names = data.roles.text
    if not names:
        raise MissingInputError("no text column; name one with --text COLUMN or [data] text in assay.toml")
    if len(names) == 1:
        return data.frame[names[0]].fill_null("").alias("text")
    return data.frame.select(pl.concat_str([pl.col(c).fill_null("") for c in names], separator="\n").alias("text"))[
        "text"
    ]


@memoised
def _label_codes(data: Dataset) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    labels = data.column("label")
    missing = labels.is_null() | (labels.str.strip_chars() == "")
    known = labels.set(missing, None)
    names = tuple(known.drop_nulls().unique().sort().to_list())
    codes = (
        known.replace_strict(list(names), list(range(len(names))), default=-1, return_dtype=pl.Int32) if names else None
    )
    array = np.full(len(data), -1, np.int32) if codes is None else codes.fill_null(-1).to_numpy()
    return array.astype(np.int32, copy=False), names


def content_fingerprint(frame: pl.DataFrame) -> str:
    """Hash of a frame's column names and values (as text) in order: 16 hex digits of SHA-256."""
    digest = sha256("\0".join(frame.columns).encode("utf-8", "surrogatepass"))
    for name in frame.columns:
        column = frame[name]
        text = (column if column.dtype == pl.String else _as_text(column)).fill_null("\0null")
        for _, chunk in iter_chunks(text):
            # Lengths keep apart what stands side by side: "ab" + "c" is not "a" + "bc".
            digest.update(chunk.str.len_bytes().to_numpy().astype("<u4").tobytes())
            digest.update(_utf8_bytes(chunk))
    return digest.hexdigest()[:16]


def _utf8_bytes(column: pl.Series) -> memoryview:
    array = column.rechunk().to_arrow()
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return (
        memoryview(data if data is not None else b"")[int(ends[0]) : int(ends[-1])] if len(array) else memoryview(b"")
    )


def _as_text(column: pl.Series) -> pl.Series:
    """Values as strings, whatever their type (nested ones as JSON-like text)."""
    try:
        return column.cast(pl.String)
    except pl.exceptions.PolarsError:
        return pl.Series(column.name, [None if v is None else repr(v) for v in column.to_list()], dtype=pl.String)


@dataclass(frozen=True, slots=True)
class Part:
    """What a reader hands over: one split's frame and the places of its rows."""

    split: str
    frame: pl.DataFrame
    line: NDArray[np.int64]
    file: NDArray[np.int32]
    files: tuple[str, ...]
    row: NDArray[np.int64] | None = None
    """0-based row in the source; None means 0, 1, 2, ..."""
    notes: tuple[str, ...] = ()
    """What reading changed or left out."""


def assemble(parts: Iterable[Part], roles: Roles, guessed: Iterable[str] = (), notes: Iterable[str] = ()) -> Dataset:
    """Stack the parts of a data set; columns that a part lacks are null there.

    Raises:
        DataError: there is no part, or no row in any of them.
    """
    given = list(parts)
    if not given or not any(p.frame.height for p in given):
        names = ", ".join(f for p in given for f in p.files)
        raise DataError("no rows", path=names, cure="Give a file with a header and at least one row")
    role_columns = {*roles.text, roles.label, roles.id, roles.group, roles.split} - {None}
    frames = [_stringify(p.frame, role_columns) for p in given]
    frame = pl.concat(_same_types(frames), how="diagonal")
    splits, start = [], 0
    for part, one in zip(given, frames, strict=True):
        splits.append(Split(part.split, start, start + one.height, part.files, content_fingerprint(one)))
        start += one.height
    rows = [np.arange(p.frame.height, dtype=np.int64) if p.row is None else p.row for p in given]
    places = Places(
        row=np.concatenate(rows),
        line=np.concatenate([p.line for p in given]).astype(np.int64, copy=False),
        file=np.concatenate([p.file for p in given]).astype(np.int32, copy=False),
    )
    told = (*(note for part in given for note in part.notes), *notes)
    written = {p.split: dict(p.frame.schema) for p in given}
    return Dataset(frame, tuple(splits), roles, places, tuple(guessed), told, {WRITTEN_TYPES: written})


def _stringify(frame: pl.DataFrame, columns: set[str | None]) -> pl.DataFrame:
    odd = [c for c in frame.columns if c in columns and frame[c].dtype != pl.String]
    return frame.with_columns([_as_text(frame[c]).alias(c) for c in odd]) if odd else frame


def _same_types(frames: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """Columns whose type differs between splits become text in all of them."""
    types: dict[str, set[Any]] = {}
    for frame in frames:
        for name, dtype in frame.schema.items():
            types.setdefault(name, set()).add(dtype)
    mixed = {name for name, seen in types.items() if len(seen - {pl.Null}) > 1}
    return (
        [f.with_columns([_as_text(f[c]).alias(c) for c in f.columns if c in mixed]) for f in frames]
        if mixed
        else frames
    )


def iter_chunks(column: pl.Series, size: int = 1 << 16) -> Iterator[tuple[int, pl.Series]]:
    """Slices of a column with their first row: no whole copy of a large text column is ever made."""
    for start in range(0, len(column), size):
        yield start, column.slice(start, size)
