"""A few dozen steps on a sample before the real run: what would go wrong after an hour goes wrong after seconds."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.errors import AssayError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.train.finetune.network import Network
    from assay.train.finetune.tune import Rows
    from assay.train.plan import Plan

STEPS, BATCHES = 24, 4
"""Steps, over so many batches again and again: the loss on them must fall."""
ENOUGH_SECONDS, FEWEST = 20.0, 8
NOTHING_LEFT = 0.02
"""A loss so small (the linear probe knows the sample already) need not fall."""
CUT_SHARE = 0.2
"""Share of texts longer than the model reads that is worth a word."""
FULL = 0.92
"""Share of the memory at which a run is stopped: the next longer batch would end it anyway."""


class SmallRunError(AssayError):
    """The small run found a reason not to start the real one."""


@dataclass(frozen=True, slots=True)
class SmallRun:
    """What was seen."""

    steps: int
    rows: int
    loss_before: float
    loss_after: float
    seconds_per_step: float
    estimated_seconds: float
    """Of the real run's training steps, at this speed."""
    planned_steps: int
    cut_share: float
    """Share of texts that are longer than ``max_length``."""
    unknown_share: float
    """Share of tokens that the tokenizer does not know."""
    peak_memory: dict[str, int]
    warnings: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """For the manifest; what was measured in seconds and bytes stands under ``measured``."""
        told = {
            k: v for k, v in asdict(self).items() if k not in {"seconds_per_step", "estimated_seconds", "peak_memory"}
        }
        measured = {
            "seconds_per_step": round(self.seconds_per_step, 4),
            "estimated_seconds": round(self.estimated_seconds, 1),
            "peak_memory": self.peak_memory,
        }
        return {**told, "warnings": list(self.warnings), "measured": measured}


def small_run(  # noqa: PLR0913 - what a training needs
    network: Network,
    train: Rows,
    plan: Plan,
    *,
    pad: int,
    unknown: int | None,
    lengths: NDArray[np.int64],
    max_hours: float | None = None,
) -> SmallRun:
    """Train for a few dozen steps on a sample, look, and put everything back.

    Args:
        network: ends with the weights it came with.
        train: rows of the real run.
        plan: its settings.
        pad: token id that fills batches.
        unknown: token id of what the tokenizer does not know, if it has one.
        lengths: tokens of each text before cutting.
        max_hours: limit for the real run.

    Raises:
        SmallRunError: the loss does not fall or is no number, memory ends, or the run would take too long.
    """
    from assay.train.finetune.tune import steps_per_epoch  # noqa: PLC0415 - heavy
    from assay.train.fitting import processes  # noqa: PLC0415 - it imports this package
    from assay.train.manifest import peak_memory  # noqa: PLC0415 - as above

    place = next(network.parameters()).device.type
    batches = sample(lengths, plan.batch_size)
    first, last, took = _and_back(network, train, plan, pad, batches)
    planned = math.ceil(steps_per_epoch(len(train), plan, processes()) * plan.epochs)
    each = float(np.median(took[1:] or took)) * plan.accumulation  # the first step builds what the others use
    unknown_share = _share(train, batches, unknown)
    seen = SmallRun(
        steps=len(took),
        rows=len({int(r) for b in batches for r in b}),
        loss_before=round(first, 5),
        loss_after=round(last, 5),
        seconds_per_step=each,
        estimated_seconds=each * planned,
        planned_steps=planned,
        cut_share=round(float((lengths > plan.max_length).mean()), 5),
        unknown_share=round(unknown_share, 5),
        peak_memory=peak_memory(place),
        warnings=_warnings(lengths, plan, unknown_share),
    )
    _judge(seen, max_hours, place)
    return seen


def _and_back(
    network: Network, train: Rows, plan: Plan, pad: int, batches: list[NDArray[np.int64]]
) -> tuple[float, float, list[float]]:
    """The steps, after which every weight is as it was."""
    import torch  # noqa: PLC0415 - heavy

    from assay.train.finetune.tune import loss_of  # noqa: PLC0415 - heavy

    before = {n: p.detach().clone() for n, p in network.named_parameters() if p.requires_grad}
    network.loss = loss_of(plan, train, network).to(next(network.parameters()).device)
    try:
        return _steps(network, train, plan, pad, batches)
    except torch.OutOfMemoryError as error:
        raise SmallRunError(
            f"small run: the GPU's memory ends at a batch of {plan.batch_size}. Halve [train] batch_size and double "
            "gradient_accumulation, set gradient_checkpointing = true, or use method lora"
        ) from error
    finally:
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                if name in before:
                    parameter.copy_(before[name])
        network.zero_grad(set_to_none=True)


def sample(lengths: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    """Batches of like length, from short to long: those of the real run look so."""
    order = np.argsort(lengths, kind="stable")
    if len(order) <= size:
        return [order]
    starts = np.unique(np.linspace(0, len(order) - size, BATCHES).astype(np.int64))
    return [order[s : s + size] for s in starts]


def _steps(
    network: Network, train: Rows, plan: Plan, pad: int, batches: list[NDArray[np.int64]]
) -> tuple[float, float, list[float]]:
    """Mean loss on the sample before and after, and seconds of each step."""
    import torch  # noqa: PLC0415 - heavy

    from assay.train.finetune.tuner import groups  # noqa: PLC0415 - heavy

    ready = [_batch(network, train, rows, pad) for rows in batches]
    optimizer = torch.optim.AdamW(groups(network, plan), fused=True)
    first = _mean_loss(network, ready, plan)
    took: list[float] = []
    network.train()
    for step in range(STEPS):
        started = time.perf_counter()
        with torch.autocast(ready[0]["input_ids"].device.type, torch.bfloat16, enabled=plan.half):
            loss = network(**ready[step % len(ready)])["loss"]
        value = float(loss.detach())
        if not math.isfinite(value):
            raise SmallRunError(f"small run: the loss is {value} at step {step + 1}. Lower [train] learning_rate")
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in network.parameters() if p.requires_grad], plan.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        took.append(time.perf_counter() - started)
        if sum(took) > ENOUGH_SECONDS and len(took) >= FEWEST:
            break
    return first, _mean_loss(network, ready, plan), took


def _batch(network: Network, train: Rows, rows: NDArray[np.int64], pad: int) -> dict[str, Any]:
    from assay.train.finetune.tokens import collate, examples_of  # noqa: PLC0415 - heavy

    place = next(network.parameters()).device
    given = examples_of(train.texts, rows.tolist())
    labelled = [{**row, "labels": y} for row, y in zip(given, train.y[rows].tolist(), strict=True)]
    return {name: value.to(place) for name, value in collate(labelled, pad).items()}


def _mean_loss(network: Network, ready: list[dict[str, Any]], plan: Plan) -> float:
    import torch  # noqa: PLC0415 - heavy

    network.eval()
    with torch.inference_mode(), torch.autocast(ready[0]["input_ids"].device.type, torch.bfloat16, enabled=plan.half):
        return float(np.mean([float(network(**batch)["loss"]) for batch in ready]))


def _share(train: Rows, batches: list[NDArray[np.int64]], unknown: int | None) -> float:
    if unknown is None:
        return 0.0
    ids = [i for b in batches for r in b.tolist() for i in train.texts.ids[r]]
    return ids.count(unknown) / max(len(ids), 1)


def _warnings(lengths: NDArray[np.int64], plan: Plan, unknown: float) -> tuple[str, ...]:
    said = []
    cut = float((lengths > plan.max_length).mean())
    if cut > CUT_SHARE:
        said.append(
            f"{cut:.0%} of the texts are longer than {plan.max_length} tokens and are cut; see [train] max_length"
        )
    if unknown > CUT_SHARE / 4:
        said.append(f"{unknown:.0%} of the tokens are unknown to the tokenizer: is the model one for this language?")
    return tuple(said)


def _judge(seen: SmallRun, max_hours: float | None, place: str) -> None:
    if seen.loss_after >= seen.loss_before and seen.loss_before > NOTHING_LEFT:
        raise SmallRunError(
            f"small run: the loss does not fall ({seen.loss_before:.3f} -> {seen.loss_after:.3f} in {seen.steps} steps "
            f"on {seen.rows} rows). Lower [train] learning_rate, or look at the labels; "
            "--skip-small-run starts all the same"
        )
    hours = seen.estimated_seconds / 3600
    if max_hours is not None and hours > max_hours:
        raise SmallRunError(
            f"small run: the run would take about {hours:.1f} hours ({seen.planned_steps:,} steps of "
            f"{seen.seconds_per_step:.2f} s), and [train] max_hours is {max_hours:g}. "
            "Use fewer epochs, method head or lora, or a GPU"
        )
    room = _total_memory()
    if place == "cpu" and room and seen.peak_memory["process_bytes"] > FULL * room:
        raise SmallRunError(
            f"small run: {seen.peak_memory['process_bytes'] / 2**30:.1f} of {room / 2**30:.1f} GB of memory are used. "
            "Lower [train] batch_size or max_length, or use method lora or head"
        )


def _total_memory() -> int | None:
    """Bytes of this machine, or of its container."""
    limits = []
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            limits.append(int(Path(path).read_text("ascii")))
        except (OSError, ValueError):
            continue
    try:
        told = Path("/proc/meminfo").read_text("ascii").split()
        limits.append(int(told[told.index("MemTotal:") + 1]) * 1024)
    except (OSError, ValueError, IndexError):
        pass
    return min(limits) if limits else None
