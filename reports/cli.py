"""The command line: the only place that prints, reads argv and returns exit codes.

Commands import what they need when they run: ``assay --help`` loads click and nothing else.
"""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from assay.audit.errors import AssayError
from assay.reports.streams import say

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
COULD_NOT_RUN, INTERRUPTED = 2, 130
COMMANDS = {
    "init": "init",
    "audit": "audit",
    "clean": "clean",
    "split": "split",
    "review": "review",
    "advise": "advise",
    "train": "train",
    "reproduce": "reproduce",
    "evaluate": "evaluate",
    "gate": "gate",
    "promote": "promote",
    "run": "run",
    "report": "report",
    "explain": "rules",
    "rules": "rules",
}
"""Name and file in ``reports/commands``, in the order in which they are used."""


class Commands(click.Group):
    """A group that loads a command's file when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands that are built, in order of use."""
        del ctx
        return [name for name, home in COMMANDS.items() if find_spec(f"assay.reports.commands.{home}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None if there is none."""
        names = self.list_commands(ctx)
        if cmd_name not in names:
            like = get_close_matches(cmd_name, names, 1)
            if like and not ctx.resilient_parsing:
                ctx.fail(f"No such command {cmd_name!r}. Did you mean {like[0]!r}?")
            return None
        home = import_module(f"assay.reports.commands.{COMMANDS[cmd_name]}")
        return next(c for c in vars(home).values() if isinstance(c, click.Command) and c.name == cmd_name)


@click.group(cls=Commands, context_settings=CONTEXT)
@click.version_option(package_name="assay", message="assay %(version)s")
def cli() -> None:
    """A linter for fine-tuning data: finds duplicates, wrong labels, leaks and gaps before you train on them.

    Exit codes: 0 clean or promoted, 1 findings at or over --fail-on or blocked, 2 could not run.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 clean, 1 findings, 2 could not run, 130 interrupted."""
    code = _outcome(arguments)
    if arguments is None:
        _leave(code)
    sys.exit(code)


def _leave(code: int) -> None:
    """End the process without taking down its objects one by one, which took up to a tenth of an audit's time."""
    atexit._run_exitfuncs()  # noqa: SLF001 - what others registered still runs
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody listens any more
            stream.flush()
    os._exit(code)


def _outcome(arguments: Sequence[str] | None) -> int:
    try:
        code = cli.main(args=None if arguments is None else list(arguments), prog_name="assay", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("interrupted")
        return INTERRUPTED
    except AssayError as error:
        from assay.reports.render.text import visible  # noqa: PLC0415

        lines = str(error).split("\n")
        say("error: " + "\n       ".join(visible(line) for line in lines))
        return COULD_NOT_RUN
    except SystemExit:  # click ends no process here: a library did (pyspark leaves with 0 where a part of it lacks)
        if os.environ.get("ASSAY_DEBUG") == "1":
            raise
        say("error: a library ended the process; run again with ASSAY_DEBUG=1 for the traceback")
        return COULD_NOT_RUN
    except BaseException as error:  # panics of compiled libraries derive from BaseException only
        if os.environ.get("ASSAY_DEBUG") == "1":
            raise
        words = " ".join(str(error).split())[:300]
        say(f"error: {type(error).__name__}: {words}")
        say("this is a bug in Assay; run again with ASSAY_DEBUG=1 for the traceback")
        return COULD_NOT_RUN
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    main()
