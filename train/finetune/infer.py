"""Vectors and logits of many texts: longest first, so batches hold texts of like length."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.encoders.machine import has_bf16, has_gpu, threads
from assay.train.finetune.tokens import Encoded, collate, examples_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from assay.train.finetune.network import Network

BATCH = 64


def prepare(count: int | None = None) -> str:
    """Pin torch's threads and say where it computes: ``cuda`` or ``cpu``.

    One against two threads add up in another order: the count belongs to what makes a run reproducible.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin cost a busy machine 3-5x the time
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch  # noqa: PLC0415 - heavy

    torch.set_num_threads(count or threads())
    _hush()
    return "cuda" if has_gpu() and torch.cuda.is_available() else "cpu"


def _hush() -> None:
    """Keep transformers' reports of loading off the screen: what matters is raised as an error."""
    import warnings  # noqa: PLC0415

    from transformers.utils import logging  # noqa: PLC0415 - slow to load

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing", category=FutureWarning)  # peft's own


def half_helps(place: str) -> bool:
    """Whether bfloat16 is faster here: on GPUs of its generation and CPUs that multiply it."""
    if place == "cpu":
        return has_bf16()
    import torch  # noqa: PLC0415 - heavy

    return bool(torch.cuda.is_bf16_supported(including_emulation=False))


def logits(
    network: Network, texts: Encoded, pad: int, *, half: bool = False, tick: Callable[[int], None] | None = None
) -> NDArray[np.float32]:
    """Logits (n, classes) of texts, in their order.

    Args:
        network: in evaluation mode afterwards.
        texts: token ids.
        pad: id that fills batches.
        half: computes in bfloat16 where it can.
        tick: is told how many texts are done.
    """
    return _over(network, texts, pad, half, lambda **batch: network(**batch)["logits"], network.shape.classes, tick)


def vectors(
    network: Network, texts: Encoded, pad: int, *, half: bool = False, tick: Callable[[int], None] | None = None
) -> NDArray[np.float32]:
    """Unit vectors (n, width) of texts, in their order; see ``logits``."""
    return _over(network, texts, pad, half, network.embed, network.head.in_features, tick)


def _over(  # noqa: PLR0913, PLR0917 - all of ``logits``
    network: Network,
    texts: Encoded,
    pad: int,
    half: bool,  # noqa: FBT001 - as above
    work: Any,
    width: int,
    tick: Any,
) -> NDArray[np.float32]:
    import torch  # noqa: PLC0415 - heavy

    place = next(network.parameters()).device
    out = np.empty((len(texts), width), np.float32)
    done = 0
    network.eval()
    with torch.inference_mode(), torch.autocast(place.type, torch.bfloat16, enabled=half):
        for rows in texts.batches(BATCH):
            batch = collate(examples_of(texts, rows.tolist()), pad)
            out[rows] = work(**{k: v.to(place) for k, v in batch.items()}).float().cpu().numpy()
            done += len(rows)
            if tick:
                tick(done)
    return out


def probabilities(values: NDArray[np.float32], *, multilabel: bool) -> NDArray[np.float32]:
    """Softmax over classes, or the logistic function of each where a text may have several labels."""
    if multilabel:
        return np.asarray(1 / (1 + np.exp(-values.astype(np.float64))), np.float32)
    shifted = np.exp((values - values.max(axis=1, keepdims=True)).astype(np.float64))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), np.float32)
