"""Which model is in production: aliases in a folder, each moved whole or not at all, and their history for ever.

``registry/production.json`` is what the alias means now; ``registry/history.jsonl`` is only ever appended to. A move
says which revision it replaces: of two moves at once one wins, and the other is told.
"""

from __future__ import annotations

import getpass
import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.atomic import write_file
from assay.audit.errors import ConfigError, DataError, OutputError
from assay.audit.findings import as_json
from assay.audit.parsing import parse_json
from assay.reports.gating import locks

if TYPE_CHECKING:
    from collections.abc import Iterator

HISTORY, LOCK = "history.jsonl", ".lock"
SCHEMA_VERSION = 1
_ALIAS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Registry:
    """A folder of aliases."""

    folder: Path

    def current(self, alias: str) -> dict[str, Any] | None:
        """What an alias means now; None if it means nothing yet.

        Raises:
            DataError: its file is damaged.
        """
        path = self._path(alias)
        try:
            record = parse_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise DataError(f"cannot be read: {error}", path=str(path), cure="Restore it from history.jsonl") from error
        if not isinstance(record, dict) or not isinstance(record.get("revision"), int):
            raise DataError("is no record of a promotion", path=str(path), cure="Restore it from history.jsonl")
        return record

    def history(self, alias: str | None = None) -> list[dict[str, Any]]:
        """Every promotion ever, oldest first."""
        try:
            content = (self.folder / HISTORY).read_bytes()
        except FileNotFoundError:
            return []
        lines = [parse_json(line) for line in content.splitlines() if line.strip()]
        return [one for one in lines if alias is None or one["alias"] == alias]

    def move(self, alias: str, record: dict[str, Any], expected: int) -> dict[str, Any]:
        """Let an alias mean another model, if it still means what the caller saw.

        Args:
            alias: its name.
            record: what it shall mean.
            expected: revision that the caller saw; 0 for none.

        Raises:
            OutputError: somebody else moved it meanwhile, or is about to; nothing was changed.
        """
        path = self._path(alias)
        with self._alone(alias):
            now = self.current(alias)
            if (now["revision"] if now else 0) != expected:
                who = now["promoted_by"] if now else "somebody"
                raise OutputError(
                    f"{path}: {who} moved {alias!r} to another model while this promotion was being checked; "
                    "nothing was changed. Look at it, and promote again if it still should be replaced"
                )
            # A line of history without a move is harmless, a move without one is not.
            whole = {"schema_version": SCHEMA_VERSION, "alias": alias, **record, "revision": self._next(), **stamp()}
            self._append(whole)
            write_file(path, as_json(whole).encode())
        return whole

    def earlier(self, alias: str) -> dict[str, Any]:
        """What an alias meant before what it means now.

        Raises:
            ConfigError: it has meant nothing else.
        """
        now = self.current(alias)
        before = now.get("parent") if now else None
        found = next((one for one in self.history(alias) if one["revision"] == before), None)
        if found is None:
            raise ConfigError(f"{self._path(alias)}: there is no earlier model to roll back to")
        return found

    def _path(self, alias: str) -> Path:
        check_alias(alias)
        return self.folder / f"{alias}.json"

    def _next(self) -> int:
        return max((one["revision"] for one in self.history()), default=0) + 1

    def _append(self, record: dict[str, Any]) -> None:
        line = json.dumps(record, sort_keys=True, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        with locks.locked(self.folder / HISTORY) as handle:
            locks.append(handle, line)

    @contextmanager
    def _alone(self, alias: str) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with locks.locked(self.folder / LOCK, wait=5):
                yield
        except OSError as error:
            raise OutputError(f"cannot move {alias!r} in {self.folder}: {error.strerror or error}") from error


def check_alias(alias: str) -> None:
    """Refuse a name that could mean another file.

    Raises:
        ConfigError: it is no plain word.
    """
    if not _ALIAS.fullmatch(alias) or alias == "history":
        raise ConfigError(f"--as {alias!r}: an alias is a word of letters, digits, dots, dashes and underscores")


def stamp() -> dict[str, str]:
    """Who and when."""
    try:
        who = getpass.getuser()
    except (OSError, KeyError):  # a container whose user has no name
        who = "unknown"
    return {"promoted_at": datetime.now(UTC).isoformat(timespec="seconds"), "promoted_by": who}


def fingerprint(path: str) -> str:
    """Of a model: a run folder's own, a file's SHA-256, any other folder's over all its files.

    Raises:
        DataError: there is nothing there, or files of a run were changed.
    """
    place = Path(path)
    if (place / "manifest.json").is_file():
        from assay.train.run import load_run  # noqa: PLC0415 - heavy

        return str(load_run(path).fingerprint)
    try:
        if place.is_file():
            return _file_hash(place)
        if not place.is_dir():
            raise DataError("no such model", path=path, cure="Give a run folder, or the file of predictions evaluated")
        digest = sha256()
        for each in sorted(p for p in place.rglob("*") if p.is_file()):
            digest.update(f"{each.relative_to(place).as_posix()}\0{_file_hash(each)}\n".encode())
        return digest.hexdigest()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", path=path) from error


def _file_hash(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()
