"""A data set's texts compared by an engine, with what it was told to stay within."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from assay.audit.scale import lexical_sources
from assay.audit.scale.engine import open_engine
from assay.audit.scale.pipeline import find_similar, needed, partitions_of_band
from assay.audit.scale.source import column, staged
from assay.audit.scale.stages import BANDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from assay.audit.dataset import Dataset
    from assay.audit.lexical.conclusion import Similar
    from assay.audit.scale.engine import Engine
    from assay.audit.scale.request import Scale
    from assay.audit.scale.source import Source

_PIECE, _LEAST = 1 << 17, 1 << 12
"""Rows of a piece at most and at least."""
_SHARE = 48
"""A piece's texts take at most this share of the memory: words, keys and copies of several pieces stand beside them."""


def compare(data: Dataset, text: pl.Series, similarity: float, scale: Scale) -> Similar:
    """What is alike in a data set, by the engine asked for.

    Args:
        data: the data set.
        text: its texts, in any order; rows of the result are places in it.
        similarity: threshold of near-duplicates, 0..1.
        scale: engine, memory, storage.

    Raises:
        ConfigError: the rows are too many for the memory.
        OutputError: the disk is full.
    """
    with opened(data, scale) as (engine, folder, rows):
        source = column(text, rows) if scale.engine == "local" else staged(text, folder / "compared", rows)
        return find_similar(engine, source, similarity, scale, folder)


@contextmanager
def opened(data: Dataset, scale: Scale) -> Iterator[tuple[Engine, Path, int]]:
    """The engine, the folder for a data set's stages, which goes if all went well, and the rows of a piece."""
    rows, split = piece_rows(data, scale), partitions_of_band(len(data), scale.memory)
    folder = Path(scale.storage) / key(data, scale, rows, split)
    room = max(1 << 24, (scale.memory - needed(len(data))) // 4)
    engine = open_engine(scale, str(folder), BANDS * split, room)
    try:
        yield engine, folder, rows
    finally:
        engine.close()
    if not scale.keep:
        shutil.rmtree(folder, ignore_errors=True)


def texts(data: Dataset, scale: Scale, folder: Path, rows: int) -> Source:
    """A data set's texts in pieces: as they lie here, or in the folder that workers see."""
    return column(data.text, rows) if scale.engine == "local" else staged(data.text, folder / "texts", rows)


def piece_rows(data: Dataset, scale: Scale) -> int:
    """Rows of a piece: fewer where they are long."""
    mean = int(data.text.str.len_bytes().mean() or 0) + 64  # type: ignore[arg-type]  # a number
    return max(_LEAST, min(_PIECE, scale.memory // _SHARE // mean))


def key(data: Dataset, scale: Scale, rows: int, split: int) -> str:
    """Name of the folder for stages of these texts, by this code, cut in this way."""
    facts = [
        [(s.name, s.rows, s.fingerprint) for s in data.splits],
        list(data.roles.text),
        scale.engine,
        rows,
        split,
        lexical_sources(),
    ]
    return "stages-" + sha256(json.dumps(facts).encode()).hexdigest()[:16]
