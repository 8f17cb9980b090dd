"""What an engine does for the stages: five operations over partitions of Arrow tables.

A stage is a function from a table to a table: pure, indifferent to the order of its rows, and indifferent to how
rows are spread over partitions. So every engine gives the same result. Functions are instances of module-level
classes: engines send them to workers by name with their few fields; arrays that all need go by ``shared`` files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

if TYPE_CHECKING:
    from assay.audit.scale.request import Scale

Stage = Callable[[pa.Table], pa.Table]


class Engine(Protocol):
    """Runs stages. What passes between operations is the engine's own business."""

    def scan(self, pieces: Sequence[Any], read: Callable[[Any], pa.Table], schema: pa.Schema) -> Any:
        """A partition for each piece, read by ``read``."""

    def map(self, data: Any, stage: Stage, schema: pa.Schema) -> Any:
        """Every partition put through a stage, which gives tables of ``schema``."""

    def exchange(self, data: Any, key: str, stage: Stage, schema: pa.Schema) -> Any:
        """Rows regrouped so that all rows with one ``key`` (a column of integers) reach one call of the stage."""

    def persist(self, data: Any, name: str) -> Any:
        """The same, computed once; the name tells it from others of the run."""

    def collect(self, data: Any) -> Iterator[pa.Table]:
        """The partitions, one after the other, here."""

    def close(self) -> None:
        """Let go of workers and temporary files."""


def open_engine(scale: Scale, folder: str, partitions: int, room: int) -> Engine:
    """The engine asked for.

    Args:
        scale: which, and its bounds.
        folder: where it may keep partitions.
        partitions: how many an exchange makes.
        room: bytes of an exchange that may stay in the memory of this process.
    """
    if scale.engine == "dask":
        from assay.audit.scale.dask_engine import Dask  # noqa: PLC0415 - seconds to import

        return Dask(scale.address, partitions)
    if scale.engine == "spark":
        from assay.audit.scale.spark_engine import Spark  # noqa: PLC0415 - starts Java

        return Spark(scale.address, partitions, scale.memory)
    from assay.audit.scale.local import Local  # noqa: PLC0415 - beside the others

    return Local(folder, partitions, room)
