"""The suite that the configuration names, read and checked before any data is; Great Expectations is not loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.errors import ConfigError
from assay.audit.parsing import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.audit.config_tables import Expectations

INSTALL = "pip install 'assay[expectations]'"
_FOLDERS = ("gx", "great_expectations", ".")
"""Where in a project the folder of Great Expectations is: named by version 1, by version 0, or given itself."""
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite as its file holds it: key and value of ``Dataset.memo``."""

    name: str
    path: str
    expectations: tuple[Mapping[str, Any], ...]
    """Each with ``type``, ``kwargs``, and perhaps ``severity``, ``meta``, ``description``."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    """sha256 of the file, 16 hex digits."""

    def facts(self) -> dict[str, Any]:
        """What audit.json says of it."""
        return {"suite": self.name, "path": self.path, "fingerprint": self.fingerprint}


def read_suite(told: Expectations) -> Suite | None:
    """The suite that the table [expectations] names; None if it names none.

    Raises:
        ConfigError: there is no such suite, or the file is none; the message says where and why.
    """
    if not told.suite:
        if told.project:
            raise ConfigError("[expectations] project needs the name of a suite: suite = NAME")
        return None
    path = _in_project(told.suite, Path(told.project)) if told.project else Path(told.suite)
    return _parsed(path)


def _in_project(name: str, project: Path) -> Path:
    """File of a suite in a project; the project itself is not opened, for opening it writes into it."""
    homes = [project / folder / "expectations" for folder in _FOLDERS]
    home = next((h for h in homes if h.is_dir()), None)
    if home is None:
        raise ConfigError(
            f"{project}: no project of Great Expectations: there is no folder {homes[0]}; "
            "if its suites are kept elsewhere, name the suite's JSON file"
        )
    path = home / f"{name.replace('.', '/')}.json"
    path = path if path.is_file() else home / f"{name}.json"
    if path.is_file() and path.resolve().is_relative_to(home.resolve()):
        return path
    known = sorted(str(p.relative_to(home).with_suffix("")).replace("/", ".") for p in home.rglob("*.json"))
    near = get_close_matches(name, known, 1)
    cure = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known[:_SHOWN]) or 'none'}"
    raise ConfigError(f"{project}: no suite {name!r}; {cure}")


def _parsed(path: Path) -> Suite:
    try:
        content = path.read_bytes()
        value = parse_json(content)
    except OSError as error:
        raise ConfigError(f"{path}: the suite cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: the suite is no JSON: {error}") from error
    listed = value.get("expectations") if isinstance(value, dict) else None
    if not isinstance(listed, list):
        raise ConfigError(f"{path}: no suite of Great Expectations: there is no list of expectations in it")
    if not listed:
        raise ConfigError(f"{path}: the suite has no expectations, so there is nothing to check")
    name = value.get("name") or value.get("expectation_suite_name") or path.stem
    parameters = value.get("suite_parameters") or value.get("evaluation_parameters") or {}
    told = tuple(_expectation(path, n, one) for n, one in enumerate(listed))
    return Suite(str(name), str(path), told, dict(parameters), sha256(content).hexdigest()[:16])


def _expectation(path: Path, number: int, one: Any) -> Mapping[str, Any]:
    """One expectation in the shape of version 1; version 0 calls its type ``expectation_type``."""
    kind = one.get("type") or one.get("expectation_type") if isinstance(one, dict) else None
    if not isinstance(kind, str) or not isinstance(one.get("kwargs", {}), dict):
        raise ConfigError(f"{path}: expectation {number + 1} has no type, or its kwargs are no table")
    return {**one, "type": kind, "kwargs": one.get("kwargs", {})}
