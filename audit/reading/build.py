"""From sources to a data set: tables of each split joined, roles found, one file split by its column."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.audit.dataset import PRODUCTION, TRAIN, Dataset, Part, Roles, assemble
from assay.audit.errors import DataError
from assay.audit.reading import roles as guess
from assay.audit.reading.frames import is_frames, read_frame
from assay.audit.reading.hub import is_hub_id, is_saved, read_hub, read_saved, saved_folder
from assay.audit.reading.names import missing_column, split_name, split_of_file, split_order
from assay.audit.reading.sources import expand, is_folder, kind_of, read_file
from assay.audit.reading.spilled import spilled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from assay.audit.reading.table import Table


_SENTENCE = 5
"""A column name of so many words may be a row's text."""


@dataclass(frozen=True, slots=True)
class Told:
    """The roles that the user named."""

    text: tuple[str, ...] = ()
    single: Mapping[str, str] = field(default_factory=dict)
    """Column by role: label, id, group, time, split."""


def build(sources: Mapping[str, Any], told: Told) -> Dataset:
    """Read every source and join them.

    Raises:
        DataError: something cannot be read, or a named column is not there.
    """
    if not sources:
        raise DataError("no data given", cure="Name a file")
    parts = [
        part
        for name, value in sources.items()
        for part in _load(split_name(name), value, told, alone=len(sources) == 1)
    ]
    names = [part.split for part in parts]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise DataError(f"the split {twice!r} is given twice", cure="Give each split once, with all its files")
    chosen, guessed = _roles(parts, told)
    notes = (*_absent(parts, chosen, told), *_doubts(parts, chosen, guessed))
    if chosen.split:
        parts = _by_column(parts, chosen.split, told="split" in told.single)
    parts.sort(key=lambda part: split_order(part.split))
    return assemble(parts, chosen, guessed, notes)


def _load(split: str, value: Any, told: Told, *, alone: bool) -> list[Part]:
    """The parts that one source makes: one, or all splits of a source that holds several and stands alone."""
    if is_frames(value):
        tables = {str(k): (read_frame(v, str(k)), "") for k, v in value.items()}
        return _several(tables, split, "the frames given", alone=alone)
    if isinstance(value, (str, Path)):
        value = [value]
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, (str, Path)) for item in value):
        return [_part(split, [(read_frame(value, split), "")])]
    if len(value) == 1:
        whole = _whole(str(value[0]), split, alone=alone)
        if whole:
            return whole
    files = [file for spec in value for file in expand(str(spec))]
    if not files:
        raise DataError(f"no file given for {split}", cure="Name at least one file")
    groups = _by_name(files) if alone and "split" not in told.single else {}
    if groups and sum(map(len, groups.values())) == len(files):
        return [_files(name, group) for name, group in groups.items()]
    return [_files(split, files)]


def _whole(spec: str, split: str, *, alone: bool) -> list[Part]:
    """Parts of a source that brings its own splits; empty for files and plain folders."""
    spec = saved_folder(spec) or spec
    if is_folder(spec):
        if is_saved(spec):
            return _several(read_saved(spec), split, spec, alone=alone)
        return _folder(spec, split, alone=alone)
    if not Path(spec).exists() and is_hub_id(spec):
        return _several(read_hub(spec), split, spec, alone=alone)
    return []


def _several(tables: Mapping[Any, tuple[Table, str]], split: str, path: str, *, alone: bool) -> list[Part]:
    if None in tables:
        return [_part(split, [tables[None]])]
    if alone:
        return [_part(split_name(str(name)), [table]) for name, table in tables.items()]
    named = {split_name(str(name)): table for name, table in tables.items()}
    if split not in named:
        cure = f"It has {', '.join(named)}; give it alone to use them all"
        raise DataError(f"holds no split {split!r}", path=path, cure=cure)
    return [_part(split, [named[split]])]


def _folder(folder: str, split: str, *, alone: bool) -> list[Part]:
    """A folder with ``train.csv``, ``test.csv`` and the like, each file in its split; empty if it is not one.

    Where other splits are given as well, only the files of the split asked for are read.
    """
    files = expand(folder)
    groups = _by_name(files, folder)
    if not groups or (not alone and split not in groups):
        return []
    parts = [_files(name, group) for name, group in groups.items() if alone or name == split]
    left = [os.path.relpath(file, folder) for file in files if not any(file in part.files for part in parts)]
    if left:
        said = "no split" if alone else f"no {split}"
        note = f"{folder}: left out, as their names say {said}: {', '.join(left)}"
        parts[0] = replace(parts[0], notes=(*parts[0].notes, note))
    return parts


def _by_name(files: Sequence[str], folder: str | None = None) -> dict[str, list[str]]:
    """Files by the split that their name, or a folder they are in, says; empty if there are no train and other ones."""
    groups: dict[str, list[str]] = {}
    for file in files:
        parts = Path(file).relative_to(folder).parts if folder else (Path(file).name,)
        said = [name for part in reversed(parts) if (name := split_of_file(part.split(".")[0]))]
        if said:
            groups.setdefault(said[0], []).append(file)
    return groups if TRAIN in groups and len(groups) > 1 else {}


def _files(split: str, files: Sequence[str]) -> Part:
    return _part(split, [(_on_disk(file), file) for file in files])


def _on_disk(file: str) -> Table:
    """A file's table; Parquet is on the disk already if it should be."""
    table = read_file(file)
    return table if kind_of(file) == "parquet" else spilled(table)


def _part(split: str, tables: Sequence[tuple[Table, str]]) -> Part:
    """Tables of one split, one after the other.

    Raises:
        DataError: their columns differ.
    """
    first, first_path = tables[0]
    for table, path in tables[1:]:
        lost, more = (
            set(first.frame.columns) - set(table.frame.columns),
            set(table.frame.columns) - set(first.frame.columns),
        )
        if lost or more:
            said = [f"lacks {', '.join(sorted(lost))}"] if lost else []
            said += [f"has {', '.join(sorted(more))} besides"] if more else []
            problem = f"{' and '.join(said)}, unlike {first_path}"
            raise DataError(problem, path=path, cure=f"Files of one split ({split}) need the same columns")
    frames = [table.frame.select(first.frame.columns) for table, _ in tables]
    files = tuple(path for _, path in tables if path)
    return Part(
        split=split,
        frame=frames[0] if len(frames) == 1 else pl.concat(_agreed(frames)),
        line=np.concatenate([table.line for table, _ in tables]),
        file=np.repeat(np.arange(len(tables), dtype=np.int32), [frame.height for frame in frames]),
        files=files,
        notes=tuple(note for table, _ in tables for note in table.notes),
    )


def _agreed(frames: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """Columns whose type differs between the files become text."""
    mixed = [c for c in frames[0].columns if len({frame.schema[c] for frame in frames} - {pl.Null}) > 1]
    known = {c: next((f.schema[c] for f in frames if f.schema[c] != pl.Null), pl.Null) for c in frames[0].columns}
    types = {c: pl.String if c in mixed else dtype for c, dtype in known.items()}
    return [f.with_columns([_cast(f[c], types[c]) for c in f.columns if f.schema[c] != types[c]]) for f in frames]


def _cast(column: pl.Series, dtype: Any) -> pl.Series:
    try:
        return column.cast(dtype)
    except pl.exceptions.PolarsError:
        return pl.Series(column.name, [None if v is None else str(v) for v in column.to_list()], dtype=pl.String)


def _where(part: Part) -> str:
    return part.files[0] if part.files else part.split


def _roles(parts: list[Part], told: Told) -> tuple[Roles, list[str]]:
    """The roles told, and those found by looking at the training part.

    Raises:
        DataError: a named column is not there, or no column looks like text.
    """
    _check_told(parts, told)
    main = next((part for part in parts if part.split == TRAIN), parts[0])
    shared = set.intersection(*(set(part.frame.columns) for part in parts))
    common = [c for c in main.frame.columns if c in shared]
    found: dict[str, str | None] = dict(told.single)
    guessed: list[str] = []
    taken = [*told.text, *told.single.values()]

    def look(role: str, finder: Callable[[pl.DataFrame, list[str]], str | None]) -> None:
        if role not in found and (name := finder(main.frame, taken)):
            found[role] = name
            taken.append(name)
            guessed.append(role)

    look("split", guess.guess_split)
    text = told.text or guess.guess_text(main.frame.select(common), taken)
    if not text:
        raise guess.no_text(main.frame, _where(main))
    if not told.text:
        taken += text
        guessed.append("text")
    look("label", guess.guess_label)
    look("id", guess.guess_id)
    look("group", guess.guess_group)
    look("time", guess.guess_time)
    order = ("text", "label", "id", "group", "time", "split")
    return Roles(text=text, **found), [role for role in order if role in guessed]


def _check_told(parts: list[Part], told: Told) -> None:
    """Text columns must stand in every part, other named columns in some part."""
    every = list(dict.fromkeys(c for part in parts for c in part.frame.columns))
    for part in parts:
        for name in told.text:
            if name not in part.frame.columns:
                raise missing_column(name, part.frame.columns, _where(part), "text")
    for role, name in told.single.items():
        if name not in every:
            raise missing_column(name, every, _where(parts[0]), role)


def _absent(parts: list[Part], roles: Roles, told: Told) -> tuple[str, ...]:
    """Notes on named columns that some part lacks."""
    return tuple(
        f"{_where(part)}: no column {name!r} ({role}), so it is empty there"
        for role, name in told.single.items()
        for part in parts
        if name not in part.frame.columns and role != "split" and (role != "label" or part.split != PRODUCTION)
        if getattr(roles, role) == name
    )


def _doubts(parts: list[Part], roles: Roles, guessed: Sequence[str]) -> Iterator[str]:
    """Notes on what was understood in one way and may be meant in another."""
    main = next((part for part in parts if part.split == TRAIN), parts[0])
    others = {part.split for part in parts if part is not main} - {PRODUCTION}
    if roles.split and "split" not in guessed and others:
        yield f"{_where(main)}: column {roles.split!r} splits nothing, as {', '.join(sorted(others))} is given as well"
    doubtful = None if roles.split or others else guess.doubtful_split(main.frame, [])
    if doubtful:
        column, value = doubtful
        yield (
            f"{_where(main)}: column {column!r} splits nothing, as {value!r} in it names no split; "
            f"all rows are {main.split} unless you say --split {column}"
        )
    if "text" in guessed and main.line.any() and any(len(name.split()) >= _SENTENCE for name in roles.text):
        yield f"{_where(main)}: the header reads like a row; if the file has none, add one, such as text,label"


def _by_column(parts: list[Part], column: str, *, told: bool) -> list[Part]:
    """Split the training source by its split column, unless the user gave the other splits as files.

    Raises:
        DataError: a row's split is empty.
    """
    main = next((part for part in parts if column in part.frame.columns), None)
    others = {part.split for part in parts if part is not main}
    if main is None or others - {PRODUCTION}:
        return parts
    values = main.frame[column].cast(pl.String).fill_null("")
    names = values.replace_strict({v: split_name(v) for v in values.unique().to_list()}, return_dtype=pl.String)
    empty = (names == "").arg_true()
    if len(empty):
        line = int(main.line[empty[0]]) or None
        cure = "Give every row a split, or leave the column out"
        raise DataError(f"row {empty[0]} names no split", path=_where(main), line=line, column=repr(column), cure=cure)
    found = sorted(names.unique().to_list(), key=split_order)
    if others & set(found) or (len(found) == 1 and not told):
        return parts
    pieces = []
    for i, name in enumerate(found):
        rows = (names == name).arg_true().to_numpy().astype(np.int64)
        notes = main.notes if i == 0 else ()
        pieces.append(Part(name, main.frame[rows], main.line[rows], main.file[rows], main.files, row=rows, notes=notes))
    return [*pieces, *(part for part in parts if part is not main)]
