"""``assay audit``: read, run the rules, write the folder, print."""

from __future__ import annotations

import os
import resource
import shutil
import sys
import time
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from assay.audit import rules
from assay.audit.encoders.request import Request, verify
from assay.audit.errors import ConfigError
from assay.audit.gx.request import Suite, read_suite
from assay.audit.scale.request import Scale
from assay.audit.slicing.request import declared
from assay.reports import noise_audit, scaling, sources
from assay.reports.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assay.audit.baseline import Baseline
    from assay.audit.config import Config
    from assay.audit.config_tables import AuditTable
    from assay.reports.render.report import Report

T = TypeVar("T")


def run(given: Mapping[str, Any], emit: Callable[[str], None], say: Callable[[str], None]) -> int:
    """Audit and return the exit code.

    Args:
        given: options of the command line.
        emit: writes a result to standard output.
        say: writes a message to standard error.
    """
    quiet = bool(given["quiet"])
    whisper = (lambda _: None) if quiet else say
    started = time.perf_counter()
    if not given["output"]:
        raise ConfigError("--output needs the name of a folder")
    config, path = sources.configure(given["config"], whisper)
    config = merge(config, given)
    request = Request(config.audit.encoder, config.audit.cache)
    verify(request)
    scale = scaling.asked(config, given)
    suite = read_suite(config.expectations)
    baseline = known_findings(given["baseline"])
    noise = noise_audit.ask(given["noise_audit"], Path(given["output"]))
    with Progress(active=not quiet) as progress:
        progress.step("reading")
        data = beside(lambda: scaling.load(config, scale), lambda: prepare(config, progress.step, whisper))
        read = time.perf_counter()
        data.memo[Request] = request
        data.memo[Scale] = scale
        if suite:
            data.memo[Suite] = suite
        if config.slice:  # a wrong condition is told now, not when the first rule of slices runs
            from assay.audit.slices import declare  # noqa: PLC0415 - most audits declare none

            declare(data, declared(config, path))
        audit = rules.run(data, config.settings(), progress.step)
        progress.step("writing")
        report = judge(audit, config, baseline, given["output"])
        pages = noise.pages(audit) if noise else {}
        write(report, Path(given["output"]), read - started, time.perf_counter() - started, pages)
        scaling.tidy(scale)
    printed(report, given["form"], emit, whisper, quiet=quiet)
    if given["suggest_slices"]:
        from assay.audit.slicing.suggest import suggestions  # noqa: PLC0415 - as above

        (emit if given["form"] == "terminal" else say)("\n" + suggestions(data))
    if noise:
        # The rate is a result that was asked for; only beside a machine's format it goes to standard error.
        told = noise.said(given["output"])
        emit(told + "\n") if given["form"] == "terminal" and noise.rate else say(told)
    if config.gate.require and data.roles.label and data.roles.text and not quiet:
        from assay.reports import gate_plan  # noqa: PLC0415 - where there is a policy

        for line in gate_plan.warnings(config, path, data):
            say(f"warning: the promotion policy cannot pass: {line}")
    if given["form"] != "terminal" or quiet:
        aloud(report, say)
    return report.exit_code


def known_findings(path: str | None) -> Baseline | None:
    """The baseline, if one is named: a wrong one is told before a long read."""
    if not path:
        return None
    from assay.audit.baseline import read_baseline  # noqa: PLC0415 - loads polars, which reading loads beside other work

    return read_baseline(Path(path))


def judge(audit: rules.Audit, config: Config, baseline: Baseline | None, folder: str) -> Report:
    """The audit under its threshold and its baseline."""
    from assay.reports.render.report import Report  # noqa: PLC0415 - as above

    return Report(audit, effective(config, audit), config.audit.fail_on, baseline, folder=folder)


def write(report: Report, folder: Path, reading: float, total: float, more: Mapping[str, str]) -> None:
    """Write the audit folder."""
    from assay.audit import store  # noqa: PLC0415 - as above
    from assay.reports.render import html  # noqa: PLC0415 - as above

    pages: dict[str, Callable[[], str]] = {name: lambda text=text: text for name, text in more.items()}  # type: ignore[misc]
    pages["report.html"] = lambda: html.render(report)
    store.save(report.audit, folder, report.document, measure(report.audit, reading, total), pages)


def beside(work: Callable[[], T], meanwhile: Callable[[], None]) -> T:
    """Do ``work`` in a thread of its own while ``meanwhile`` is done here; an error of either is raised.

    Loading numba takes as long as reading a hundred thousand rows, and most of reading needs no interpreter.
    """
    done: list[T] = []
    failed: list[BaseException] = []

    def worker() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again by the caller
            failed.append(error)

    thread = Thread(target=worker, daemon=True)  # a daemon: an error here does not wait for a long read
    thread.start()
    meanwhile()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


def prepare(config: Config, step: Callable[[str], None], say: Callable[[str], None]) -> None:
    """Load the rules (a wrong code is told before a long read) and their kernels."""
    if rules.choose(config.audit.select, config.audit.ignore):
        from assay.audit import kernels, warm  # noqa: PLC0415 - loads NumPy

        if not warm.is_compiled():
            say("compiling the kernels, once, about 15 seconds")
            step("compiling the kernels")
        kernels.preload()
    from assay.reports.render import html  # noqa: PLC0415 - what is left to load, while the files are read

    html.template()


def merge(config: Config, given: Mapping[str, Any]) -> Config:
    """Command-line options over the configuration."""
    table: AuditTable = config.audit
    told = {"select": codes(given["select"]), "ignore": codes(given["ignore"]), "fail_on": given["fail_on"]}
    told |= {"encoder": given["encoder"]}
    table = table.model_copy(update={k: v for k, v in told.items() if v})
    table = table.model_copy(update={"cache": False}) if given["no_cache"] else table
    if given["probabilities"]:
        mine = {**table.rules.get("LBL002", {}), "probabilities": given["probabilities"]}
        table = table.model_copy(update={"rules": {**table.rules, "LBL002": mine}})
    return config.model_copy(update={"data": sources.merge(config.data, given), "audit": table})


def codes(values: tuple[str, ...]) -> tuple[str, ...]:
    """``("dup, lek001", "LBL")`` as ``("DUP", "LEK001", "LBL")``."""
    return tuple(code.strip().upper() for value in values for code in value.split(",") if code.strip())


def effective(config: Config, audit: rules.Audit) -> dict[str, Any]:
    """Configuration in force, for audit.json."""
    return {
        "select": list(config.audit.select),
        "ignore": list(config.audit.ignore),
        "fail_on": config.audit.fail_on,
        "encoder": config.audit.encoder,
        "rules": {code: dict(options) for code, options in sorted(audit.options.items())},
        "severities": {code: str(s) for code, s in sorted(config.settings().severities.items())},
        **({"expectations": suite.facts()} if (suite := audit.data.memo.get(Suite)) else {}),
    }


def measure(audit: rules.Audit, reading: float, total: float) -> dict[str, Any]:
    """Content of timings.json."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    seconds = {step: round(s, 4) for step, s in audit.seconds.items()}
    return {"read": round(reading, 4), "rules": seconds, "total": round(total, 4), "peak_memory_bytes": peak}


def printed(report: Report, form: str, emit: Callable[[str], None], say: Callable[[str], None], *, quiet: bool) -> None:
    """Print the report in the form asked for."""
    if form == "terminal" and quiet:
        return
    from assay.reports import forms, step_summary  # noqa: PLC0415 - what draws is loaded after the work

    emit(forms.audit(report, form))
    if form == "github":
        step_summary.append(forms.audit(report, "markdown"), say)


def screen() -> dict[str, Any]:
    """What standard output is: width, colour, Unicode."""
    seen = sys.stdout.isatty()
    unicode = (sys.stdout.encoding or "ascii").lower().replace("-", "").startswith("utf")
    color = seen and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return {"width": shutil.get_terminal_size().columns if seen else None, "color": color, "unicode": unicode}


def aloud(report: Report, say: Callable[[str], None]) -> None:
    """What must not be missed when the report itself is not read."""
    from assay.reports.render.text import visible  # noqa: PLC0415 - as above

    for what, why in report.incomplete.items():
        say(f"error: {visible(what)} broke: {visible(why, 500)}; the other results are written")
    if not report.audit.ran:
        say("error: nothing was checked: no rule ran")
        for code, why in report.not_checked.items():
            say(f"       {code}: {visible(why, 500)}")
