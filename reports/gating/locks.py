"""One writer at a time, across processes."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assay.audit.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PAUSE = 0.02


@contextmanager
def locked(path: Path, wait: float = 30.0) -> Iterator[int]:
    """Hold an exclusive lock on a file, made if it is missing; yields its handle, open for reading and appending.

    The system lets go of the lock when the process ends, however it ends.

    Raises:
        OutputError: another process has held the lock for ``wait`` seconds.
        OSError: the file cannot be opened.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        _acquire(handle, path, time.monotonic() + wait)
        yield handle
    finally:
        os.close(handle)


def _acquire(handle: int, path: Path, until: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                words = "another process is writing it. Wait until it is done, and run again"
                raise OutputError(f"{path}: {words}") from None
            time.sleep(_PAUSE)
        else:
            return


def read_all(handle: int) -> bytes:
    """Everything in an open file."""
    os.lseek(handle, 0, os.SEEK_SET)
    pieces = []
    while piece := os.read(handle, 1 << 20):
        pieces.append(piece)
    return b"".join(pieces)


def append(handle: int, content: bytes) -> None:
    """Write at the end of an open file, down to the disk."""
    at = 0
    while at < len(content):
        at += os.write(handle, content[at:])
    os.fsync(handle)
