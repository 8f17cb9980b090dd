"""``assay evaluate``: read, predict or join, score, write the folder, print."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.encoders.request import Request, verify
from assay.audit.errors import ConfigError
from assay.audit.slicing.request import declared
from assay.reports import sources
from assay.reports.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assay.audit.config import Config
    from assay.audit.dataset import Dataset
    from assay.reports.evaluation.order import Order

EDGE_CASES = "edge-cases"


def run(given: Mapping[str, Any], emit: Callable[[str], None], say: Callable[[str], None]) -> int:
    """Evaluate and return the exit code.

    Args:
        given: options of the command line.
        emit: writes a result to standard output.
        say: writes a message to standard error.
    """
    quiet = bool(given["quiet"])
    whisper = (lambda _: None) if quiet else say
    started = time.perf_counter()
    config, path = sources.configure(given["config"], whisper)
    check(given, config)
    with Progress(active=not quiet) as progress:
        progress.step("reading")
        from assay.reports.evaluation import assembly, work  # noqa: PLC0415 - loads polars

        data = read(given, config)
        asked = order(given, config, path)
        verify(asked.request)
        made = work.evaluate(data, asked, progress.step, whisper)
        progress.step("writing")
        assembly.write(made, Path(given["output"]), time.perf_counter() - started)
    for note in made.document["notes"]:
        whisper(f"note: {note}")
    printed(made.document, given, emit, whisper)
    return 0


def check(given: Mapping[str, Any], config: Config) -> None:
    """Refuse what cannot be meant, before anything is read.

    Raises:
        ConfigError: there is no model or no data, or two models.
    """
    if not given["output"]:
        raise ConfigError("--output needs the name of a folder")
    if bool(given["run"]) == bool(given["predictions"]):
        have = "a RUN_DIR and --predictions were given" if given["run"] else "no model was given"
        raise ConfigError(f"{have}; name a folder of `assay train`, or a file of predictions with --predictions F")
    if given["perturb"] and not given["run"]:
        raise ConfigError("--perturb needs a model to ask, and a file of predictions is none; give a RUN_DIR")
    if not given["data"] and not config.data.test:
        raise ConfigError("no data to evaluate on; name a file with --data F, or set [data] test in assay.toml")


def read(given: Mapping[str, Any], config: Config) -> Dataset:
    """Read the sets that are evaluated.

    Raises:
        DataError: a file cannot be read.
        ConfigError: no column of labels is known.
    """
    from assay.audit.reading import read as read_sources  # noqa: PLC0415 - loads polars

    roles = sources.merge(config.data, {**given, "data": None, "train": None, "test": None, "production": None})
    tests = (given["data"],) if given["data"] else config.data.test
    files = {"test" if n == 1 else f"test{n}": (test,) for n, test in enumerate(tests, 1)}
    production = given["production"] or (None if given["data"] else next(iter(config.data.production), None))
    files |= {"production": (production,)} if production else {}
    files |= {EDGE_CASES: (given["edge_cases"],)} if given["edge_cases"] else {}
    singles = {role: getattr(roles, role) for role in ("label", "id", "group", "time", "split")}
    data = read_sources(files, text=roles.text, **singles)
    if not data.roles.label:
        raise ConfigError(
            f"{', '.join(tests)}: no column of labels was found; name it with --label COLUMN: "
            f"the columns are {', '.join(data.frame.columns)}"
        )
    return data


def order(given: Mapping[str, Any], config: Config, path: str | None) -> Order:
    """What is to be done, out of options and configuration."""
    from assay.reports.evaluation.costs import Price, read_prices  # noqa: PLC0415 - loads polars
    from assay.reports.evaluation.order import Order  # noqa: PLC0415 - as above

    table = config.evaluation
    prices = tuple(Price(c.label, c.predicted, c.cost) for c in table.costs)
    file = given["costs"] or (None if prices else table.costs_file)
    training = (given["train"],) if given["train"] else config.data.train
    return Order(
        run=given["run"],
        predictions=given["predictions"],
        column=given["column"],
        audit=given["audit"],
        training=training,
        training_is_told=bool(given["train"]),
        labels=tuple(table.labels),
        prices=read_prices(file) if file else prices,
        confidence=config.gate.confidence,
        declared=declared(config, path),
        request=Request(config.audit.encoder, config.audit.cache),
        discover=given["discover"],
        confirm=given["confirm_split"],
        perturb=given["perturb"],
        fallback=Path(given["output"]).parent,
    )


def printed(
    document: Mapping[str, Any], given: Mapping[str, Any], emit: Callable[[str], None], say: Callable[[str], None]
) -> None:
    """Print the result in the form asked for."""
    form = given["form"]
    if form == "terminal" and given["quiet"]:
        return
    from assay.reports import forms, step_summary  # noqa: PLC0415 - what draws is loaded after the work

    emit(forms.evaluation(document, form, given["output"]))
    if form == "github":
        step_summary.append(forms.evaluation(document, "markdown", given["output"]), say)
