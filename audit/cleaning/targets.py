"""Where cleaned files go: never onto what they were made of."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from assay.audit.errors import OutputError
from assay.audit.reading.sources import kind_of
from assay.audit.writing.original import suffix_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assay.audit.writing.original import Original

LOG = "changes.jsonl"


def targets(originals: Sequence[Original], output: str, taken: Iterable[str]) -> tuple[list[Path], Path]:
    """The new file of each source file, and the log of changes.

    Args:
        originals: the files that are cleaned.
        output: a file, or a folder where there are several files.
        taken: files that must not be written: the audit's own.

    Raises:
        OutputError: the output is one of them, or its name says another format.
    """
    if not output:
        raise OutputError("--output needs the name of a file")
    folder = len(originals) > 1 or output.endswith(("/", os.sep)) or Path(output).is_dir()
    files = [Path(output) / name for name in _names(originals)] if folder else [Path(output)]
    log = (Path(output) if Path(output).is_dir() and len(originals) == 1 else files[0].parent) / LOG
    if len(originals) > 1:
        log = Path(os.path.normpath(output)).parent / LOG
    for original, file in zip(originals, files, strict=True):
        if kind_of(str(file)) != original.kind:
            cure = f"name it with {suffix_of(original)}, as {original.path}"
            raise OutputError(f"{file}: {original.kind.upper()} is written as it was read; {cure}")
    for file in (*files, log):
        for source in taken:
            if _same(file, Path(source)):
                raise OutputError(f"{file} is a source of this audit, and nothing is changed in place; name another")
    return files, log


def _names(originals: Sequence[Original]) -> list[str]:
    """Names of the source files; with their folders where two have one name."""
    names = [Path(o.path).name for o in originals]
    twice = {name for name, count in Counter(names).items() if count > 1}
    root = os.path.commonpath([Path(o.path).absolute() for o in originals]) if twice else ""
    own = [os.path.relpath(o.path, root).replace(os.sep, "-") if twice else "" for o in originals]
    return [long if name in twice else name for name, long in zip(names, own, strict=True)]


def _same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.samefile(other)
    return os.path.realpath(one) == os.path.realpath(other)
