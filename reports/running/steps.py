"""The steps of a run: which command with which arguments, what it reads and what it leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

CLEAN = frozenset({0})
FOUND = frozenset({0, 1})


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a run."""

    name: str
    arguments: tuple[str, ...]
    """Of the command line."""
    reads: tuple[str, ...]
    """Files whose content decides what comes out."""
    leaves: str
    """File that is there when the step is done; written last, or with all others at once."""
    also: tuple[str, ...] = field(default=(), kw_only=True)
    """Other files and folders that it leaves and later steps read."""
    goes_on: frozenset[int] = CLEAN
    """Exit codes after which the next step makes sense."""
    again: tuple[str, ...] = ()
    """Arguments that are added where an interrupted run of the step can be resumed."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a run as it stands at some step."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    production: tuple[str, ...]

    def options(self, *, train: bool = True) -> tuple[str, ...]:
        """As options of commands; of files that are several, the configuration tells (see ``several``)."""
        told = [*(self.train[:1] if train else ())]
        for name in ("validation", "test", "production"):
            for file in getattr(self, name):
                told += [f"--{name}", file]
        return tuple(told)

    @property
    def all(self) -> tuple[str, ...]:
        """All files."""
        return (*self.train, *self.validation, *self.test, *self.production)


def _in(folder: Path, *names: str) -> tuple[str, ...]:
    return tuple(str(folder / name) for name in names)


def suffix(file: str) -> str:
    """``.csv``, ``.jsonl.gz``: what a cleaned copy must end with."""
    name = Path(file).name
    parts = name.split(".")
    return "." + ".".join(parts[-2:] if parts[-1] in {"gz", "zst"} and len(parts) > 2 else parts[-1:])  # noqa: PLR2004


def told(given: Mapping[str, Any], path: str | None) -> tuple[str, ...]:
    """The configuration and the columns named on the command line, as options of every step that reads data."""
    out = ["--config", path] if path else []
    for column in given.get("text") or ():
        out += ["--text", column]
    for option, key in (("--label", "label"), ("--id", "ident"), ("--group", "group"), ("--time", "time")):
        if given.get(key):
            out += [option, given[key]]
    return tuple(out)


def audit(folder: Path, name: str, files: Files, setting: tuple[str, ...]) -> Step:
    """Find what is wrong with the files."""
    out = folder / name
    arguments = ("audit", *files.options(), *setting, "--output", str(out), "-q")
    also = _in(out, "findings.parquet", "rows.parquet", "report.html")
    return Step(name, arguments, files.all, str(out / "audit.json"), FOUND, also=also)


def clean(folder: Path, files: Files, decisions: str | None, *, unsafe: bool) -> tuple[Step, Files]:
    """Apply safe fixes and decisions to the training rows."""
    target = str(folder / "clean" / f"train{suffix(files.train[0])}")
    more = (*(("--decisions", decisions) if decisions else ()), *(("--unsafe",) if unsafe else ()))
    arguments = ("clean", str(folder / "audit"), "--output", target, *more, "-q")
    reads = (*files.all, str(folder / "audit" / "audit.json"), *((decisions,) if decisions else ()))
    step = Step("clean", arguments, reads, str(folder / "clean" / "changes.jsonl"), also=(target,))
    return step, Files((target,), files.validation, files.test, files.production)


def split(folder: Path, files: Files, setting: tuple[str, ...], seed: int) -> tuple[Step, Files]:
    """Make a test set (and a validation set) where there is none."""
    out, end = folder / "split", suffix(files.train[0])
    arguments = ("split", files.train[0], *setting, "--output", str(out), "--seed", str(seed), "-q")
    made = {name: (str(out / f"{name}{end}"),) for name in ("train", "validation", "test")}
    also = _in(out, f"train{end}", f"validation{end}", "split.json")
    step = Step("split", arguments, files.train, str(out / f"test{end}"), also=also)
    return step, Files(made["train"], made["validation"], made["test"], files.production)


def train(folder: Path, files: Files, setting: tuple[str, ...], audited: str, *, force: bool) -> Step:
    """Train the model."""
    out = folder / "train"
    arguments = ("train", *files.options(), *setting, "--audit", str(folder / audited), "--output", str(out), "-q")
    reads = (*files.all, str(folder / audited / "audit.json"))
    more = ("--force",) if force else ()
    also = _in(out, "model", "adapter", "baselines.json")
    return Step("train", (*arguments, *more), reads, str(out / "manifest.json"), CLEAN, ("--resume",), also=also)


def evaluate(folder: Path, files: Files, setting: tuple[str, ...], audited: str) -> Step:
    """Measure the model slice by slice."""
    out = folder / "evaluation"
    data = ("--data", files.test[0], "--train", files.train[0])
    production = ("--production", files.production[0]) if files.production else ()
    arguments = ("evaluate", str(folder / "train"), *data, *production, *setting, "--audit", str(folder / audited))
    reads = (*files.all, str(folder / "train" / "manifest.json"), str(folder / audited / "audit.json"))
    arguments, also = (*arguments, "--output", str(out), "-q"), _in(out, "predictions.parquet", "slice_rows.parquet")
    return Step("evaluate", arguments, reads, str(out / "evaluation.json"), also=also)


def gate(folder: Path, setting: tuple[str, ...], files: Files, audited: str, baseline: str | None) -> Step:
    """Judge it."""
    out = folder / "gate"
    more = ("--baseline", baseline) if baseline else ()
    arguments = ("gate", str(folder / "evaluation"), "--test", files.test[0], *setting, *more)
    arguments = (*arguments, "--audit", str(folder / audited), "--output", str(out), "-q")
    reads = (str(folder / "evaluation" / "evaluation.json"), *((f"{baseline}/evaluation.json",) if baseline else ()))
    return Step("gate", arguments, reads, str(out / "verdict.json"), FOUND)
