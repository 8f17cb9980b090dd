"""Bytes of a file: opened without hanging, unpacked within bounds, UTF-8 in the end."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from assay.audit.errors import DataError
from assay.audit.reading.compressed import PACKED, packing, unpack
from assay.audit.reading.encodings import as_utf8


def check_file(path: str) -> None:
    """Refuse what is no plain, readable, non-empty file, before anything opens it.

    Raises:
        DataError: the file is missing, a device or pipe, empty, or may not be read.
    """
    try:
        info = Path(path).stat()
    except OSError as error:
        raise unreadable(path, error) from error
    if not stat.S_ISREG(info.st_mode):
        raise DataError("not a plain file", path=path, cure="Save what it delivers to a file first")
    if info.st_size == 0:
        raise DataError("the file is empty", path=path, cure="Give a file with at least one row")
    if not os.access(path, os.R_OK):
        raise DataError("no permission to read it", path=path, cure=f"Run: chmod u+r {path}")


def unreadable(path: str, error: OSError) -> DataError:
    """What the operating system refused, in words."""
    if isinstance(error, FileNotFoundError):
        return DataError("no such file", path=path, cure="Check the path; it is relative to the working folder")
    if isinstance(error, PermissionError):
        return DataError("no permission to read it", path=path, cure=f"Run: chmod u+r {path}")
    return DataError(f"cannot be read: {error.strerror or error}", path=path, cure="Check the disk and the path")


def read_bytes(path: str) -> bytes:
    """A text file's content as UTF-8 without a byte order mark, unpacked where it is gzip or zstd.

    Raises:
        DataError: the file cannot be read, unpacked or decoded.
    """
    check_file(path)
    try:
        with Path(path).open("rb", buffering=0) as file:  # a buffer would cost a second copy of the whole
            head = file.read(4)
            file.seek(0)
            data = unpack(file, path) if packing(head) else file.read()
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        text = as_utf8(data, path)
    except DataError as error:
        if Path(path).suffix.lower() in PACKED and not packing(head):
            cure = "Fetch the file again, or name it as what it is"
            raise DataError("not packed, though its name says so, and no text", path=path, cure=cure) from error
        raise
    if not text:
        raise DataError("the file is empty", path=path, cure="Give a file with at least one row")
    return text
