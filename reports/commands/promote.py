"""`assay promote`."""

from __future__ import annotations

from typing import Any

import click

from assay.reports.options import F, config_option, quiet_option
from assay.reports.streams import emit, say


@click.command("promote")
@click.argument("run", nargs=1, type=F, required=False, metavar="[RUN_DIR]")
@click.option("--as", "alias", metavar="ALIAS", required=True, help="What the model becomes: production, staging, ...")
@click.option(
    "--verdict",
    type=F,
    metavar="F",
    default="assay-out/gate/verdict.json",
    show_default=True,
    help="What `assay gate` wrote.",
)
@click.option(
    "--registry",
    metavar="DIR|mlflow",
    default="registry",
    show_default=True,
    help="Folder of aliases, or mlflow (or mlflow:URI) for a model registry of MLflow.",
)
@click.option("--name", metavar="NAME", help="Registered model's name in MLflow  [default: the run folder's]")
@click.option("--rollback", is_flag=True, help="Back to the model before; no verdict is asked.")
@click.option("--force", is_flag=True, help="Promote without a PASS; recorded for ever, with the reason.")
@click.option("--reason", metavar="TEXT", help="Why; required with --force.")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
@config_option
@quiet_option
def promote(**given: Any) -> int:
    """Move an alias to a model, only on a PASS verdict for exactly this model, data and policy.

    RUN_DIR is a run folder, or the file of predictions that was evaluated. Exit codes: 0 moved, 1 blocked, 2 could
    not run.
    """
    from assay.reports import promote_command  # noqa: PLC0415 - heavy

    return promote_command.run(given, emit, say)
