"""``assay report AUDIT_DIR --format gx --project DIR``: an audit as a validation result in a project's Data Docs."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.errors import ConfigError, OutputError
from assay.audit.findings import Severity
from assay.reports.render.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assay.reports.render.report import Report, RuleLine

SUITE = "assay_audit"
SHOWN = 20
"""Findings of a rule that a page shows."""
SEVERITY = {Severity.ERROR: "critical", Severity.WARNING: "warning", Severity.NOTE: "info"}
INSTALL = "pip install 'assay[expectations]'"


def add(report: Report, project: str | None, say: Callable[[str], None]) -> int:
    """Add an audit to a project's validation results and build its Data Docs; the same audit replaces itself.

    Args:
        report: the audit.
        project: folder of the project, or the ``gx`` folder in it.
        say: writes a message.

    Raises:
        ConfigError: no project is named, there is none, or Great Expectations is not installed.
        OutputError: the project cannot be written.
    """
    root = _root(project)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import great_expectations as gx  # noqa: PLC0415 - an extra, and two seconds

            import assay.audit.expectations  # noqa: F401, PLC0415 - so that pages know them
    except ImportError as error:
        raise ConfigError(f"--format gx needs Great Expectations: {INSTALL}") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            context = gx.get_context(mode="file", context_root_dir=str(root))
            _store(context, report)
            built = context.build_data_docs()
        except (OSError, gx.exceptions.GreatExpectationsError) as error:
            raise OutputError(f"{root}: the audit cannot be added to Data Docs: {error}") from error
    for site, url in sorted((built or {}).items()):
        say(f"added to Data Docs ({site}): {url}")
    return 0


def _root(project: str | None) -> Path:
    """The folder with great_expectations.yml; none is made, for a project is the user's to set up."""
    if not project:
        raise ConfigError("--format gx needs the folder of a Great Expectations project: --project DIR")
    places = [Path(project) / name for name in ("gx", "great_expectations", ".")]
    found = next((p for p in places if (p / "great_expectations.yml").is_file()), None)
    if found is None:
        raise ConfigError(f"{project}: no project of Great Expectations: there is no gx/great_expectations.yml in it")
    return found


def _store(context: Any, report: Report) -> None:
    from great_expectations.core.run_identifier import RunIdentifier  # noqa: PLC0415 - an extra
    from great_expectations.data_context.types.resource_identifiers import (  # noqa: PLC0415 - as above
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    results = list(_results(report))
    good = sum(bool(r.success) for r in results)
    data = "-".join(one["fingerprint"][:8] for one in report.document["data"].values())
    run = RunIdentifier(run_name=f"assay-{data}", run_time=_time(report))
    whole = _whole(results, good, run, report)
    key = ValidationResultIdentifier(ExpectationSuiteIdentifier(SUITE), run, f"assay-{data}")
    store = context.validation_results_store
    store.add_or_update(key, whole) if hasattr(store, "add_or_update") else store.set(key, whole)


def _whole(results: list[Any], good: int, run: Any, report: Report) -> Any:
    from great_expectations.core.expectation_validation_result import (  # noqa: PLC0415 - an extra
        ExpectationSuiteValidationResult,
    )

    rows = {name: one["rows"] for name, one in report.document["data"].items()}
    return ExpectationSuiteValidationResult(
        success=good == len(results),
        results=results,
        suite_name=SUITE,
        statistics={
            "evaluated_expectations": len(results),
            "successful_expectations": good,
            "unsuccessful_expectations": len(results) - good,
            "success_percent": 100 * good / len(results) if results else None,
        },
        meta={
            "great_expectations_version": _version(),
            "assay_version": report.document["assay_version"],
            "run_id": run,
            "batch_spec": {"rows": ", ".join(f"{n} {count:,}" for n, count in rows.items())},
        },
    )


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - as above

    return version("great-expectations")


def _time(report: Report) -> datetime:
    """When the audit was written: the same folder gives the same result."""
    written = Path(report.folder or ".") / "audit.json"
    return datetime.fromtimestamp(int(written.stat().st_mtime), UTC)


def _results(report: Report) -> Iterator[Any]:
    """A result for every rule; one that did not run is an exception, as Great Expectations has no skipped."""
    for line in sorted(report.lines, key=lambda one: one.code):
        yield _result(report, line)
    for code, why in sorted({**report.audit.skipped, **report.audit.partial}.items()):
        yield _evaluated(code, "", "", "critical", None, f"not checked: {why}")


def _result(report: Report, line: RuleLine) -> Any:
    rows = []
    for finding in line.findings[:SHOWN]:
        place = report.place(finding.hit.rows[0])
        rows.append({"row": place.where, "text": place.text, "why": finding.hit.message})
    total = len(report.audit.data)
    told = {
        "element_count": total,
        "unexpected_count": line.rows,
        "unexpected_percent": 100 * line.rows / total if total else 0.0,
        "observed_value": ", ".join(plural(g.count, str(g.severity)) for g in line.groups) or "no findings",
        "details": {"rows": rows},
    }
    return _evaluated(line.code, line.name, line.summary, SEVERITY[line.severity], told, "")


def _evaluated(code: str, name: str, summary: str, severity: str, told: Any, error: str) -> Any:  # noqa: PLR0913, PLR0917
    """One rule's result in Great Expectations' shape."""
    from great_expectations.core.expectation_validation_result import (  # noqa: PLC0415 - an extra
        ExpectationValidationResult,
    )
    from great_expectations.expectations.expectation_configuration import (  # noqa: PLC0415 - as above
        ExpectationConfiguration,
    )

    kwargs = {"code": code, "name": name, "summary": summary}
    config = ExpectationConfiguration(type="expect_no_assay_findings", kwargs=kwargs, severity=severity)
    raised = {"raised_exception": bool(error), "exception_message": error or None, "exception_traceback": None}
    return ExpectationValidationResult(
        success=not error and not told["unexpected_count"],
        expectation_config=config,
        result=told or {},
        exception_info=raised,
        meta={},
    )
