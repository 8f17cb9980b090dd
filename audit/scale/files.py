"""Partitions as Arrow files of a folder that every worker sees: a file appears under its name once it is whole."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import ipc

from assay.audit.scale.engine import Stage, Steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.audit.scale.engine import Engine

SAVED = pa.schema([("number", pa.int64())])


def write(table: pa.Table, path: Path) -> None:
    """A table as a file, whole or not at all; several may write the same one."""
    temporary = path.with_suffix(f".{os.getpid()}.part")
    try:
        with pa.OSFile(str(temporary), "wb") as out, ipc.new_file(out, table.schema) as writer:
            writer.write_table(table.combine_chunks())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def mapped(path: Path) -> pa.Table:
    """A file's table without reading it: pages come as they are touched, and go with the table."""
    with pa.memory_map(str(path)) as source:
        return ipc.open_file(source).read_all()


@dataclass(frozen=True, slots=True)
class Partitions:
    """What a stage reads from."""

    pieces: Sequence[Any]
    read: Stage
    """Gives the table of a piece; sent to the workers."""
    schema: pa.Schema

    def on(self, engine: Engine) -> Any:
        """As an engine's own."""
        return engine.scan(self.pieces, self.read, self.schema)


@dataclass(frozen=True, slots=True)
class Save:
    """Puts pieces through stages and leaves each in a file."""

    steps: Steps
    folder: str

    def __call__(self, piece: tuple[int, Any]) -> pa.Table:
        """A number and a piece to SAVED."""
        number, what = piece
        write(self.steps(what), Path(self.folder) / f"{number}.arrow")
        return pa.table([[number]], schema=SAVED)


@dataclass(frozen=True, slots=True)
class Load:
    """Reads what was saved."""

    folder: str

    def __call__(self, number: int) -> pa.Table:
        """A number of SAVED to its table."""
        return mapped(Path(self.folder) / f"{number}.arrow")


def persisted(engine: Engine, data: Partitions, stage: Stage, schema: pa.Schema, folder: Path) -> Partitions:
    """A stage's tables, computed once: what a run that was stopped had finished is taken up."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [n for n in range(len(data.pieces)) if not (folder / f"{n}.arrow").exists()]
    if missing:
        save = Save(Steps((data.read, stage), schema), str(folder))
        for _ in engine.collect(engine.scan([(n, data.pieces[n]) for n in missing], save, SAVED)):
            pass
    return Partitions(range(len(data.pieces)), Load(str(folder)), schema)
