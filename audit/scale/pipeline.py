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
from assay.audit.scale.columns import lists, numbers, unsigned
from assay.audit.scale.looks import Fetching
from assay.audit.scale.shared import kept, put

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from assay.audit.scale.engine import Engine
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
    """Bytes without which so many rows cannot be compared: the table of passages stands here and with two threads."""
    return FIXED_BYTES + rows * ROW_BYTES + (3 << boilerplate.table_bits(rows * 50))


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
    facts, pairs = run.facts(), run.pairs
    step("verifying")
    looks = Fetching(
        engine, run.texts, run.marked, facts.count, facts.own, facts.passage, run.stop, similarity,
        max(1 << 24, (scale.memory - needed(source.rows)) // 8), folder / "chosen",
    )  # fmt: skip
    try:
        return conclude(facts, pairs, looks)
    finally:
        shutil.rmtree(folder / "chosen", ignore_errors=True)


class _Run:
    """One comparison: its partitions, and what was counted over them."""

    def __init__(self, engine: Engine, source: Source, scale: Scale, folder: Path, step: Callable[[str], None]) -> None:
        self.engine, self.rows, self.folder, self.step = engine, source.rows, folder, step
        self.split = partitions_of_band(source.rows, scale.memory)
        self.texts = engine.scan(source.pieces, source.read, s.TEXTS)
        step("tokenising")
        self.words = engine.persist(engine.map(self.texts, s.Tokenise(), s.WORDS), "words")
        self.stop: NDArray[np.bool_]
        self.pairs: NDArray[np.uint64]
        self.marked: Any = None

    def facts(self) -> Facts:
        """Numbers of every row; on the way candidate pairs are found."""
        known = kept(self.folder, "known", self._known)
        count, rep = known["count"], known["rep"]
        first = (rep == np.arange(rep.size)) & (count > 0)
        self.step("counting passages")
        tables = kept(self.folder, "tables", lambda: self._tables(first, count))
        self.stop = tables["stop"].astype(np.bool_)
        at = self.folder / "shared"
        bits = int(tables["bits"][0])
        mark = s.Mark(bits, put(at, "first", first), put(at, "passages", tables["passages"]))
        self.step("marking")
        self.marked = self.engine.persist(self.engine.map(self.words, mark, s.MARKED), "marked")
        own = kept(self.folder, "own", lambda: self._own(count))
        self.pairs = kept(self.folder, "pairs", lambda: {"pairs": self._candidates(first, count)})["pairs"]
        return Facts(
            rep, count, known["masked"], known["mask"], own["own"], own["passage"].view(np.uint64), own["slots"]
        )

    def _collect(self, data: Any, stage: Any, schema: pa.Schema) -> Iterator[pa.Table]:
        return self.engine.collect(self.engine.map(data, stage, schema))

    def _known(self) -> dict[str, NDArray[Any]]:
        rep = np.arange(self.rows, dtype=np.int64)
        out: dict[str, NDArray[Any]] = {
            "count": np.zeros(self.rows, np.int32),
            "masked": np.zeros(self.rows, np.int32),
            "mask": np.zeros(self.rows, np.uint64),
        }
        for table in self._collect(self.words, s.Known(), s.FACTS):
            ids = numbers(table, "id")
            out["count"][ids], out["masked"][ids] = numbers(table, "count"), numbers(table, "masked")
            out["mask"][ids] = unsigned(table, "mask")
        self.step("equal texts")
        firsts = self.engine.map(self.words, s.FirstsHere(), s.KEYED)
        # A row's first one in its own partition, and that one's first over all of them.
        over_all = rep.copy()
        for table in self.engine.collect(self.engine.exchange(firsts, "hash", s.CopiesOf(), s.COPIES)):
            over_all[numbers(table, "id")] = numbers(table, "rep")
        for table in self._collect(self.words, s.CopiesHere(), s.COPIES):
            rep[numbers(table, "id")] = numbers(table, "rep")
        return {**out, "rep": over_all[rep]}

    def _tables(self, first: NDArray[np.bool_], count: NDArray[np.int32]) -> dict[str, NDArray[Any]]:
        step = signatures.sample_step(self.rows)
        words = np.zeros((1 << 20) + 1, np.int32)
        shared = put(self.folder / "shared", "first", first)
        for table in self._collect(self.words, s.CountWords(step, shared), s.CELLS):
            for cells, n in _lines(table, np.int32):
                words[cells] += n
        bits = boilerplate.table_bits(int(count[first].sum()))
        passages = np.zeros(1 << bits, np.uint8)
        stage = s.CountShingles(bits, shared)
        for table in self._collect(self.words, stage, s.CELLS):
            for cells, n in _lines(table, np.uint8):
                so_far = passages[cells]
                passages[cells] = so_far + np.minimum(n, 255 - so_far)
        stop = signatures.stop_words(words[:-1], int(words[-1]))
        return {"stop": stop, "passages": passages, "bits": np.array([bits])}

    def _own(self, count: NDArray[np.int32]) -> dict[str, NDArray[Any]]:
        own, passage, slots = count.copy(), np.zeros(self.rows, np.int64), np.zeros(self.rows, np.int32)
        for table in self._collect(self.marked, s.Own(), s.OWN):
            ids = numbers(table, "id")
            own[ids], passage[ids], slots[ids] = (numbers(table, c) for c in ("own", "passage", "slots"))
        return {"own": own, "passage": passage, "slots": slots}

    def _candidates(self, first: NDArray[np.bool_], count: NDArray[np.int32]) -> NDArray[np.uint64]:
        self.step("bringing keys together")
        engine, at = self.engine, self.folder / "shared"
        entries = engine.map(self.marked, s.Entries(put(at, "stop", self.stop), self.split), s.ENTRIES)
        found = _Pairs()
        for table in engine.collect(engine.exchange(entries, "part", s.Buckets(), s.PAIRS)):
            found.add(unsigned(table, "pair"))
        long = int((first & (count >= containment.MIN_WORDS)).sum())
        if long > 1:
            self.step("looking for quotations")
            bits = containment.bitmap_bits(long)
            bitmap = np.zeros(1 << (bits - 6), np.uint64)
            for table in self._collect(self.marked, s.AnchorCells(bits), s.CELLS):
                for cells, n in _lines(table, np.uint64):
                    bitmap[cells] |= n
            parts = s.BANDS * self.split
            grams = engine.map(self.marked, s.Probe(bits, put(at, "anchors", bitmap), parts), s.GRAMS)
            shared = engine.exchange(grams, "part", s.Shared(), s.PAIRS)
            for table in engine.collect(engine.exchange(shared, "pair", s.Often(), s.PAIRS)):
                found.add(unsigned(table, "pair"))
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


def _lines(table: pa.Table, dtype: type[np.generic]) -> Iterator[tuple[Any, NDArray[Any]]]:
    """Cells (a slice where a whole table follows) and what to add to them, of each line of CELLS."""
    cells, bounds = lists(table, "cell", np.uint32)
    n, ends = lists(table, "n", dtype)
    for k in range(bounds.size - 1):
        values = n[ends[k] : ends[k + 1]]
        if values.size:
            at = cells[bounds[k] : bounds[k + 1]]
            yield (at if at.size else slice(None)), values
