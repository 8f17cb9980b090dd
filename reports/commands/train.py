"""`assay train`."""

from __future__ import annotations

from typing import Any

import click

from assay.reports.options import F, config_option, file_options, quiet_option, role_options
from assay.reports.streams import emit, say


@click.command("train")
@click.argument("data", nargs=-1, type=F)
@click.option("--train", "train_files", multiple=True, type=F, metavar="F", help="Training data.")
@file_options
@role_options
@click.option(
    "--model",
    metavar="ID_OR_FOLDER",
    help="Pretrained model: a folder, or a hub id (owner/model, owner/model@revision)  [default: all-MiniLM-L6-v2]",
)
@click.option(
    "--method",
    type=click.Choice(["auto", "head", "lora", "full"]),
    help="What is trained: a linear head, an adapter, or everything; auto chooses and says why  [default: auto]",
)
@click.option(
    "--head",
    type=click.Choice(["mean", "standard"]),
    help="standard loads as AutoModelForSequenceClassification; mean is more accurate  [default: mean]",
)
@click.option("--output", type=F, metavar="DIR", help="Run folder  [default: assay-out/train]")
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Seed  [default: 0]")
@click.option("--epochs", type=click.FloatRange(min=0, min_open=True), metavar="X", help="Passes over the data.")
@click.option("--batch-size", type=click.IntRange(min=1), metavar="N", help="Rows of a step.")
@click.option("--learning-rate", type=click.FloatRange(min=0, min_open=True), metavar="X", help="Of the encoder.")
@click.option("--max-length", type=click.IntRange(min=2), metavar="N", help="Tokens after which a text is cut.")
@click.option("--resume", is_flag=True, help="Go on from the newest checkpoint in the run folder.")
@click.option("--force", is_flag=True, help="Train although the audit stands against it; the manifest will tell.")
@click.option(
    "--audit",
    "audit_folder",
    type=F,
    metavar="DIR",
    default="assay-out/audit",
    show_default=True,
    help="The audit of these data.",
)
@click.option("--skip-small-run", is_flag=True, help="Start without a few dozen steps on a sample.")
@click.option("--no-ladder", is_flag=True, help="Do not measure the cheaper models.")
@click.option("--merge", is_flag=True, help="Write the adapter merged into its base model as well.")
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
def train(**given: Any) -> int:
    """Train a classifier: baselines, a small run, then the method asked for.

    Writes a run folder: manifest.json, model/ or adapter/, checkpoints/, metrics.jsonl, baselines.json,
    README.md (model card), requirements.txt. Exits with 1 if the audit of these data holds errors,
    or if there is none.
    """
    from assay.reports import train_command  # noqa: PLC0415 - heavy

    return train_command.run(given, emit, say)
