"""A line on standard error that says what is being done; only on a terminal, and only if it takes long."""

from __future__ import annotations

import sys
from threading import Lock, Timer
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress as Bar

PATIENCE = 1.0
"""Seconds before anything is shown."""


class Progress:
    """Context manager; ``step(name)`` says what comes next."""

    def __init__(self, *, active: bool = True) -> None:
        """Stay silent unless active and on a terminal."""
        self._active = active and sys.stderr.isatty()
        self._lock = Lock()
        self._closed = False
        self._name = ""
        self._bar: Bar | None = None
        self._timer = Timer(PATIENCE, self._show)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        if self._active:
            self._timer.start()
        return self

    def step(self, name: str) -> None:
        """Say what is being done now."""
        with self._lock:
            self._name = name
            if self._bar:
                self._bar.update(self._bar.task_ids[0], description=name)

    def _show(self) -> None:
        with self._lock:
            if self._closed:
                return
            from rich.console import Console  # noqa: PLC0415 - short runs never need it
            from rich.progress import Progress as Bar  # noqa: PLC0415
            from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

            console = Console(stderr=True, markup=False, emoji=False, highlight=False)
            columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
            self._bar = Bar(*columns, console=console, transient=True)
            self._bar.add_task(self._name, total=None)
            self._bar.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            self._timer.cancel()
            if self._bar:
                self._bar.stop()
