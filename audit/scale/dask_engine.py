"""The engine of a Dask cluster: its data frames, its shuffle between peers, its retries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from assay.audit.scale.engine import Lazy, Stage, Steps


def _frame(table: pa.Table) -> Any:
    import pandas as pd  # noqa: PLC0415 - Dask's frames are of pandas, with Arrow's columns

    return table.to_pandas(types_mapper=pd.ArrowDtype)


def _read(piece: Any, steps: Steps) -> Any:
    return _frame(steps(piece))


def _run(frame: Any, steps: Steps, given: pa.Schema) -> Any:
    return _frame(steps(pa.Table.from_pandas(frame, schema=given, preserve_index=False)))


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

    def scan(self, pieces: Sequence[Any], read: Stage, schema: pa.Schema) -> Lazy:
        """A partition for each piece."""
        return Lazy(list(pieces), None, (read,), schema)

    def map(self, data: Lazy, stage: Stage, schema: pa.Schema) -> Lazy:
        """Every partition put through a stage."""
        return data.then(stage, schema)

    def exchange(self, data: Lazy, stage: Stage, schema: pa.Schema) -> Lazy:
        """Lines regrouped by part."""
        moved = self._frames(data).shuffle(on="part", npartitions=self.partitions, shuffle_method="p2p")
        return Lazy(moved, data.schema, (stage,), schema)

    def collect(self, data: Lazy) -> Iterator[pa.Table]:
        """The partitions in order."""
        if data.given is None and not data.base:
            return
        for future in self.client.compute(self._frames(data).to_delayed()):
            yield pa.Table.from_pandas(future.result(), schema=data.schema, preserve_index=False)

    @staticmethod
    def _frames(data: Lazy) -> Any:
        import dask.dataframe as dd  # noqa: PLC0415

        meta = _frame(data.schema.empty_table())
        if data.given is None:
            return dd.from_map(_read, data.base, steps=data.steps, meta=meta)
        return data.base.map_partitions(_run, data.steps, data.given, meta=meta, enforce_metadata=False)

    def close(self) -> None:
        """Disconnect; stop what was started."""
        self.client.close()
        if self.cluster:
            self.cluster.close()
