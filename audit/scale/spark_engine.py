"""The engine of a Spark cluster: mapInArrow, its own shuffle, its retries."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from assay.audit.scale.engine import Lazy, Stage, Steps

Batches = Iterator[pa.RecordBatch]
_BATCH = 1 << 16
"""Rows that go between Java and Python at a time."""


@dataclass(frozen=True)
class _Whole:
    """Stages over a whole partition: its batches joined."""

    steps: Steps
    given: pa.Schema

    def __call__(self, batches: Batches) -> Batches:
        table = pa.concat_tables([self.given.empty_table(), *(_plain(b, self.given) for b in batches)])
        if len(table):
            yield from _known(self.steps(table.combine_chunks())).to_batches(_BATCH)


@dataclass(frozen=True)
class _Pieces:
    """Pieces read where their numbers arrive."""

    steps: Steps
    pieces: tuple[Any, ...]

    def __call__(self, batches: Batches) -> Batches:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield from _known(self.steps(self.pieces[number])).to_batches(_BATCH)


def _plain(batch: pa.RecordBatch, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_batches([batch]).cast(schema)


def _known(table: pa.Table) -> pa.Table:
    return table.cast(spark_schema(table.schema))


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
            "spark.ui.showConsoleProgress": "false",
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

    def scan(self, pieces: Sequence[Any], read: Stage, schema: pa.Schema) -> Lazy:
        """A partition for each piece."""
        return Lazy(tuple(pieces), None, (read,), schema)

    def map(self, data: Lazy, stage: Stage, schema: pa.Schema) -> Lazy:
        """Every partition put through a stage."""
        return data.then(stage, schema)

    def exchange(self, data: Lazy, stage: Stage, schema: pa.Schema) -> Lazy:
        """Lines regrouped by part."""
        return Lazy(self._frame(data).repartition(self.partitions, "part"), data.schema, (stage,), schema)

    def collect(self, data: Lazy) -> Iterator[pa.Table]:
        """All lines."""
        if data.given is not None or data.base:
            yield self._frame(data).toArrow().cast(data.schema)

    def _frame(self, data: Lazy) -> Any:
        from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415

        schema = from_arrow_schema(spark_schema(data.schema))
        if data.given is None:
            numbers = self.session.range(0, len(data.base), 1, len(data.base))
            return numbers.mapInArrow(_Pieces(data.steps, data.base), schema)
        return data.base.mapInArrow(_Whole(data.steps, data.given), schema)

    def close(self) -> None:
        """Let go of the session."""
        self.session.stop()
