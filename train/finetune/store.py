"""A trained model as a folder, and back: safetensors and JSON only, whole or not at all.

``model/`` holds a model of its own (or, for method ``head``, a linear layer and a reference to the encoder);
``adapter/`` holds a LoRA adapter, the head, the tokenizer and a reference to the base model.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from assay.audit.encoders.folder import file_hash
from assay.audit.errors import ConfigError, DataError, OutputError
from assay.train.weights import find_again

if TYPE_CHECKING:
    from pathlib import Path

    from assay.train.finetune.network import Network
    from assay.train.finetune.tokens import Tokens
    from assay.train.weights import Base

CARD, HEAD, ADAPTER = "assay.json", "head.safetensors", "adapter_config.json"
MODEL_FOLDER, ADAPTER_FOLDER = "model", "adapter"
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """What ``assay.json`` says of a model."""

    method: str
    labels: tuple[str, ...]
    multilabel: bool
    pooling: str
    max_length: int
    text_columns: int
    base: dict[str, Any]
    lora: dict[str, Any]
    """Settings of the adapter; empty without one."""

    def document(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "schema_version": SCHEMA_VERSION,
            "method": self.method,
            "labels": list(self.labels),
            "multilabel": self.multilabel,
            "pooling": self.pooling,
            "max_length": self.max_length,
            "text_columns": self.text_columns,
            "base": self.base,
            "lora": self.lora,
        }


def folder_name(method: str) -> str:
    """``adapter`` for LoRA, else ``model``."""
    return ADAPTER_FOLDER if method == "lora" else MODEL_FOLDER


def save(network: Network, tokens: Tokens, kept: Kept, base: Base, run: Path) -> Path:
    """Write a trained model into a run folder; an old one is replaced once the new one is on the disk.

    Raises:
        OutputError: it cannot be written.
    """
    final = run / folder_name(kept.method)
    new = run / f".{final.name}.new"
    try:
        run.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        write(network, tokens, kept, base, new)
        shutil.rmtree(final, ignore_errors=True)
        new.replace(final)
    except OSError as error:
        shutil.rmtree(new, ignore_errors=True)
        raise OutputError(f"cannot write the model into {final}: {error.strerror or error}") from error
    return final


def write(network: Network, tokens: Tokens, kept: Kept, base: Base, folder: Path) -> None:
    """Write the files of a model into an empty folder."""
    from safetensors.torch import save_file  # noqa: PLC0415 - heavy

    from assay.train.finetune.tokens import save_tokens  # noqa: PLC0415 - as above

    if kept.method == "lora":
        network.body.save_pretrained(folder, save_embedding_layers=False)
        (folder / "README.md").unlink(missing_ok=True)  # peft's card says nothing that ours does not
        _name_base(folder / ADAPTER, base)
    elif kept.method == "full":
        network.body.save_pretrained(folder)
    if network.head is not None:
        head = {name: value.detach().cpu().contiguous() for name, value in network.head.state_dict().items()}
        save_file(head, folder / HEAD, metadata={"format": "pt"})
    if kept.method != "head":
        save_tokens(tokens, folder)
    text = json.dumps(kept.document(), ensure_ascii=False, indent=2) + "\n"
    (folder / CARD).write_text(text, "utf-8")


def read_card(folder: Path) -> Kept:
    """What a model folder says of itself.

    Raises:
        DataError: it is no model folder of ours.
    """
    try:
        told = json.loads((folder / CARD).read_text("utf-8"))
        return Kept(
            told["method"],
            tuple(told["labels"]),
            bool(told["multilabel"]),
            told["pooling"],
            int(told["max_length"]),
            int(told["text_columns"]),
            dict(told["base"]),
            dict(told["lora"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"no model of Assay: {error}", path=str(folder), cure="Give a folder that `assay train` wrote"
        ) from error


def open_model(folder: Path, base: Base | None = None) -> tuple[Network, Tokens, Kept]:
    """The network, its tokenizer and its card.

    Args:
        folder: ``model/`` or ``adapter/`` of a run.
        base: the base model, if it lies elsewhere than the run says.

    Raises:
        ConfigError: the base model is not here, or is not the one that the run was trained on.
        DataError: the folder is no model of ours.
    """
    from safetensors.torch import load_file  # noqa: PLC0415 - heavy

    from assay.train.finetune import state  # noqa: PLC0415 - as above
    from assay.train.finetune.lora import adapt  # noqa: PLC0415 - as above
    from assay.train.finetune.network import Shape, build  # noqa: PLC0415 - torch
    from assay.train.finetune.tokens import open_tokens  # noqa: PLC0415 - transformers

    kept = read_card(folder)
    shape = Shape(kept.labels, kept.multilabel, kept.pooling)  # type: ignore[arg-type]
    checkpoint = (folder / state.TRAINABLE).is_file()
    weights = folder
    if kept.method != "full" or checkpoint:
        base = base or find_again(kept.base, folder)
        weights = base.path
    network = build(weights, shape)
    if checkpoint:
        if kept.lora:
            adapt(network, kept.lora)
        state.load_trainable(network, folder)
    elif kept.method == "lora":
        _put_adapter(network, folder)
    if network.head is not None and not checkpoint:
        network.head.load_state_dict(load_file(folder / HEAD))
    tokens = open_tokens(weights if kept.method == "head" or checkpoint else folder, kept.max_length)
    return network.eval(), tokens, kept


def _put_adapter(network: Network, folder: Path) -> None:
    try:
        from peft import PeftModel  # noqa: PLC0415 - heavy
    except ImportError as error:
        raise ConfigError("this run is a LoRA adapter, which needs peft: pip install 'assay[train]'") from error
    import warnings  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="Unexpected keyword arguments"
        )  # the base model's hash, which is ours
        network.body = PeftModel.from_pretrained(network.body, folder, is_trainable=False)


def _name_base(file: Path, base: Base) -> None:
    """Peft writes the absolute path of the base model: name it by id, revision and hash."""
    told = json.loads(file.read_text("utf-8"))
    told |= {k: sorted(told[k]) for k in ("target_modules", "modules_to_save") if isinstance(told.get(k), list)}
    told |= {"base_model_name_or_path": base.id, "revision": base.revision, "base_model_sha256": base.sha256}
    file.write_text(json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True) + "\n", "utf-8")


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, by its name there."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): file_hash(p) for p in files}


def fingerprint(files: dict[str, str], kept: Kept) -> str:
    """SHA-256 over weights, tokenizer and label map of a model and the hashes of its base.

    The base's place on this machine does not count.
    """
    counted = {name: value for name, value in files.items() if name != CARD}
    told = {k: v for k, v in kept.document().items() if k != "base"}
    text = json.dumps([counted, told, kept.base["sha256"], kept.base["tokenizer_sha256"]], sort_keys=True)
    return sha256(text.encode()).hexdigest()
