"""``assay review``: serve the review page until it is stopped."""

from __future__ import annotations

import getpass
import secrets
import socket
import webbrowser
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from assay.audit.errors import ConfigError, MissingInputError, OutputError
from assay.audit.rules import all_rules, wrong_prefix
from assay.reports.render.text import plural, visible
from assay.reports.review.app import Desk, build
from assay.reports.review.log import Log
from assay.reports.review.queue import Queue, open_queue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HOST = "127.0.0.1"
FILE = "decisions.jsonl"


def run(given: Mapping[str, Any], emit: Callable[[str], None], say: Callable[[str], None]) -> int:
    """Serve until interrupted; the address goes to standard output, so that a script can open it."""
    try:
        import uvicorn  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingInputError("`assay review` needs the extra `review`: pip install 'assay[review]'") from error
    folder = Path(given["audit_dir"])
    queue = only(open_queue(folder), given["select"])
    log = Log(Path(given["decisions"]) if given["decisions"] else folder / FILE)
    desk = Desk(queue, log, given["reviewer"] or user())
    listening = listen(given["port"])
    port, token = listening.getsockname()[1], secrets.token_urlsafe(32)
    address = f"http://{HOST}:{port}/#{token}"
    emit(address + "\n")
    if not given["quiet"]:
        said = f"; {plural(log.torn, 'line')} that a crash cut off left out" if log.torn else ""
        say(f"{plural(len(queue), 'finding')} to review; decisions go to {visible(str(log.path))}{said}. Stop: Ctrl+C")
    if not given["no_browser"]:
        webbrowser.open(address)
    server = uvicorn.Server(uvicorn.Config(build(desk, port, token), log_level="warning", access_log=False))
    server.run(sockets=[listening])
    return 0


def only(queue: Queue, codes: Sequence[str]) -> Queue:
    """The part of a queue under some codes or prefixes; all of it under none."""
    wanted = [code.strip().upper() for told in codes for code in told.split(",") if code.strip()]
    if not wanted:
        return queue
    for code in wanted:
        if problem := wrong_prefix(code, [rule.code for rule in all_rules()], ignoring=False):
            raise ConfigError(problem)
    if "ALL" in wanted:
        return queue
    kept = queue.lines.filter(pl.any_horizontal([pl.col("code").str.starts_with(code) for code in wanted]))
    return replace(queue, lines=kept)


def listen(port: int) -> socket.socket:
    """A socket on the loopback address.

    Raises:
        OutputError: the port is taken.
    """
    made = socket.socket()
    try:
        made.bind((HOST, port))
        made.listen(64)  # from now on requests wait: the address may be opened before the server is up
    except OSError as error:
        made.close()
        raise OutputError(f"port {port} cannot be used: {error.strerror}; --port 0 takes a free one") from error
    return made


def user() -> str:
    """The name of whoever runs this."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "reviewer"
