"""``assay advise``: read, measure, recommend, write, print."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.errors import ConfigError
from assay.reports import sources
from assay.reports.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assay.audit.config import Config
    from assay.audit.config_tables import Train

ADVICE = "advice.json"


def run(given: Mapping[str, Any], emit: Callable[[str], None], say: Callable[[str], None]) -> int:
    """Advise and return the exit code: 0, whatever the advice.

    Args:
        given: options of the command line.
        emit: writes a result to standard output.
        say: writes a message to standard error.
    """
    quiet = bool(given["quiet"])
    whisper = (lambda _: None) if quiet else say
    if not given["output"]:
        raise ConfigError("--output needs the name of a folder")
    if not find_spec("sklearn"):
        raise ConfigError("advice needs scikit-learn: pip install 'assay[train]'")
    config, _ = sources.configure(given["config"], whisper)
    config = merge(config, given)
    with Progress(active=not quiet) as progress:
        progress.step("reading")
        data = sources.load(config.data)
        for note in data.notes:
            whisper(note)
        from assay.train.advice import advise  # noqa: PLC0415 - heavy

        told = advise(
            data,
            config.train,
            Path(given["audit_folder"]),
            explicit_model=bool(given["model"]),
            probe=given["probe"],
            tell=progress.step,
        )
        progress.step("writing")
        write(told, Path(given["output"]))
    printed(told, given["form"], emit, str(Path(given["output"]) / ADVICE), quiet=quiet)
    return 0


def merge(config: Config, given: Mapping[str, Any]) -> Config:
    """Command-line options over the configuration."""
    table: Train = config.train
    told = {k: given[k] for k in ("model", "seed", "cost_per_month") if given[k] is not None}
    told |= {"task_changes_often": True} if given["task_changes_often"] else {}
    return config.model_copy(update={"data": sources.merge(config.data, given), "train": table.model_copy(update=told)})


def write(told: Mapping[str, Any], folder: Path) -> None:
    """Write ``advice.json``."""
    from assay.audit.atomic import write_file  # noqa: PLC0415 - light, but last

    write_file(folder / ADVICE, text_of(told).encode("utf-8", "backslashreplace"))


def text_of(told: Mapping[str, Any]) -> str:
    """As JSON text."""
    return json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def printed(told: Mapping[str, Any], form: str, emit: Callable[[str], None], path: str, *, quiet: bool) -> None:
    """Print the advice in the form asked for."""
    if form == "json":
        emit(text_of(told))
    elif not quiet:
        from assay.reports.render import advice  # noqa: PLC0415 - rich loads only where it draws
        from assay.reports.render.screen import drawn  # noqa: PLC0415 - as above

        emit(drawn(advice.lines(told, path)))
