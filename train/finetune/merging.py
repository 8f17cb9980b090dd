"""An adapter merged into its base model: a folder that needs no peft."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assay.audit.errors import ConfigError
from assay.train.finetune import infer, store
from assay.train.weights import find_again, resolve

if TYPE_CHECKING:
    from pathlib import Path


def merge(adapter: Path, run: Path, base_folder: str | None = None) -> Path:
    """Write ``run/model`` with the adapter's products added to the weights; differs from the adapter by rounding only.

    Raises:
        ConfigError: the folder is no adapter, or its base model is not here.
        OutputError: it cannot be written.
    """
    kept = store.read_card(adapter)
    if kept.method != "lora":
        raise ConfigError(f"{adapter}: method {kept.method} has no adapter to merge")
    infer.prepare()
    base = resolve(base_folder) if base_folder else find_again(kept.base, adapter)
    network, tokens, kept = store.open_model(adapter, base)
    network.body = network.body.merge_and_unload()
    return store.save(network, tokens, replace(kept, method="full", lora={}), base, run)
