"""What an audit knows of the rows that are evaluated: copies, leaks, wrong labels."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.audit import store
from assay.audit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset, Split

FOLDER = "assay-out/audit"
"""Where an audit is looked for if none is named."""
LEAKED, MISLABELLED = ("LEK001", "LEK002", "LEK003", "LEK004"), ("LBL001", "LBL002")


@dataclass(frozen=True, eq=False)
class Audited:
    """An audit folder that covers at least one of the evaluated splits."""

    folder: str
    stored: store.Stored
    names: dict[str, str]
    """Evaluated split -> the audit's split with the same content."""
    fingerprint: str
    """sha256 of ``audit.json``."""

    def facts(self) -> dict[str, Any]:
        """For ``evaluation.json``."""
        document = self.stored.document
        return {
            "path": self.folder,
            "fingerprint": self.fingerprint,
            "covers": sorted(self.names),
            "ran": document.get("ran", []),
            "skipped": document.get("skipped", {}),
            "incomplete": document.get("incomplete", {}),
            "counts": {code: each.get("findings") for code, each in document.get("counts", {}).items()},
        }

    def duplicate_groups(self, data: Dataset, splits: tuple[Split, ...]) -> NDArray[np.int64] | None:
        """(frame rows,) clusters of near-duplicates; None where the audit does not know those of every split."""
        if not {"DUP001", "DUP002"} <= set(self.stored.document.get("ran", [])):
            return None
        if any(s.name not in self.names for s in splits):
            return None
        out = np.arange(len(data), dtype=np.int64) + _APART
        for split in splits:
            known = self.rows(split)["duplicate_group"].to_numpy()
            told = ~np.isnan(known.astype(np.float64))
            out[split.start : split.stop][told] = known[told].astype(np.int64)
        return out

    def rows(self, split: Split) -> pl.DataFrame:
        """Lines of ``rows.parquet`` of an evaluated split, in its order."""
        rows = self.stored.rows
        return rows.filter(rows["split"] == self.names[split.name])

    def found(self, split: Split, codes: tuple[str, ...]) -> NDArray[np.int64]:
        """Positions within an evaluated split of the rows that findings of some rules concern, ascending."""
        findings = self.stored.findings
        told = findings.filter((findings["split"] == self.names[split.name]) & findings["code"].is_in(codes))
        at = pl.DataFrame({"row": self.rows(split)["row"]}).with_row_index("at")
        return np.unique(at.join(told.select("row").unique(), on="row", how="inner")["at"].to_numpy().astype(np.int64))


_APART = 1 << 40
"""Added to the numbers of rows without a copy, which keeps them apart from the audit's cluster numbers."""


def find_audit(given: str | None, splits: tuple[Split, ...], say: Callable[[str], None]) -> Audited | None:
    """The audit that is named, or the one in the usual place if it covers these rows.

    Raises:
        DataError: the folder that is named is no audit, or one of other data.
    """
    folder = Path(given or FOLDER)
    if given is None and not (folder / store.AUDIT).is_file():
        return None
    try:
        stored = store.load(folder)
    except DataError:
        if given:
            raise
        return None
    known = {each.get("fingerprint"): name for name, each in stored.document.get("data", {}).items()}
    names = {s.name: known[s.fingerprint] for s in splits if s.fingerprint in known}
    if not names:
        files = ", ".join(", ".join(s.files) for s in splits)
        if given:
            cure = f"Run `assay audit` with --test {files}, or leave --audit out"
            raise DataError(f"this audit is of other data than {files}", path=str(folder), cure=cure)
        say(f"note: the audit in {folder} is of other data, and is not used")
        return None
    return Audited(str(folder), stored, names, sha256((folder / store.AUDIT).read_bytes()).hexdigest())
