"""`assay run`."""

from __future__ import annotations

from typing import Any

import click

from assay.reports.options import F, column_options, config_option, quiet_option
from assay.reports.streams import emit, say


@click.command("run")
@click.option(
    "--output", type=F, metavar="DIR", default="assay-out", show_default=True, help="Folder for all steps' results."
)
@click.option("--baseline", type=F, metavar="EVAL_DIR", help="Evaluation of the model to compare with.")
@click.option(
    "--decisions", type=F, metavar="FILE", help="What `assay review` wrote  [default: decisions.jsonl in the audit]"
)
@click.option("--unsafe", is_flag=True, help="Apply unsafe fixes, too.")
@click.option("--force", is_flag=True, help="Train although the audit of the cleaned data holds errors.")
@click.option("--again", is_flag=True, help="Do all steps, also those whose inputs have not changed.")
@click.option(
    "--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True,
    help="What is printed.",
)  # fmt: skip
@column_options
@config_option
@quiet_option
def run(**given: Any) -> int:
    """Audit, clean, split if needed, train, evaluate and gate, from one assay.toml.

    Steps whose inputs have not changed are not done again; a run that was stopped or killed goes on where it was. The
    exit code is the gate's: 0 only for PASS.
    """
    from assay.reports import run_command  # noqa: PLC0415 - heavy

    return run_command.run(given, emit, say)
