"""Wall time and peak memory of a command, and the machine that they were measured on."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Run:
    """One run of a command."""

    code: int
    seconds: float
    peak_mb: float
    """Resident memory of the largest process among the command and its children."""
    cpu_seconds: float
    error: str = ""


def run(command: list[str], log: Path, limit: float = 600) -> Run:
    """Run a command to its end, or to the limit; what it prints goes to the log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    launcher = [sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py")), str(limit), str(log), *command]
    out = json.loads(subprocess.run(launcher, check=True, capture_output=True).stdout)
    late = out.pop("late")
    error = f"over {limit:.0f} s" if late else _last_line(log) if out["code"] not in {0, 1} else ""
    return Run(error=error, **out)


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "no output"


def repeat(command: list[str], log: Path, times: int, limit: float = 600) -> tuple[Run, list[Run]]:
    """A first run and then warm ones; a first run that fails or takes over a minute stands alone."""
    first = run(command, log, limit)
    if first.error or first.seconds > 60:
        return first, [first]
    return first, [run(command, log, limit) for _ in range(times)] or [first]


def summary(first: Run, warm: list[Run]) -> dict[str, object]:
    """Figures of repeated runs."""
    good = [r for r in warm if not r.error]
    if not good:
        return {"error": first.error or warm[0].error}
    return {
        "seconds": round(median(r.seconds for r in good), 3),
        "seconds_first": round(first.seconds, 3),
        "seconds_all": [round(r.seconds, 3) for r in good],
        "cpu_seconds": round(median(r.cpu_seconds for r in good), 3),
        "peak_mb": round(max(r.peak_mb for r in good)),
    }


def machine() -> dict[str, object]:
    """Processor, cores, memory, system and Python; nothing that names the machine."""
    cpu = [
        line.split(":", 1)[1].strip() for line in _read("/proc/cpuinfo").splitlines() if line.startswith("model name")
    ]
    memory = [int(line.split()[1]) for line in _read("/proc/meminfo").splitlines() if line.startswith("MemTotal")]
    return {
        "cpu": cpu[0] if cpu else platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(memory[0] / 1024**2) if memory else None,
        "system": platform.system(),
        "python": platform.python_version(),
        "load_at_start": round(os.getloadavg()[0], 2),
    }


def _read(path: str) -> str:
    file = Path(path)
    return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
