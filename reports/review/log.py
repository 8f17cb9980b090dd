"""Decisions as lines of an append-only file: nothing is changed or taken back, later lines win, undo is a line too.

A line is a JSON object with ``fingerprint`` (of the finding), ``split``, ``row`` (0-based), ``content_hash`` (of the
row's text and label, `Row.key`), ``action`` (keep, relabel, drop, skip or undo), ``label`` (for relabel), ``reviewer``
and ``time`` (UTC, ISO 8601). ``assay clean --decisions`` reads it.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, get_args

from assay.audit.errors import OutputError
from assay.audit.parsing import parse_json

if TYPE_CHECKING:
    from pathlib import Path

Action = Literal["keep", "relabel", "drop", "skip", "undo"]
ACTIONS: tuple[str, ...] = get_args(Action)
Key = tuple[str, str, int]
"""Finding, split and row that a decision is about."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What one reviewer said of one row under one finding."""

    fingerprint: str
    split: str
    row: int
    content_hash: str
    action: Action
    reviewer: str
    label: str | None = None
    time: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))

    @property
    def key(self) -> Key:
        """What it is about."""
        return self.fingerprint, self.split, self.row

    def line(self) -> bytes:
        """Its line in the file."""
        told = {k: v for k, v in asdict(self).items() if v is not None}
        return json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


class Log:
    """The file and what it says now.

    Other reviewers may append to the same file from processes of their own: what they wrote is read before every
    answer. A last line that a crash tore was never answered: it is cut off before the next one is written.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises:
            OutputError: it cannot be written, or it is somebody's file of something else.
        """
        self.path = path
        self.torn = self._whole = 0
        """Lines that are no decisions: torn by a crash, or written by something else."""
        self._lock = threading.Lock()
        self._read = 0
        self._said: dict[Key, dict[str, Decision]] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        except OSError as error:
            raise OutputError(f"decisions cannot be written to {path}: {error.strerror}") from error
        self.refresh()
        if self.torn and not self._whole:
            os.close(self._file)
            raise OutputError(
                f"{path} holds no decisions, but {self.torn} lines of something else; decisions would be added to it: "
                "name another file with --decisions"
            )

    def refresh(self) -> None:
        """Take in what was written since the last look."""
        with self._lock:
            self._take_in()

    def add(self, decision: Decision) -> None:
        """Write a decision; it is on the disk when this returns.

        Raises:
            OutputError: it could not be written whole; nothing of it counts.
        """
        line = decision.line()
        with self._lock, _locked(self._file):
            try:
                line = self._mended() + line
                written = os.write(self._file, line)
                os.fsync(self._file)
            except OSError as error:
                raise OutputError(f"not saved to {self.path}: {error.strerror}") from error
            if written != len(line):
                raise OutputError(f"not saved to {self.path}: the disk took {written} of {len(line)} bytes")
            self._take_in()

    def of(self, key: Key) -> dict[str, Decision]:
        """Decisions in force on a row under a finding, by reviewer."""
        return self._said.get(key, {})

    def decided(self, key: Key, reviewer: str) -> bool:
        """Whether a reviewer has said something of it."""
        return reviewer in self._said.get(key, {})

    def counts(self, reviewer: str) -> dict[str, int]:
        """How often a reviewer said what."""
        out = dict.fromkeys((a for a in ACTIONS if a != "undo"), 0)
        for said in self._said.values():
            if reviewer in said:
                out[said[reviewer].action] += 1
        return out

    def agreement(self) -> tuple[int, int]:
        """Rows on which all of two or more reviewers say the same, and rows that two or more have judged."""
        both = [
            {(d.action, d.label) for d in said.values() if d.action != "skip"}
            for said in self._said.values()
            if sum(d.action != "skip" for d in said.values()) > 1
        ]
        return sum(len(each) == 1 for each in both), len(both)

    def _take_in(self) -> None:
        """Read on to the last line end; a torn last line is left for the next look."""
        size = os.fstat(self._file).st_size
        data = os.pread(self._file, size - self._read, self._read) if size > self._read else b""
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.split(b"\n"):  # not splitlines(): U+2028 may stand inside a string
            if line.strip():
                decision = parse(line)
                if decision is None:
                    self.torn += 1
                else:
                    self._whole += 1
                    self._apply(decision)

    def _mended(self) -> bytes:
        """Cut a torn last line off; what must go before the next line."""
        size = os.fstat(self._file).st_size
        tail = os.pread(self._file, size - self._read, self._read)
        last = tail[tail.rfind(b"\n") + 1 :]
        if not last:
            return b""
        if parse(last) is not None:  # whole, but for its line end: somebody's editor
            return b"\n"
        os.ftruncate(self._file, size - len(last))
        self.torn += 1
        return b""

    def _apply(self, decision: Decision) -> None:
        said = self._said.setdefault(decision.key, {})
        if decision.action == "undo":
            said.pop(decision.reviewer, None)
        else:
            said[decision.reviewer] = decision


def parse(line: bytes) -> Decision | None:
    """A line as a decision; None if it is none."""
    try:
        told = parse_json(line)
        if not isinstance(told, dict) or told.get("action") not in ACTIONS:
            return None
        names = {"fingerprint", "split", "content_hash", "action", "reviewer", "label", "time"}
        words = {k: told[k] for k in names if told.get(k) is not None}
        if any(not isinstance(v, str) for v in words.values()) or type(told.get("row")) is not int:
            return None
        return Decision(row=told["row"], **words)
    except (ValueError, TypeError):
        return None


class _locked:  # noqa: N801 - used as a word: with _locked(file)
    """A lock on the file between processes, where the system has one."""

    def __init__(self, file: int) -> None:
        self._file = file

    def __enter__(self) -> None:
        try:
            import fcntl  # noqa: PLC0415 - not on Windows
        except ImportError:
            return
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        try:
            import fcntl  # noqa: PLC0415 - not on Windows
        except ImportError:
            return
        fcntl.flock(self._file, fcntl.LOCK_UN)
