"""`assay explain` and `assay rules`."""

from __future__ import annotations

from typing import Any

import click

from assay.reports.options import checked_config_option, quiet_option
from assay.reports.streams import emit

format_option = click.option(
    "--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True,
    help="What is printed.",
)  # fmt: skip


@click.command("explain")
@click.argument("code")
@format_option
@checked_config_option
@quiet_option
def explain(**given: Any) -> int:
    """Say what a rule finds, why it matters, and what to do."""
    from assay.reports import rule_reference  # noqa: PLC0415 - heavy

    code = given["code"]
    emit(rule_reference.as_document(code) if given["form"] == "json" else rule_reference.explain(code))
    return 0


@click.command("rules")
@format_option
@checked_config_option
@quiet_option
def list_rules(**given: Any) -> int:
    """List all rules."""
    from assay.reports import rule_reference  # noqa: PLC0415 - heavy

    emit(rule_reference.all_as_document() if given["form"] == "json" else rule_reference.listing())
    return 0
