"""``assay run``: audit, clean, split if needed, train, evaluate, gate; what is done and unchanged is not done again."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.atomic import PREFIX, settle, write_file
from assay.audit.errors import ConfigError, OutputError
from assay.audit.findings import as_json
from assay.reports import sources
from assay.reports.gating import locks
from assay.reports.running import steps, story
from assay.reports.running.record import Record, key_of
from assay.reports.running.steps import Files, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from assay.audit.config import Config

    Say = Callable[[str], None]

FINAL = "audit-cleaned"
"""Folder of the audit of what is trained on."""
LOCK = ".run.lock"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far a run came."""

    code: int
    stopped: str | None
    """The step that stopped it; None if all ran."""


def run(given: Mapping[str, Any], emit: Say, say: Say) -> int:
    """Run what is not done yet; returns the gate's exit code, or that of the step that stopped the run."""
    whisper: Say = (lambda _: None) if given["quiet"] else say
    config, path = sources.configure(given["config"], whisper)
    files = named(config)
    policy(config)
    folder = Path(given["output"])
    with alone(folder):
        for left in list(folder.rglob(PREFIX + "*")):  # steps that are not done again would leave it there
            settle(left.parent)
        outcome = carry_out(plan(config, path, files, folder, given), Record(folder), path, given, whisper)
        told = story.tell(folder, files, outcome.stopped, outcome.code)
        write_file(folder / "report.html", story.page(told).encode())
    emit(as_json(told) if given["form"] == "json" else story.words(told))
    return outcome.code


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """The folder for this run only: two at once would take each other's files for their own.

    Raises:
        OutputError: it cannot be written, or another run is at work in it.
    """
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            held.enter_context(locks.locked(folder / LOCK, wait=0))
        except OSError as error:
            raise OutputError(
                f"cannot write into {folder}: {error.strerror or error}; choose another folder"
            ) from error
        except OutputError:
            told = "another `assay run` is at work in this folder; wait for it, or choose another with --output"
            raise OutputError(f"{folder}: {told}") from None
        yield


def carry_out(way: Iterator[Step], record: Record, path: str | None, given: Mapping[str, Any], whisper: Say) -> Outcome:
    """Run the steps that are not done yet, up to the one that stops the run."""
    text, before = Path(path).read_text("utf-8") if path else "", ""
    code = 0
    for step in way:
        key = key_of(step, text, before)
        found = None if given["again"] else record.stands(step, key)
        if found:
            whisper(f"{step.name}: done before, nothing has changed")
            code = found.exit_code
        else:
            code = perform(step, record, key, whisper)
        if code not in step.goes_on:
            return Outcome(code, step.name)
        before = key
    return Outcome(code, None)


def named(config: Config) -> Files:
    """The files of the configuration.

    Raises:
        ConfigError: there are no training data, or they are several files.
    """
    data = config.data
    if not data.train:
        raise ConfigError("no training data; set [data] train in assay.toml (`assay init DATA` writes one)")
    if len(data.train) > 1:
        raise ConfigError("`assay run` takes one training file; join them, or run the steps one by one")
    return Files(data.train, data.validation, data.test, data.production)


def policy(config: Config) -> None:
    """Refuse a run without a policy before hours are spent on it.

    Raises:
        ConfigError: nothing is required of the model.
    """
    if not config.gate.require and not config.gate.max_audit_findings:
        raise ConfigError("no [[gate.require]] in assay.toml: a run ends with a verdict, which needs a policy")


def plan(config: Config, path: str | None, files: Files, folder: Path, given: Mapping[str, Any]) -> Iterator[Step]:
    """The steps in order, each told when those before it are done."""
    setting = steps.told(given, path)
    yield steps.audit(folder, "audit", files, setting)
    decisions = given["decisions"] or existing(folder / "audit" / "decisions.jsonl")
    step, files = steps.clean(folder, files, decisions, unsafe=given["unsafe"])
    yield step
    if not files.test:
        step, files = steps.split(folder, files, setting, config.train.seed)
        yield step
    yield steps.audit(folder, FINAL, files, setting)
    yield steps.train(folder, files, setting, FINAL, force=given["force"])
    yield steps.evaluate(folder, files, setting, FINAL)
    yield steps.gate(folder, setting, files, FINAL, given["baseline"])


def existing(path: Path) -> str | None:
    """The path, if there is a file."""
    return str(path) if path.is_file() else None


def perform(step: Step, record: Record, key: str, say: Say) -> int:
    """Run a step and note it; what an earlier run of it left half-way is taken up where the step can."""
    from assay.reports.cli import cli  # noqa: PLC0415 - it holds this command

    arguments = list(step.arguments)
    if record.begin(step, key) and Path(step.leaves).parent.exists() and not Path(step.leaves).exists():
        arguments += step.again
    say(f"{step.name} ...")
    started = time.perf_counter()
    code = cli.main(args=arguments, prog_name="assay", standalone_mode=False)
    code = code if isinstance(code, int) else 0
    say(f"{step.name}: exit code {code}, {time.perf_counter() - started:.0f} s")
    if Path(step.leaves).exists():
        record.add(step, key, code)
    return code
