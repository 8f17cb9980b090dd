"""Gzip and zstd, unpacked block by block and never past what the memory holds."""

from __future__ import annotations

import io
import os
import zlib
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from assay.audit.errors import DataError

PACKED = (".gz", ".zst", ".zstd")
"""Suffixes of packed text files."""
_BLOCK = 1 << 20
_SHARE = 2
"""Unpacked text may take this fraction of the memory (1 / _SHARE)."""
_FOREIGN = {b"BZh": "bzip2", b"\xfd7zX": "xz", b"PK\x03\x04": "a zip archive (or a spreadsheet)"}


def packing(head: bytes) -> str | None:
    """``gzip``, ``zstd`` or the name of a foreign packing, by the first four bytes; None for plain content."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head == b"\x28\xb5\x2f\xfd":
        return "zstd"
    return next((name for magic, name in _FOREIGN.items() if head.startswith(magic)), None)


def memory_limit() -> int:
    """Bytes of memory that this process may use: the machine's, or the container's where that is less."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 1 << 33
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return total
    return min(total, int(limit)) if limit.isdigit() else total


def unpack(file: IO[bytes], path: str) -> bytes:
    """The whole content of a packed file.

    Raises:
        DataError: the packing is foreign or damaged, or the content would not fit into memory.
    """
    kind = packing(file.read(4))
    file.seek(0)
    limit, out = memory_limit() // _SHARE, io.BytesIO()
    try:
        for block in _gzip_blocks(file) if kind == "gzip" else _zstd_blocks(file, kind, path):
            if out.tell() + len(block) > limit:
                cure = "Give a smaller file, or unpack it and give a part"
                raise DataError(f"unpacks to more than {limit >> 20:,} MB, half of the memory", path=path, cure=cure)
            out.write(block)
    except (EOFError, zlib.error, OSError, pa.ArrowInvalid) as error:
        cure = "Fetch the file again; it may have been cut off in transfer"
        raise DataError(f"damaged {kind} content ({error})", path=path, cure=cure) from error
    return out.getvalue()


def _gzip_blocks(file: IO[bytes]) -> Any:
    import gzip  # noqa: PLC0415 - only for packed files

    with gzip.GzipFile(fileobj=file) as stream:
        while block := stream.read(_BLOCK):
            yield block


def _zstd_blocks(file: IO[bytes], kind: str | None, path: str) -> Any:
    if kind != "zstd":
        raise DataError(f"packed as {kind}, which is not read", path=path, cure="Unpack it, or pack it as gzip or zstd")
    with pa.CompressedInputStream(pa.PythonFile(file), "zstd") as stream:
        while block := stream.read(_BLOCK):
            yield block
