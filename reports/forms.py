"""What each kind of result looks like in each form: one place for the commands that make it and for `assay report`.

Both draw by the same functions from what was written, so that the same folder gives the same bytes in either way.
"""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

from assay.audit.errors import ConfigError
from assay.audit.findings import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assay.reports.gating.verdict import Verdict
    from assay.reports.render.report import Report

    Draw = Callable[[], str]

_RENDER = "assay.reports.render"


def audit(report: Report, form: str) -> str:
    """An audit in a form.

    Raises:
        ConfigError: an audit has no such form.
    """
    if form == "terminal":
        from assay.reports.render import terminal  # noqa: PLC0415 - rich loads only where it draws

        return terminal.render(report, _screen())
    forms = ("html", "json", "jsonl", "csv", "sarif", "junit", "markdown", "github")
    return _drawn("an audit", form, {name: _lazy(name, report) for name in forms})


def evaluation(document: Mapping[str, Any], form: str, folder: str) -> str:
    """An evaluation in a form.

    Args:
        document: ``evaluation.json``.
        form: which.
        folder: where the files are.

    Raises:
        ConfigError: an evaluation has no such form.
    """

    def on_screen() -> str:
        return str(import_module(f"{_RENDER}.evaluation_terminal").render(document, _screen(), folder))

    forms = {
        "terminal": on_screen,
        "html": _lazy("evaluation_html", document),
        "json": lambda: as_json(document),
        "jsonl": _lazy("evaluation_tables", document, "jsonl"),
        "csv": _lazy("evaluation_tables", document, "as_csv"),
        "markdown": _lazy("evaluation_markdown", document),
        "github": _lazy("evaluation_github", document),
    }
    return _drawn("an evaluation", form, forms)


def verdict(told: Verdict, form: str, folder: str) -> str:
    """A verdict in a form.

    Raises:
        ConfigError: a verdict has no such form.
    """

    def on_screen() -> str:
        return str(import_module(f"{_RENDER}.verdict_terminal").render(told, folder, _screen()))

    forms = {
        "terminal": on_screen,
        "html": _lazy("verdict_html", told),
        "json": lambda: as_json(told.facts()),
        "jsonl": _lazy("verdict_tables", told, "jsonl"),
        "csv": _lazy("verdict_tables", told, "as_csv"),
        "junit": _lazy("verdict_junit", told),
        "markdown": _lazy("verdict_markdown", told),
        "github": _lazy("verdict_github", told),
    }
    return _drawn("a verdict", form, forms)


def training(manifest: Mapping[str, Any], ladder: Mapping[str, Any], card: str, form: str, folder: str) -> str:
    """A run of `assay train` in a form.

    Args:
        manifest: ``manifest.json``.
        ladder: ``baselines.json``.
        card: ``README.md``.
        form: which.
        folder: the run folder.

    Raises:
        ConfigError: a run has no such form.
    """

    def on_screen() -> str:
        from assay.reports.audit_command import screen  # noqa: PLC0415 - loads the rules

        return str(import_module(f"{_RENDER}.training").render(manifest, ladder, folder, **screen()))

    def as_document() -> str:
        from assay.reports.train_command import summary_of  # noqa: PLC0415 - as above

        return json.dumps(summary_of(manifest, folder), ensure_ascii=False, indent=2) + "\n"

    forms = {"terminal": on_screen, "json": as_document, "markdown": lambda: card, "github": lambda: ""}
    return _drawn("a run of `assay train`", form, forms)


def whole_run(told: dict[str, Any], form: str) -> str:
    """A run of `assay run` in a form.

    Raises:
        ConfigError: it has no such form.
    """
    story = import_module("assay.reports.running.story")
    forms: dict[str, Draw] = {
        "terminal": lambda: str(story.words(told)),
        "html": lambda: str(story.page(told)),
        "json": lambda: as_json(told),
        "markdown": _lazy("run_markdown", told),
        "github": _lazy("run_markdown", told, "github"),
    }
    return _drawn("a run of `assay run` (its steps' folders have more)", form, forms)


def _drawn(what: str, form: str, forms: Mapping[str, Draw]) -> str:
    if form not in forms:
        raise ConfigError(f"{what} cannot be told as {form}; choose from {', '.join(forms)}")
    return forms[form]()


def _lazy(home: str, told: Any, function: str = "render") -> Draw:
    """The drawing by a file of ``render``, which is loaded when it draws."""
    return lambda: str(getattr(import_module(f"{_RENDER}.{home}"), function)(told))


def _screen() -> Any:
    from assay.reports.audit_command import screen  # noqa: PLC0415 - loads the rules
    from assay.reports.render.terminal import Screen  # noqa: PLC0415 - loads rich

    return Screen(**screen())
