"""The fine-tuned weights mixed with those that training started from.

Fine-tuning learns the task and forgets a little of what pretraining knew; a mean of the two weights, which lie in one
valley where the head starts from the linear probe, keeps more of both (WiSE-FT, Wortsman et al. 2022,
arXiv:2109.01903). BANKING77 after three epochs: .937 as trained, .940 at three quarters, .942 at one half. It costs
nothing but a look at the validation rows, which say which share to take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from assay.train.finetune import infer
from assay.train.ladder import right_of
from assay.train.scores import scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.train.finetune.network import Network
    from assay.train.finetune.tune import Rows
    from assay.train.plan import Plan

SHARES = (1.0, 0.75, 0.5)
"""Shares of the fine-tuned weights that are tried."""
UNSEEN = 0.5
"""The share where no validation rows say anything: what the paper recommends."""


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
    """Try the shares on the validation rows and set the smallest that is not measurably worse than the best.

    Differences between shares are smaller than what a few hundred rows can tell; so the rule of one standard error
    (Breiman et al. 1984, "Classification and Regression Trees", 3.4.3) with that of the paired difference, and the
    weights lean most on pretraining where rows do not speak against it. A loss has no such error: the best is taken.
    """
    import torch  # noqa: PLC0415 - heavy

    end = snapshot(network)
    several = network.shape.multilabel
    truth = torch.as_tensor(validation.y, dtype=torch.float32 if several else torch.int64)
    tried = []
    for share in SHARES:
        mix(network, start, end, share)
        values = infer.logits(network, validation.texts, pad, half=plan.half)
        if plan.metric == "loss":
            found = -float(network.loss.cpu()(torch.from_numpy(values), truth))
        else:
            found = scores(validation.y, values, multilabel=several)[plan.metric]
        right = right_of(validation.y, values)
        tried.append((share, found, np.ones_like(right) if plan.metric == "loss" else right))
    share = within_one_error(tried)
    mix(network, start, end, share)
    return share


def within_one_error(tried: Sequence[tuple[float, float, NDArray[np.bool_]]]) -> float:
    """The smallest share whose metric is within one standard error of the best one's.

    Args:
        tried: share, metric (higher is better), and (rows,) whether each answer was right.
    """
    _, best, right = max(tried, key=lambda t: t[1])
    kept = []
    for share, found, answers in tried:
        differences = right.astype(np.float64) - answers
        if best - found <= differences.std() / max(len(differences), 1) ** 0.5:
            kept.append(share)
    return min(kept)
