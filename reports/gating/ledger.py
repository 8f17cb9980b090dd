"""The ledger of attempts: which models were ever measured on a test set.

A test set that has seen ten models no longer says of the best of them what it says of one: exact bounds at the edge
promote 29 % of ten independent attempts. The ledger stands beside the test file (``test.csv.attempts``, JSON Lines,
only ever appended to, every line with the hash of the one before), and the gate spends its error over the attempts.

Not seen: a ledger that was deleted together with all evaluations that knew of it, and a test set that was copied
elsewhere.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.errors import DataError
from assay.audit.parsing import parse_json
from assay.reports.gating import locks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Pairs = tuple[Sequence[str | None], Sequence[str | None]]

SUFFIX = ".attempts"
KEY = "predictions_sha256"
_START = "0" * 16
_WRITABLE = 0o222


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ledger read back."""

    path: str
    entries: tuple[dict[str, Any], ...]

    def lineage(self, fingerprint: str, predictions_sha256: str) -> int | None:
        """Number of the lineage of looks at a growing test set that these predictions belong to."""
        for entry in self.entries:
            if entry["fingerprint"] == fingerprint and entry[KEY] == predictions_sha256:
                return int(entry.get("lineage") or entry["attempt"])
        return None

    def attempt(self, fingerprint: str, predictions_sha256: str) -> int | None:
        """Number of the attempt that made these predictions on this test set; None if it is not on record."""
        for entry in self.entries:
            if entry["fingerprint"] == fingerprint and entry[KEY] == predictions_sha256:
                return int(entry["attempt"])
        return None


def record(
    data_path: str,
    fingerprint: str,
    entry: Mapping[str, Any],
    fallback_folder: Path,
    pairs: Pairs | None = None,
) -> int:
    """Record an evaluation; returns the number of the attempt on this test set, from 1.

    The same predictions evaluated again are the same attempt: nothing is written.

    Args:
        data_path: the test file (or folder) as the user named it; the ledger stands beside it.
        fingerprint: of the test split's content.
        entry: ``predictions_sha256``, and what else is worth keeping.
        fallback_folder: where the ledger goes if nothing can be written beside the data.
        pairs: labels and predictions of all rows in order. A test set that grew and is predicted as before on the rows
            it had is another look of the same lineage, which ``sequential = true`` does not count as an attempt.

    Raises:
        DataError: the ledger was edited: a line does not fit the one before it.
        OutputError: another process holds the ledger.
    """
    if not entry.get(KEY):
        raise ValueError(f"an entry needs {KEY}")
    home = beside(data_path)
    try:
        if not home.parent.stat().st_mode & _WRITABLE:  # root could write there all the same
            raise PermissionError(f"{home.parent} is read-only")
        return _record(home, fingerprint, entry, pairs)
    except OSError:  # the data's folder cannot be written, or the data are no file at all
        fallback_folder.mkdir(parents=True, exist_ok=True)
        return _record(fallback_folder / home.name, fingerprint, entry, pairs)


def beside(data_path: str) -> Path:
    """Where the ledger of a test file stands: ``test.csv.attempts``."""
    path = Path(data_path)
    return path.with_name((path.name or "test").replace("*", "_") + SUFFIX)


def find(data_path: str, folders: Sequence[Path]) -> Ledger | None:
    """The ledger of a test file: beside it, else in one of some folders; None if there is none.

    Raises:
        DataError: it was edited.
    """
    home = beside(data_path)
    for path in (home, *(folder / home.name for folder in folders)):
        if path.is_file():
            return read(path)
    return None


def read(path: Path) -> Ledger:
    """Read a ledger and check that every line follows from the one before.

    Raises:
        DataError: it cannot be read, or was edited.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", path=str(path)) from error
    return Ledger(str(path), _parse(content, str(path))[0])


def _record(path: Path, fingerprint: str, entry: Mapping[str, Any], pairs: Pairs | None) -> int:
    with locks.locked(path) as handle:
        content = locks.read_all(handle)
        entries, last = _parse(content, str(path))
        # A line without an end was being written when the machine stopped: that evaluation never learned its number.
        os.ftruncate(handle, content.rfind(b"\n") + 1)
        earlier = [e for e in entries if e["fingerprint"] == fingerprint]
        for one in earlier:
            if one[KEY] == entry[KEY]:
                return int(one["attempt"])
        number = len(earlier) + 1
        now = datetime.now(UTC).isoformat(timespec="seconds")
        line = {**entry, "attempt": number, "fingerprint": fingerprint, "at": now, "previous": last}
        line |= _lineage(entries, pairs)
        locks.append(handle, json.dumps(line, sort_keys=True, ensure_ascii=False).encode() + b"\n")
        return number


def _lineage(entries: tuple[dict[str, Any], ...], pairs: Pairs | None) -> dict[str, Any]:
    """Rows, the hash of their labels and predictions, and which lineage of looks they continue or begin."""
    new = 1 + max((int(e.get("lineage") or 0) for e in entries), default=0)
    if pairs is None:
        return {"lineage": new}
    lengths = {int(e["rows"]): e for e in entries if e.get("rows") and e.get("sequence")}
    digest, n, begun = sha256(), 0, None
    for n, pair in enumerate(zip(*pairs, strict=True), 1):
        digest.update(json.dumps(pair).encode())
        if n in lengths and any(e.get("rows") == n and e.get("sequence") == digest.hexdigest() for e in entries):
            begun = next(e for e in entries if e.get("rows") == n and e.get("sequence") == digest.hexdigest())
    return {"rows": n, "sequence": digest.hexdigest(), "lineage": begun["lineage"] if begun else new}


def _parse(content: bytes, path: str) -> tuple[tuple[dict[str, Any], ...], str]:
    """Entries and the hash of the last line."""
    out: list[dict[str, Any]] = []
    last = _START
    cure = "Restore it from a backup; without it nobody knows how often this test set was used"
    for number, line in enumerate(content[: content.rfind(b"\n") + 1].splitlines(), 1):
        try:
            entry = parse_json(line)
            same = [e for e in out if e["fingerprint"] == entry["fingerprint"]]
            sound = entry["previous"] == last and entry["attempt"] == len(same) + 1 and bool(entry[KEY])
        except (ValueError, TypeError, KeyError, AttributeError):
            sound, entry = False, {}
        if not sound:
            raise DataError("the ledger of attempts was edited or damaged", path=path, line=number, cure=cure)
        out.append(entry)
        last = sha256(line).hexdigest()[:16]
    return tuple(out), last
