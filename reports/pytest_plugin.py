"""Assertions for a project's own tests: is this data clean, may this model be promoted.

Use them by import, or as fixtures of the same names with ``pytest_plugins = ["assay.reports.pytest_plugin"]``::

    from assay.reports.pytest_plugin import assert_audit_clean, assert_gate_passes

    def test_tickets(tickets):
        assert_audit_clean(tickets, text="text", label="category", ignore=("RLS004",))

    def test_model():
        assert_gate_passes("assay-out/evaluation", config="assay.toml")

A failure names the rules, their findings and the rows. A rule that could not run for want of an input is told in the
failure, and does not fail by itself; one that broke does, for skipped is not passed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from assay.audit.rules import Audit
    from assay.reports.gating.verdict import Verdict
    from assay.reports.render.report import Report

SHOWN = 3
"""Findings of a rule that a failure shows."""


def assert_audit_clean(  # noqa: PLR0913 - one option a parameter, as on the command line
    data: Any,
    *,
    text: str | Sequence[str] = (),
    label: str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    fail_on: str = "error",
    options: Mapping[str, Mapping[str, Any]] | None = None,
    baseline: str | Path | None = None,
    **roles: str,
) -> Audit:
    """Assert that an audit has no finding at or over a severity.

    Args:
        data: a frame (pandas, polars, Arrow, ``datasets``), a dict of frames or files by split, or a file's name.
        text: text column or columns; found by looking if not given.
        label: label column; likewise.
        select: rules to run, by code or prefix; all if empty.
        ignore: rules not to run.
        fail_on: error, warning or note.
        options: code -> option -> value, as in [audit.rules.CODE].
        baseline: accepted findings: an audit folder's findings, or a file of fingerprints.
        roles: further columns: id, group, time, split.

    Returns:
        The audit, for further assertions.

    Raises:
        AssertionError: with the findings; or a rule broke, or none ran.
    """
    __tracebackhide__ = True
    from assay.audit.baseline import read_baseline  # noqa: PLC0415 - loads polars
    from assay.audit.reading import from_frames, read  # noqa: PLC0415 - as above
    from assay.audit.rules import Settings, Severity, run  # noqa: PLC0415 - as above
    from assay.reports.render.report import Report  # noqa: PLC0415 - as above

    threshold = str(Severity(fail_on))
    told: dict[str, Any] = {"text": text, "label": label, **roles}
    sources = {"train": str(data)} if isinstance(data, (str, Path)) else data
    read_it = read if isinstance(sources, Mapping) and _files(sources) else from_frames
    audit = run(read_it(sources, **told), Settings(tuple(select), tuple(ignore), options or {}))
    report = Report(audit, {}, threshold, read_baseline(Path(baseline)) if baseline else None)
    if report.outcome != "PASS":
        raise AssertionError(_words(report))
    return audit


def assert_gate_passes(
    evaluation: str | Path,
    *,
    config: str | Path | None = None,
    baseline: str | Path | None = None,
    audit: str | Path | None = None,
) -> Verdict:
    """Assert that the promotion policy passes on an evaluation folder.

    Args:
        evaluation: folder that `assay evaluate` wrote.
        config: assay.toml with the policy; that of the current folder if not given.
        baseline: evaluation of the model to compare with.
        audit: audit folder, for limits on findings.

    Returns:
        The verdict.

    Raises:
        AssertionError: FAIL or UNKNOWN, with the reasons.
        AssayError: there is no evaluation or no policy.
    """
    __tracebackhide__ = True
    from assay.reports import gate_command, sources  # noqa: PLC0415 - heavy

    table, path = sources.configure(str(config) if config else None, lambda _: None)
    other, seen = (str(folder) if folder else None for folder in (baseline, audit))
    verdict = gate_command.judged(table, path, evaluation=str(evaluation), baseline=other, audit=seen)
    if verdict.outcome != "PASS":
        reasons = [r for r in verdict.reasons if r.outcome != "PASS"]
        lines = [f"the gate says {verdict.outcome} on {evaluation}:"]
        lines += [f"  {_safe(r.outcome)} {_safe(r.rule)}: {_safe(r.message, 400)}" for r in reasons]
        raise AssertionError("\n".join(lines))
    return verdict


@pytest.fixture(name="assert_audit_clean")
def audit_clean_fixture() -> Callable[..., Audit]:
    """``assert_audit_clean`` as a fixture."""
    return assert_audit_clean


@pytest.fixture(name="assert_gate_passes")
def gate_passes_fixture() -> Callable[..., Verdict]:
    """``assert_gate_passes`` as a fixture."""
    return assert_gate_passes


def _files(sources: Mapping[str, Any]) -> bool:
    """Whether a dict names files rather than holding frames."""
    named = [v if isinstance(v, (list, tuple)) else [v] for v in sources.values()]
    return all(isinstance(one, (str, Path)) for value in named for one in value)


def _words(report: Report) -> str:
    from assay.reports.render.text import plural  # noqa: PLC0415 - loads with the report

    lines = [f"the data are not clean: {report.headline}"]
    for line in report.lines:
        if not any(report.fails(s) and n for s, n in line.by_severity.items()):
            continue
        counts = ", ".join(f"{plural(g.count, str(g.severity))} in {plural(g.rows, 'row')}" for g in line.groups)
        lines.append(f"  {line.code} {line.name}: {counts}")
        for finding in line.findings[:SHOWN]:
            place = report.place(finding.hit.rows[0])
            lines.append(f"    {_safe(place.where)}: {_safe(finding.hit.message, 200)}")
            if place.text:
                lines.append(f"      {_safe(place.text, 160)}")
        if line.count > SHOWN:
            lines.append(f"    and {line.count - SHOWN:,} more")
    lines += [f"  {code} broke: {_safe(why, 300)}" for code, why in sorted(report.incomplete.items())]
    if skipped := report.not_checked:
        lines.append("  not checked: " + "; ".join(f"{c} ({_safe(why, 120)})" for c, why in sorted(skipped.items())))
    if not report.audit.ran:
        lines.append("  no rule ran, so nothing was checked")
    return "\n".join(lines)


def _safe(text: str, limit: int = 120) -> str:
    """Text of the data, visible and short: a terminal obeys what it is sent."""
    from assay.reports.render.text import visible  # noqa: PLC0415 - loads with the report

    return visible(text, limit)
