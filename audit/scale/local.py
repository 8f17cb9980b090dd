"""The engine of one machine: threads, and exchanges spilled as Arrow IPC files."""

from __future__ import annotations

import errno
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from assay.audit.errors import OutputError
from assay.audit.lexical.parallel import inline, workers
from assay.audit.scale.engine import Stage

Task = Callable[[], pa.Table]
Tasks = Callable[[], list[Task]]
"""Partitions that can be asked for more than once: what stands between is done again each time."""


class Local:
    """Partitions on threads of this process; at most one more than threads are in memory at a time."""

    def __init__(self, folder: str, partitions: int, limit: int = 0) -> None:
        """Take a folder to keep partitions in, how many an exchange makes, and bytes of these to hold in memory."""
        self.folder = Path(folder)
        self.partitions, self.limit = partitions, limit
        self.exchanges = 0
        self.moved = 0
        """Bytes that exchanges took."""

    def scan(self, pieces: Sequence[Any], read: Stage, schema: pa.Schema) -> Tasks:  # noqa: ARG002
        """A partition for each piece."""
        return lambda: [lambda piece=piece: read(piece) for piece in pieces]  # type: ignore[misc]

    def map(self, data: Tasks, stage: Stage, schema: pa.Schema) -> Tasks:  # noqa: ARG002
        """Every partition put through a stage."""
        return lambda: [lambda task=task: stage(task()) for task in data()]  # type: ignore[misc]

    def exchange(self, data: Tasks, stage: Stage, schema: pa.Schema) -> Tasks:  # noqa: ARG002
        """Lines regrouped by part; each partition can be taken once, and its file is deleted then."""
        self.exchanges += 1
        folder = self.folder / f"exchange-{self.exchanges}"

        def tasks() -> list[Task]:
            with told(folder):
                shutil.rmtree(folder, ignore_errors=True)
                spill = _Spill(folder, self.partitions, self.limit)
                parts = _spill(data(), spill, self.partitions)
            self.moved += spill.total
            return [lambda part=part: stage(part()) for part in parts]  # type: ignore[misc]

        return tasks

    def collect(self, data: Tasks) -> Iterator[pa.Table]:
        """The partitions in order."""
        with told(self.folder):
            yield from _each(data())

    def close(self) -> None:
        """Delete what exchanges left."""
        for folder in self.folder.glob("exchange-*"):
            shutil.rmtree(folder, ignore_errors=True)


class told:  # noqa: N801 - a context manager, read as a verb
    """Turns errors of the disk into one that says where and what helps."""

    def __init__(self, folder: Path) -> None:
        """Take the folder that is written to."""
        self.folder = folder

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Raise OutputError for what the system of the disk said."""
        if not isinstance(error, OSError) or error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG}:
            return
        raise OutputError(
            f"cannot spill to {self.folder}: {error.strerror or error}. Make room there or name another folder with "
            "--storage, and run the same command again: finished stages are taken up"
        ) from error


def _each(tasks: Any) -> Iterator[pa.Table]:
    """Results of tasks in order, a few ahead of whoever takes them."""

    def alone(task: Task) -> pa.Table:
        with inline():
            return task()

    waiting: deque[Future[pa.Table]] = deque()
    with ThreadPoolExecutor(workers()) as pool:
        try:
            for task in tasks:
                waiting.append(pool.submit(alone, task))
                if len(waiting) > workers():
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()


class _Spill:
    """Rows by partition: in memory while they are few, in a file for each partition beyond."""

    def __init__(self, folder: Path, partitions: int, limit: int) -> None:
        self.folder, self.limit = folder, limit
        self.size = self.total = 0
        self.held: list[list[pa.Table]] = [[] for _ in range(partitions)]
        self.writers: dict[int, tuple[pa.OSFile, ipc.RecordBatchStreamWriter]] = {}

    def add(self, table: pa.Table, bounds: np.ndarray) -> None:
        """Take the rows of a table that is in order of partition."""
        for n in np.flatnonzero(np.diff(bounds)).tolist():
            self.held[n].append(table.slice(int(bounds[n]), int(bounds[n + 1] - bounds[n])))
        self.size += table.nbytes
        self.total += table.nbytes
        if self.size > self.limit:
            self._write()

    def _write(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for n, tables in enumerate(self.held):
            for table in tables:
                if n not in self.writers:
                    out = pa.OSFile(str(self.folder / f"{n}.arrows"), "wb")
                    self.writers[n] = out, ipc.new_stream(out, table.schema)
                self.writers[n][1].write_table(table)
            tables.clear()
        self.size = 0

    def close(self) -> None:
        """Finish the files."""
        for out, writer in self.writers.values():
            try:
                writer.close()
            finally:
                out.close()

    def partitions(self) -> list[Task]:
        """Each partition that has rows; it can be taken once."""
        return [lambda n=n: self._take(n) for n, held in enumerate(self.held) if held or n in self.writers]  # type: ignore[misc]

    def _take(self, n: int) -> pa.Table:
        tables, self.held[n] = self.held[n], []
        if n in self.writers:
            path = self.folder / f"{n}.arrows"
            with pa.OSFile(str(path), "rb") as source:
                tables = [ipc.open_stream(source).read_all(), *tables]
            path.unlink()
        return pa.concat_tables(tables).combine_chunks()


def _spill(tasks: list[Task], spill: _Spill, partitions: int) -> list[Task]:
    """Lines of all tasks by partition."""
    try:
        for table in _each(_splitter(task, partitions) for task in tasks):
            bounds = np.frombuffer(table.schema.metadata[b"bounds"], np.int64)
            spill.add(table.replace_schema_metadata(None), bounds)
    finally:
        spill.close()
    return spill.partitions()


def _splitter(task: Task, partitions: int) -> Task:
    def split() -> pa.Table:
        table = task().combine_chunks()
        part = table["part"].to_numpy() % partitions
        if (part[1:] < part[:-1]).any():
            order = np.argsort(part, kind="stable")
            table, part = table.take(pa.array(order)), part[order]
        bounds = np.searchsorted(part, np.arange(partitions + 1))
        return table.replace_schema_metadata({"bounds": bounds.astype(np.int64).tobytes()})

    return split
