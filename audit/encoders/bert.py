"""BERT sentence encoders without torch: the forward pass in numpy (the reference), and as an OpenVINO graph.

Devlin et al., BERT, 2019; mean pooling and unit length as in Reimers and Gurevych, Sentence-BERT, 2019.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.encoders.folder import ModelFolder

Look = Callable[[str, "NDArray[np.float32]"], None]
MASKED = np.float32(-1e4)
"""Added to the attention of padding: far below any real score, and no infinity that turns into NaN."""


@dataclass(frozen=True, slots=True, eq=False)
class Bert:
    """Weights and shape of a BERT encoder."""

    weights: dict[str, NDArray[np.float32]]
    layers: int
    heads: int
    dims: int
    epsilon: float

    @classmethod
    def load(cls, folder: ModelFolder) -> Bert:
        """Read the weights of a folder.

        Raises:
            ConfigError: the model is none that this graph computes.
        """
        told = folder.config
        if not is_plain(told):
            raise ConfigError(
                f"encoder {folder.path}: not a plain BERT model; it needs torch: pip install 'assay[train]'"
            )
        layers, heads, dims = (int(told[k]) for k in ("num_hidden_layers", "num_attention_heads", "hidden_size"))
        weights = {name.removeprefix("bert."): value for name, value in folder.weights().items()}
        return cls(weights, layers, heads, dims, float(told.get("layer_norm_eps", 1e-12)))

    def positions(self) -> NDArray[np.float32]:
        """(positions, dims) what is added to the token's own vector."""
        of = "embeddings.{}_embeddings.weight".format
        told: NDArray[np.float32] = self.weights[of("position")] + self.weights[of("token_type")][0]
        return told

    def forward(
        self, ids: NDArray[np.int32], mask: NDArray[np.float32], look: Look | None = None
    ) -> NDArray[np.float32]:
        """Vectors (texts, dims), of any length, from ids and mask (texts, tokens), in float32 by numpy.

        ``look`` is shown the input of every dense layer by its name.
        """

        def dense(x: NDArray[np.float32], name: str) -> NDArray[np.float32]:
            if look:
                look(name, x)
            flat = x.reshape(-1, x.shape[-1]) @ self.weights[f"{name}.weight"].T  # one product, not one for each text
            flat += self.weights[f"{name}.bias"]
            return flat.reshape(*x.shape[:-1], -1)

        texts, length = ids.shape
        x = self.weights["embeddings.word_embeddings.weight"][ids] + self.positions()[:length]
        x = self._norm(x, "embeddings.LayerNorm")
        away = (1 - mask)[:, None, None, :] * MASKED
        for layer in range(self.layers):
            at = f"encoder.layer.{layer}."
            query, key, value = (
                dense(x, f"{at}attention.self.{n}").reshape(texts, length, self.heads, -1).transpose(0, 2, 1, 3)
                for n in ("query", "key", "value")
            )
            scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(self.dims // self.heads)) + away
            scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
            seen = (scores / scores.sum(axis=-1, keepdims=True)) @ value
            seen = dense(seen.transpose(0, 2, 1, 3).reshape(texts, length, -1), f"{at}attention.output.dense")
            x = self._norm(x + seen, f"{at}attention.output.LayerNorm")
            thought = dense(_gelu(dense(x, f"{at}intermediate.dense")), f"{at}output.dense")
            x = self._norm(x + thought, f"{at}output.LayerNorm")
        total: NDArray[np.float32] = (x * mask[:, :, None]).sum(axis=1)
        return total

    def _norm(self, x: NDArray[np.float32], name: str) -> NDArray[np.float32]:
        x = x - x.mean(axis=-1, keepdims=True)
        x /= np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + np.float32(self.epsilon))
        return x * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


def is_plain(config: Mapping[str, Any]) -> bool:
    """Whether a model's configuration is that of a plain BERT."""
    fits = config.get("model_type") == "bert" and config.get("hidden_act") == "gelu"
    return fits and config.get("position_embedding_type", "absolute") == "absolute"


def _gelu(x: NDArray[np.float32]) -> NDArray[np.float32]:
    from scipy.special import erf  # noqa: PLC0415 - heavy

    out: Any = x * np.float32(0.5) * (1 + erf(x * np.float32(np.sqrt(0.5))))
    return out  # type: ignore[no-any-return]
