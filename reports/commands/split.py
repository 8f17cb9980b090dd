"""`assay split`."""

from __future__ import annotations

from typing import Any

import click

from assay.reports.options import F, config_option, quiet_option, role_options
from assay.reports.streams import emit, say


@click.command("split")
@click.argument("data", nargs=-1, type=F)
@click.option("--output", type=F, metavar="DIR", required=True, help="Folder for train.*, validation.* and test.*.")
@click.option("--test", type=float, default=0.2, show_default=True, metavar="SHARE", help="Share of rows for test.")
@click.option(
    "--validation",
    type=float,
    metavar="SHARE",
    help="Share of rows for validation; 0 for none  [default: 0.1; with --folds 0]",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Another one puts rows elsewhere."
)
@click.option("--folds", type=int, metavar="K", default=0, help="Write K folds, fold-1 to fold-K, each with its test.")
@click.option(
    "--min-test-per-slice",
    type=click.IntRange(min=0),
    default=0,
    metavar="ROWS",
    help="Rows that each critical slice needs in test, where it declares no min_test.",
)
@click.option("--encoder", metavar="NAME", help="What finds paraphrases: auto, minilm, static, a folder or a hub id.")
@click.option("--no-semantic", is_flag=True, help="Do not look for paraphrases; they may be on both sides.")
@click.option("--no-time", is_flag=True, help="Do not keep order in time, though a column of times is known.")
@role_options
@config_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "json"]),
    default="terminal",
    show_default=True,
    help="What is printed.",
)
@quiet_option
def split(**given: Any) -> int:
    """Split data into train, validation and test that share nothing.

    DATA is a file, a folder or a glob; it may come from assay.toml as well. What is alike stays on one side: copies,
    near-copies, contained texts, paraphrases, and rows of one --group. With --time test is the latest. Each class and
    each critical slice gets its share, and a row that is added later moves few others.
    """
    from assay.reports import split_command  # noqa: PLC0415 - heavy

    return split_command.run(given, emit, say)
