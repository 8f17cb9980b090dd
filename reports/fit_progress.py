"""A bar on standard error that says how far training is and when it will be done; only on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from assay.reports.streams import say

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress, TaskID


class FitProgress:
    """Context manager; call it with what is being done, how much is done and how much there is (0: unknown)."""

    def __init__(self, *, active: bool = True) -> None:
        """Stay silent unless active and on a terminal."""
        self._active = active and sys.stderr.isatty()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._name = ""

    def __enter__(self) -> Self:
        if self._active:
            from rich.console import Console  # noqa: PLC0415 - quiet runs never need it
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn  # noqa: PLC0415

            console = Console(stderr=True, markup=False, emoji=False, highlight=False)
            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.fields[steps]}", markup=False),
                TimeElapsedColumn(),
                TextColumn("left", markup=False),
                TimeRemainingColumn(),
            )
            self._bar = Progress(*columns, console=console, transient=True)
            self._bar.start()
        return self

    def __call__(self, name: str, done: int, total: int) -> None:
        """Show it."""
        if self._bar is None:
            return
        steps = f"{done:,}/{total:,}" if total else ""
        if name != self._name or self._task is None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(name, total=total or None, steps=steps)
            self._name = name
        self._bar.update(self._task, completed=done, total=total or None, steps=steps)

    def say(self, message: str) -> None:
        """A sentence that does not break the bar."""
        if not message:
            return
        if self._bar is None:
            say(message)
        else:
            self._bar.console.print(message)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
