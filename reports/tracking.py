"""What a command does after its result is written: log it to MLflow, if that was asked for. As light as click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

COULD_NOT_RUN = 2

mlflow_option = click.option(
    "--mlflow",
    "mlflow",
    metavar="URI",
    help="Log the result to this MLflow server or store: figures, tags and the folder  [default: [tracking] mlflow]",
)


def logged(kind: str, given: Mapping[str, Any], code: int, say: Callable[[str], None]) -> int:
    """Log a result and return the command's exit code; the result stands, whatever becomes of that.

    Args:
        kind: audit, evaluation or gate.
        given: options of the command line.
        code: what the command came to; nothing is logged of one that could not run.
        say: writes a message to standard error.
    """
    if code == COULD_NOT_RUN or given.get("plan"):
        return code
    from assay.reports import sources  # noqa: PLC0415 - loads pydantic

    config, _ = sources.configure(given.get("config"), lambda _: None)
    uri = given["mlflow"] if given["mlflow"] is not None else config.tracking.mlflow
    if uri is None:
        return code
    from pathlib import Path  # noqa: PLC0415 - as above

    from assay.reports import tracking_mlflow  # noqa: PLC0415 - an extra

    run = tracking_mlflow.log(kind, Path(given["output"]), uri, experiment=config.tracking.experiment)
    if not given["quiet"]:
        say(f"logged to MLflow: run {run}")
    return code
