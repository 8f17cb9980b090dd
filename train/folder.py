"""The run folder while a run is made: never half a run that looks finished, never somebody else's files."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

from assay.audit.atomic import settle, write_file
from assay.audit.errors import ConfigError, DataError
from assay.audit.parsing import read_object

if TYPE_CHECKING:
    from pathlib import Path

    from assay.train.fitting import Job

DEFAULT = "assay-out/train"
STARTED = "started.json"
CLEARING = {"schema_version": 1, "clearing": True}
"""In the place of a run's identity while an earlier run is removed: nothing to go on from, and nobody else's."""
OURS = (
    "manifest.json",
    "model",
    "adapter",
    "checkpoints",
    "metrics.jsonl",
    "baselines.json",
    "README.md",
    "requirements.txt",
)


def identity(job: Job) -> dict[str, Any]:
    """What must be equal for a run to be gone on with."""
    return {
        "schema_version": 1,
        "data": {s.name: s.fingerprint for s in job.data.splits if s.name in {"train", "validation"}},
        "base": {k: v for k, v in job.base.reference().items() if k != "id"},
        "hyperparameters": {k: v for k, v in job.plan.document().items() if k not in {"why", "report_to"}},
    }


def finished(job: Job) -> bool:
    """Whether the folder holds the finished run of this very job."""
    mark = job.folder / "checkpoints" / STARTED
    return (job.folder / "manifest.json").is_file() and read_object(mark) == identity(job)


def open_folder(job: Job) -> bool:
    """Make the folder ready: for a new run, or for one that goes on.

    Returns:
        Whether there is something to go on from.

    Raises:
        ConfigError: the run in it is another one, so it cannot be resumed.
        DataError: the folder holds files of the same names that are none of ours.
        OutputError: it cannot be written.
    """
    folder, mark = job.folder, job.folder / "checkpoints" / STARTED
    settle(mark.parent)
    there = [name for name in OURS if _holds(folder / name)]
    known = read_object(mark)
    if job.resume and known is not None and known != CLEARING:
        _refuse_another(known, identity(job), folder)
        (folder / "manifest.json").unlink(missing_ok=True)
        return True
    if job.resume and there and known is None:
        raise ConfigError(f"{folder}: there is nothing to resume in it; leave out --resume to train anew")
    if there and known is None:
        raise DataError(
            f"holds {', '.join(there)}, and no run of Assay", path=str(folder), cure="Name another folder with --output"
        )
    (folder / "manifest.json").unlink(missing_ok=True)  # first: what follows is no finished run
    if there:
        write_file(mark, json.dumps(CLEARING).encode())  # whoever is killed from here on, the next one clears the rest
    for name in OURS:  # empty folders too, which a killed one left
        if os.path.lexists(folder / name):
            _clear(folder / name)
    write_file(mark, (json.dumps(identity(job), ensure_ascii=False, indent=2) + "\n").encode())
    return False


def _holds(path: Path) -> bool:
    """Whether there is a file, or a folder with something in it: an empty one was being made when it was killed."""
    return any(path.iterdir()) if path.is_dir() else os.path.lexists(path)


def _clear(path: Path) -> None:
    """Remove a file or a folder, all but the mark that it is ours."""
    if path.name == "checkpoints" and path.is_dir() and not path.is_symlink():
        for each in path.iterdir():
            if each.name != STARTED:
                _clear(each)
    elif path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _refuse_another(known: dict[str, Any], now: dict[str, Any], folder: Path) -> None:
    before, after = _flat(known), _flat(now)
    changed = [key for key in sorted({*before, *after}, key=_weighty) if before.get(key) != after.get(key)]
    if changed:
        first = changed[0]
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise ConfigError(
            f"{folder} cannot be resumed: {first} was {before.get(first)!r:.60} and is {after.get(first)!r:.60}{more}. "
            "Give the same data and settings, or leave out --resume to train anew"
        )


def _weighty(key: str) -> tuple[bool, str]:
    """The method and the data first: other settings follow from them."""
    return key != "hyperparameters.method" and not key.startswith("data."), key


def _flat(document: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, dict) and value:
            out |= _flat(value, f"{prefix}{key}.")
        else:
            out[f"{prefix}{key}"] = value
    return out
