"""`assay clean`."""

from __future__ import annotations

from typing import Any

import click

from assay.reports.options import F, checked_config_option, quiet_option
from assay.reports.streams import emit, say


@click.command("clean")
@click.argument("audit_dir", type=F)
@click.option(
    "--output",
    type=F,
    metavar="FILE",
    required=True,
    help="The new file; a folder where the data are several files; hf:DIR for a data set of `datasets`.",
)
@click.option("--decisions", type=F, metavar="FILE", help="What people decided, as `assay review` writes it.")
@click.option("--unsafe", is_flag=True, help="Apply the fixes that are not safe, too; look at --dry-run first.")
@click.option("--dry-run", is_flag=True, help="Write nothing; print counts and what would change.")
@click.option(
    "--split", "splits", multiple=True, metavar="NAME", help="Split to clean; repeat for several  [default: train]"
)
@click.option(
    "--remove-leaks-from",
    metavar="SPLIT",
    default="train",
    show_default=True,
    help="Who gives up rows that stand on both sides: train, or a held-out split that is being rebuilt.",
)
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
def clean(**given: Any) -> int:
    """Apply safe fixes and reviewed decisions to new files.

    AUDIT_DIR is a folder that `assay audit` wrote. The new file has the format and the columns of the old one, and
    every row that is not changed keeps its bytes. What is done to which row, why and by whom stands in changes.jsonl
    beside it.
    """
    from assay.reports import clean_command  # noqa: PLC0415 - heavy

    return clean_command.run(given, emit, say)
