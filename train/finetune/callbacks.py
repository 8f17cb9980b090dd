"""What happens beside training: metrics as JSON Lines, progress, early stopping, an end to what has diverged."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

from assay.audit.atomic import write_file
from assay.audit.errors import AssayError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TIMES = ("runtime", "per_second", "total_flos", "num_input_tokens", "train_loss")  # the last: mean since the last start


class DivergedError(AssayError):
    """The loss is no number any more."""


class Journal(TrainerCallback):  # type: ignore[misc]
    """``metrics.jsonl``: every logged value with its step, without times: the same run writes the same bytes."""

    def __init__(self, path: Path) -> None:
        """Remember the file; it is written whole from the history, so a resumed run has it without a seam."""
        self.path = path

    def on_log(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        """Write the history."""
        del args, control, more
        if state.is_world_process_zero:
            write_file(self.path, "".join(lines(state.log_history)).encode())


def lines(history: list[dict[str, Any]]) -> list[str]:
    """The history as JSON Lines."""
    kept = [{k: v for k, v in entry.items() if not any(t in k for t in TIMES)} for entry in history]
    kept = [entry for entry in kept if set(entry) - {"step", "epoch"}]
    return [json.dumps({"step": e["step"], **{k: e[k] for k in sorted(e) if k != "step"}}) + "\n" for e in kept]


class Watch(TrainerCallback):  # type: ignore[misc]
    """Tells how far training is."""

    def __init__(self, tell: Callable[[str, int, int], None]) -> None:
        """Remember whom to tell: what is done, steps done, steps in all."""
        self.tell = tell

    def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        """Tell."""
        del args, control, more
        if state.is_world_process_zero:
            self.tell("fine-tuning", state.global_step, state.max_steps)


class Patience(TrainerCallback):  # type: ignore[misc]
    """Stops after so many evaluations without gain.

    The answer is read from the history, so a resumed run stops where the uninterrupted one does.
    """

    def __init__(self, metric: str, patience: int) -> None:
        """Remember the metric and how long to wait."""
        self.metric, self.patience = metric, patience

    def on_evaluate(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        """Stop if the best evaluation is too long ago."""
        del args, more
        if out_of_patience(state.log_history, self.metric, self.patience):
            control.should_training_stop = True


def out_of_patience(history: list[dict[str, Any]], metric: str, patience: int) -> bool:
    """Whether the best evaluation of a history is ``patience`` evaluations ago."""
    values = [e[f"eval_{metric}"] for e in history if f"eval_{metric}" in e]
    gains = [-v if metric == "loss" else v for v in values]
    return bool(gains) and len(gains) - 1 - gains.index(max(gains)) >= patience


class Sanity(TrainerCallback):  # type: ignore[misc]
    """Stops a training whose loss is no number: hours would be wasted."""

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **more: Any) -> None:
        """Raise if the loss is NaN or infinite."""
        del args, control, more
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            raise DivergedError(
                f"the loss is {loss} at step {state.global_step}: training has diverged. "
                "Lower [train] learning_rate, or use --resume with a checkpoint from before"
            )
