"""Vectors kept on disk: found again by the hash of each text, so that a corrected set is not encoded anew.

A shelf is a folder for one encoder and its settings; each set that was encoded is a file in it. A file is written
under another name and renamed, and carries a hash of its content: two processes, a crash or a full disk leave whole
files or none, and a damaged one is as good as none. Nothing here is ever unpickled.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b, sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MAGIC = b"assay vectors 1\n"
_KEY = 16
"""Bytes of a text's hash."""
_LOOKED_AT = 3
"""Files of a shelf, newest first, in which texts of a new set are looked for."""
LARGEST = 4 << 30
"""Bytes that all shelves may take; the files not used for longest go first."""


def root() -> Path | None:
    """Folder of all shelves: under ASSAY_CACHE, else XDG_CACHE_HOME, else ~/.cache. None where there is no home."""
    told = os.environ.get("ASSAY_CACHE")
    if told:
        return Path(told) / "vectors"
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "assay" / "vectors"
    except RuntimeError:
        return None


@dataclass(frozen=True, slots=True)
class Shelf:
    """Vectors of one encoder under fixed settings."""

    folder: Path | None
    """None keeps nothing and knows nothing."""
    dims: int

    @classmethod
    def of(cls, settings: str, dims: int, *, kept: bool = True) -> Shelf:
        """The shelf of an encoder, told apart by everything that changes its vectors."""
        top = root() if kept else None
        return cls(top / sha256(settings.encode()).hexdigest()[:32] if top else None, dims)

    def find(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Vectors (texts, dims), and which of them are known; the others are zero."""
        vectors, known = np.zeros((len(texts), self.dims), np.float32), np.zeros(len(texts), np.bool_)
        if not self.folder or not texts:
            return vectors, known
        keys = [_key(text) for text in texts]
        for path in self._files(_name(keys)):
            held = _read(path, self.dims)
            if held is None:
                continue
            table, where = held[1], {key: at for at, key in enumerate(held[0])}
            at = np.array([where.get(key, -1) for key in keys], np.int64)
            new = (at >= 0) & ~known
            vectors[new], known = table[at[new]], known | new
            with suppress(OSError):
                os.utime(path)
            if known.all():
                break
        return vectors, known

    def keep(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Put a set on the shelf; a place that cannot be written is no error."""
        if not self.folder or not texts:
            return
        keys = [_key(text) for text in texts]
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            _write(self.folder / _name(keys), b"".join(keys), np.ascontiguousarray(vectors, np.float32))
            _make_room(self.folder.parent)

    def _files(self, first: str) -> list[Path]:
        """The file of just this set, else the newest of the shelf."""
        if not self.folder:
            return []
        exact = self.folder / first
        if exact.is_file():
            return [exact]
        return [path for _, _, path in sorted(_sizes(self.folder), reverse=True)[:_LOOKED_AT]]


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY).digest()


def _name(keys: list[bytes]) -> str:
    return f"{sha256(b''.join(keys)).hexdigest()[:32]}.vectors"


def _write(path: Path, keys: bytes, vectors: NDArray[np.float32]) -> None:
    body = vectors.data.cast("B") if vectors.size else memoryview(b"")
    digest = sha256(keys)
    digest.update(body)
    head = {"rows": vectors.shape[0], "dims": vectors.shape[1], "sha256": digest.hexdigest()}
    handle, part = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(_MAGIC + json.dumps(head).encode() + b"\n" + keys)
            out.write(body)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def _read(path: Path, dims: int) -> tuple[list[bytes], NDArray[np.float32]] | None:
    """Text hashes and vectors of a file; None where it is damaged or gone."""
    try:
        with path.open("rb") as file:
            if file.readline(len(_MAGIC)) != _MAGIC:
                return None
            head, body = json.loads(file.readline(1000)), file.read()
        rows = int(head["rows"])
        whole = head["dims"] == dims and len(body) == rows * (_KEY + 4 * dims)
        if not whole or sha256(body).hexdigest() != head["sha256"]:
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    keys = [body[at : at + _KEY] for at in range(0, rows * _KEY, _KEY)]
    return keys, np.frombuffer(body, np.float32, offset=rows * _KEY).reshape(rows, dims)


def _sizes(folder: Path) -> list[tuple[float, int, Path]]:
    """Time of last use, bytes and path of every file under a folder, hidden parts left out."""
    out = []
    for path in folder.rglob("*.vectors"):
        with suppress(OSError):
            told = path.stat()
            out.append((told.st_mtime, told.st_size, path))
    return out


def _make_room(top: Path) -> None:
    files = sorted(_sizes(top))
    total = sum(size for _, size, _ in files)
    for _, size, path in files[:-1]:  # the newest stays, whatever its size
        if total <= LARGEST:
            break
        path.unlink(missing_ok=True)
        total -= size
