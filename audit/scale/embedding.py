"""Texts as vectors by an engine: every partition is encoded where it lies, and kept, so that a stopped run goes on."""

from __future__ import annotations

import tempfile
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from assay.audit.encoders.choice import choose, encode
from assay.audit.encoders.disk import LARGEST
from assay.audit.scale.columns import line, lines, numbers, texts_of
from assay.audit.scale.comparison import opened, texts
from assay.audit.scale.files import persisted
from assay.audit.scale.local import told
from assay.audit.scale.stages import CHOSEN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset
    from assay.audit.encoders.choice import Chosen
    from assay.audit.encoders.request import Request
    from assay.audit.scale.request import Scale


@dataclass(frozen=True, slots=True)
class Encode:
    """Vectors of the distinct texts of a partition, given to every row that has one; nothing for a row without."""

    request: Request
    """Names an encoder; not ``auto``, which depends on all texts."""
    kept: bool
    """Whether vectors are looked for on disk, and kept there."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """TEXTS to CHOSEN."""
        text, ids = texts_of(table), numbers(table, "id")
        blank = (text.str.strip_chars() == "").to_numpy()
        text, ids = text.filter(~blank), ids[~blank]
        distinct = text.unique().sort()
        chosen = _encoder(self.request)
        # A sentence encoder takes all cores for one partition; static vectors are made on one core for each.
        with _one_at_a_time if chosen.identity.kind == "sentence" else nullcontext():
            vectors = encode(chosen, distinct.to_list(), cache=self.kept)
        at, width = distinct.search_sorted(text).to_numpy(), 4 * vectors.shape[1]
        step = max(1, _LINE // width)
        parts = [slice(start, start + step) for start in range(0, ids.size, step)]
        lines = [line(CHOSEN, ids[p], np.full(ids[p].size, width), vectors[at[p]].ravel()) for p in parts]
        return pa.concat_tables([CHOSEN.empty_table(), *lines])


_one_at_a_time = threading.Lock()
_LINE = 1 << 30
"""Bytes of vectors in a line, of which Arrow bears two."""


@cache
def _encoder(request: Request) -> Chosen:
    """The encoder, loaded once in each worker."""
    chosen = choose(request, 0)
    assert chosen is not None  # noqa: S101 - the set itself is the model: no stage
    return chosen


def encoded(data: Dataset, scale: Scale, request: Request, chosen: Chosen) -> NDArray[np.float32]:
    """Vectors (rows, dims) of all rows, mapped from a file: zero for a row without a text.

    Args:
        data: the data set.
        scale: engine, memory, storage.
        request: whether vectors may be kept for the next audit: on this machine, where they are not too many.
        chosen: the encoder of that name.

    Raises:
        OutputError: the disk is full.
    """
    if not len(data):
        return np.zeros((0, chosen.identity.dims), np.float32)
    small = scale.engine == "local" and len(data) * chosen.identity.dims * 4 < LARGEST
    request = request.named(chosen.identity.name)
    if scale.engine == "local":
        _encoder(request).encoder.encode(["load it here, and not in two threads at once"])
    with opened(data, scale) as (engine, folder, rows):
        stage = folder / f"vectors-{key_of(chosen)}"
        held = persisted(
            engine, texts(data, scale, folder, rows).partitions, Encode(request, request.cache and small), CHOSEN, stage
        )
        return _joined(engine.collect(held.on(engine)), len(data), chosen.identity.dims, Path(scale.storage))


def key_of(chosen: Chosen) -> str:
    """Name of a folder for vectors of an encoder under its settings."""
    return sha256(chosen.settings.encode()).hexdigest()[:16]


def _joined(tables: Any, rows: int, dims: int, storage: Path) -> NDArray[np.float32]:
    """All vectors in a file without a name: it goes when nobody maps it any more."""
    with told(storage), tempfile.TemporaryFile(dir=storage) as file:
        file.truncate(max(1, rows * dims * 4))
        out: NDArray[np.float32] = np.memmap(file, np.float32, "r+", shape=(rows, dims))
        for ids, _, values in lines(tables, np.int64, np.int64, np.float32):
            out[ids] = values.reshape(ids.size, dims)
    return out
