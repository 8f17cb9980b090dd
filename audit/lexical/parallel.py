"""Kernels over row ranges on threads: numba releases the interpreter lock, results never depend on the split."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")
U = TypeVar("U")

_here = threading.local()
"""``inside`` is set in threads that are one of several already."""


def workers() -> int:
    """Threads to use: the cores this process may run on, at most eight."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(8, cores))


@contextmanager
def inline() -> Iterator[None]:
    """Within it ``map_threads`` starts no threads: the caller is one of several that share the cores."""
    before = getattr(_here, "inside", False)
    _here.inside = True
    try:
        yield
    finally:
        _here.inside = before


def map_threads(function: Callable[[U], T], items: Iterable[U]) -> list[T]:
    """``[function(i) for i in items]`` on threads, in order; the first error is raised."""
    given = list(items)
    if len(given) < 2 or workers() == 1 or getattr(_here, "inside", False):
        return [function(i) for i in given]
    with ThreadPoolExecutor(workers()) as pool:
        return list(pool.map(function, given))


def over_rows(function: Callable[[int, int], T], rows: int, *, step: int = 1 << 14) -> list[T]:
    """Call ``function(low, high)`` for ranges that tile ``rows``; results in order of the ranges."""
    return map_threads(lambda low: function(low, min(low + step, rows)), range(0, rows, step))


@contextmanager
def blas_on_one_thread() -> Iterator[None]:
    """Within it matrix products of this process run on one thread each: the callers are one a core already."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - looks through all loaded libraries

    with threadpool_limits(1, user_api="blas"):
        yield
