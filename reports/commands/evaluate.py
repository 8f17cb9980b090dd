"""`assay evaluate`."""

from __future__ import annotations

from typing import Any

import click

from assay.reports.options import F, config_option, quiet_option, role_options
from assay.reports.streams import emit, say
from assay.reports.tracking import logged, mlflow_option


@click.command("evaluate")
@click.argument("run", required=False, type=F, metavar="[RUN_DIR]")
@click.option("--predictions", type=F, metavar="F", help="Predictions of any model, joined to the data by id or row.")
@click.option(
    "--prediction", "column", metavar="COL", help="Their column of predictions (guessed by its name if not given)."
)
@click.option(
    "--data", type=F, metavar="F", help="Held-out test data with labels  [default: [data] test of the configuration]"
)
@click.option("--production", type=F, metavar="F", help="A set like production traffic; evaluated if it has labels.")
@click.option("--edge-cases", type=F, metavar="F", help="A set of edge cases, kept apart from the test set.")
@click.option("--train", type=F, metavar="F", help="Training data: errors are shown with their nearest training rows.")
@click.option(
    "--audit",
    type=F,
    metavar="DIR",
    help="Audit of these rows: leaks and wrong labels are counted apart  [default: assay-out/audit, if it fits]",
)
@click.option(
    "--costs", type=F, metavar="F", help="What errors cost: columns label, predicted, cost, or a square table."
)
@click.option("--perturb", is_flag=True, help="Also test on typos, capitals and other small changes (RUN_DIR only).")
@click.option(
    "--discover/--no-discover", default=True, show_default=True, help="Look for failing slices that nobody declared."
)
@click.option(
    "--confirm-split", is_flag=True, help="Discover slices on one half of the rows and confirm them on the other."
)
@click.option(
    "--output", type=F, metavar="DIR", default="assay-out/evaluation", show_default=True, help="Folder for the results."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "json", "jsonl", "csv", "markdown", "github"]),
    default="terminal",
    show_default=True,
    help="What is printed.",
)
@role_options
@config_option
@mlflow_option
@quiet_option
def evaluate(**given: Any) -> int:
    """Measure a model slice by slice on data that it has not seen.

    RUN_DIR is a folder that `assay train` wrote; predictions of any other model come with --predictions.
    Every figure has its n and its interval. The exit code is 0: `assay gate` judges.
    """
    from assay.reports import evaluate_command  # noqa: PLC0415 - heavy

    return logged("evaluation", given, evaluate_command.run(given, emit, say), say)
