"""`assay advise`."""

from __future__ import annotations

from typing import Any

import click

from assay.reports.options import F, config_option, file_options, quiet_option, role_options
from assay.reports.streams import emit, say


@click.command("advise")
@click.argument("train", nargs=-1, type=F)
@file_options
@role_options
@click.option("--model", metavar="ID_OR_FOLDER", help="Pretrained model in question  [default: all-MiniLM-L6-v2]")
@click.option("--task-changes-often", is_flag=True, help="Classes come and go: what is quick to make anew weighs more.")
@click.option(
    "--cost-per-month",
    type=click.FloatRange(min=0),
    metavar="X",
    help="What the prompted service in question costs a month, in any currency.",
)
@click.option(
    "--audit",
    "audit_folder",
    type=F,
    metavar="DIR",
    default="assay-out/audit",
    show_default=True,
    help="The audit of these data; without one the quick rules are run.",
)
@click.option("--probe/--no-probe", default=True, help="Measure a few steps of fine-tuning, or only reckon them.")
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Seed of draws  [default: 0]")
@click.option("--output", type=F, metavar="DIR", default="assay-out/advice", show_default=True, help="Folder.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "json"]),
    default="terminal",
    show_default=True,
    help="What is printed.",
)
@config_option
@quiet_option
def advise(**given: Any) -> int:
    """Say whether to train at all, with the evidence.

    Measures majority, TF-IDF, nearest neighbours, a linear head on frozen embeddings and the class names alone, never
    on test rows; draws a learning curve; weighs what the audit found; reckons what LoRA and full fine-tuning would
    cost here; and recommends one of: clean or collect first, zero-shot or prompting, linear head, LoRA, full.
    """
    from assay.reports import advise_command  # noqa: PLC0415 - heavy

    return advise_command.run(given, emit, say)
