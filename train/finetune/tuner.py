"""transformers' Trainer with our checkpoints: telling names, safetensors and JSON, renamed into place when whole."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import Trainer, TrainerState

from assay.train.finetune import state as kept_state
from assay.train.finetune.network import is_head
from assay.train.finetune.order import LikeLength

if TYPE_CHECKING:
    from assay.train.finetune.store import Kept
    from assay.train.plan import Plan

STATE = "trainer_state.json"
WRITING = ".writing"
NO_DECAY = ("bias", "norm", "layernorm")


@dataclass(frozen=True, slots=True)
class Keeping:
    """What a checkpoint says of itself besides its weights."""

    kept: Kept
    reference: dict[str, Any]
    count: int


class Tuner(Trainer):  # type: ignore[misc]
    """Trainer whose checkpoints hold what is trained and nothing else, and no pickle."""

    def __init__(self, *, plan: Plan, keeping: Keeping | None, **more: Any) -> None:
        """Keep the settings and build the Trainer.

        Args:
            plan: learning rates, decay.
            keeping: what checkpoints say; None keeps none.
            more: as the Trainer takes it.
        """
        self.plan, self.keeping = plan, keeping
        self.optimizer: Any = None
        super().__init__(**more)

    def create_optimizer(self, model: Any = None) -> Any:
        """AdamW; the head learns at its own rate, and biases and norms do not decay."""
        del model
        if self.optimizer is None:
            self.optimizer = torch.optim.AdamW(groups(self.model, self.plan), fused=True)
        return self.optimizer

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        rows = self.train_dataset if train_dataset is None else train_dataset
        return LikeLength(rows["length"], self.args.train_batch_size, self.plan.seed)

    def _get_eval_sampler(self, eval_dataset: Any) -> Any:
        return torch.utils.data.SequentialSampler(eval_dataset)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        del model, trial
        if self.keeping is None:
            return
        root = Path(self.args.output_dir)
        new = root / WRITING
        if self.args.should_save:
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(parents=True)
        self.accelerator.wait_for_everyone()
        kept_state.save_random(new, self.args.process_index)
        final = root / checkpoint_name(self.state.global_step, self.plan.metric, self._latest())
        if self.args.should_save:
            self._fill(new, self.keeping)
        self.accelerator.wait_for_everyone()
        if self.args.should_save:
            shutil.rmtree(final, ignore_errors=True)
            new.replace(final)
            rotate(root, self.keeping.count, best_of(root, self.state.best_global_step))
        self.accelerator.wait_for_everyone()

    def _fill(self, folder: Path, keeping: Keeping) -> None:
        network = self.accelerator.unwrap_model(self.model)
        kept_state.save_trainable(network, folder)
        kept_state.save_optimizer(self.optimizer, folder)
        kept_state.save_schedule(self.lr_scheduler, folder)
        reference = {**keeping.reference}
        if "folder" in reference:  # said from the run folder; a checkpoint lies two folders below
            reference["folder"] = f"../{reference['folder']}"
        write_card(replace(keeping.kept, base=reference), folder)
        self.state.save_to_json(str(folder / STATE))

    def _latest(self) -> float | None:
        key = f"eval_{self.plan.metric}"
        return next(
            (e[key] for e in reversed(self.state.log_history) if e["step"] == self.state.global_step and key in e), None
        )

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        kept_state.load_trainable(model or self.model, Path(resume_from_checkpoint))

    def pick_up(self, checkpoint: Path) -> None:
        """Take weights and history of a checkpoint, without training on."""
        kept_state.load_trainable(self.model, checkpoint)
        self.state = TrainerState.load_from_json(str(checkpoint / STATE))
        self.callback_handler.on_log(self.args, self.state, self.control, {})

    def restore_best(self) -> None:
        """Put back the weights of the best evaluation; without one the last weights stay."""
        folder = best_of(Path(self.args.output_dir), self.state.best_global_step)
        if folder is not None:
            kept_state.load_trainable(self.accelerator.unwrap_model(self.model), folder)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint:
            kept_state.load_optimizer(self.optimizer, Path(checkpoint))
            kept_state.load_schedule(self.lr_scheduler, Path(checkpoint))

    def _load_rng_state(self, checkpoint: str | None) -> None:
        if checkpoint:
            kept_state.load_random(Path(checkpoint), self.args.process_index)


def groups(network: Any, plan: Plan) -> list[dict[str, Any]]:
    """Parameter groups: body and head, with and without weight decay."""
    found: dict[tuple[bool, bool], list[Any]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            plain = any(part in name.lower() for part in NO_DECAY)
            found.setdefault((is_head(name), plain), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": plan.head_learning_rate if head else plan.learning_rate,
            "weight_decay": 0.0 if plain else plan.weight_decay,
        }
        for (head, plain), parameters in found.items()
    ]


def write_card(kept: Kept, folder: Path) -> None:
    """``assay.json`` of a checkpoint."""
    import json  # noqa: PLC0415

    from assay.train.finetune.store import CARD  # noqa: PLC0415 - store imports this package's modules lazily

    (folder / CARD).write_text(json.dumps(kept.document(), ensure_ascii=False, indent=2) + "\n", "utf-8")


def checkpoint_name(step: int, metric: str, value: float | None) -> str:
    """``step-000400-macro_f1-0.871``."""
    return f"step-{step:06d}" + ("" if value is None else f"-{metric}-{value:.3f}")


def checkpoints(root: Path) -> list[Path]:
    """Whole checkpoints, oldest first."""
    return sorted(p for p in root.glob("step-*") if (p / STATE).is_file()) if root.is_dir() else []


def best_of(root: Path, step: int | None) -> Path | None:
    """The checkpoint of the best evaluation; found by its step, for the folder may have been moved since."""
    return next((p for p in checkpoints(root) if step and p.name.startswith(f"step-{step:06d}")), None)


def rotate(root: Path, count: int, best: Path | None) -> None:
    """Keep the newest ``count`` checkpoints and the best."""
    for old in checkpoints(root)[:-count]:
        if best is None or old != best:
            shutil.rmtree(old, ignore_errors=True)
