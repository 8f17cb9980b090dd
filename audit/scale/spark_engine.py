"""The engine of a Spark cluster: mapInArrow, its own shuffle, its retries."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from assay.audit.lexical.parallel import inline

Batches = Iterator[pa.RecordBatch]
_BATCH = 1 << 16
"""Rows that go between Java and Python at a time."""


@dataclass(frozen=True)
class _Whole:
    """A stage over a whole partition: its batches joined, on one thread of a worker."""

    stage: Callable[[pa.Table], pa.Table]
    given: pa.Schema
    schema: pa.Schema

    def __call__(self, batches: Batches) -> Batches:
        table = pa.concat_tables([self.given.empty_table(), *(_plain(b, self.given) for b in batches)])
        if len(table):
            with inline():
                yield from self.stage(table.combine_chunks()).cast(self.schema).to_batches(_BATCH)


@dataclass(frozen=True)
class _Pieces:
    """Pieces read where their numbers arrive."""

    pieces: tuple[Any, ...]
    read: Callable[[Any], pa.Table]
    schema: pa.Schema

    def __call__(self, batches: Batches) -> Batches:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield from self.read(self.pieces[number]).cast(self.schema).to_batches(_BATCH)


def _plain(batch: pa.RecordBatch, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_batches([batch]).cast(schema)


def spark_schema(schema: pa.Schema) -> pa.Schema:
    """What Spark knows: ``large_string`` is its string."""
    return pa.schema([(f.name, pa.string() if f.type == pa.large_string() else f.type) for f in schema])


class Spark:
    """Partitions as data frames of a Spark session: local processes where no master is given."""

    def __init__(self, address: str, partitions: int, memory: int) -> None:
        """Start a session or join the one that runs; how many partitions an exchange makes."""
        from pyspark.sql import SparkSession  # noqa: PLC0415 - starts Java

        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.appName("assay")
        # Four tries of a task: a worker that dies is replaced, as on a cluster.
        builder = builder.master(address or f"local[{os.cpu_count() or 1},4]")
        for name, value in {
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": partitions,
            "spark.sql.adaptive.enabled": "false",
            "spark.sql.execution.arrow.maxRecordsPerBatch": _BATCH,
            "spark.driver.maxResultSize": 0,
        }.items():
            builder = builder.config(name, value)
        if not address:
            builder = builder.config("spark.driver.memory", f"{max(1024, memory >> 20)}m")
            builder = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")
        self.partitions = partitions
        self.kept: list[Any] = []

    def scan(self, pieces: Sequence[Any], read: Callable[[Any], pa.Table], schema: pa.Schema) -> Any:
        """A partition for each piece."""
        known = spark_schema(schema)
        frame = self.session.range(0, len(pieces), 1, max(1, len(pieces)))
        return self._mapped(frame, _Pieces(tuple(pieces), read, known), known)

    def map(self, data: Any, stage: Callable[[pa.Table], pa.Table], schema: pa.Schema) -> Any:
        """Every partition put through a stage."""
        frame, given = data
        known = spark_schema(schema)
        return self._mapped(frame, _Whole(stage, given, known), known)

    @staticmethod
    def _mapped(frame: Any, function: Callable[[Batches], Batches], schema: pa.Schema) -> Any:
        from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415

        return frame.mapInArrow(function, from_arrow_schema(schema)), schema

    def exchange(self, data: Any, key: str, stage: Callable[[pa.Table], pa.Table], schema: pa.Schema) -> Any:
        """Rows regrouped by key."""
        frame, given = data
        return self.map((frame.repartition(self.partitions, key), given), stage, schema)

    def persist(self, data: Any, name: str) -> Any:  # noqa: ARG002 - Spark names what it keeps
        """Computed once, kept in memory and on the disks of the workers."""
        from pyspark import StorageLevel  # noqa: PLC0415

        frame, schema = data
        self.kept.append(frame.persist(StorageLevel.MEMORY_AND_DISK))
        return self.kept[-1], schema

    def collect(self, data: Any) -> Iterator[pa.Table]:
        """All rows."""
        frame, schema = data
        yield frame.toArrow().cast(schema)

    def close(self) -> None:
        """Let go of what was kept, and of the session."""
        for frame in self.kept:
            frame.unpersist()
        self.session.stop()
