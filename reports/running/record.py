"""What a run has done: a file that is replaced after every step, so that a killed run goes on where it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.atomic import write_file
from assay.audit.errors import DataError
from assay.audit.findings import as_json
from assay.audit.parsing import parse_json
from assay.audit.store import assay_version

if TYPE_CHECKING:
    from assay.reports.running.steps import Step

FILE, SCHEMA_VERSION = "run.json", 1


@dataclass(frozen=True, slots=True)
class Done:
    """A step that has run."""

    name: str
    key: str
    """Hash of everything that decides what comes out of it."""
    exit_code: int
    left: str
    """Hash of the files that it leaves."""


class Record:
    """The steps done in a folder."""

    def __init__(self, folder: Path) -> None:
        """Read it, if there is one.

        Raises:
            DataError: the file is not one of ours.
        """
        self.path = folder / FILE
        self.done: dict[str, Done] = {}
        self.begun: tuple[str, str] | None = None
        """Name and key of the step that was being done when the record was last written."""
        if self.path.exists():
            try:
                told = parse_json(self.path.read_text("utf-8"))
                steps = [Done(**d) for d in told["steps"]]
                self.done = {step.name: step for step in steps}
                begun = told.get("begun")
                self.begun = (str(begun["name"]), str(begun["key"])) if begun else None
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                cure = "Remove it to start again"
                raise DataError(f"not the record of a run: {error}", path=str(self.path), cure=cure) from error

    def stands(self, step: Step, key: str) -> Done | None:
        """The step as it was done, if it was, and if what it left is still there unchanged."""
        found = self.done.get(step.name)
        if found is None or found.key != key or type(found.exit_code) is not int or _left(step) != found.left:
            return None
        return found

    def begin(self, step: Step, key: str) -> bool:
        """Forget a step before it is done again: if that is cut short, what it leaves is not taken for its result.

        Returns:
            Whether just this had begun before and was cut short.
        """
        again = self.begun == (step.name, key)
        self.done.pop(step.name, None)
        self.begun = (step.name, key)
        self._write()
        return again

    def add(self, step: Step, key: str, exit_code: int) -> Done:
        """Note a step; steps after it are forgotten by their keys, which hold this one's."""
        made = Done(step.name, key, exit_code, _left(step))
        self.done[step.name] = made
        self.begun = None
        self._write()
        return made

    def _write(self) -> None:
        told: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "assay_version": assay_version()}
        told["steps"] = [asdict(d) for d in self.done.values()]
        told["begun"] = {"name": self.begun[0], "key": self.begun[1]} if self.begun else None
        write_file(self.path, as_json(told).encode())


def _left(step: Step) -> str:
    """Hash of all that a step leaves and later ones read."""
    told = [content(name) for name in (step.leaves, *step.also)]
    return hashlib.sha256("".join(told).encode()).hexdigest()


def key_of(step: Step, config: str, before: str) -> str:
    """Hash of a step's inputs.

    Args:
        step: the step.
        config: text of the configuration.
        before: key of the step before it.
    """
    read = {name: content(name) for name in step.reads}
    told = [assay_version(), step.name, list(step.arguments), read, config, before]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


def content(name: str) -> str:
    """Hash of a file, of the files of a folder or glob; of the name itself for a hub id."""
    path = Path(name)
    if path.is_file():
        return _file(path)
    inside = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else []
    if not inside and any(sign in name for sign in "*?["):
        inside = sorted(p for p in path.parent.glob(path.name) if p.is_file())
    told = [(str(p), _file(p)) for p in inside] or [("", name)]
    return hashlib.sha256(json.dumps(told).encode("utf-8", "surrogatepass")).hexdigest()


def _file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", path=str(path), cure="Check it") from error
