"""`assay init`."""

from __future__ import annotations

from typing import Any

import click

from assay.reports.options import F, file_options, quiet_option, role_options
from assay.reports.streams import say


@click.command("init")
@click.argument("data", nargs=-1, type=F, required=True)
@file_options
@role_options
@click.option(
    "--config", type=F, metavar="FILE", help="The file to write; paths in it are relative to it  [default: assay.toml]"
)
@click.option("--force", is_flag=True, help="Replace an existing assay.toml.")
@click.option(
    "--expectations", is_flag=True, help="Also write suite.json, a draft of Great Expectations for you to review."
)
@quiet_option
def init(**given: Any) -> int:
    """Look at the data and write a commented assay.toml."""
    from assay.reports import init_command  # noqa: PLC0415 - heavy

    return init_command.run(given, say)
