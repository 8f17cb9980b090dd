"""The command line: the only place that prints, reads argv and returns exit codes.

Commands import what they need when they run: ``assay --help`` loads click and nothing else.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from assay.audit.errors import AssayError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
FORMATS = ("terminal", "json", "jsonl", "sarif", "junit", "markdown")
COULD_NOT_RUN, INTERRUPTED = 2, 130
F = click.Path(path_type=str)


def role_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that say which column plays which part."""
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
            click.option(
                "--split", metavar="COL", help="Column that names each row's split, if one file holds them all."
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
quiet_option = click.option(
    "-q", "--quiet", is_flag=True, help="Say nothing but results that were asked for, and errors."
)


@click.group(context_settings=CONTEXT)
@click.version_option(package_name="assay", message="assay %(version)s")
def cli() -> None:
    """A linter for fine-tuning data: finds duplicates, wrong labels, leaks and gaps before you train on them.

    Exit codes: 0 clean, 1 findings at or over --fail-on, 2 could not run.
    """


@cli.command("audit")
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
    help="What turns texts into vectors: auto, minilm, static, lsa, a model folder or a hub id  [default: auto]",
)
@click.option("--no-cache", is_flag=True, help="Neither use nor keep vectors on disk.")
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

    return audit_command.run(given, emit, say)


@cli.command()
@click.argument("data", nargs=-1, type=F, required=True)
@file_options
@role_options
@click.option("--force", is_flag=True, help="Replace an existing assay.toml.")
@quiet_option
def init(**given: Any) -> int:
    """Look at the data and write a commented assay.toml."""
    from assay.reports import init_command  # noqa: PLC0415 - heavy

    return init_command.run(given, say)


@cli.command()
@click.argument("code")
def explain(code: str) -> int:
    """Say what a rule finds, why it matters, and what to do."""
    from assay.reports import rule_reference  # noqa: PLC0415 - heavy

    emit(rule_reference.explain(code))
    return 0


@cli.command("rules")
def list_rules() -> int:
    """List all rules."""
    from assay.reports import rule_reference  # noqa: PLC0415 - heavy

    emit(rule_reference.listing())
    return 0


def emit(text: str) -> None:
    """Write a result to standard output, whatever its encoding; a reader that left early is no error."""
    stream = sys.stdout
    encoding = stream.encoding or "utf-8"
    try:
        stream.flush()
        stream.buffer.write(text.encode(encoding, "backslashreplace"))
        stream.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise OutputError(f"cannot write to standard output: {error.strerror}") from error


def say(message: str) -> None:
    """Write a message for people to standard error."""
    stream = sys.stderr
    try:
        stream.write(
            (message + "\n").encode(stream.encoding or "utf-8", "backslashreplace").decode(stream.encoding or "utf-8")
        )
        stream.flush()
    except OSError:  # nobody listens
        pass


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
    except SystemExit:
        raise
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
