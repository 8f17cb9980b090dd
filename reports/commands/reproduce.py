"""`assay reproduce`."""

from __future__ import annotations

from typing import Any

import click

from assay.reports.options import F, checked_config_option, quiet_option
from assay.reports.streams import emit, say


@click.command("reproduce")
@click.argument("run_dir", type=F)
@click.option("--output", type=F, metavar="DIR", help="Folder of the new run  [default: RUN_DIR-reproduced]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "json"]),
    default="terminal",
    show_default=True,
    help="What is printed.",
)
@checked_config_option
@quiet_option
def reproduce(**given: Any) -> int:
    """Train once more from a run's manifest, and compare weights and metrics.

    Exit codes: 0 equal, 1 different, 2 could not be repeated (data, weights or libraries are missing).
    """
    from assay.reports import reproduce_command  # noqa: PLC0415 - heavy

    return reproduce_command.run(given, emit, say)
