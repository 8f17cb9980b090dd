"""`assay explain` and `assay rules`."""

from __future__ import annotations

import click

from assay.reports.streams import emit


@click.command("explain")
@click.argument("code")
def explain(code: str) -> int:
    """Say what a rule finds, why it matters, and what to do."""
    from assay.reports import rule_reference  # noqa: PLC0415 - heavy

    emit(rule_reference.explain(code))
    return 0


@click.command("rules")
def list_rules() -> int:
    """List all rules."""
    from assay.reports import rule_reference  # noqa: PLC0415 - heavy

    emit(rule_reference.listing())
    return 0
