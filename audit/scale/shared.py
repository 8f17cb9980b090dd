"""Arrays that every call of a stage reads: a file that each worker opens once, not a copy in each message."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray


_here: dict[str, NDArray[Any]] = {}
"""What this process has put: it need not read that again."""


def put(folder: Path, name: str, array: NDArray[Any]) -> str:
    """Write an array under a name, whole or not at all; the path to ``get`` it by."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.npy"
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as out:
        np.save(out, array, allow_pickle=False)
    temporary.replace(path)
    _here[str(path)] = array
    return str(path)


def forget(folder: Path) -> None:
    """Let go of the arrays put into a folder by this process."""
    for path in [path for path in _here if Path(path).parent == folder]:
        del _here[path]


def get(path: str) -> NDArray[Any]:
    """An array that was ``put``; large ones of other processes are mapped, not read."""
    return _here[path] if path in _here else _read(path)


@lru_cache(maxsize=16)
def _read(path: str) -> NDArray[Any]:
    mode = "r" if Path(path).stat().st_size > 1 << 26 else None
    array: NDArray[Any] = np.load(path, mmap_mode=mode, allow_pickle=False)  # type: ignore[arg-type]
    return array


def kept(folder: Path, name: str, make: Callable[[], Mapping[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    """Arrays made once: a run that was stopped finds those it had made."""
    path = folder / f"{name}.npz"
    if path.exists():
        with np.load(path, allow_pickle=False) as found:
            return {key: found[key] for key in found.files}
    made = dict(make())
    folder.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as out:
        np.savez(out, **made)  # type: ignore[arg-type]
    temporary.replace(path)
    return made
