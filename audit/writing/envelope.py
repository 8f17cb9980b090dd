"""What is around a text: packing, encoding, byte order mark. Taken off to work in UTF-8, and put on again."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from assay.audit.reading.compressed import packing, unpack
from assay.audit.reading.encodings import as_utf8
from assay.audit.reading.raw import check_file, unreadable

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Byte order mark and encoding of a text."""

    mark: bytes = b""
    encoding: str = "utf-8"

    def put_on(self, data: bytes) -> bytes:
        """UTF-8 as the source was written."""
        return self.mark + (data if self.encoding == "utf-8" else data.decode("utf-8").encode(self.encoding))


def take_off(path: str) -> tuple[bytes, Envelope]:
    """A text file's content in UTF-8 without a mark, unpacked, and what was around it.

    Raises:
        DataError: the file cannot be read, unpacked or decoded.
    """
    check_file(path)
    try:
        with Path(path).open("rb", buffering=0) as file:
            head = file.read(4)
            file.seek(0)
            raw = unpack(file, path) if packing(head) else file.read()
    except OSError as error:
        raise unreadable(path, error) from error
    mark, encoding = next(((m, e) for m, e in _MARKS if raw.startswith(m)), (b"", "utf-8"))
    return as_utf8(raw, path), Envelope(mark, encoding)


def pack(data: bytes, name: str) -> bytes:
    """Content packed as the suffix of its file's name says; the same content gives the same bytes."""
    suffix = Path(name).suffix.lower()
    if suffix == ".gz":
        import gzip  # noqa: PLC0415 - only for packed files

        return gzip.compress(data, mtime=0)
    if suffix in {".zst", ".zstd"}:
        import pyarrow as pa  # noqa: PLC0415 - as above

        packed: bytes = pa.Codec("zstd").compress(data, asbytes=True)
        return packed
    return data
