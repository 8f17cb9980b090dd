"""`assay audit`."""

from __future__ import annotations

import gc
import sys
from typing import Any

import click

from assay.reports.options import FORMATS, F, config_option, file_options, quiet_option, role_options
from assay.reports.streams import emit, say
from assay.reports.tracking import logged, mlflow_option


@click.command("audit")
@click.argument("train", nargs=-1, type=F)
@file_options
@role_options
@click.option(
    "--select", multiple=True, metavar="CODES", help="Rules to run, by code or prefix: DUP,LEK001  [default: all]"
)
@click.option("--ignore", multiple=True, metavar="CODES", help="Rules not to run, by code or prefix.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "note", "never"]),
    help="Exit with 1 from this severity on  [default: error]",
)
@click.option(
    "--output", type=F, metavar="DIR", default="assay-out/audit", show_default=True, help="Folder for the results."
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="terminal", show_default=True, help="What is printed."
)
@click.option(
    "--encoder",
    metavar="NAME",
    help="Sentence encoder: auto, minilm, static, lsa, a model folder or a hub id; fast:NAME for the fastest engine"
    " of this machine, whose vectors differ between machines  [default: auto]",
)
@click.option("--no-cache", is_flag=True, help="Neither use nor keep vectors on disk.")
@click.option(
    "--engine",
    type=click.Choice(["memory", "local", "dask", "spark"]),
    help="Where texts are compared: local spills to disk, dask and spark use a cluster  [default: memory]",
)
@click.option("--memory", metavar="SIZE", help="What the process should stay within, with an --engine  [default: 3GB]")
@click.option(
    "--storage", type=F, metavar="DIR", help="Folder for what is spilled; a stopped run is taken up from there."
)
@click.option(
    "--baseline", type=F, metavar="FILE", help="Accepted findings: an earlier audit, or a list of fingerprints."
)
@click.option(
    "--probabilities",
    type=F,
    metavar="FILE",
    help="Out-of-sample class probabilities of your own model, a column for each class: LBL002 weighs them in.",
)
@click.option("--suggest-slices", is_flag=True, help="Print [[slice]] tables that the data suggest, with their rows.")
@click.option(
    "--noise-audit",
    metavar="ROWS|FILE",
    help="Write a list of so many labels to check by hand; given it back filled in, print the share of wrong labels.",
)
@config_option
@mlflow_option
@quiet_option
def audit(**given: Any) -> int:
    """Find what is wrong with training data.

    TRAIN is a CSV, TSV, JSON, JSON Lines, Parquet or Arrow file, a folder or a glob of these; it may
    come from assay.toml as well.
    """
    # Many small objects are made and few die: collecting them took a tenth of the time.
    gc.set_threshold(1_000_000, 20, 100)

    # Reading and loading share the interpreter: a thread back from the disk should not wait 5 ms for its turn.
    sys.setswitchinterval(0.0005)

    from assay.reports import audit_command  # noqa: PLC0415 - heavy

    return logged("audit", given, audit_command.run(given, emit, say), say)
