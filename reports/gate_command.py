"""``assay gate``: read the evaluation, judge it, write the verdict, print."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit import store
from assay.audit.atomic import write_folder
from assay.audit.errors import AssayError, ConfigError, DataError
from assay.audit.findings import as_json
from assay.audit.slicing.request import declared
from assay.reports import forms, sources, step_summary
from assay.reports.gating import attempts, evidence, gate, sourcecheck
from assay.reports.gating.policy import policy as policy_of
from assay.reports.gating.verdict import HTML, JUNIT, MARKDOWN, VERDICT, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from assay.audit.atomic import Writer
    from assay.audit.config import Config
    from assay.audit.store import Stored

    Say = Callable[[str], None]

AUDIT_FOLDER = "assay-out/audit"


def run(given: Mapping[str, Any], emit: Say, say: Say) -> int:
    """Judge and return the exit code: 0 for PASS alone."""
    whisper: Say = (lambda _: None) if given["quiet"] else say
    config, path = sources.configure(given["config"], whisper)
    config = config.model_copy(update={"data": sources.merge(config.data, given)})
    if given["plan"]:
        from assay.reports import gate_plan  # noqa: PLC0415 - reads data

        return gate_plan.run(config, path, given, emit)
    if not given["output"]:
        raise ConfigError("--output needs the name of a folder")
    folder = Path(given["output"])
    try:
        if given["audit"] and not Path(given["audit"]).is_dir():
            raise ConfigError(f"{given['audit']}: no such folder; name one that `assay audit` wrote with --audit")
        if not given["evaluation"]:
            raise ConfigError("name the folder that `assay evaluate` wrote, as in `assay gate assay-out/evaluation`")
        told = {name: given[name] for name in ("evaluation", "baseline", "audit")}
        verdict = Verdict.of(judged(config, path, **told).facts())  # drawn as it is written, to the last digit
    except AssayError:
        if _forget(folder):
            say(f"{folder / VERDICT} was of an earlier run, and is removed: there is no verdict now")
        raise
    write(verdict, folder)
    printed(verdict, given["form"], given["output"], emit, whisper, quiet=given["quiet"])
    return 0 if verdict.outcome == "PASS" else 1


def judged(  # noqa: PLR0913 - a configuration with its file, three folders and a day
    config: Config,
    path: str | None,
    *,
    evaluation: str,
    baseline: str | None = None,
    audit: str | None = None,
    today: date | None = None,
) -> Verdict:
    """The verdict on an evaluation folder.

    Args:
        config: for the data that it names.
        path: the configuration's file.
        evaluation: the candidate's folder.
        baseline: another model's folder.
        audit: folder of the audit.
        today: for waivers; by default the day it is.

    Raises:
        AssayError: something is no evaluation, or the policy cannot be met.
    """
    policy = policy_of(config, path)
    one = evidence.read(Path(evaluation))
    other = evidence.read(Path(baseline)) if baseline else None
    number, doubt = attempts.attempt(one, sequential=policy.sequential)
    changed = sourcecheck.check(one, config, declared(config, path))
    stored, where, why_not = _audit(audit) if policy.audit else (None, "", "")
    conditions = ((doubt,) if doubt else ()) + changed
    day = today or datetime.now(UTC).astimezone().date()
    return gate.decide(gate.Grounds(policy, one, other, stored, where, why_not, number, conditions, day))


def _audit(told: str | None) -> tuple[Stored | None, str, str]:
    """The audit, its folder, and why there is none; a missing one is no error here, as the gate says UNKNOWN."""
    folder = Path(told or AUDIT_FOLDER)
    if not told and not folder.is_dir():
        return None, "", "run `assay audit`, or name its folder with --audit"
    try:
        return store.load(folder), str(folder), ""
    except DataError as error:
        return None, "", str(error).rstrip(".")


def write(verdict: Verdict, folder: Path) -> None:
    """The verdict as JSON, JUnit, Markdown and a page, all or none."""
    from assay.reports.render import verdict_html, verdict_junit, verdict_markdown  # noqa: PLC0415 - drawn only after judging

    texts = {
        JUNIT: verdict_junit.render(verdict),
        MARKDOWN: verdict_markdown.render(verdict),
        HTML: verdict_html.render(verdict),
        VERDICT: as_json(verdict.facts()),
    }
    files: dict[str, Writer] = {name: _writer(text) for name, text in texts.items()}
    write_folder(folder, files)


def _writer(text: str) -> Writer:
    content = text.encode("utf-8", "backslashreplace")
    return lambda out: out.write(content)


def printed(verdict: Verdict, form: str, folder: str, emit: Say, say: Say, *, quiet: bool) -> None:  # noqa: PLR0913
    """Print the verdict in the form asked for."""
    if form == "terminal" and quiet:
        return
    emit(forms.verdict(verdict, form, folder))
    if form == "github":
        step_summary.append(forms.verdict(verdict, "markdown", folder), say)


def _forget(folder: Path) -> bool:
    """Remove an earlier verdict: it must not pass for the one that could not be made."""
    found = False
    for name in (VERDICT, JUNIT, MARKDOWN, HTML):
        with suppress(OSError):
            (folder / name).unlink()
            found = True
    return found
