"""What a resumed training needs besides weights, as safetensors and JSON: no pickle is written or read.

transformers keeps the optimizer, the schedule and the random numbers in pickles (``optimizer.pt``, ``scheduler.pt``,
``rng_state.pth``, ``training_args.bin``); the same values fit into tensors and plain numbers.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

TRAINABLE, OPTIMIZER, SCHEDULE = "trainable.safetensors", "optimizer.safetensors", "schedule.json"


def save_trainable(network: Any, folder: Path) -> None:
    """Write the parameters that are trained: the frozen ones are those of the base model."""
    from safetensors.torch import save_file  # noqa: PLC0415 - heavy

    kept = {n: p.detach().cpu().contiguous() for n, p in network.named_parameters() if p.requires_grad}
    save_file(kept, folder / TRAINABLE, metadata={"format": "pt"})


def load_trainable(network: Any, folder: Path) -> None:
    """Put them back.

    Raises:
        DataError: they are those of another network.
    """
    import torch  # noqa: PLC0415 - heavy
    from safetensors.torch import load_file  # noqa: PLC0415 - heavy

    try:
        kept = load_file(folder / TRAINABLE)
    except OSError as error:
        raise DataError(f"checkpoint cannot be read: {error}", path=str(folder)) from error
    own = dict(network.named_parameters())
    strangers = sorted(set(kept) - set(own))
    if strangers or any(own[n].shape != v.shape for n, v in kept.items()):
        raise DataError(f"checkpoint of another network: {strangers[:3]}", path=str(folder))
    with torch.no_grad():
        for name, value in kept.items():
            own[name].copy_(value)


def save_optimizer(optimizer: Any, folder: Path) -> None:
    """Write the optimizer's state: tensors as ``index.name``, groups and plain numbers as metadata."""
    from safetensors.torch import save_file  # noqa: PLC0415 - heavy

    state = optimizer.state_dict()
    tensors, plain = {}, {}
    for index, values in state["state"].items():
        for name, value in values.items():
            if hasattr(value, "detach"):
                tensors[f"{index}.{name}"] = value.detach().cpu().contiguous()
            else:
                plain[f"{index}.{name}"] = value
    told = json.dumps({"groups": state["param_groups"], "plain": plain})
    save_file(tensors, folder / OPTIMIZER, metadata={"format": "pt", "state": told})


def load_optimizer(optimizer: Any, folder: Path) -> None:
    """Put it back."""
    from safetensors import safe_open  # noqa: PLC0415 - heavy

    state: dict[int, dict[str, Any]] = {}
    with safe_open(folder / OPTIMIZER, "pt") as file:
        told = json.loads(file.metadata()["state"])
        names = file.keys()
        for key in names:
            index, _, name = key.partition(".")
            state.setdefault(int(index), {})[name] = file.get_tensor(key)
    for key, value in told["plain"].items():
        index, _, name = key.partition(".")
        state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": told["groups"]})


def save_schedule(schedule: Any, folder: Path) -> None:
    """Write the learning-rate schedule's state; functions in it are none of its state."""
    (folder / SCHEDULE).write_text(json.dumps(schedule.state_dict()), "utf-8")


def load_schedule(schedule: Any, folder: Path) -> None:
    """Put it back."""
    schedule.load_state_dict(json.loads((folder / SCHEDULE).read_text("utf-8")))


def save_random(folder: Path, rank: int) -> None:
    """Write the state of every generator of random numbers of this process."""
    import torch  # noqa: PLC0415 - heavy
    from safetensors.torch import save_file  # noqa: PLC0415 - heavy

    version, words, gauss = random.getstate()
    name, keys, position, has_gauss, cached = np.random.get_state()  # noqa: NPY002 - the one that transformers seeds
    tensors = {"torch": torch.random.get_rng_state(), "numpy": torch.from_numpy(np.array(keys, np.int64))}
    if torch.cuda.is_available():
        tensors["cuda"] = torch.cuda.random.get_rng_state()
    plain = {"python": [version, list(words), gauss], "numpy": [name, position, has_gauss, cached]}
    save_file(tensors, folder / f"random-{rank}.safetensors", metadata={"state": json.dumps(plain)})


def load_random(folder: Path, rank: int) -> None:
    """Put it back; a process that was not there when the checkpoint was written keeps its own."""
    import torch  # noqa: PLC0415 - heavy
    from safetensors import safe_open  # noqa: PLC0415 - heavy

    path = folder / f"random-{rank}.safetensors"
    if not path.is_file():
        return
    with safe_open(path, "pt") as file:
        plain = json.loads(file.metadata()["state"])
        tensors = {key: file.get_tensor(key) for key in ("torch", "numpy")}
        cuda = file.get_tensor("cuda") if torch.cuda.is_available() and "cuda" in file.keys() else None  # noqa: SIM118
    version, words, gauss = plain["python"]
    random.setstate((version, tuple(words), gauss))
    name, position, has_gauss, cached = plain["numpy"]
    keys = tensors["numpy"].numpy().astype(np.uint32)
    np.random.set_state((name, keys, position, has_gauss, cached))  # noqa: NPY002 - as above
    torch.random.set_rng_state(tensors["torch"])
    if cuda is not None:
        torch.cuda.random.set_rng_state(cuda)
