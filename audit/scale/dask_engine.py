"""The engine of a Dask cluster: its data frames, its shuffle between peers, its retries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from assay.audit.lexical.parallel import inline
from assay.audit.scale.local import place

PART = "_part"


def _frame(table: pa.Table) -> Any:
    import pandas as pd  # noqa: PLC0415 - Dask's frames are of pandas, with Arrow's columns

    return table.to_pandas(types_mapper=pd.ArrowDtype)


def _run(frame: Any, stage: Callable[[pa.Table], pa.Table], given: pa.Schema, schema: pa.Schema) -> Any:
    """A stage over one partition, on one thread of a worker."""
    with inline():
        return _frame(stage(pa.Table.from_pandas(frame, schema=given, preserve_index=False)).cast(schema))


def _read(piece: Any, read: Callable[[Any], pa.Table], schema: pa.Schema) -> Any:
    return _frame(read(piece).cast(schema))


def _placed(frame: Any, key: str, partitions: int) -> Any:
    return frame.assign(**{PART: place(key, frame[key].to_numpy(dtype="int64"), partitions).astype("int64")})


class Dask:
    """Partitions as data frames of a cluster: one of processes of this machine where no address is given."""

    def __init__(self, address: str, partitions: int, workers: int = 2) -> None:
        """Connect, or start processes; how many partitions an exchange makes."""
        import dask  # noqa: PLC0415 - a second
        from distributed import Client, LocalCluster  # noqa: PLC0415

        dask.config.set({"dataframe.convert-string": False})
        self.partitions = partitions
        self.cluster = None
        if not address:
            self.cluster = LocalCluster(
                n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
            )
        self.client = Client(address or self.cluster)

    def scan(self, pieces: Sequence[Any], read: Callable[[Any], pa.Table], schema: pa.Schema) -> Any:
        """A partition for each piece."""
        import dask.dataframe as dd  # noqa: PLC0415

        found = dd.from_map(_read, list(pieces), read=read, schema=schema, meta=_frame(schema.empty_table()))
        return found, schema

    def map(self, data: Any, stage: Callable[[pa.Table], pa.Table], schema: pa.Schema) -> Any:
        """Every partition put through a stage."""
        frames, given = data
        meta = _frame(schema.empty_table())
        return frames.map_partitions(_run, stage, given, schema, meta=meta, enforce_metadata=False), schema

    def exchange(self, data: Any, key: str, stage: Callable[[pa.Table], pa.Table], schema: pa.Schema) -> Any:
        """Rows regrouped by key."""
        frames, given = data
        meta = _frame(given.empty_table()).assign(**{PART: 0}).astype({PART: "int64"})
        placed = frames.map_partitions(_placed, key, self.partitions, meta=meta, enforce_metadata=False)
        # A column of partition numbers is shuffled by its values' hashes: still all rows of a key together.
        moved = placed.shuffle(on=PART, npartitions=self.partitions, shuffle_method="p2p")
        return self.map((moved.drop(columns=PART), given), stage, schema)

    def persist(self, data: Any, name: str) -> Any:  # noqa: ARG002 - Dask names what it keeps
        """Computed once, kept by the workers, which spill and recompute as they need."""
        frames, schema = data
        return self.client.persist(frames), schema

    def collect(self, data: Any) -> Iterator[pa.Table]:
        """The partitions in order."""
        frames, schema = data
        for future in self.client.compute(frames.to_delayed()):
            yield pa.Table.from_pandas(future.result(), schema=schema, preserve_index=False)

    def close(self) -> None:
        """Disconnect; stop what was started."""
        self.client.close()
        if self.cluster:
            self.cluster.close()
