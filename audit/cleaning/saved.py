"""Cleaned data as a data set of Hugging Face ``datasets``: ``assay clean AUDIT_DIR --output hf:DIR``.

Features are those of the source: a saved data set or a hub id keeps its types and its ``ClassLabel``; files get the
types that they were read with. The folder holds every audited split but production, the cleaned ones cleaned.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.dataset import PRODUCTION, WRITTEN_TYPES
from assay.audit.errors import DataError, OutputError
from assay.audit.reading.hub import PREFIX, is_saved, load_hub, saved_folder
from assay.audit.writing.tables import Stored, picked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assay.audit.cleaning.plan import Plan
    from assay.audit.dataset import Dataset, Split


def folder_of(output: str) -> Path | None:
    """The folder that ``hf:DIR`` names; None for files."""
    if not output.startswith(PREFIX):
        return None
    if not output.removeprefix(PREFIX):
        raise OutputError("--output hf: needs the name of a folder: hf:DIR")
    return Path(output.removeprefix(PREFIX))


def targets(folder: Path, data: Dataset, taken: Iterable[str], log: str) -> tuple[list[Path], Path]:
    """The place of each split (of those that are cleaned or copied), and the log beside the folder.

    Raises:
        OutputError: the folder is a source, holds one, or is something else than a saved data set.
    """
    whole = folder.resolve()
    for source in taken:
        place = Path(source.removeprefix(PREFIX)).resolve()
        if place == whole or whole in place.parents or place in whole.parents:
            raise OutputError(f"{folder} is a source of this audit, or holds one; name another folder")
    if folder.exists() and not is_saved(str(folder)) and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder} is there and is no saved data set, so it is not replaced; name another folder")
    return [folder / split.name for split in kept_splits(data)], folder.parent / log


def kept_splits(data: Dataset) -> list[Split]:
    """The splits that go into the new data set."""
    return [s for s in data.splits if s.name != PRODUCTION]


def write(folder: Path, data: Dataset, plan: Plan) -> None:
    """Write the new data set, whole or not at all; an older one in its place is replaced.

    Raises:
        DataError: ``datasets`` is not installed, a source cannot be read again, or every row of a split would go.
        OutputError: it cannot be written.
    """
    try:
        import datasets  # noqa: PLC0415 - an extra, and a second
    except ImportError as error:
        raise DataError("--output hf: needs the datasets library", cure="Run: pip install datasets") from error
    made = {split.name: _split(datasets, data, split, plan) for split in kept_splits(data)}
    whole = datasets.DatasetDict(made)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".assay-", dir=folder.parent))
        try:
            datasets.utils.logging.disable_progress_bar()
            whole.save_to_disk(str(work / "new"))
            if folder.exists():
                folder.replace(work / "old")
            (work / "new").replace(folder)
        except BaseException:
            if (work / "old").exists() and not folder.exists():
                (work / "old").replace(folder)
            raise
        finally:
            datasets.utils.logging.enable_progress_bar()
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written: {error.strerror or error}") from error


def _split(datasets: Any, data: Dataset, split: Split, plan: Plan) -> Any:
    """One split, without the rows that are gone and with new labels."""
    table, features = _source(datasets, data, split)
    inside = range(split.start, split.stop)
    stays = np.array([not plan.gone(row) for row in inside], np.bool_)
    if not stays.any():
        raise OutputError(f"every row of {split.name} would be dropped, and a split without rows is no data")
    place = data.places.row[split.start : split.stop]
    labels = {
        int(data.places.row[row]): one.label
        for row, one in sorted(plan.changes.items())
        if row in inside and one.action == "relabel" and one.label is not None
    }
    chosen = picked(Stored(table, "file"), np.sort(place[stays]), labels, data.roles.label)
    if features is None:
        features = datasets.Features.from_arrow_schema(chosen.schema)
    # A fingerprint of our own: that of the library is random for a table in memory.
    mark = f"assay{split.fingerprint}{len(plan.changes):x}"
    info = datasets.DatasetInfo(features=features)
    return datasets.Dataset(datasets.table.InMemoryTable(chosen), info=info, fingerprint=mark)


def _source(datasets: Any, data: Dataset, split: Split) -> tuple[Any, Any]:
    """The Arrow table of a split's source and its Features; None for Features that it does not say."""
    path = split.files[0] if len(split.files) == 1 else ""
    if path and (is_saved(path) or saved_folder(path)):
        return _whole(datasets.load_from_disk(saved_folder(path) or path), split)
    if path and not os.path.lexists(path):
        return _whole(load_hub(path), split)
    types = data.memo.get(WRITTEN_TYPES, {}).get(split.name, {})
    frame = data.frame.slice(split.start, split.rows).select([c for c in data.frame.columns if not types or c in types])
    order = np.argsort(data.places.row[split.start : split.stop], kind="stable")
    if not np.array_equal(data.places.row[split.start : split.stop][order], np.arange(split.rows)):
        cure = "Give each split as a file of its own, audit them, and clean"
        raise DataError("a column splits its file, so the rows cannot be placed", path=path, cure=cure)
    import pyarrow as pa  # noqa: PLC0415 - with tables only

    table = frame.to_arrow()
    long = (pa.large_string(), pa.string_view())
    return table.cast(pa.schema([(f.name, pa.string() if f.type in long else f.type) for f in table.schema])), None


def _whole(loaded: Any, split: Split) -> tuple[Any, Any]:
    """All rows of a loaded data set, of the split where it has several."""
    one = loaded.get(split.name, next(iter(loaded.values()))) if hasattr(loaded, "keys") else loaded
    table = one.with_format("arrow")[:]
    return table.replace_schema_metadata(one.features.arrow_schema.metadata), one.features
