"""Writing that either happens whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from assay.audit.errors import OutputError

Writer = Callable[[IO[bytes]], object]


def write_folder(folder: Path, files: Mapping[str, Writer]) -> None:
    """Write several files into a folder; old ones of these names are replaced once all new ones are on the disk.

    Other files in the folder are left alone.

    Args:
        folder: made if it is missing.
        files: name -> function that writes the content into an open binary file.

    Raises:
        OutputError: nothing was replaced, and nothing half-written is left.
    """
    with _as_output_error(folder):
        made = _make(folder)
        try:
            temporary = Path(tempfile.mkdtemp(prefix=".assay-", dir=folder))
            try:
                for name, write in files.items():
                    _write(temporary / name, write)
                for name in files:
                    _refuse_folder(folder / name)
                _swap(temporary, folder, list(files))
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
        except BaseException:
            _unmake(made)
            raise
        _sync(folder)


def write_file(path: Path, content: bytes) -> None:
    """Write one file; an old one is replaced once the new one is on the disk.

    Raises:
        OutputError: the old file, if any, is intact.
    """
    write_folder(path.parent, {path.name: lambda out: out.write(content)})


def _swap(new: Path, folder: Path, names: list[str]) -> None:
    """Put the new files in the place of the old ones; back again if anything, an interrupt too, comes between."""
    old = new / "old"
    old.mkdir()
    try:
        for name in names:
            if os.path.lexists(folder / name):
                (folder / name).replace(old / name)
            (new / name).replace(folder / name)
    except BaseException:
        for name in names:
            if os.path.lexists(old / name):
                (old / name).replace(folder / name)
            elif not os.path.lexists(new / name):
                (folder / name).unlink(missing_ok=True)
        raise


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


def _sync(folder: Path) -> None:
    """Make the renames durable, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


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
