"""The story of a run from its folder, as `assay run` told it when it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.audit.errors import DataError
from assay.audit.parsing import parse_json
from assay.reports.running import steps, story
from assay.reports.running.record import FILE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CURE = "Run `assay run` again"
COULD_NOT_RUN = 2


def recall(folder: Path) -> dict[str, Any]:
    """The facts of a run.

    Raises:
        DataError: the record or the first audit is not there, or is none of ours.
    """
    record, audit = _read(folder / FILE), _read(folder / "audit" / "audit.json")
    try:
        done = [(str(step["name"]), int(step["exit_code"])) for step in record["steps"]]
        begun = record.get("begun")
        stopped, code = _end(done, str(begun["name"]) if begun else None)
        return story.tell(folder, _files(audit["data"]), stopped, code)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"not a run: {error}", path=str(folder), cure=CURE) from error


def _end(done: list[tuple[str, int]], begun: str | None) -> tuple[str | None, int]:
    """The step that stopped the run, None if it came to its end, and the run's exit code."""
    if begun:  # begun and not noted as done: it could not run, or was killed
        return begun, COULD_NOT_RUN
    name, code = done[-1]
    if name == "gate":
        return None, code
    return name, code


def _files(data: Mapping[str, Any]) -> steps.Files:
    """The files that the run was given, out of its first audit."""

    def of(*names: str) -> tuple[str, ...]:
        return tuple(file for name in names if name in data for file in data[name]["files"])

    tests = tuple(name for name in data if name.startswith("test"))
    return steps.Files(of("train"), of("validation"), of(*tests), of("production"))


def _read(path: Path) -> dict[str, Any]:
    try:
        found = parse_json(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be read: {error}", path=str(path), cure=CURE) from error
    if not isinstance(found, dict):
        raise DataError("not a record of a run", path=str(path), cure=CURE)
    return found
