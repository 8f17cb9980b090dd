"""``assay report``: draw again, in any form, what an audit, evaluation, gate or run left in its folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.errors import ConfigError, DataError
from assay.audit.parsing import parse_json
from assay.reports import forms, step_summary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Say = Callable[[str], None]

KINDS = {
    "audit.json": "audit",
    "evaluation.json": "evaluation",
    "verdict.json": "verdict",
    "manifest.json": "training",
    "run.json": "run",
}
"""The file by which a folder is known, and what it is."""
CURE = "Give a folder that `assay audit`, `evaluate`, `gate`, `train` or `run` wrote"
SCHEMA_VERSION = 1


def run(given: Mapping[str, Any], emit: Say, say: Say) -> int:
    """Draw, write or print, and return the exit code: 0 if it was drawn, whatever it says."""
    whisper: Say = (lambda _: None) if given["quiet"] else say
    folder, form = Path(given["folder"]), given["form"]
    kind = kind_of(folder)
    if kind != "audit" and (given["baseline"] or given["fail_on"]):
        raise ConfigError("--baseline and --fail-on are about the findings of an audit, and this folder holds none")
    if form == "gx":
        return _data_docs(folder, kind, given, whisper)
    draw = {"audit": _audit, "evaluation": _evaluation, "verdict": _verdict, "training": _training, "run": _run}[kind]
    drawer = draw(folder, given, whisper)
    text = drawer(form)
    if form == "github":
        step_summary.append(drawer("markdown"), whisper)
    if given["output"]:
        from assay.audit.atomic import write_file  # noqa: PLC0415 - where a file is asked for

        write_file(Path(given["output"]), text.encode("utf-8", "backslashreplace"))
        whisper(f"written to {given['output']}")
    else:
        emit(text)
    return 0


def _data_docs(folder: Path, kind: str, given: Mapping[str, Any], say: Say) -> int:
    """Add an audit to the Data Docs of a project.

    Raises:
        ConfigError: it is no audit.
    """
    from assay.reports import gx_docs  # noqa: PLC0415 - where it is asked for
    from assay.reports.stored_audit import report_of  # noqa: PLC0415 - loads polars

    if kind != "audit" or given["baseline"] or given["output"]:
        raise ConfigError("--format gx adds an audit, without --baseline or --output, to the project of --project")
    return gx_docs.add(report_of(folder, None, given["fail_on"], say), given["project"], say)


def kind_of(folder: Path) -> str:
    """What a folder holds.

    Raises:
        DataError: none of our results, or several.
    """
    if not folder.is_dir():
        raise DataError("no such folder" if not folder.exists() else "not a folder", path=str(folder), cure=CURE)
    found = [kind for name, kind in KINDS.items() if (folder / name).is_file()]
    if not found:
        inside = sorted(p.name for p in folder.iterdir() if p.is_dir() and any((p / n).is_file() for n in KINDS))
        cure = f"{CURE}; there are {', '.join(inside)} in it" if inside else CURE
        raise DataError("no result of Assay is in this folder", path=str(folder), cure=cure)
    if len(found) > 1:
        cure = "Write each with an --output of its own"
        raise DataError(f"this folder holds several results: {', '.join(found)}", path=str(folder), cure=cure)
    return found[0]


def _audit(folder: Path, given: Mapping[str, Any], say: Say) -> Callable[[str], str]:
    from assay.audit.baseline import read_baseline  # noqa: PLC0415 - loads polars
    from assay.reports.stored_audit import report_of  # noqa: PLC0415 - as above

    baseline = read_baseline(Path(given["baseline"])) if given["baseline"] else None
    report = report_of(folder, baseline, given["fail_on"], say)
    return lambda form: forms.audit(report, form)


def _evaluation(folder: Path, given: Mapping[str, Any], say: Say) -> Callable[[str], str]:
    del say
    document = _json(folder / "evaluation.json", ("overall", "slices", "sets", "data", "model"))
    return lambda form: forms.evaluation(document, form, given["folder"])


def _verdict(folder: Path, given: Mapping[str, Any], say: Say) -> Callable[[str], str]:
    del say
    from assay.reports.gating.verdict import Verdict  # noqa: PLC0415 - where it is one

    path = folder / "verdict.json"
    document = _json(path, ("outcome", "reasons", "attempt", "notes"))
    try:
        told = Verdict.of(document)
    except (TypeError, AttributeError, KeyError) as error:
        raise DataError(f"not a verdict: {error}", path=str(path), cure="Run `assay gate` again") from error
    return lambda form: forms.verdict(told, form, given["folder"])


def _training(folder: Path, given: Mapping[str, Any], say: Say) -> Callable[[str], str]:
    del given, say
    manifest = _json(folder / "manifest.json", ("method", "metrics", "hyperparameters", "times"))
    ladder = _json(folder / "baselines.json", ("rungs", "comparison"))
    card = _text(folder / "README.md")
    return lambda form: forms.training(manifest, ladder, card, form, str(folder))


def _run(folder: Path, given: Mapping[str, Any], say: Say) -> Callable[[str], str]:
    del given, say
    from assay.reports.running import recall  # noqa: PLC0415 - loads polars

    told = recall.recall(folder)
    return lambda form: forms.whole_run(told, form)


def _json(path: Path, needs: tuple[str, ...]) -> dict[str, Any]:
    """A document of ours.

    Raises:
        DataError: it is not, or of another version.
    """
    try:
        found = parse_json(_text(path))
    except ValueError as error:
        raise DataError(f"not JSON: {error}", path=str(path), cure=CURE) from error
    if not isinstance(found, dict) or found.get("schema_version") != SCHEMA_VERSION:
        raise DataError("not a result of this version of Assay", path=str(path), cure="Make it again")
    lacking = [key for key in needs if key not in found]
    if lacking:
        raise DataError(f"lacks {', '.join(lacking)}", path=str(path), cure="Make it again")
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be read: {error}", path=str(path), cure=CURE) from error
