"""`assay report`."""

from __future__ import annotations

from typing import Any

import click

from assay.reports.options import REPORT_FORMATS, F, checked_config_option, quiet_option
from assay.reports.streams import emit, say


@click.command("report")
@click.argument("folder", type=F, metavar="DIR")
@click.option(
    "--format",
    "form",
    type=click.Choice(REPORT_FORMATS),
    default="terminal",
    show_default=True,
    help="The form; not every result has every one.",
)
@click.option("--output", type=F, metavar="FILE", help="Write to this file instead of standard output.")
@click.option(
    "--baseline", type=F, metavar="FILE", help="Accepted findings (audits): an earlier audit, or fingerprints."
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "note", "never"]),
    help="Judge as with this threshold (audits)  [default: the audit's]",
)
@click.option("--project", type=F, metavar="DIR", help="Great Expectations project whose Data Docs get it (gx).")
@checked_config_option
@quiet_option
def report(**given: Any) -> int:
    """Draw a result again, from the folder that it is in.

    DIR is what `assay audit`, `evaluate`, `gate`, `train` or `run` wrote. The same form gives the same bytes as the
    command gave. Texts of an audit come from the data files, if they are as they were.
    """
    from assay.reports import report_command  # noqa: PLC0415 - heavy

    return report_command.run(given, emit, say)
