"""Options that several commands share; they are as light as click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = ("terminal", "json", "jsonl", "csv", "sarif", "junit", "markdown", "github")
"""What `assay audit` prints."""
REPORT_FORMATS = ("terminal", "html", *FORMATS[1:], "gx")
"""What `assay report` draws."""


class _Name(click.Path):
    """A file or folder; an empty name is refused: a variable of a shell script that is not set gives one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The name as it was written."""
        if value == "":
            self.fail("it needs the name of a file or folder, and the name given is empty", param, ctx)
        return super().convert(value, param, ctx)


F = _Name(path_type=str)
"""A file or folder, as the user wrote it."""


def role_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that say which column plays which part."""
    option = click.option(
        "--split", metavar="COL", help="Column that names each row's split, if one file holds them all."
    )
    return column_options(option(command))


def column_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same, for commands where no column names the split."""
    told = "guessed by looking if not given"
    for option in reversed(
        [
            click.option("--text", multiple=True, metavar="COL", help=f"Text column ({told}); repeat for text pairs."),
            click.option("--label", metavar="COL", help=f"Label column ({told})."),
            click.option("--id", "ident", metavar="COL", help=f"Column that names rows ({told})."),
            click.option(
                "--group", metavar="COL", help="Column of customer, thread or author: no group may be on both sides."
            ),
            click.option(
                "--time", metavar="COL", help="Column of time: training rows must not be later than test rows."
            ),
        ]
    ):
        command = option(command)
    return command


def file_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that name further splits."""
    for option in reversed(
        [
            click.option("--validation", type=F, metavar="F", help="Validation data."),
            click.option(
                "--test", type=F, multiple=True, metavar="F", help="Test data; several are several test sets."
            ),
            click.option("--production", type=F, metavar="F", help="Production traffic, with or without labels."),
        ]
    ):
        command = option(command)
    return command


config_option = click.option(
    "--config", type=F, metavar="FILE", help="Configuration  [default: assay.toml, if there is one]"
)


def _checked(_: click.Context, __: click.Parameter, value: str | None) -> None:
    if value:
        from assay.reports import sources  # noqa: PLC0415 - heavy

        sources.configure(value, lambda _: None)


checked_config_option = click.option(
    "--config",
    type=F,
    metavar="FILE",
    expose_value=False,
    callback=_checked,
    help="Configuration; only checked, as what this command reads tells all that it needs",
)
"""For commands that act on a folder whose own record says how it was made."""
quiet_option = click.option(
    "-q", "--quiet", is_flag=True, help="Say nothing but results that were asked for, and errors."
)
