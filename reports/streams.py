"""What is written to the two streams; only the command line calls it."""

from __future__ import annotations

import os
import sys

from assay.audit.errors import OutputError


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
