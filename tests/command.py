"""The command line in this process: a hundred starts of an interpreter take longer than all that is tested."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

import pytest

from assay.reports import cli


class Done(NamedTuple):
    returncode: int
    stdout: bytes
    stderr: bytes


def assay(folder, *arguments, codes=(0, 1), env=None) -> Done:
    """What a command run in a folder printed; its exit code must be one of some."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(folder)
        for name, value in (env or {}).items():
            patch.setenv(name, value)
        code = cli._outcome(arguments)
    out.flush()
    err.flush()
    done = Done(code, out.buffer.getvalue(), err.buffer.getvalue())
    assert code in codes, done.stderr.decode()
    return done
