"""What fine-tuning would cost on this machine: time, peak memory, size on disk.

A few steps are measured in a process of their own, so that what runs out of memory there ends nothing here; without
torch the figures come from a stated throughput, and say so.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.errors import AssayError
from assay.train import weights
from assay.train.plan import ADAM_BYTES, LORA_BYTES, TOKENS, memory, plan, speed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.audit.config_tables import Train
    from assay.train.examples import Examples
    from assay.train.plan import Plan
    from assay.train.weights import Base

SAMPLE = 256
"""Texts of the probe."""
PATIENCE = 240
"""Seconds that the probe may take."""
ADAPTER_SHARE = 0.03
"""Of the model's bytes, for an adapter of rank 16 on every linear layer (2.8 of 91 MB measured)."""
LIBRARIES = 800_000_000
"""Bytes that torch and transformers take before anything is trained."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one method."""

    method: str
    seconds: float | None
    """Of the training steps; embedding and loading come on top."""
    steps: int
    seconds_per_step: float | None
    peak_memory_bytes: int | None
    saved_bytes: int | None
    """What the run adds to the disk: the adapter, or the model."""
    measured: bool
    how: str
    fits: bool
    """Whether memory suffices."""

    def document(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


def estimate(table: Train, train: Examples, rows: int, *, probe: bool = True) -> tuple[tuple[Cost, ...], str | None]:
    """Cost of LoRA and of full fine-tuning for ``rows`` rows like those of ``train``.

    Args:
        table: the [train] table; its method is of no account.
        train: rows to draw the probe's sample from.
        rows: training rows of the real run.
        probe: whether to measure.

    Returns:
        The costs, and why there are none, or why they were not measured.
    """
    try:
        base = weights.resolve(table.model or weights.DEFAULT)
        plans = [_plan(table, method, base, train, rows) for method in ("lora", "full")]
    except AssayError as error:
        return (), str(error)
    if not probe:
        return tuple(stated(p, base, train, rows) for p in plans), "no probe was asked for"
    missing = [m for m in ("torch", "transformers", "peft", "datasets", "accelerate") if not find_spec(m)]
    if missing:
        return tuple(stated(p, base, train, rows) for p in plans), f"{', '.join(missing)} is not installed"
    found, why = [], None
    for each in plans:
        told = _probed(base, each, train)
        if "error" in told:
            why = f"the probe of {each.method} failed: {told['error']}"
            found.append(stated(each, base, train, rows))
        else:
            found.append(_cost(each, base, rows, told))
    return tuple(found), why


def stated(each: Plan, base: Base, train: Examples, rows: int) -> Cost:
    """From operations a second by order of magnitude: 6 a weight and token (Kaplan et al. 2020, arXiv:2001.08361)."""
    from assay.train.fitting import mean_tokens  # noqa: PLC0415 - beside

    steps = _steps(each, rows)
    tokens = mean_tokens(train) if len(train) else TOKENS
    work = (4 if each.method == "lora" else 6) * base.parameters * tokens * each.batch_size * each.accumulation
    room, what = memory()
    need = LIBRARIES + int(base.parameters * (LORA_BYTES if each.method == "lora" else ADAM_BYTES))
    size = base.parameters * 4
    return Cost(
        method=each.method,
        seconds=round(work / speed() * steps, 1),
        steps=steps,
        seconds_per_step=round(work / speed(), 4),
        peak_memory_bytes=need,
        saved_bytes=int(size * ADAPTER_SHARE) if each.method == "lora" else size,
        measured=False,
        how=f"not measured: from {speed():.0e} operations a second, roughly; {room / 2**30:.0f} GB of {what}",
        fits=need < 0.8 * room,
    )


def _plan(table: Train, method: str, base: Base, train: Examples, rows: int) -> Plan:
    from assay.train.fitting import mean_tokens  # noqa: PLC0415 - beside

    told = table.model_copy(update={"method": method, "head": "mean", "report_to": ()})
    return plan(told, base, rows, len(train.labels), own_validation=True, tokens=mean_tokens(train))


def _steps(each: Plan, rows: int) -> int:
    return math.ceil(math.ceil(math.ceil(rows / each.batch_size) / each.accumulation) * each.epochs)


def _cost(each: Plan, base: Base, rows: int, told: dict[str, Any]) -> Cost:
    steps, seen = _steps(each, rows), f"{told['steps']} steps of {each.batch_size} rows measured here"
    room, _ = memory()
    peak = told["peak_memory_bytes"]
    return Cost(
        method=each.method,
        seconds=round(told["seconds_per_step"] * steps, 1),
        steps=steps,
        seconds_per_step=round(told["seconds_per_step"], 4),
        peak_memory_bytes=peak,
        saved_bytes=told["saved_bytes"] if each.method == "lora" else base.parameters * 4,
        measured=True,
        how=f"{seen}, {each.epochs:g} epochs of {rows:,} rows reckoned from them",
        fits=peak is None or peak < 0.9 * room,
    )


def _probed(base: Base, each: Plan, train: Examples) -> dict[str, Any]:
    """Run the probe in a process of its own."""
    rows = np.linspace(0, len(train) - 1, min(SAMPLE, len(train))).astype(np.int64)
    few = train.take(rows)
    asked = {
        "path": str(base.path),
        "plan": each.document(),
        "texts": [list(column) for column in few.texts],
        "y": few.y.tolist(),
        "labels": list(train.labels),
        "config": base.config,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "assay.train.costs"],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"a few steps took longer than {PATIENCE} s"}
    except OSError as error:
        return {"error": str(error)}
    try:
        told: dict[str, Any] = json.loads(done.stdout.decode("utf-8", "replace").strip().rpartition("\n")[2])
    except ValueError:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
        return {"error": "memory ended" if done.returncode in {-9, 137} else last or f"exit code {done.returncode}"}
    return told


def probe(asked: dict[str, Any]) -> dict[str, Any]:
    """Measure a few steps: what the process of its own does."""
    from assay.train.finetune import infer  # noqa: PLC0415 - torch
    from assay.train.finetune.network import Shape, build, pooling_of  # noqa: PLC0415 - torch
    from assay.train.finetune.tokens import open_tokens  # noqa: PLC0415 - torch
    from assay.train.finetune.tune import Rows  # noqa: PLC0415 - torch
    from assay.train.plan import Plan  # noqa: PLC0415 - beside
    from assay.train.small_run import small_run  # noqa: PLC0415 - beside

    each = Plan.of(asked["plan"])
    y = np.array(asked["y"], np.int64)
    path = Path(asked["path"])
    place = infer.prepare(each.threads)
    shape = Shape(tuple(asked["labels"]), y.ndim > 1, pooling_of(asked["config"], standard=False))
    network = build(path, shape, training=True).to(place)
    if each.method == "lora":
        from assay.train.finetune.lora import adapt  # noqa: PLC0415 - peft

        adapt(network, each.lora)
    elif each.freeze_embeddings:
        network.body.get_input_embeddings().weight.requires_grad_(False)  # noqa: FBT003 - torch's signature
    tokens = open_tokens(path, each.max_length)
    texts = tokens.encode(asked["texts"])
    _forget_peak()
    seen = small_run(
        network,
        Rows(texts, y.astype(np.float32) if y.ndim > 1 else y),
        each,
        pad=tokens.pad,
        unknown=None,
        lengths=tokens.lengths(asked["texts"]),
    )
    told = seen.document()["measured"]
    peak = told["peak_memory"].get("gpu_bytes") or _peak() or told["peak_memory"].get("process_bytes")
    return {
        "steps": seen.steps,
        "seconds_per_step": seen.seconds_per_step,
        "peak_memory_bytes": peak,
        "saved_bytes": 4 * sum(p.numel() for p in network.parameters() if p.requires_grad),
    }


def _forget_peak() -> None:
    """Start the process's peak memory anew, where the system can (Linux)."""
    try:
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    except OSError:
        return


def _peak() -> int | None:
    """Peak resident memory in bytes since ``_forget_peak``."""
    return next(iter(_status("VmHWM")), None)


def _status(key: str) -> Iterator[int]:
    try:
        lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
    except OSError:
        return
    yield from (int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{key}:"))


def main() -> None:
    """Read what is asked from standard input, answer in one line."""
    try:
        told = probe(json.loads(sys.stdin.buffer.read()))
    except (AssayError, RuntimeError, ValueError, MemoryError) as error:
        told = {"error": " ".join(str(error).split())[:200]}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
