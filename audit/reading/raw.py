"""Bytes of a file: opened without hanging, unpacked within bounds, UTF-8 in the end."""

from __future__ import annotations

import codecs
import os
import stat
from pathlib import Path

from assay.audit.errors import DataError
from assay.audit.reading.compressed import packing, unpack
from assay.audit.reading.lines import LINE_END

_BLOCK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


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
        with Path(path).open("rb") as file:
            head = file.read(4)
            file.seek(0)
            data = unpack(file, path) if packing(head) else file.read()
    except OSError as error:
        raise unreadable(path, error) from error
    text = as_utf8(data, path)
    if not text:
        raise DataError("the file is empty", path=path, cure="Give a file with at least one row")
    return text


def as_utf8(data: bytes, path: str) -> bytes:
    """The same text as valid UTF-8 without a byte order mark.

    Raises:
        DataError: some byte is not valid; the message names the line, the byte and the cure.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding).encode("utf-8")
            except UnicodeError as error:
                cure = "Save the file as UTF-8"
                raise DataError(f"not valid {encoding.upper()} after its mark", path=path, cure=cure) from error
    bad = _first_bad_byte(data)
    if bad is not None:
        line = 1 + sum(1 for _ in LINE_END.finditer(data, 0, bad))
        hint = "" if b"\0" not in data[:100] else " (many NUL bytes: it may be UTF-16 without a mark)"
        raise DataError(
            f"byte 0x{data[bad]:02x} at offset {bad} is not valid UTF-8{hint}",
            path=path,
            line=line,
            cure="Save the file as UTF-8, for example: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW",
        )
    return data[3:] if data.startswith(codecs.BOM_UTF8) else data


def _first_bad_byte(data: bytes) -> int | None:
    """Offset of the first byte that is not UTF-8; decodes block by block, so that no second copy is made."""
    view, start = memoryview(data), 0
    while start < len(data):
        stop = min(start + _BLOCK, len(data))
        while stop < len(data) and data[stop] & 0xC0 == 0x80 and stop - start < _BLOCK + 4:  # noqa: PLR2004 - UTF-8
            stop += 1
        try:
            codecs.utf_8_decode(view[start:stop], "strict", True)  # noqa: FBT003 - positional in C
        except UnicodeDecodeError as error:
            return start + error.start
        start = stop
    return None
