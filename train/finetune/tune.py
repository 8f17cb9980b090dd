"""Fine-tuning: from a network and rows to the best checkpoint."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from assay.train.finetune import mixing
from assay.train.finetune.callbacks import Journal, Patience, Sanity, Watch, out_of_patience
from assay.train.finetune.network import Loss, Network
from assay.train.finetune.tokens import Encoded, collate
from assay.train.finetune.tuner import STATE, Keeping, Tuner, checkpoints
from assay.train.fitting import is_main, processes
from assay.train.scores import scores

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from assay.train.plan import Plan

LONG_EPOCH = 500
"""Steps after which a long epoch is evaluated and kept: what a kill can cost at most."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Tokenised rows with their labels: codes (n,), or 0/1 (n, classes)."""

    texts: Encoded
    y: NDArray[Any]

    def __len__(self) -> int:
        """How many."""
        return len(self.texts)


@dataclass(frozen=True, slots=True)
class Tuned:
    """What training came to."""

    steps: int
    planned_steps: int
    best_step: int | None
    stopped_early: bool
    history: list[dict[str, Any]]
    """Everything that was logged."""
    mix: float
    """Share of the trained weights in the final ones; see ``mixing``."""


def tune(  # noqa: PLR0913 - what a training needs
    network: Network,
    train: Rows,
    validation: Rows | None,
    plan: Plan,
    *,
    pad: int,
    folder: Path,
    keeping: Keeping | None,
    resume: bool = False,
    tell: Callable[[str, int, int], None] = lambda *_: None,
) -> Tuned:
    """Train a network in place; it ends with the weights of its best evaluation.

    Args:
        network: on the device where it is to be trained.
        train: rows to learn from.
        validation: rows that choose the best step; without them the last one is kept.
        plan: every setting.
        pad: token id that fills batches.
        folder: the run folder.
        keeping: what checkpoints say of themselves; None keeps none.
        resume: go on from the newest whole checkpoint, if there is one.
        tell: is told how far training is.

    Raises:
        DivergedError: the loss is no number.
    """
    network.loss = loss_of(plan, train, network).to(next(network.parameters()).device)
    start = mixing.snapshot(network) if network.head is not None and plan.mix != 1 else {}
    found = checkpoints(folder / "checkpoints") if resume else []
    trainer = _trainer(network, train, validation, plan, pad, folder, keeping, tell)
    if found and is_over(found[-1], plan, trainer.args.max_steps):
        trainer.pick_up(found[-1])
    else:
        trainer.train(resume_from_checkpoint=str(found[-1]) if found else None)
    if keeping is not None and validation is not None:
        trainer.restore_best()
    state = trainer.state
    share = _mixed(network, start, validation, plan, pad) if start and is_main() else 1.0
    return Tuned(
        steps=state.global_step,
        planned_steps=state.max_steps,
        best_step=state.best_global_step if validation is not None else None,
        stopped_early=state.global_step < state.max_steps,
        history=state.log_history,
        mix=share,
    )


def _mixed(network: Network, start: dict[str, Any], validation: Rows | None, plan: Plan, pad: int) -> float:
    """Mix by the share of the plan, or by what validation says; without either by halves."""
    if plan.mix is None and validation is not None:
        return mixing.choose(network, start, validation, plan, pad)
    share = mixing.UNSEEN if plan.mix is None else plan.mix
    mixing.mix(network, start, mixing.snapshot(network), share)
    return share


def is_over(checkpoint: Path, plan: Plan, total: int) -> bool:
    """Whether nothing was left to train when a checkpoint was written: the process ended after training."""
    told = json.loads((checkpoint / STATE).read_text("utf-8"))
    step: int = told["global_step"]
    return step >= total or (plan.patience > 0 and out_of_patience(told["log_history"], plan.metric, plan.patience))


def loss_of(plan: Plan, train: Rows, network: Network) -> Loss:
    """The loss that the plan asks for; ``balanced`` weighs classes by the reciprocal of their frequency."""
    weights = None
    if plan.class_weights == "balanced":
        weights = balanced(train.y, network.shape.classes, multilabel=network.shape.multilabel)
    return Loss(weights, plan.label_smoothing, multilabel=network.shape.multilabel)


def balanced(y: NDArray[Any], classes: int, *, multilabel: bool) -> list[float]:
    """For each class rows / (classes * rows of it), as scikit-learn does; of several labels negatives / positives."""
    if multilabel:
        positive = np.maximum(np.asarray(y).sum(axis=0), 1)
        return [float(w) for w in (len(y) - positive).clip(min=1) / positive]
    counts = np.maximum(np.bincount(np.asarray(y), minlength=classes), 1)
    return [float(w) for w in len(y) / (classes * counts)]


def steps_per_epoch(rows: int, plan: Plan, together: int = 1) -> int:
    """Optimizer steps of one pass."""
    return math.ceil(math.ceil(rows / (plan.batch_size * together)) / plan.accumulation)


def as_dataset(rows: Rows) -> Any:
    """A ``datasets.Dataset`` in memory: token ids, labels, lengths."""
    from datasets import Dataset  # noqa: PLC0415 - heavy

    columns: dict[str, Any] = {
        "input_ids": rows.texts.ids,
        "labels": rows.y.tolist(),
        "length": [len(i) for i in rows.texts.ids],
    }
    if rows.texts.kinds is not None:
        columns["token_type_ids"] = rows.texts.kinds
    return Dataset.from_dict(columns)


def by_length(rows: Rows) -> Rows:
    """The same rows, long ones first: what is evaluated in order is padded little."""
    order = np.argsort([-len(i) for i in rows.texts.ids], kind="stable")
    return Rows(rows.texts.rows(order.tolist()), rows.y[order])


def _trainer(  # noqa: PLR0913, PLR0917 - all of ``tune``
    network: Network,
    train: Rows,
    validation: Rows | None,
    plan: Plan,
    pad: int,
    folder: Path,
    keeping: Keeping | None,
    tell: Any,
) -> Tuner:
    callbacks: list[Any] = [Sanity(), Watch(tell)]
    if keeping is not None:
        callbacks.append(Journal(folder / "metrics.jsonl"))
    if validation is not None and plan.patience:
        callbacks.append(Patience(plan.metric, plan.patience))
    trainer = Tuner(
        plan=plan,
        keeping=keeping,
        model=network,
        args=arguments(plan, len(train), folder, evaluated=validation is not None, kept=keeping is not None),
        train_dataset=as_dataset(train),
        eval_dataset=None if validation is None else as_dataset(by_length(validation)),
        data_collator=lambda rows: collate(rows, pad),
        compute_metrics=lambda told: scores(told.label_ids, told.predictions, multilabel=network.shape.multilabel),
        callbacks=callbacks,
    )
    from transformers import PrinterCallback  # noqa: PLC0415 - as above

    trainer.remove_callback(PrinterCallback)
    return trainer


def arguments(plan: Plan, rows: int, folder: Path, *, evaluated: bool, kept: bool) -> Any:
    """The Trainer's arguments (transformers 5 names)."""
    from transformers import TrainingArguments  # noqa: PLC0415 - heavy

    together = processes()
    epoch = steps_per_epoch(rows, plan, together)
    total = max(1, math.ceil(epoch * plan.epochs))
    every = plan.eval_steps or min(epoch, LONG_EPOCH)
    on_cpu = not torch.cuda.is_available()
    more: dict[str, Any] = {}
    if kept and evaluated:
        more |= {"metric_for_best_model": plan.metric, "greater_is_better": plan.metric != "loss"}
    return TrainingArguments(
        output_dir=str(folder / "checkpoints"),
        per_device_train_batch_size=plan.batch_size,
        per_device_eval_batch_size=64,
        gradient_accumulation_steps=plan.accumulation,
        max_steps=total,
        learning_rate=plan.learning_rate,
        warmup_steps=plan.warmup,  # a share of all steps, as long as it is below 1
        weight_decay=plan.weight_decay,
        max_grad_norm=plan.clip,
        lr_scheduler_type="linear",
        bf16=plan.half,
        use_cpu=on_cpu,
        eval_strategy="steps" if evaluated else "no",
        eval_steps=every,
        save_strategy="steps" if kept else "no",
        save_steps=every,
        logging_steps=max(1, min(50, total // 20)),
        logging_nan_inf_filter=False,
        remove_unused_columns=False,
        label_names=["labels"],
        report_to=list(plan.report_to) or "none",
        seed=plan.seed,
        disable_tqdm=True,
        dataloader_pin_memory=not on_cpu,
        ddp_backend=("gloo" if on_cpu else "nccl") if together > 1 else None,
        ddp_find_unused_parameters=False if together > 1 else None,
        **more,
    )
