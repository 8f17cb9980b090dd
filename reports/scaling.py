"""What the command line and the configuration say of the engine, and reading with it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.errors import ConfigError
from assay.audit.scale.request import Scale, check, parse_size
from assay.reports import sources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.audit.config import Config
    from assay.audit.dataset import Dataset


def asked(config: Config, given: Mapping[str, Any]) -> Scale:
    """The engine, the command line's words over the configuration's.

    Raises:
        ConfigError: it cannot be had, told before a long read.
    """
    table = config.scale
    memory = parse_size(given.get("memory") or table.memory)
    folder = given.get("storage") or table.storage or str(Path(given["output"]) / "stages")
    scale = Scale(given.get("engine") or table.engine, memory, str(Path(folder).absolute()), table.address or "")
    if (given.get("memory") or given.get("storage")) and scale.engine == "memory":
        raise ConfigError("--memory and --storage go with an engine that spills; add --engine local")
    check(scale)
    return scale


def load(config: Config, scale: Scale) -> Dataset:
    """Read the files; their rows stay on the disk where the engine does not hold them in memory."""
    if scale.engine == "memory":
        return sources.load(config.data)
    from assay.audit.reading.spilled import spilling  # noqa: PLC0415 - loads polars: in the thread that reads

    with spilling(scale.storage):
        return sources.load(config.data)


def tidy(scale: Scale) -> None:
    """Take away the folder for stages, if nothing of another run lies in it."""
    if scale.engine != "memory":
        with suppress(OSError):
            Path(scale.storage).rmdir()
