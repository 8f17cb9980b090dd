"""The network: an encoder or decoder, pooled into a unit vector, and one linear layer on top.

Mean pooling with a head that starts from the linear probe is what Kumar et al. 2022 (arXiv:2202.10054) call LP-FT:
fine-tuning then starts where the frozen encoder ends, instead of first tearing it apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch.nn import functional

from assay.audit.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

Pooling = Literal["mean", "last", "standard"]
HEADS = ("head", "classifier", "score", "pooler", "pre_classifier", "classification_head")
"""What the models of transformers call the layers that come after the encoder."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What must be known to build a network again."""

    labels: tuple[str, ...]
    multilabel: bool
    pooling: Pooling

    @property
    def classes(self) -> int:
        """How many outputs."""
        return len(self.labels)


class Loss(torch.nn.Module):  # type: ignore[misc]
    """Cross-entropy over classes, or over each class by itself for several labels a text; weighted, smoothed."""

    def __init__(self, weights: list[float] | None, smoothing: float, *, multilabel: bool) -> None:
        """Keep the settings.

        Args:
            weights: one for each class.
            smoothing: share of the target that is spread over all classes.
            multilabel: whether a text may have several labels.
        """
        super().__init__()
        self.smoothing, self.multilabel = smoothing, multilabel
        self.register_buffer("weights", None if weights is None else torch.tensor(weights), persistent=False)

    def forward(self, logits: Any, targets: Any) -> Any:
        """Mean loss of a batch."""
        if not self.multilabel:
            return functional.cross_entropy(logits, targets, self.weights, label_smoothing=self.smoothing)
        softened = targets * (1 - self.smoothing) + self.smoothing / 2
        return functional.binary_cross_entropy_with_logits(logits, softened, pos_weight=self.weights)


class Network(torch.nn.Module):  # type: ignore[misc]
    """Body and head; ``forward`` returns the loss (if labels are given) and the logits, in float32."""

    def __init__(self, body: Any, shape: Shape, width: int) -> None:
        """Put a head of zeros on a body: every class is equally likely until it is fitted."""
        super().__init__()
        self.body, self.shape = body, shape
        self.head: Any = torch.nn.Linear(width, shape.classes) if shape.pooling != "standard" else None
        if self.head is not None:
            torch.nn.init.zeros_(self.head.weight)
            torch.nn.init.zeros_(self.head.bias)
        self.loss: Any = Loss(None, 0.0, multilabel=shape.multilabel)

    def embed(self, input_ids: Any, attention_mask: Any, **more: Any) -> Any:
        """Vectors (n, width) of unit length, in float32."""
        hidden = self.body(input_ids=input_ids, attention_mask=attention_mask, **more).last_hidden_state.float()
        if self.shape.pooling == "last":  # a decoder's last token has seen all others
            last = attention_mask.sum(dim=1) - 1
            pooled = hidden[torch.arange(len(hidden), device=hidden.device), last.clamp(min=0)]
        else:
            seen = attention_mask.unsqueeze(-1).to(hidden.dtype)
            pooled = (hidden * seen).sum(dim=1) / seen.sum(dim=1).clamp(min=1)
        return functional.normalize(pooled, dim=1)

    def forward(self, input_ids: Any, attention_mask: Any, labels: Any = None, token_type_ids: Any = None) -> Any:
        """Loss and logits of a batch."""
        more = {} if token_type_ids is None else {"token_type_ids": token_type_ids}
        if self.head is None:
            logits = self.body(input_ids=input_ids, attention_mask=attention_mask, **more).logits.float()
        else:
            vectors = self.embed(input_ids, attention_mask, **more)
            with torch.autocast(vectors.device.type, enabled=False):
                logits = self.head(vectors)
        return {"logits": logits} if labels is None else {"loss": self.loss(logits, labels), "logits": logits}

    def start_from(self, weight: Any, bias: Any) -> None:
        """Begin with the linear probe's head: weight (classes, width), bias (classes,)."""
        with torch.no_grad():
            self.head.weight.copy_(torch.as_tensor(weight, dtype=torch.float32))
            self.head.bias.copy_(torch.as_tensor(bias, dtype=torch.float32))


def pooling_of(config: dict[str, Any], *, standard: bool) -> Pooling:
    """How a model's hidden states become one vector: the mean for encoders, the last token for decoders."""
    if standard:
        return "standard"
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES  # noqa: PLC0415 - slow to load

    return "mean" if config.get("model_type") in MODEL_FOR_MASKED_LM_MAPPING_NAMES else "last"


def build(
    path: Path, shape: Shape, *, training: bool = False, quantise: bool = False, eager: bool | None = None
) -> Network:
    """The network over the weights of a folder.

    Args:
        path: a folder of safetensors and a config.
        shape: labels and pooling.
        training: switches dropout off for good and keeps float32 master weights.
        quantise: loads the body in 4 bits (QLoRA; bitsandbytes, CUDA).
        eager: plain attention; without dropout it has the faster backward pass on a CPU.

    Raises:
        ConfigError: transformers knows no such model, or its weights do not fit.
    """
    from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification  # noqa: PLC0415 - heavy

    try:
        config = AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
        more: dict[str, Any] = {}
        if shape.pooling == "standard":
            _name_labels(config, shape)
            maker: Any = AutoModelForSequenceClassification
        else:
            maker = AutoModel
            cls = AutoModel._model_mapping[type(config)]  # noqa: SLF001 - the only way to ask before loading
            if "add_pooling_layer" in signature(cls.__init__).parameters:
                more["add_pooling_layer"] = False
        if training:
            _no_dropout(config)
        if quantise:
            more["quantization_config"] = _four_bits()
        plain = eager if eager is not None else training and not torch.cuda.is_available()
        body = maker.from_pretrained(
            path,
            config=config,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float32,
            **({"attn_implementation": "eager"} if plain else {}),
            **more,
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        words = " ".join(str(error).split())[:300]
        raise ConfigError(f"model {path}: cannot be loaded: {words}") from error
    return Network(body, shape, int(getattr(config, "hidden_size", None) or config.to_dict().get("dim") or 0))


def is_head(name: str) -> bool:
    """Whether a parameter belongs to the layers after the encoder."""
    return any(part in HEADS for part in name.split("."))


def _name_labels(config: Any, shape: Shape) -> None:
    config.id2label = dict(enumerate(shape.labels))
    config.label2id = {label: n for n, label in enumerate(shape.labels)}
    config.problem_type = "multi_label_classification" if shape.multilabel else "single_label_classification"
    if getattr(config, "pad_token_id", None) is None:  # decoders look for the last token that is no padding
        eos = config.eos_token_id
        config.pad_token_id = eos[0] if isinstance(eos, list) else eos or 0


def _no_dropout(config: Any) -> None:
    for name, value in config.to_dict().items():
        if isinstance(value, float) and ("dropout" in name or "pdrop" in name):
            setattr(config, name, 0.0)


def _four_bits() -> Any:
    from transformers import BitsAndBytesConfig  # noqa: PLC0415 - heavy

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
