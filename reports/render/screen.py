"""Short results on a terminal: lines and tables, plain text when nobody looks."""

from __future__ import annotations

import os
import shutil
import sys
from io import StringIO
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def drawn(lines: Iterable[Text]) -> str:
    """Lines for standard output: in colour and wrapped on a terminal, else as they are."""
    seen = sys.stdout.isatty()
    color = seen and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    if not seen:
        return "".join(f"{line.plain.rstrip()}\n" for line in lines)
    from rich.console import Console  # noqa: PLC0415 - dear, and of no use in a pipe

    out = StringIO()
    console = Console(
        file=out,
        width=shutil.get_terminal_size().columns,
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    for line in lines:
        console.print(line, overflow="fold")
    return out.getvalue()


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> Iterator[Text]:
    """Rows in columns under a head; the first ``left`` columns are words, the others numbers."""
    widths = [max(map(cell_len, column)) for column in zip(head, *rows, strict=True)]
    for n, row in enumerate((head, *rows)):
        cells = [
            cell + " " * (width - cell_len(cell)) if i < left else " " * (width - cell_len(cell)) + cell
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield Text("  ".join(cells), "bold" if not n else "")
