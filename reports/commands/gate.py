"""`assay gate`."""

from __future__ import annotations

from typing import Any

import click

from assay.reports.options import F, config_option, quiet_option, role_options
from assay.reports.streams import emit, say
from assay.reports.tracking import logged, mlflow_option


@click.command("gate")
@click.argument("evaluation", nargs=1, type=F, required=False, metavar="[EVAL_DIR]")
@click.option("--baseline", type=F, metavar="EVAL_DIR", help="Evaluation of the model to compare with.")
@click.option(
    "--audit",
    type=F,
    metavar="DIR",
    help="Audit of the evaluated data, for max_audit_findings  [default: assay-out/audit, if it is there]",
)
@click.option(
    "--output", type=F, metavar="DIR", default="assay-out/gate", show_default=True, help="Folder for the verdict."
)
@click.option(
    "--plan",
    is_flag=True,
    help="Say whether the policy can pass with these test rows, and how many it needs; no model.",
)
@click.option("--test", type=F, multiple=True, metavar="F", help="Test data  [default: data.test of the configuration]")
@role_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "json", "jsonl", "csv", "junit", "markdown", "github"]),
    default="terminal",
    show_default=True,
    help="What is printed.",
)
@config_option
@mlflow_option
@quiet_option
def gate(**given: Any) -> int:
    """Judge an evaluation by the policy in assay.toml: PASS, FAIL or UNKNOWN.

    Exit codes: 0 only for PASS, 1 for FAIL and UNKNOWN, 2 where it could not run or no model can meet the policy.
    """
    from assay.reports import gate_command  # noqa: PLC0415 - heavy

    return logged("gate", given, gate_command.run(given, emit, say), say)
