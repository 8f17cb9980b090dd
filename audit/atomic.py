"""Writing that either happens whole or not at all, whatever ends the process.

New files are written into a hidden folder beside the old ones. Once all of them are on the disk their names are noted
in it, and they are moved into place. A process that is killed before the note leaves the old files; one that is killed
after it leaves a move that whoever comes next, reader or writer, finishes first (`settle`). The moves of two processes
never mix: they are made under a lock on the folder, which the system takes off when its holder ends. Where a file
system has no locks, nothing is waited for and nothing of others is tidied.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO

from assay.audit.errors import OutputError
from assay.audit.parsing import parse_json

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

ALONE, SHARED = (fcntl.LOCK_EX, fcntl.LOCK_SH) if fcntl else (None, None)
Writer = Callable[[IO[bytes]], object]
PREFIX = ".assay-"
"""Of hidden folders that hold files on their way."""
_MOVES, _OLD = ".moves.json", ".old"
_PATIENCE = 30.0
"""Seconds to wait for another process that moves files into the same folder: it takes milliseconds."""


def write_folder(
    folder: Path, files: Mapping[str, Writer], remove: Sequence[str] = (), last: Mapping[str, Writer] | None = None
) -> None:
    """Write several files into a folder; old ones of these names are replaced once all new ones are on the disk.

    Other files in the folder are left alone. What an earlier process left half-way is finished or removed.

    Args:
        folder: made if it is missing.
        files: name, or path within the folder -> function that writes the content into an open binary file.
        remove: names of old files that go as the new ones come.
        last: the same as ``files``, for what depends on the old file: nobody replaces that while these are written.

    Raises:
        OutputError: nothing was replaced, and nothing half-written is left.
    """
    with _as_output_error(folder):
        made = _make(folder)
        try:
            settle(folder)
            with _hidden(folder) as new:
                names = [*files, *(last or {})]
                _write_all(new, files)
                for name in names:
                    _refuse_folder(folder / name)
                with _locked(folder, ALONE):
                    _write_all(new, last or {})
                    _move_in(new, folder, names, [name for name in remove if name not in names])
        except BaseException:
            _unmake(made)
            raise
        for place in {(folder / name).parent for name in names}:
            _sync(place)


def write_file(path: Path, content: bytes) -> None:
    """Write one file; an old one is replaced once the new one is on the disk.

    Raises:
        OutputError: the old file, if any, is intact.
    """
    write_folder(path.parent, {path.name: lambda out: out.write(content)})


@contextmanager
def steady(folder: Path) -> Iterator[None]:
    """Read files that belong together: none of them is replaced meanwhile, and a move that was cut off is finished."""
    settle(folder)
    with ExitStack() as held:
        with suppress(OSError, OutputError):  # no folder, or one that cannot be locked: reading will tell
            held.enter_context(_locked(folder, SHARED))
        yield


def settle(folder: Path) -> None:
    """Finish or remove what a process that was killed left in a folder; what cannot be done is left as it is."""
    with suppress(OSError, OutputError):
        if not fcntl or not any(_left(folder)):
            return
        with _locked(folder, ALONE):
            for hidden in _left(folder):
                if _is_orphan(hidden):
                    _finish(hidden, folder)
                    shutil.rmtree(hidden, ignore_errors=True)


def _left(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob(PREFIX + "*")) if path.is_dir() and not path.is_symlink()]


def _is_orphan(hidden: Path) -> bool:
    """Whether the process that made it is gone: it holds a lock on it as long as it lives."""
    try:
        with _locked(hidden, ALONE, patience=0):
            return True
    except (OSError, OutputError):
        return False


def _finish(hidden: Path, folder: Path) -> None:
    """Make the moves that were noted; the note comes from a folder that anybody may have written to."""
    try:
        told = parse_json((hidden / _MOVES).read_bytes())
        names, gone = [n for n in told["files"] if _is_inside(n)], [n for n in told["remove"] if _is_inside(n)]
    except (OSError, ValueError, KeyError, TypeError):
        return
    for name in names:
        if (hidden / name).is_file() and not (hidden / name).is_symlink():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (hidden / name).replace(folder / name)
    for name in gone:
        (folder / name).unlink(missing_ok=True)


def _is_inside(name: object) -> bool:
    if not isinstance(name, str) or not name or "\0" in name:
        return False
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


@contextmanager
def _hidden(folder: Path) -> Iterator[Path]:
    """A hidden folder that is ours as long as we live; gone afterwards."""
    with _locked(folder, ALONE):  # nobody tidies it away before it is locked
        hidden = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
        handle = _open(hidden)
        if fcntl:
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        yield hidden
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
        os.close(handle)


def _move_in(new: Path, folder: Path, names: list[str], gone: list[str]) -> None:
    """Put the new files in the place of the old ones; back again if anything, an interrupt too, comes between."""
    old = new / _OLD
    moves = json.dumps({"files": names, "remove": gone}).encode()
    made = [path for name in names for path in _make((folder / name).parent)]
    for name in (*names, *gone):
        (old / name).parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(folder / name):
            _keep(folder / name, old / name)
    try:
        _write(new / _MOVES, lambda out: out.write(moves))
        for name in names:
            (new / name).replace(folder / name)
        for name in gone:
            (folder / name).unlink(missing_ok=True)
    except BaseException:
        (new / _MOVES).unlink(missing_ok=True)
        for name in (*names, *gone):
            if os.path.lexists(old / name):
                (old / name).replace(folder / name)
            elif name in names and not os.path.lexists(new / name):
                (folder / name).unlink(missing_ok=True)
        _unmake(made)
        raise


def _keep(path: Path, copy: Path) -> None:
    """Hold on to an old file without taking it from its place, so that there is one at every moment."""
    try:
        os.link(path, copy, follow_symlinks=False)
    except (OSError, NotImplementedError):  # a file system without links
        shutil.copy2(path, copy, follow_symlinks=False)


def _write_all(folder: Path, files: Mapping[str, Writer]) -> None:
    for name, write in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        _write(folder / name, write)


def _write(path: Path, write: Writer) -> None:
    with path.open("wb") as out:
        write(out)
        out.flush()
        os.fsync(out.fileno())


def _refuse_folder(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        raise IsADirectoryError(f"{path} is a folder")


def _make(folder: Path) -> list[Path]:
    """Make a folder and its parents; returns those that were missing, innermost last."""
    missing = [p for p in (folder, *folder.parents) if not p.exists()][::-1]
    for path in missing:
        path.mkdir(exist_ok=True)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file")
    return missing


def _unmake(made: list[Path]) -> None:
    for path in reversed(made):
        with suppress(OSError):
            path.rmdir()


def _open(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0))


def _sync(folder: Path) -> None:
    """Make the renames durable, where the system can."""
    with suppress(OSError):
        handle = _open(folder)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _locked(folder: Path, kind: int | None, patience: float = _PATIENCE) -> Iterator[None]:
    """Hold a lock on a folder; without one where the file system knows none.

    Raises:
        OutputError: another process holds it for longer than ``patience`` seconds.
    """
    if kind is None:
        yield
        return
    handle, until = _open(folder), time.monotonic() + patience
    try:
        while True:
            try:
                fcntl.flock(handle, kind | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    told = "another process is writing into it; wait for it, or choose another folder"
                    raise OutputError(f"cannot use {folder}: {told}") from None
                time.sleep(0.01)
            except OSError:
                if not patience:  # whether somebody holds it cannot be told
                    raise
                break
        yield
    finally:
        os.close(handle)  # takes the lock off


@contextmanager
def _as_output_error(folder: Path) -> Iterator[None]:
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"cannot write into {folder}: {reason}. Make room or rights there, or choose another folder"
        ) from error
