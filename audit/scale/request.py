"""Where heavy work runs, as the command line and the configuration say it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from assay.audit.errors import ConfigError

ENGINES = ("memory", "local", "dask", "spark")
DEFAULT_MEMORY = 3 << 30
"""Bytes that ``local`` works within, if nothing is said."""
_UNITS = {"": 0, "B": 0, "K": 10, "KB": 10, "M": 20, "MB": 20, "G": 30, "GB": 30, "T": 40, "TB": 40}
_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*")


@dataclass(frozen=True, slots=True)
class Scale:
    """Which engine compares texts, and within which bounds; key and value of ``Dataset.memo``."""

    engine: str = "memory"
    """One of ENGINES: ``memory`` holds everything in memory, ``local`` spills to disk, the others are clusters."""
    memory: int = DEFAULT_MEMORY
    """Bytes that the process should stay within, the engine ``memory`` aside."""
    storage: str = ""
    """Folder for what is spilled and for finished stages, which a later run takes up; seen by all workers."""
    address: str = ""
    """Scheduler (Dask: ``tcp://host:8786``) or master (Spark: ``spark://host:7077``, ``yarn``); empty: this machine."""
    keep: bool = False
    """Whether finished stages stay after the work is done."""


def parse_size(text: str) -> int:
    """Bytes of ``3GB``, ``512 MB`` or ``1.5g``; a kilobyte has 1024 of them.

    Raises:
        ConfigError: it is no size, or less than 64 MB.
    """
    found = _SIZE.fullmatch(text)
    if not found or found[2].upper() not in _UNITS:
        raise ConfigError(f"not a size of memory: {text!r}; write it as 3GB or 800MB")
    size = int(float(found[1]) * 2 ** _UNITS[found[2].upper()])
    if size < 1 << 26:
        raise ConfigError(f"{text!r} of memory is too little to work in; give at least 64MB")
    return size


def check(scale: Scale) -> None:
    """See to it that the engine can be had, before a long read.

    Raises:
        ConfigError: it is unknown, its packages or Java are missing, or the storage cannot be used.
    """
    if scale.engine not in ENGINES:
        raise ConfigError(f"no engine {scale.engine!r}; there are {', '.join(ENGINES)}")
    if scale.engine in {"dask", "spark"}:
        problem = missing(scale.engine)
        if problem:
            raise ConfigError(f"--engine {scale.engine}: {problem}")
    if scale.engine != "memory":
        folder = Path(scale.storage).absolute()
        there = next(p for p in (folder, *folder.parents) if p.exists())
        if not there.is_dir() or not os.access(there, os.W_OK):
            raise ConfigError(f"cannot write into {scale.storage}; name another folder with --storage")


def missing(engine: str) -> str:
    """Why a distributed engine cannot be had on this machine, and the cure; empty if it can."""
    from importlib.util import find_spec  # noqa: PLC0415 - only for these engines

    package = {"dask": "distributed", "spark": "pyspark"}[engine]
    if find_spec(package) is None:
        return f"needs {package}; install it with pip install 'assay[scale]'"
    if engine == "spark" and not _has_java():
        return "needs Java 17 or later; install openjdk-17-jre-headless, or set JAVA_HOME"
    return ""


def _has_java() -> bool:
    from shutil import which  # noqa: PLC0415 - as above

    home = os.environ.get("JAVA_HOME")
    return bool(which("java") or (home and (Path(home) / "bin" / "java").exists()))
