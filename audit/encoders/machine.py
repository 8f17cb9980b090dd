"""What this machine can do, asked without loading a heavy library."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path


def threads() -> int:
    """Cores this process may use, or fewer by OMP_NUM_THREADS."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, int(asked)) if asked.isdigit() and int(asked) else cores


def has_bf16() -> bool:
    """Whether the processor multiplies bfloat16; elsewhere bf16 is emulated, slower and less exact than float32."""
    return bool(_flags() & {"amx_bf16", "avx512_bf16"})


def has_int8() -> bool:
    """Whether the processor adds up products of 8-bit integers in one step, 512 bits at a time."""
    return "avx512_vnni" in _flags()


@cache
def _flags() -> frozenset[str]:
    try:
        told = Path("/proc/cpuinfo").read_text("ascii", "replace")
    except OSError:
        return frozenset()
    return frozenset(word for line in told.splitlines() if line.startswith("flags") for word in line.split())


def has_gpu() -> bool:
    """Whether torch and an NVIDIA device are there; torch itself takes seconds to load, so it is not asked."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES", "all") in {"", "-1"}
    return not hidden and Path("/dev/nvidiactl").exists() and has_torch()


def has_torch() -> bool:
    """Whether torch and transformers are installed."""
    return all(find_spec(name) for name in ("torch", "transformers"))
