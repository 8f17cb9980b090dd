"""What an engine does for the stages: four operations over partitions of Arrow tables.

A stage is a function from a table to a table: pure, indifferent to the order of its rows, and indifferent to how
rows are spread over partitions. So every engine gives the same result. Functions are instances of module-level
classes: engines send them to workers by name with their few fields; arrays that all need go by ``shared`` files.

Between stages rows travel packed: one line for each part, whose columns hold the values of all its rows. An engine
moves a few thousand lines, however many rows there are. What is kept lies in files (``files.persisted``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from assay.audit.lexical.parallel import inline

if TYPE_CHECKING:
    from assay.audit.scale.request import Scale

Stage = Callable[[Any], Any]
"""Gives a table; a step before the last one may give what the next one takes."""


class Engine(Protocol):
    """Runs stages. What passes between operations is the engine's own business."""

    def scan(self, pieces: Sequence[Any], read: Stage, schema: pa.Schema) -> Any:
        """A partition for each piece, read by ``read``."""

    def map(self, data: Any, stage: Stage, schema: pa.Schema) -> Any:
        """Every partition put through a stage, which gives tables of ``schema``."""

    def exchange(self, data: Any, stage: Stage, schema: pa.Schema) -> Any:
        """Lines regrouped so that all with one ``part`` (a column of integers) reach one call of the stage."""

    def collect(self, data: Any) -> Iterator[pa.Table]:
        """The partitions, one after the other, here."""

    def close(self) -> None:
        """Let go of workers and temporary files."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Stages one after the other, on one thread of a worker: nothing moves between them."""

    stages: tuple[Stage, ...]
    schema: pa.Schema

    def __call__(self, given: Any) -> pa.Table:
        """What the first stage takes to what the last one gives."""
        with inline():
            for stage in self.stages:
                given = stage(given)
        return given.combine_chunks().cast(self.schema)


@dataclass(frozen=True)
class Lazy:
    """A cluster's partitions, and what is still to be done to each."""

    base: Any
    """Numbers of pieces, or frames that an exchange gave."""
    given: pa.Schema | None
    """What the first stage takes; none where it reads pieces."""
    stages: tuple[Stage, ...]
    schema: pa.Schema

    def then(self, stage: Stage, schema: pa.Schema) -> Lazy:
        """The same with one more stage."""
        return Lazy(self.base, self.given, (*self.stages, stage), schema)

    @property
    def steps(self) -> Steps:
        """All that is to be done."""
        return Steps(self.stages, self.schema)


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
