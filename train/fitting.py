"""``fit``: from a data set to a run folder. The order of the work, and nothing else."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.config import Config
from assay.audit.config_tables import Train
from assay.audit.errors import AssayError, ConfigError
from assay.train import folder as run_folder
from assay.train import permission, weights
from assay.train.examples import refuse_unlearnable, with_validation
from assay.train.plan import Plan, plan
from assay.train.run import Run, load_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.audit.dataset import Dataset
    from assay.train.examples import Examples
    from assay.train.permission import Permission
    from assay.train.weights import Base

SHARE, LARGE_SHARE, LARGE = 0.1, 0.05, 5_000
"""Share of the training rows that are held out where there is no validation data, and from how many rows the lesser."""


class DeniedError(AssayError):
    """Training does not start: the audit stands against it."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        """Join the reasons."""
        self.reasons = reasons
        super().__init__("\n".join(reasons))


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a run talks to."""

    progress: Callable[[str, int, int], None] = lambda *_: None
    """What is being done, how much of it is done, how much there is (0: unknown)."""
    say: Callable[[str], None] = lambda _: None
    """A sentence for people."""


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """All that a run needs to know."""

    data: Dataset
    base: Base
    plan: Plan
    train: Examples
    validation: Examples | None
    made_validation: bool
    folder: Path
    config: dict[str, Any]
    """The [train] table as it was given."""
    permission: Permission | None = None
    ladder: bool = True
    small_run: bool = True
    max_hours: float | None = None
    resume: bool = False
    told: Told = field(default_factory=Told)
    started: float = field(default_factory=time.time)


def fit(  # noqa: PLR0913 - each is a choice of the user's
    dataset: Any,
    config: Config | Train | dict[str, Any] | None = None,
    *,
    output: str | Path | None = None,
    audit: str | Path | None = None,
    force: bool = False,
    resume: bool = False,
    ladder: bool = True,
    small_run: bool = True,
    told: Told | None = None,
) -> Run:
    """Train a classifier and write its run folder.

    Args:
        dataset: what ``assay.audit.read`` returned, or anything that ``assay.audit.from_frames`` takes.
        config: the [train] table: a ``Config``, its ``Train``, or a dictionary of its keys.
        output: the run folder; ``assay-out/train`` if neither this nor the configuration says.
        audit: an audit folder that must hold an audit of exactly these data, free of errors; not asked for if None.
        force: trains all the same; the reasons against it are kept in the manifest.
        resume: goes on from the newest checkpoint in the folder, if there is one of the same run.
        ladder: whether the cheaper baselines are measured first.
        small_run: whether a few dozen steps on a sample come first.
        told: whom to tell how far it is.

    Raises:
        DeniedError: the audit stands against it.
        ConfigError: the model is not here, or what is asked for cannot be done.
        DataError: nothing can be learned from the data, or the folder holds something else.
        SmallRunError: the small run found a reason to stop.
        OutputError: the folder cannot be written.
    """
    table = train_table(config)
    base = weights.resolve(table.model or weights.DEFAULT)
    data = as_dataset(dataset)
    job = prepare(
        data,
        table,
        base,
        folder=Path(output or table.output or run_folder.DEFAULT),
        asked=permission.ask(data, Path(audit), forced=force) if audit is not None else None,
        ladder=ladder,
        small=small_run,
        resume=resume,
        told=told or Told(),
    )
    return start(job)


def start(job: Job) -> Run:
    """Do a job; a run that is finished already is opened, not repeated."""
    need_libraries()
    if job.resume and run_folder.finished(job):
        job.told.say(f"{job.folder} is finished already: nothing to resume")
        return load_run(job.folder)
    from assay.train.execution import execute  # noqa: PLC0415 - torch

    return execute(job)


def prepare(  # noqa: PLR0913 - as above
    data: Dataset,
    table: Train,
    base: Base,
    *,
    folder: Path,
    asked: Permission | None,
    ladder: bool,
    small: bool,
    resume: bool,
    told: Told,
    given: Plan | None = None,
) -> Job:
    """Decide everything before anything heavy is loaded.

    Args:
        data: the data set.
        table: the [train] table.
        base: the pretrained model.
        folder: the run folder.
        asked: what the audit says; None if it was not asked.
        ladder: whether the cheaper baselines are measured.
        small: whether a small run comes first.
        resume: whether to go on from a checkpoint.
        told: whom to tell.
        given: a plan that is followed to the letter (``assay reproduce``).

    Raises:
        DeniedError: the audit stands against it.
        DataError: nothing can be learned from the data.
    """
    if asked is not None and not asked.granted and not asked.forced:
        raise DeniedError(asked.reasons)
    seed = given.seed if given else table.seed
    train, validation, made = with_validation(data, seed, share_of(data, table))
    refuse_unlearnable(train)
    decided = given or plan(
        table,
        base,
        len(train),
        len(train.labels),
        own_validation=validation is not None and not made,
        tokens=mean_tokens(train),
    )
    return Job(
        data=data,
        base=base,
        plan=decided,
        train=train,
        validation=validation,
        made_validation=made,
        folder=folder,
        config=table.model_dump(mode="json"),
        permission=asked,
        ladder=ladder,
        small_run=small,
        max_hours=table.max_hours,
        resume=resume,
        told=told,
    )


def share_of(data: Dataset, table: Train) -> float:
    """Share of the training rows to hold out: fewer of many, for their number is what measures."""
    if table.validation_share is not None:
        return table.validation_share
    split = data.split("train")
    return LARGE_SHARE if split is not None and split.rows >= LARGE else SHARE


def mean_tokens(train: Examples) -> float:
    """Tokens of a row, guessed from its letters: four to a token."""
    letters = sum(len(text) for column in train.texts for text in column)
    return max(4.0, letters / max(len(train), 1) / 4)


def train_table(config: Config | Train | dict[str, Any] | None) -> Train:
    """The [train] table.

    Raises:
        ConfigError: a key is unknown or a value is wrong.
    """
    if isinstance(config, Config):
        return config.train
    if isinstance(config, Train):
        return config
    from pydantic import ValidationError  # noqa: PLC0415 - as light as config

    try:
        return Train(**(config or {}))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"train.{where}: {first['msg']}, got {first['input']!r:.60}") from error


def as_dataset(given: Any) -> Dataset:
    """A data set as it is, or read from frames.

    Raises:
        DataError: it is nothing that can be read.
    """
    from assay.audit import Dataset, from_frames  # noqa: PLC0415 - polars

    return given if isinstance(given, Dataset) else from_frames(given)


def need_libraries() -> None:
    """Say at once what is not installed.

    Raises:
        ConfigError: torch or transformers is missing.
    """
    from importlib.util import find_spec  # noqa: PLC0415 - as light as sys

    missing = [name for name in ("torch", "transformers", "datasets", "accelerate", "sklearn") if not find_spec(name)]
    if missing:
        raise ConfigError(f"training needs {', '.join(missing)}: pip install 'assay[train]'")


def is_main() -> bool:
    """Whether this process writes: the only one, or the first of those that torchrun started."""
    return os.environ.get("RANK", "0") == "0"


def processes() -> int:
    """Processes that train together, as torchrun and accelerate say."""
    return int(os.environ.get("WORLD_SIZE", "1"))
