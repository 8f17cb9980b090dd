"""Any encoder of transformers or sentence-transformers, by torch; the GPU where there is one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.encoders import batches
from assay.audit.encoders.folder import ModelFolder, open_folder
from assay.audit.encoders.machine import has_bf16, has_gpu, has_torch, threads
from assay.audit.encoders.protocol import unit
from assay.audit.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


def engine(*, fast: bool) -> str:
    """What computes it here: float32 on the processor, unless the fastest engine is asked for."""
    if fast and has_gpu():
        return "torch-cuda-fp32"
    return "torch-bf16" if fast and has_bf16() else "torch-fp32"


def find(name: str) -> ModelFolder:
    """The folder of a model given as a folder or a hub id (``owner/model`` or ``owner/model@revision``).

    Raises:
        ConfigError: there is no such model here or on the hub, it has no safetensors, or torch is not installed.
    """
    if not has_torch():
        raise ConfigError(f"encoder {name!r} needs torch and transformers: pip install 'assay[train]'")
    if Path(name).is_dir():
        return open_folder(Path(name))
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise ConfigError(f"encoder {name!r}: no such folder, and no hub id (owner/model)")
    return open_folder(_fetch(name))


def _fetch(name: str) -> Path:
    """Files of a hub id, from the local cache where they are there."""
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - heavy
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError  # noqa: PLC0415

    repository, _, revision = name.partition("@")
    patterns = ["*.json", "*.safetensors", "*.txt", "1_Pooling/*.json"]
    cure = "download it where there is a network and give the folder, or unset HF_HUB_OFFLINE"
    for local in (True, False):
        if not local and os.environ.get("HF_HUB_OFFLINE", "").lower() in {"1", "true", "yes", "on"}:
            break
        try:
            return Path(
                snapshot_download(
                    repository,
                    revision=revision or None,
                    allow_patterns=patterns,
                    local_files_only=local,
                    etag_timeout=5,
                )
            )
        except LocalEntryNotFoundError:
            continue
        except (HfHubHTTPError, HFValidationError, OSError) as error:
            raise ConfigError(f"encoder {name!r}: {str(error).splitlines()[0]}; {cure}") from error
    raise ConfigError(f"encoder {name!r} is not on this machine and the hub was not reached; {cure}")


class Torch:
    """Mean-pooled (or first-token, if the folder says so) vectors of a transformers model."""

    def __init__(self, folder: ModelFolder, *, fast: bool = False) -> None:
        """Remember the folder; the model is loaded when the first text comes.

        Args:
            folder: the model.
            fast: use the GPU, or bfloat16, where this machine has them.
        """
        self.folder, self._fast = folder, fast
        self._forward: batches.Forward | None = None

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (texts, dims) of unit length."""
        return self.encode_tokens(batches.tokenize(texts, self.folder.tokenizer, self.folder.max_tokens))

    def encode_tokens(self, tokens: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        """The same from token ids."""
        if self._forward is None:
            self._forward = self._loaded()
        pad = int(self.folder.config.get("pad_token_id") or 0)
        return unit(batches.run(tokens, int(self.folder.config["hidden_size"]), self._forward, pad))

    def _loaded(self) -> batches.Forward:
        # Threads that spin while others work cost a busy machine three to five times the time.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import torch  # noqa: PLC0415 - heavy
        from transformers import AutoModel  # noqa: PLC0415 - heavy

        place = "cuda" if self._fast and has_gpu() and torch.cuda.is_available() else "cpu"
        half = place == "cpu" and self._fast and has_bf16()
        if place == "cpu":
            torch.set_num_threads(threads())
        model: Any = AutoModel.from_pretrained(
            self.folder.path,
            trust_remote_code=False,
            use_safetensors=True,
            local_files_only=True,
            dtype=torch.bfloat16 if half else torch.float32,
        )
        model = model.eval().to(place)
        first = pools_first(self.folder)

        def forward(ids: NDArray[np.int32], mask: NDArray[np.float32]) -> NDArray[np.float32]:
            seen = torch.from_numpy(mask).to(place)
            with torch.inference_mode():
                hidden = model(
                    input_ids=torch.from_numpy(ids).long().to(place), attention_mask=seen.long()
                ).last_hidden_state.float()
                pooled = hidden[:, 0] if first else (hidden * seen[:, :, None]).sum(dim=1)
            out: NDArray[np.float32] = pooled.cpu().numpy()
            return out

        return forward


def pools_first(folder: ModelFolder) -> bool:
    """Whether sentence-transformers' pooling file asks for the first token."""
    import json  # noqa: PLC0415

    file = folder.path / "1_Pooling" / "config.json"
    try:
        return bool(json.loads(file.read_text("utf-8")).get("pooling_mode_cls_token"))
    except (OSError, ValueError, AttributeError):
        return False
