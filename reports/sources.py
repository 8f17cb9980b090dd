"""What the command line and the configuration say about the data, as one; the command line wins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit import config as configuration
from assay.audit.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assay.audit.config import Config
    from assay.audit.config_tables import Data
    from assay.audit.dataset import Dataset


def configure(given: str | None, say: Callable[[str], None]) -> tuple[Config, str | None]:
    """The configuration asked for, or that of the current folder, or none; and the file it came from.

    Raises:
        ConfigError: the file is missing or wrong.
    """
    path = Path(given) if given else configuration.find(Path())
    if path is None:
        return configuration.Config.model_construct(), None
    if path.is_dir():
        found = configuration.find(path)
        if not found:
            raise ConfigError(f"{path}: no assay.toml in this folder; write one with `assay init DATA`")
        path = found
    if not given:
        say(f"configuration: {path}")
    return configuration.load(path), str(path)


def merge(data: Data, given: Mapping[str, Any]) -> Data:
    """Command-line options over the [data] table."""
    told = {
        "train": tuple(given.get("train") or given.get("data") or ()),
        "validation": (given["validation"],) if given.get("validation") else (),
        "test": tuple(given.get("test") or ()),
        "production": (given["production"],) if given.get("production") else (),
        "text": tuple(given.get("text") or ()),
        "id": given.get("ident"),
        **{role: given.get(role) for role in ("label", "group", "time", "split")},
    }
    return data.model_copy(update={key: value for key, value in told.items() if value})


def load(data: Data) -> Dataset:
    """Read the files.

    Raises:
        ConfigError: no training data are named.
        DataError: a file cannot be read.
    """
    if not data.train:
        raise ConfigError(
            "no training data; name a file, as in `assay audit train.csv`, or set [data] train in assay.toml"
        )
    sources: dict[str, tuple[str, ...]] = {"train": data.train}
    if data.validation:
        sources["validation"] = data.validation
    for n, test in enumerate(data.test, 1):
        sources["test" if n == 1 else f"test{n}"] = (test,)
    if data.production:
        sources["production"] = data.production
    from assay.audit.reading import read  # noqa: PLC0415 - loads polars: in the thread that reads

    return read(
        sources, text=data.text, label=data.label, id=data.id, group=data.group, time=data.time, split=data.split
    )
