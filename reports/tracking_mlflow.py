"""Audits, evaluations and verdicts in MLflow: figures as metrics, the folder as artefacts, what they are as tags.

A result goes into the run that ``MLFLOW_RUN_ID`` names, as MLflow itself has it, so that a training run holds the
audit of its data; else into a run of its own in the experiment ``assay`` (or ``MLFLOW_EXPERIMENT_NAME``).
"""

from __future__ import annotations

import math
import os
import re
from typing import TYPE_CHECKING, Any

from assay.audit.errors import ConfigError, DataError, OutputError
from assay.audit.parsing import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FILES = {"audit": "audit.json", "evaluation": "evaluation.json", "gate": "verdict.json"}
EXPERIMENT = "assay"
INSTALL = "pip install 'assay[mlflow]'"
_ODD = re.compile(r"[^\w\-./ ]")
_BATCH = 900
"""Metrics in a request; MLflow takes 1,000."""
_LONGEST = 240


def log(kind: str, folder: Path, uri: str, *, experiment: str | None = None) -> str:
    """Log a result that a command wrote.

    Args:
        kind: audit, evaluation or gate.
        folder: what the command wrote.
        uri: of the tracking server or store; empty for MLflow's own setting.
        experiment: for a run of its own.

    Returns:
        The run's id.

    Raises:
        ConfigError: MLflow is not installed.
        DataError: the folder does not hold such a result.
        OutputError: MLflow refused; the result in the folder stands.
    """
    document = _document(folder / FILES[kind])
    try:
        import mlflow  # noqa: PLC0415 - an extra
        from mlflow.entities import Metric, RunTag  # noqa: PLC0415 - as above
        from mlflow.exceptions import MlflowException  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        raise ConfigError(f"--mlflow needs MLflow: {INSTALL}") from error
    client = mlflow.MlflowClient(tracking_uri=uri or None)
    try:
        run, own = _run(client, kind, experiment)
        stamp = int((folder / FILES[kind]).stat().st_mtime * 1000)
        metrics = [Metric(f"{kind}.{name}", value, stamp, 0) for name, value in metrics_of(kind, document)]
        for start in range(0, len(metrics), _BATCH):
            client.log_batch(run, metrics=metrics[start : start + _BATCH])
        client.log_batch(run, tags=[RunTag(f"assay.{kind}.{k}", v) for k, v in tags_of(kind, document)])
        client.log_artifacts(run, str(folder), artifact_path=f"assay/{kind}")
        if own:
            client.set_terminated(run)
    except (MlflowException, OSError) as error:
        words = " ".join(str(error).split())[:300]
        raise OutputError(f"MLflow at {uri or mlflow.get_tracking_uri()} refused: {words}") from error
    return str(run)


def _run(client: Any, kind: str, experiment: str | None) -> tuple[str, bool]:
    """The run to log into, and whether it is one of our own."""
    if given := os.environ.get("MLFLOW_RUN_ID"):
        return given, False
    name = experiment or os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
    known = client.get_experiment_by_name(name)
    number = known.experiment_id if known is not None else client.create_experiment(name)
    return client.create_run(number, run_name=f"assay {kind}").info.run_id, True


def _document(path: Path) -> dict[str, Any]:
    try:
        found = parse_json(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be logged: {error}", path=str(path), cure="Run the command again") from error
    if not isinstance(found, dict):
        raise DataError("cannot be logged: no result of Assay", path=str(path), cure="Run the command again")
    return found


def metrics_of(kind: str, document: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Names and figures, only those that there are: no evidence is no zero."""
    found = {"audit": _of_audit, "evaluation": _of_evaluation, "gate": _of_verdict}[kind](document)
    seen: set[str] = set()
    for name, value in found:
        clean = _ODD.sub("_", name)[:_LONGEST]
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        if number and clean not in seen:
            seen.add(clean)
            yield clean, float(value)


def _of_audit(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for code, told in document["counts"].items():
        yield f"findings.{code}", told["findings"]
        yield f"rows.{code}", told["rows"]
    yield "rules_ran", len(document["ran"])
    yield "rules_skipped", len(document["skipped"])
    for name, told in document["data"].items():
        yield f"data_rows.{name}", told["rows"]


def _of_evaluation(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from _figures("overall", document["overall"])
    for label, told in document.get("classes", {}).items():
        yield from _figures(f"class.{label}", told)
    for one in document.get("slices", ()):
        yield from _figure(f"slice.{one['name']}.{one['metric']}", one)


def _figures(head: str, told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for metric, one in told.items():
        if isinstance(one, dict):
            yield from _figure(f"{head}.{metric}", one)


def _figure(name: str, one: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A figure with its interval and its number of rows."""
    yield name, one.get("value")
    yield from ((f"{name}.{key}", one.get(key)) for key in ("low", "high", "n"))


def _of_verdict(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "passed", int(document["outcome"] == "PASS")
    for outcome in ("PASS", "FAIL", "UNKNOWN"):
        yield f"reasons.{outcome}", sum(one["outcome"] == outcome for one in document["reasons"])
    for one in document["reasons"]:
        yield ".".join(str(one[k]) for k in ("rule", "slice", "metric") if one.get(k)), one.get("value")


def tags_of(kind: str, document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a result is about, as tags."""
    yield "assay_version", str(document.get("assay_version", ""))
    if kind == "gate":
        yield "outcome", str(document["outcome"])
    if kind == "audit":
        yield "incomplete", ", ".join(sorted(document.get("incomplete") or {}))
        for split, told in document["data"].items():
            yield f"fingerprint.{_ODD.sub('_', split)}", str(told["fingerprint"])
    model = document.get("model")
    if isinstance(model, dict):
        yield "model", str(model.get("name"))[:500]
        yield "model_fingerprint", str(model.get("fingerprint"))[:500]
