"""``assay train``: read, ask the audit, train, tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.reports import sources
from assay.reports.fit_progress import FitProgress
from assay.train import permission, weights
from assay.train.fitting import Told, is_main, need_libraries, prepare, start
from assay.train.folder import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assay.audit.config import Config
    from assay.audit.config_tables import Train
    from assay.train.run import Run

BLOCKED = 1
OPTIONS = ("model", "method", "head", "seed", "epochs", "batch_size", "learning_rate", "max_length")


def run(given: Mapping[str, Any], emit: Callable[[str], None], say: Callable[[str], None]) -> int:
    """Train and return the exit code: 0 trained, 1 the audit stands against it.

    Args:
        given: options of the command line.
        emit: writes a result to standard output.
        say: writes a message to standard error.
    """
    quiet = bool(given["quiet"]) or not is_main()
    whisper = (lambda _: None) if quiet else say
    config, _ = sources.configure(given["config"], whisper)
    config = merge(config, given)
    need_libraries()
    base = weights.resolve(config.train.model or weights.DEFAULT)
    with FitProgress(active=not quiet) as progress:
        progress("reading", 0, 0)
        data = sources.load(config.data)
        for note in data.notes:
            whisper(note)
        asked = permission.ask(data, Path(given["audit_folder"]), forced=given["force"])
        if not asked.granted and not asked.forced:
            return denied(asked.reasons, say)
        for reason in asked.reasons:
            whisper(f"forced: {reason}")
        progress("dividing", 0, 0)
        job = prepare(
            data,
            config.train,
            base,
            folder=Path(given["output"] or config.train.output or DEFAULT),
            asked=asked,
            ladder=not given["no_ladder"],
            small=not given["skip_small_run"],
            resume=given["resume"],
            told=Told(progress, progress.say if not quiet else lambda _: None),
        )
        progress.say(f"method {job.plan.method}: {job.plan.why[0]}" if not quiet else "")
        done = start(job)
    if is_main():
        printed(done, given["form"], emit, quiet=quiet)
    return 0


def denied(reasons: tuple[str, ...], say: Callable[[str], None]) -> int:
    """Say why training does not start."""
    from assay.reports.render.text import visible  # noqa: PLC0415 - as elsewhere

    say("not trained: " + "\n             ".join(visible(reason, 500) for reason in reasons))
    say("             mend the data (`assay review`, then `assay clean`) and audit it again,")
    say("             or train all the same with --force")
    return BLOCKED


def merge(config: Config, given: Mapping[str, Any]) -> Config:
    """Command-line options over the configuration."""
    table: Train = config.train
    table = table.model_copy(update={k: given[k] for k in OPTIONS if given[k] is not None})
    table = table.model_copy(update={"merge": True}) if given["merge"] else table
    files = {**given, "train": given["train_files"] or given["data"]}
    return config.model_copy(update={"data": sources.merge(config.data, files), "train": table})


def printed(done: Run, form: str, emit: Callable[[str], None], *, quiet: bool) -> None:
    """Print the result in the form asked for."""
    if form == "terminal" and quiet:
        return
    from assay.reports import forms  # noqa: PLC0415 - as elsewhere

    baselines = json.loads((done.path / "baselines.json").read_text("utf-8"))
    card = (done.path / "README.md").read_text("utf-8")
    emit(forms.training(done.manifest, baselines, card, form, str(done.path)))


def summary_of(manifest: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """What a machine wants to know of a run."""
    keys = ("method", "fingerprint", "metrics", "comparison", "training", "small_run", "forced", "times")
    return {"schema_version": 1, "run": folder, **{k: manifest[k] for k in keys}}
