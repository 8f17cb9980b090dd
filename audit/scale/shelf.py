"""Bytes of some rows, brought here from partitions once, and kept in a file."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.lexical.hashing import copy_runs
from assay.audit.lexical.parallel import over_rows
from assay.audit.scale.columns import lists
from assay.audit.scale.shared import put
from assay.audit.scale.stages import CHOSEN, Choose

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from assay.audit.scale.engine import Engine
    from assay.audit.scale.files import Partitions


class Shelf:
    """What one column holds for those rows that somebody asked for; 24 bytes a row here, the rest on the disk."""

    def __init__(self, engine: Engine, data: Partitions, column: str, path: Path) -> None:
        """Take where the column lies, and where the file may stand."""
        self.engine, self.data, self.column, self.path = engine, data, column, path
        self.rows = self.at = self.size = np.zeros(0, np.int64)
        self.end = self.passes = 0
        """``passes``: times that the partitions were gone through."""

    def need(self, rows: NDArray[np.int64]) -> None:
        """Bring rows (sorted, unique) that are not here yet, all in one pass."""
        place = np.searchsorted(self.rows, rows)
        there = np.minimum(place, max(0, self.rows.size - 1))
        missing = rows[self.rows[there] != rows] if self.rows.size else rows
        if not missing.size:
            return
        self.passes += 1
        path = put(self.path.parent, f"{self.path.name}-{self.passes}", missing)
        ids, sizes = [self.rows], [self.size]
        with self.path.open("ab") as out:
            for table in self.engine.collect(
                self.engine.map(self.data.on(self.engine), Choose(path, self.column), CHOSEN)
            ):
                ids.append(lists(table, "id", np.int64)[0].copy())
                sizes.append(lists(table, "size", np.int64)[0].copy())
                out.write(lists(table, "data", np.uint8)[0].data)
        new = np.concatenate(sizes[1:])
        at = np.concatenate([self.at, self.end + np.cumsum(new) - new])
        self.end += int(new.sum())
        all_rows, all_sizes = np.concatenate(ids), np.concatenate(sizes)
        order = np.argsort(all_rows, kind="stable")
        self.rows, self.at, self.size = all_rows[order], at[order], all_sizes[order]

    def take(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """The bytes of some rows (sorted; ``need`` has brought them) on end, and where each one's begin (rows + 1)."""
        place = np.searchsorted(self.rows, rows)
        bounds = np.concatenate([[0], np.cumsum(self.size[place])])
        out = np.empty(int(bounds[-1]), np.uint8)
        if out.size:
            at = self.at[place]
            with self.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as held:
                source = np.frombuffer(held, np.uint8)
                over_rows(lambda low, high: copy_runs(source, at, bounds, out, low, high), rows.size)
                del source
        return out, bounds
