"""The comparison of texts as stages on an engine: the same result as ``lexical.engine.find_similar``.

What lies here are a few numbers a row (48 bytes) and tables of fixed size; texts, words and keys lie in partitions.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.errors import ConfigError
from assay.audit.lexical import boilerplate, containment, signatures
from assay.audit.lexical.conclusion import Facts, Similar, conclude
from assay.audit.lexical.signatures import unique_pairs
from assay.audit.scale import stages as s
from assay.audit.scale.columns import lines
from assay.audit.scale.files import Partitions, persisted
from assay.audit.scale.looks import Fetching
from assay.audit.scale.shared import forget, kept, put
from assay.audit.scale.shelf import Shelf

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from assay.audit.scale.engine import Engine, Stage
    from assay.audit.scale.request import Scale
    from assay.audit.scale.source import Source

ROW_BYTES = 110
"""Bytes a row that its numbers take here, at the highest."""
FIXED_BYTES = 400 << 20
"""What the process and its smaller tables take."""
_ENTRY_BYTES = 40
"""What an entry takes while its partition is sorted."""
_MANY = 1 << 23
"""Pairs that are held before repeated ones are dropped."""


def needed(rows: int) -> int:
    """Bytes without which so many rows cannot be compared; the table of passages stands here while rows are marked."""
    return FIXED_BYTES + rows * ROW_BYTES + (1 << boilerplate.table_bits(rows * 50))


def partitions_of_band(rows: int, memory: int) -> int:
    """In how many parts a band is sorted so that two of them fit into a quarter of the memory."""
    return min(400, max(1, -(-rows * _ENTRY_BYTES * 8 // memory)))


def find_similar(
    engine: Engine,
    source: Source,
    similarity: float,
    scale: Scale,
    folder: Path,
    step: Callable[[str], None] = lambda _: None,
) -> Similar:
    """Everything alike in the texts of a source.

    Args:
        engine: what runs the stages.
        source: the texts.
        similarity: threshold of near-duplicates, 0..1.
        scale: bounds of memory.
        folder: where stages that are finished are kept; what lies there must come from the same texts.
        step: told what begins.

    Raises:
        ConfigError: the rows are too many for the memory.
        OutputError: the disk is full.
    """
    if scale.memory < needed(source.rows):
        least = -(-needed(source.rows) * 10 >> 30) / 10
        raise ConfigError(f"{source.rows:,} rows cannot be compared in so little memory; give --memory {least:.1f}GB")
    run = _Run(engine, source, scale, folder, step)
    try:
        facts, pairs = run.facts(), run.pairs
    finally:
        forget(folder / "shared")
    step("verifying")
    chosen = folder / "chosen"
    shutil.rmtree(chosen, ignore_errors=True)
    chosen.mkdir(parents=True)
    looks = Fetching(
        Shelf(engine, run.marked, "words", chosen / "words"), Shelf(engine, run.texts, "text", chosen / "texts"),
        facts.count, facts.own, facts.passage, run.stop, similarity,
        max(1 << 24, (scale.memory - needed(source.rows)) // 6),
    )  # fmt: skip
    try:
        return conclude(facts, pairs, looks)
    finally:
        forget(chosen)
        shutil.rmtree(chosen, ignore_errors=True)


class _Run:
    """One comparison: its partitions, and what was counted over them."""

    def __init__(self, engine: Engine, source: Source, scale: Scale, folder: Path, step: Callable[[str], None]) -> None:
        self.engine, self.rows, self.folder, self.step = engine, source.rows, folder, step
        self.split = partitions_of_band(source.rows, scale.memory)
        self.texts = source.partitions
        step("tokenising")
        self.words = persisted(engine, self.texts, s.Tokenise(), s.WORDS, folder / "words")
        self.stop: NDArray[np.bool_]
        self.pairs: NDArray[np.uint64]
        self.marked: Partitions

    def facts(self) -> Facts:
        """Numbers of every row; on the way candidate pairs are found."""
        known = kept(self.folder, "known", self._known)
        count, rep = known["count"], known["rep"]
        first = (rep == np.arange(rep.size)) & (count > 0)
        self._mark(first, count)
        own = kept(self.folder, "own", lambda: self._own(count))
        self.pairs = kept(self.folder, "pairs", lambda: {"pairs": self._candidates(first, count)})["pairs"]
        return Facts(
            rep, count, known["masked"], known["mask"], own["own"], own["passage"].view(np.uint64), own["slots"]
        )

    def _mark(self, first: NDArray[np.bool_], count: NDArray[np.int32]) -> None:
        self.step("counting passages")
        tables = kept(self.folder, "tables", lambda: self._tables(first, count))
        self.stop = tables["stop"].astype(np.bool_)
        at = self.folder / "shared"
        mark = s.Mark(int(tables["bits"][0]), put(at, "first", first), put(at, "passages", tables["passages"]))
        self.step("marking")
        self.marked = persisted(self.engine, self.words, mark, s.MARKED, self.folder / "marked")
        forget(at)

    def _collect(self, data: Partitions, stage: Stage, schema: pa.Schema, *dtypes: type[np.generic]) -> Iterator[Any]:
        """Arrays of every line that a stage gives."""
        return lines(self.engine.collect(self._mapped(data, stage, schema)), *dtypes)

    def _exchanged(self, data: Any, stage: Stage, schema: pa.Schema, *dtypes: type[np.generic]) -> Iterator[Any]:
        """Arrays of every line that a stage over parts gives."""
        return lines(self.engine.collect(self.engine.exchange(data, stage, schema)), *dtypes)

    def _mapped(self, data: Partitions, stage: Stage, schema: pa.Schema) -> Any:
        return self.engine.map(data.on(self.engine), stage, schema)

    def _known(self) -> dict[str, NDArray[Any]]:
        rep = np.arange(self.rows, dtype=np.int64)
        out: dict[str, NDArray[Any]] = {
            "count": np.zeros(self.rows, np.int32),
            "masked": np.zeros(self.rows, np.int32),
            "mask": np.zeros(self.rows, np.uint64),
        }
        known = self._collect(self.words, s.Known(), s.FACTS, np.int64, np.uint64, np.int32, np.int32)
        for ids, mask, masked, count in known:
            out["mask"][ids], out["masked"][ids], out["count"][ids] = mask, masked, count
        self.step("equal texts")
        firsts = self._mapped(self.words, s.FirstsHere(s.BANDS * self.split), s.KEYED)
        # A row's first one in its own partition, and that one's first over all of them.
        over_all = rep.copy()
        for ids, first in self._exchanged(firsts, s.CopiesOf(), s.COPIES, np.int64, np.int64):
            over_all[ids] = first
        for ids, first in self._collect(self.words, s.CopiesHere(), s.COPIES, np.int64, np.int64):
            rep[ids] = first
        return {**out, "rep": over_all[rep]}

    def _tables(self, first: NDArray[np.bool_], count: NDArray[np.int32]) -> dict[str, NDArray[Any]]:
        step = signatures.sample_step(self.rows)
        words = np.zeros((1 << 20) + 1, np.int32)
        shared = put(self.folder / "shared", "first", first)
        for cells, n in self._collect(self.words, s.CountWords(step, shared), s.CELLS, np.uint32, np.int32):
            words[_at(cells)] += n
        bits = boilerplate.table_bits(int(count[first].sum()))
        passages = np.zeros(1 << bits, np.uint8)
        stage = s.CountShingles(bits, shared)
        for cells, n in self._collect(self.words, stage, s.CELLS, np.uint32, np.uint8):
            boilerplate.add_cells(passages, cells, n)
        stop = signatures.stop_words(words[:-1], int(words[-1]))
        return {"stop": stop, "passages": passages, "bits": np.array([bits])}

    def _own(self, count: NDArray[np.int32]) -> dict[str, NDArray[Any]]:
        own, passage, slots = count.copy(), np.zeros(self.rows, np.int64), np.zeros(self.rows, np.int32)
        found = self._collect(self.marked, s.Own(), s.OWN, np.int64, np.int32, np.int64, np.int32)
        for ids, *values in found:
            own[ids], passage[ids], slots[ids] = values
        return {"own": own, "passage": passage, "slots": slots}

    def _candidates(self, first: NDArray[np.bool_], count: NDArray[np.int32]) -> NDArray[np.uint64]:
        self.step("bringing keys together")
        at, parts = self.folder / "shared", s.BANDS * self.split
        entries = self._mapped(self.marked, s.Entries(put(at, "stop", self.stop), self.split), s.ENTRIES)
        found = _Pairs()
        for (pairs,) in self._exchanged(entries, s.Buckets(), s.PAIRS, np.uint64):
            found.add(pairs)
        long = int((first & (count >= containment.MIN_WORDS)).sum())
        if long > 1:
            self.step("looking for quotations")
            bits = containment.bitmap_bits(long)
            bitmap = np.zeros(1 << (bits - 6), np.uint64)
            for (cells,) in self._collect(self.marked, s.AnchorCells(bits), s.SET, np.uint32):
                containment.set_cells(bitmap, cells)
            grams = self._mapped(self.marked, s.Probe(bits, put(at, "anchors", bitmap), parts), s.GRAMS)
            shared = self.engine.exchange(grams, s.Shared(parts), s.PAIRS)
            for (pairs,) in self._exchanged(shared, s.Often(), s.PAIRS, np.uint64):
                found.add(pairs)
        return found.all()


class _Pairs:
    """Pairs gathered from partitions; repeated ones are dropped before they pile up."""

    def __init__(self) -> None:
        self.parts: list[NDArray[np.uint64]] = []
        self.size, self.limit = 0, _MANY

    def add(self, pairs: NDArray[np.uint64]) -> None:
        self.parts.append(np.array(pairs))
        self.size += pairs.size
        if self.size > self.limit:
            self.parts = [unique_pairs(self.parts)]
            self.size = self.parts[0].size
            self.limit = max(_MANY, 2 * self.size)

    def all(self) -> NDArray[np.uint64]:
        return unique_pairs(self.parts)


def _at(cells: NDArray[np.uint32]) -> Any:
    """Where to add: at some cells, or at all of a table."""
    return cells if cells.size else slice(None)
