"""The job summary of GitHub Actions: Markdown appended to the file that the runner names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE = "GITHUB_STEP_SUMMARY"
LIMIT = 1024 * 1024
"""Bytes of a step's summary; GitHub drops a larger one whole."""


def append(markdown: str, say: Callable[[str], None]) -> None:
    """Add to the summary of this step, where there is one; a summary is no result, so nothing fails for it.

    Args:
        markdown: what to add; it is left out, and said, where it would make the summary too large.
        say: told what was left out.
    """
    name = os.environ.get(VARIABLE)
    if not name:
        return
    content = markdown.encode("utf-8", "backslashreplace") + b"\n"
    path = Path(name)
    try:
        there = path.stat().st_size if path.exists() else 0
        if there + len(content) > LIMIT:
            say(f"note: the step summary would be over 1 MiB, and GitHub drops such a one: nothing is added to {name}")
            return
        with path.open("ab") as out:
            out.write(content)
    except OSError as error:
        say(f"note: the step summary cannot be written to {name}: {error.strerror or error}")
