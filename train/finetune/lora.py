"""Low-rank adapters (Hu et al. 2021, arXiv:2106.09685) on the body of a network; the head is trained beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.audit.errors import ConfigError

if TYPE_CHECKING:
    from assay.train.finetune.network import Network


def adapt(network: Network, settings: dict[str, Any]) -> None:
    """Put an adapter on every linear layer of the body (or on those named), and freeze the rest.

    ``all-linear`` holds for every architecture: it asks the model for its layers, not for names such as ``query``.

    Args:
        network: changed in place.
        settings: rank, alpha, dropout, targets (names; empty for all), quantize.

    Raises:
        ConfigError: peft is not installed, or no layer has one of the names.
    """
    try:
        from peft import LoraConfig, TaskType, get_peft_model, prepare_model_for_kbit_training  # noqa: PLC0415 - heavy
    except ImportError as error:
        raise ConfigError("method lora needs peft: pip install 'assay[train]'") from error
    standard = network.head is None
    heads = standard_heads(network.body) if standard else []
    names = settings["targets"] or linear_layers(network.body, heads)
    config = LoraConfig(
        task_type=TaskType.SEQ_CLS if standard else TaskType.FEATURE_EXTRACTION,
        r=settings["rank"],
        lora_alpha=settings["alpha"],
        lora_dropout=settings["dropout"],
        target_modules=names,
        modules_to_save=heads or None,
        bias="none",
    )
    body = prepare_model_for_kbit_training(network.body) if settings["quantize"] else network.body
    try:
        network.body = get_peft_model(body, config)
    except ValueError as error:
        raise ConfigError(f"[train.lora] target_modules: {' '.join(str(error).split())[:200]}") from error


def linear_layers(body: Any, heads: list[str]) -> list[str]:
    """Short names of all linear layers but the head's, as ``all-linear`` finds them; sorted, for files are compared."""
    import torch  # noqa: PLC0415 - heavy

    layers = [n for n, m in body.named_modules() if isinstance(m, torch.nn.Linear) or type(m).__name__ == "Linear4bit"]
    inside = [n for n in layers if not any(part in heads for part in n.split("."))]
    return sorted({n.rsplit(".", 1)[-1] for n in inside})


def standard_heads(body: Any) -> list[str]:
    """Modules after the encoder that start from random numbers: peft must train and save them whole."""
    from assay.train.finetune.network import HEADS  # noqa: PLC0415 - torch

    return sorted({n.rsplit(".", 1)[-1] for n, _ in body.named_modules() if n.rsplit(".", 1)[-1] in HEADS})
