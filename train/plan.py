"""What a run will do, decided before it starts: the method, and every number that training needs, with reasons."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from assay.audit.encoders.machine import has_bf16, has_gpu, threads
from assay.audit.errors import ConfigError

if TYPE_CHECKING:
    from assay.audit.config_tables import Train
    from assay.train.weights import Base

FEW_ROWS = 2_000
"""Below so many training rows smaller steps, smaller batches and more epochs do better (ten a class of BANKING77)."""
PATIENT_HOURS = 3.0
"""``auto`` does not choose what takes longer than so many hours on this machine."""
CPU_FLOPS, BF16_FLOPS, GPU_FLOPS = 4e10, 1.2e11, 4e13
"""Useful operations a second of training, by core (measured with MiniLM) and by GPU: for orders of magnitude."""
TOKENS = 32
"""Tokens of a typical row, where nothing better is known."""
ADAM_BYTES, LORA_BYTES, FOUR_BIT_BYTES = 16, 5, 1.2
"""Bytes a parameter while training: weights, gradients and two moments in float32; frozen weights with an adapter."""
SEVERAL = 2
"""Epochs from which steps may be large."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Every setting of a run; it is what ``hyperparameters`` in the manifest holds."""

    method: str
    why: tuple[str, ...]
    standard_head: bool
    epochs: float
    batch_size: int
    accumulation: int
    learning_rate: float
    head_learning_rate: float
    warmup: float
    weight_decay: float
    clip: float
    max_length: int
    metric: str
    patience: int
    eval_steps: int | None
    keep_checkpoints: int
    class_weights: str
    label_smoothing: float
    freeze_embeddings: bool
    mix: float | None
    """Share of the trained weights in the final ones, the rest being those of the start; None: chosen on validation."""
    gradient_checkpointing: bool
    precision: str
    lora: dict[str, Any]
    seed: int
    threads: int
    refit: bool
    merge: bool
    report_to: tuple[str, ...]

    @property
    def half(self) -> bool:
        """Whether the forward pass runs in bfloat16."""
        return self.precision == "bfloat16"

    def document(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**asdict(self), "why": list(self.why), "report_to": list(self.report_to)}

    @classmethod
    def of(cls, document: dict[str, Any]) -> Plan:
        """Back from JSON."""
        return cls(**{**document, "why": tuple(document["why"]), "report_to": tuple(document["report_to"])})


def plan(  # noqa: PLR0913 - facts of data and model
    config: Train, base: Base, rows: int, classes: int, *, own_validation: bool, tokens: float = TOKENS
) -> Plan:
    """Decide.

    Args:
        config: the [train] table.
        base: the pretrained model.
        rows: training rows.
        classes: labels.
        own_validation: whether the user gave a validation split; one made from the training data is trained on at last.
        tokens: mean tokens a row.

    Raises:
        ConfigError: what is asked for cannot be done.
    """
    few = rows < FEW_ROWS
    epochs = config.epochs or (4.0 if few else 3.0)
    method, why = choose(config, base, rows, classes, epochs, tokens)
    if config.head == "standard" and method == "head":
        raise ConfigError(
            '[train] head = "standard" needs method "full" or "lora": a linear head is pooled by the mean'
        )
    lora = method == "lora"
    if lora and few and not config.epochs:
        epochs = 15.0
    rate, head_rate = rates(config, lora=lora, few=few, epochs=epochs)
    check_trackers(config.report_to)
    freeze = config.freeze_embeddings if config.freeze_embeddings is not None else method == "full"
    return Plan(
        method=method,
        why=why,
        standard_head=config.head == "standard",
        epochs=epochs,
        batch_size=config.batch_size or (16 if few else 32),
        accumulation=config.gradient_accumulation,
        learning_rate=rate,
        head_learning_rate=head_rate,
        warmup=config.warmup,
        weight_decay=config.weight_decay,
        clip=1.0,
        max_length=min(config.max_length or base.max_tokens, base.positions),
        metric=config.metric or "macro_f1",
        patience=3 if config.patience is None else config.patience,
        eval_steps=config.eval_steps,
        keep_checkpoints=config.keep_checkpoints,
        class_weights=config.class_weights,
        label_smoothing=config.label_smoothing,
        freeze_embeddings=bool(freeze),
        mix=config.mix,
        gradient_checkpointing=config.gradient_checkpointing,
        precision=precision(config.precision),
        lora=lora_settings(config) if lora else {},
        seed=config.seed,
        threads=config.threads or threads(),
        refit=not own_validation and (config.refit if config.refit is not None else method == "head" or few),
        merge=config.merge and lora,
        report_to=config.report_to,
    )


def rates(config: Train, *, lora: bool, few: bool, epochs: float) -> tuple[float, float]:
    """Learning rates of the encoder and of the head."""
    # One pass leaves no time to come back from large steps: 1e-4 for it, 2e-4 for several. Few rows drift less far, and
    # half of it is taken back by mixing: 3e-4 (measured on rows of BANKING77 that were not drawn).
    rate = config.learning_rate or (1e-3 if lora else 3e-4 if few else 1e-4 if epochs < SEVERAL else 2e-4)
    usual = rate if config.head == "standard" else 1e-3 if few else 1e-2
    return rate, config.head_learning_rate or usual


def choose(  # noqa: PLR0911, PLR0913, PLR0917 - a reason each
    config: Train, base: Base, rows: int, classes: int, epochs: float, tokens: float
) -> tuple[str, tuple[str, ...]]:
    """The method: the one asked for, else by size of the model, data and memory; and why."""
    if config.method != "auto":
        return config.method, ("asked for",)
    size = f"{base.parameters / 1e6:,.1f} M weights"
    if rows < 4 * classes:
        return "head", (f"{rows:,} rows for {classes} classes are fewer than 4 a class: a linear head forgets least",)
    room, what = memory()
    full = base.parameters * ADAM_BYTES
    hours = 6 * base.parameters * tokens * rows * epochs / speed() / 3600
    if full > 0.6 * room:
        each = FOUR_BIT_BYTES if config.lora.quantize else LORA_BYTES
        if base.parameters * each > 0.8 * room or hours > PATIENT_HOURS:
            return "head", (
                f"{size} do not fit in the {room / 2**30:.0f} GB of {what}, or would train {hours:,.0f} hours",
            )
        return "lora", (f"{size} need {full / 2**30:.0f} GB to train in full, {what} has {room / 2**30:.0f} GB",)
    if hours > PATIENT_HOURS:
        return "head", (f"{size} and {rows:,} rows would train about {hours:,.0f} hours on this machine",)
    if config.task_changes_often:
        return "lora", ("the task changes often: an adapter is small to keep and quick to replace",)
    return "full", (f"{size}, {rows:,} rows: about {minutes(hours)} on this machine, and it fits in memory",)


def minutes(hours: float) -> str:
    """``a minute``, ``12 minutes``."""
    count = round(hours * 60)
    return f"{count:,} minutes" if count > 1 else "a minute"


def precision(asked: str) -> str:
    """``auto`` is bfloat16 where the machine multiplies it; elsewhere it is emulated, slower and less exact."""
    if asked != "auto":
        return asked
    return "bfloat16" if (has_bf16() and not has_gpu()) or has_gpu() else "float32"


def speed() -> float:
    """Useful operations a second of training here, by order of magnitude."""
    return GPU_FLOPS if has_gpu() else threads() * (BF16_FLOPS if has_bf16() else CPU_FLOPS)


def memory() -> tuple[float, str]:
    """Bytes that training may use, and whose they are."""
    if has_gpu():
        import torch  # noqa: PLC0415 - heavy

        if torch.cuda.is_available():
            return float(torch.cuda.get_device_properties(0).total_memory), "the GPU"
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")), "this machine"
    except (ValueError, OSError, AttributeError):
        return 8 * 2.0**30, "this machine (assumed)"


def lora_settings(config: Train) -> dict[str, Any]:
    """The adapter's settings.

    Raises:
        ConfigError: 4 bits are asked for and bitsandbytes is not there.
    """
    table = config.lora
    if table.quantize and not find_spec("bitsandbytes"):
        raise ConfigError("[train.lora] quantize needs bitsandbytes and an NVIDIA GPU: pip install bitsandbytes")
    return {
        "rank": table.rank,
        "alpha": table.alpha or 2.0 * table.rank,
        "dropout": table.dropout,
        "targets": sorted(table.target_modules),
        "quantize": table.quantize,
    }


def check_trackers(names: tuple[str, ...]) -> None:
    """Whether what is to be reported to is installed.

    Raises:
        ConfigError: it is not.
    """
    for name in names:
        module = {"tensorboard": "tensorboard"}.get(name, name)
        if not find_spec(module):
            raise ConfigError(f"[train] report_to = {name!r} is not installed: pip install {module}")
