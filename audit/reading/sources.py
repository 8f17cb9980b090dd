"""What the user names, as files: paths, globs, folders; and which reader reads which file."""

from __future__ import annotations

import difflib
import glob
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assay.audit.errors import DataError
from assay.audit.reading.columnar import read_arrow, read_parquet
from assay.audit.reading.compressed import PACKED, packing
from assay.audit.reading.delimited import read_delimited, table_mark
from assay.audit.reading.json_file import read_json
from assay.audit.reading.json_lines import read_json_lines
from assay.audit.reading.raw import check_file, read_bytes, unreadable

if TYPE_CHECKING:
    from assay.audit.reading.table import Table

KINDS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
_CURES = {
    ".xlsx": "Save the sheet as CSV UTF-8",
    ".xls": "Save the sheet as CSV UTF-8",
    ".ods": "Save the sheet as CSV UTF-8",
    ".pkl": "A pickle can run any code when loaded, so it never is; save the data as Parquet",
    ".pickle": "A pickle can run any code when loaded, so it never is; save the data as Parquet",
    ".txt": "Name it .csv or .tsv and give it a header line",
    ".zip": "Unpack it",
    ".bz2": "Unpack it, or pack it as gzip or zstd",
    ".xz": "Unpack it, or pack it as gzip or zstd",
}
_FOREIGN = _CURES.keys() - {".txt"}
_MAGIC = {b"PAR1": "parquet", b"ARROW1": "arrow", b"FEA1": "arrow"}
_LFS = b"version https://git-lfs"


def kind_of(path: str) -> str | None:
    """``csv``, ``tsv``, ``json``, ``jsonl``, ``parquet`` or ``arrow`` by the file's name; None for others."""
    name = Path(path)
    if name.suffix.lower() in PACKED:
        name = name.with_suffix("")
    return KINDS.get(name.suffix.lower())


def read_file(path: str) -> Table:
    """Read one file by the kind that its first bytes or its name say, else by what its text looks like.

    Raises:
        DataError: the file cannot be read as data; the message says where and why.
    """
    check_file(path)
    kind = _by_magic(path) or kind_of(path)
    if kind == "parquet":
        return read_parquet(path)
    if kind == "arrow":
        return read_arrow(path)
    if kind is None and Path(path).suffix.lower() in _FOREIGN:
        raise _unknown(path)
    data = read_bytes(path)
    notes: tuple[str, ...] = ()
    if kind is None:
        kind = _by_text(data)
        if kind is None:
            raise _unknown(path)
        notes = (f"{path}: read as {kind.upper()} by its content, as its name says no kind of file",)
    table = _read_text(data, path, kind)
    return replace(table, notes=(*notes, *table.notes)) if notes else table


def _read_text(data: bytes, path: str, kind: str) -> Table:
    if kind == "json":
        return read_json(data, path)
    if kind == "jsonl":
        return read_json_lines(data, path)
    return read_delimited(data, path, "\t" if kind == "tsv" else None)


def _by_magic(path: str) -> str | None:
    """The kind that a file's first bytes say for certain.

    Raises:
        DataError: the file only stands for data that are elsewhere, or is packed and must not be.
    """
    try:
        with Path(path).open("rb") as file:
            head = file.read(len(_LFS))
    except OSError as error:
        raise unreadable(path, error) from error
    if head == _LFS:
        cure = "Fetch the data: git lfs pull"
        raise DataError("a pointer of Git LFS, not the data themselves", path=path, cure=cure)
    if kind_of(path) in {"parquet", "arrow"} and packing(head[:4]):
        raise DataError("packed; Parquet and Arrow files are packed inside", path=path, cure="Unpack it")
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)


def _by_text(data: bytes) -> str | None:
    """The kind that a text looks like: brackets first, else rows of as many fields as the header has."""
    start = data[:4096].lstrip()[:1]
    if start == b"[":
        return "json"
    if start == b"{":
        return "jsonl" if data.lstrip().split(b"\n", 1)[0].rstrip().endswith(b"}") else "json"
    mark = table_mark(data)
    return {"\t": "tsv"}.get(mark, "csv") if mark else None


def _unknown(path: str) -> DataError:
    known = ", ".join(KINDS)
    cure = _CURES.get(Path(path).suffix.lower(), f"Give one of {known}; the text ones also as .gz or .zst")
    return DataError("not a kind of file that is read", path=path, cure=cure)


def is_folder(path: str) -> bool:
    """Whether a path is a folder.

    Raises:
        DataError: the path may not be looked at.
    """
    try:
        return stat.S_ISDIR(Path(path).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise unreadable(path, error if isinstance(error, OSError) else OSError(str(error))) from error


def expand(spec: str) -> list[str]:
    """The files that a path, glob or folder stands for, sorted.

    Raises:
        DataError: nothing is there; the message offers names that are near.
    """
    if is_folder(spec):
        return files_in(spec)
    if Path(spec).exists() or not glob.has_magic(spec):
        if not Path(spec).exists():
            raise _missing(spec)
        return [spec]
    found = sorted(path for path in glob.glob(spec, recursive=True) if not is_folder(path))  # noqa: PTH207 - takes absolute patterns
    if not found:
        raise DataError("no file matches", path=spec, cure=_near(spec))
    return found


def files_in(folder: str) -> list[str]:
    """The data files of a folder, sorted; those below it only if none stands in it directly.

    Raises:
        DataError: the folder may not be read, or holds no data file.
    """
    root = Path(folder)
    try:
        direct = sorted(str(p) for p in root.iterdir() if _is_data(p))
    except OSError as error:
        raise unreadable(folder, error) from error
    found = direct or sorted(str(p) for p in root.rglob("*") if _is_data(p))
    if not found:
        raise DataError("the folder holds no data file", path=folder, cure=f"Data files end in {', '.join(KINDS)}")
    return found


def _is_data(path: Path) -> bool:
    return kind_of(str(path)) is not None and not path.name.startswith((".", "_")) and path.is_file()


def _missing(spec: str) -> DataError:
    return DataError("no such file", path=spec, cure=_near(spec))


def _near(spec: str) -> str:
    """Names in the same folder that the user may have meant."""
    folder = Path(spec).parent
    try:
        names = [p.name for p in folder.iterdir()] if folder.is_dir() else []
    except OSError:
        names = []
    near = difflib.get_close_matches(Path(spec).name, names, n=3)
    if near:
        return "Did you mean " + ", ".join(str(folder / name) for name in near) + "?"
    return "Check the path; it is relative to the working folder"
