"""``manifest.json``: everything that made a run, so that it can be made again and compared."""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import subprocess
import sys
from hashlib import sha256
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.store import assay_version

if TYPE_CHECKING:
    from assay.audit.dataset import Dataset

SCHEMA_VERSION = 1
LIBRARIES = (
    "accelerate",
    "datasets",
    "huggingface_hub",
    "numpy",
    "peft",
    "polars",
    "pyarrow",
    "safetensors",
    "scikit-learn",
    "scipy",
    "tokenizers",
    "torch",
    "transformers",
)
VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "OMP_WAIT_POLICY",
    "CUBLAS_WORKSPACE_CONFIG",
    "CUDA_VISIBLE_DEVICES",
    "WORLD_SIZE",
)
FLAGS = ("avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "amx_int8")


def data_document(data: Dataset, run: Path) -> dict[str, Any]:
    """Splits with files, hashes, fingerprints; ``path`` as the user wrote it, ``from_run`` relative to the run."""
    return {
        split.name: {
            "path": ", ".join(_written(name) for name in split.files) or None,
            "files": [_file(name, run) for name in split.files],
            "rows": split.rows,
            "fingerprint": split.fingerprint,
        }
        for split in data.splits
    }


def _file(name: str, run: Path) -> dict[str, Any]:
    from assay.audit.encoders.folder import file_hash  # noqa: PLC0415 - as light as hashlib

    path = Path(name)
    there = path.is_file()
    return {
        "path": _written(name),
        "from_run": Path(os.path.relpath(path.resolve(), run.resolve())).as_posix() if there else None,
        "sha256": file_hash(path) if there else None,
    }


def _written(name: str) -> str:
    """A file as the user wrote it; of an absolute path the name alone, for a manifest travels."""
    return Path(name).name if Path(name).is_absolute() else name


def roles_document(data: Dataset) -> dict[str, Any]:
    """Which columns were text, label and so on."""
    roles = data.roles
    return {"text": list(roles.text), **{r: getattr(roles, r) for r in ("label", "id", "group", "time", "split")}}


def versions() -> dict[str, str]:
    """Python, Assay and the libraries that a result depends on."""
    known = {"python": platform.python_version(), "assay": assay_version()}
    for name in LIBRARIES:
        try:
            known[name] = version(name)
        except PackageNotFoundError:
            continue
    return known


def requirements() -> str:
    """``requirements.txt``: the exact versions of what is installed, Assay first."""
    found: dict[str, str] = {}
    for each in distributions():
        name = each.metadata["Name"]
        if name:
            found.setdefault(name.lower().replace("_", "-"), each.version)
    lines = [f"{name}=={number}" for name, number in sorted(found.items()) if name != "assay"]
    return "\n".join([f"assay=={assay_version()}", *lines]) + "\n"


def hardware(place: str) -> dict[str, Any]:
    """Processor, memory and accelerator."""
    from assay.audit.encoders import machine  # noqa: PLC0415 - reads /proc

    told: dict[str, Any] = {
        "device": place,
        "machine": platform.machine(),
        "system": platform.system(),
        "cpu": _cpu_name(),
        "cores": machine.threads(),
        "cpu_flags": [f for f in FLAGS if f in machine._flags()],  # noqa: SLF001 - the one reader of /proc/cpuinfo
        "environment": {k: os.environ[k] for k in VARIABLES if k in os.environ},
    }
    if place == "cuda":
        import torch  # noqa: PLC0415 - heavy

        properties = torch.cuda.get_device_properties(0)
        told["gpu"] = {
            "name": properties.name,
            "memory_bytes": properties.total_memory,
            "count": torch.cuda.device_count(),
        }
        told["cuda"] = torch.version.cuda
    return told


def _cpu_name() -> str | None:
    try:
        told = Path("/proc/cpuinfo").read_text("ascii", "replace")
    except OSError:
        return platform.processor() or None
    names = [line.partition(":")[2].strip() for line in told.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor() or None


def peak_memory(place: str) -> dict[str, int]:
    """Highest memory of this process so far, in bytes."""
    scale = 1 if sys.platform == "darwin" else 1024
    peak = {"process_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale}
    if place == "cuda":
        import torch  # noqa: PLC0415 - heavy

        peak["gpu_bytes"] = int(torch.cuda.max_memory_allocated())
    return peak


def git(folder: Path) -> dict[str, Any] | None:
    """Commit of the working folder and whether it has changes; None outside a repository."""
    program = shutil.which("git")
    if not program:
        return None

    def ask(*words: str) -> str | None:
        try:
            done = subprocess.run(  # noqa: S603 - fixed words
                [program, "-C", str(folder), *words], capture_output=True, text=True, timeout=10, check=True
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout.strip()

    commit = ask("rev-parse", "HEAD")
    if not commit:
        return None
    return {"commit": commit, "dirty": bool(ask("status", "--porcelain", "--untracked-files=no"))}


class Energy:
    """Joules since its making, from the counters of the processor (RAPL) or the GPU (NVML), where they may be read."""

    def __init__(self, place: str) -> None:
        """Read the counters."""
        self.place = place
        self.start = self._read()

    def document(self) -> dict[str, Any] | None:
        """Joules and their source; None where nothing can be read, or the counter ran over."""
        now = self._read()
        if self.start is None or now is None or now < self.start:
            return None
        source = "NVML" if self.place == "cuda" else "RAPL, all of the processor"
        return {"joules": round(now - self.start, 1), "source": source}

    def _read(self) -> float | None:
        if self.place == "cuda":
            try:
                pynvml = import_module("pynvml")  # where it is installed

                pynvml.nvmlInit()
                return float(pynvml.nvmlDeviceGetTotalEnergyConsumption(pynvml.nvmlDeviceGetHandleByIndex(0))) / 1000
            except Exception:  # noqa: BLE001 - drivers fail in their own ways, and a figure is all that is lost
                return None
        counters = sorted(Path("/sys/class/powercap").glob("intel-rapl:[0-9]*/energy_uj"))
        try:
            return (
                sum(int(c.read_text("ascii")) for c in counters if c.parent.name.count(":") == 1) / 1e6
                if counters
                else None
            )
        except (OSError, ValueError):
            return None


def text_hash(text: str) -> str:
    """SHA-256 of a text."""
    return sha256(text.encode()).hexdigest()


def as_text(document: dict[str, Any]) -> str:
    """JSON as the run folder holds it."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
