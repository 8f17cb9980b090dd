"""`assay review`."""

from __future__ import annotations

from typing import Any

import click

from assay.reports.options import F, checked_config_option, quiet_option
from assay.reports.streams import emit, say


@click.command("review")
@click.argument("audit_dir", type=F, default="assay-out/audit")
@click.option(
    "--decisions", type=F, metavar="FILE", help="Where decisions are written  [default: AUDIT_DIR/decisions.jsonl]"
)
@click.option("--reviewer", metavar="NAME", help="Who decides  [default: the user of this machine]")
@click.option("--select", multiple=True, metavar="CODES", help="Findings to review, by code or prefix  [default: all]")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1  [default: a free one]")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
@checked_config_option
@quiet_option
def review(**given: Any) -> int:
    """Look at findings one by one in the browser: keep, relabel or drop.

    AUDIT_DIR is a folder that `assay audit` wrote [default: assay-out/audit]. The page is served from this machine to
    this machine only; each decision is on the disk before the next finding is shown. `assay clean --decisions` acts on
    them.
    """
    from assay.reports import review_command  # noqa: PLC0415 - heavy

    return review_command.run(given, emit, say)
