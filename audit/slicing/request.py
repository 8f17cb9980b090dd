"""The slices that the configuration declares; a small module, for the command line reads it before all else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.audit.config import Config
    from assay.audit.config_tables import Slice

KINDS = ("where", "function", "by", "like", "property")
CRITICAL, EVERY, OVERALL = "critical", "every slice", "overall"
"""What a requirement of the gate may name besides one slice."""


@dataclass(frozen=True, slots=True)
class Floor:
    """What the gate will ask of a slice: a metric that must be proven to be at least so high."""

    slice: str
    """A slice's name, ``critical``, ``every slice`` or ``overall``."""
    metric: str
    at_least: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Declared:
    """Slices as declared, and where: key and value of ``Dataset.memo``."""

    slices: tuple[Slice, ...] = ()
    places: tuple[str, ...] = ()
    """``assay.toml:12`` for each of them; empty where the file is not known."""
    folder: str = ""
    """Folder of the configuration file: where the modules of functions are looked for."""
    floors: tuple[Floor, ...] = ()
    confidence: float = 0.95

    def place(self, number: int) -> str:
        """Where a slice stands in the file, as the beginning of a message."""
        return self.places[number] if self.places else f"slice[{number}]"


def declared(config: Config, path: str | None = None) -> Declared:
    """What a configuration says of slices.

    Args:
        config: the configuration.
        path: the file that it was read from, for messages that point into it.
    """
    floors = tuple(
        Floor(need.slice, need.metric or "", need.at_least, need.confidence or config.gate.confidence)
        for need in config.gate.require
        if need.at_least is not None and need.metric
    )
    places, folder = _places(config, path) if path else ((), "")
    return Declared(config.slice, places, folder, floors, config.gate.confidence)


def _places(config: Config, path: str) -> tuple[tuple[str, ...], str]:
    from pathlib import Path  # noqa: PLC0415 - only with a file

    from assay.audit.config import PYPROJECT, Source  # noqa: PLC0415 - the configuration imports the rules

    if not config.slice:
        return (), str(Path(path).parent)
    prefix = ("tool", "assay") if Path(path).name == PYPROJECT else ()
    source = Source(path, Path(path).read_text("utf-8-sig"), prefix)
    kinds = [next((k for k in KINDS if getattr(each, k)), "name") for each in config.slice]
    return tuple(source.problem(("slice", n, kind), "") for n, kind in enumerate(kinds)), str(Path(path).parent)
