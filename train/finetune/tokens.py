"""Texts to token ids, the same way in training, evaluation and serving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

CHUNK = 4_096
PAD_TO = 8
"""Batches are padded to a multiple of so many tokens: fewer shapes for the kernels to be chosen for."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A tokenizer with its settings.

    Raises from ``encode``: nothing; texts longer than ``max_length`` are cut, the longer of a pair first.
    """

    tokenizer: Any
    max_length: int

    @property
    def pad(self) -> int:
        """Id that fills a batch; it is masked, so any id will do where the tokenizer names none."""
        known = self.tokenizer.pad_token_id
        return int(known if known is not None else self.tokenizer.eos_token_id or 0)

    def encode(self, columns: Sequence[Sequence[str]]) -> Encoded:
        """Token ids of texts (one column) or text pairs (two; further columns are joined to the second).

        Args:
            columns: text columns of equal length.
        """
        first, second = columns[0], _joined(columns[1:])
        ids: list[list[int]] = []
        kinds: list[list[int]] = []
        for start in range(0, len(first), CHUNK):
            part = list(first[start : start + CHUNK])
            pair = None if second is None else list(second[start : start + CHUNK])
            told = self.tokenizer(part, pair, truncation=True, max_length=self.max_length, padding=False)
            ids += told["input_ids"]
            kinds += told.get("token_type_ids") or []
        return Encoded(ids, kinds if second is not None and kinds else None)

    def lengths(self, columns: Sequence[Sequence[str]]) -> NDArray[np.int64]:
        """Tokens of each text before anything is cut."""
        pair = _joined(columns[1:])
        told = self.tokenizer(
            list(columns[0]), None if pair is None else list(pair), truncation=False, padding=False, verbose=False
        )
        return np.array([len(i) for i in told["input_ids"]], np.int64)


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of texts."""

    ids: list[list[int]]
    kinds: list[list[int]] | None
    """Token types, for text pairs of models that tell the two apart."""

    def __len__(self) -> int:
        """How many texts."""
        return len(self.ids)

    def batches(self, size: int) -> Iterator[NDArray[np.int64]]:
        """Rows of batches of equal-length texts, long ones first: what does not fit in memory fails at once."""
        order = np.argsort([-len(i) for i in self.ids], kind="stable")
        for start in range(0, len(order), size):
            yield order[start : start + size]

    def rows(self, rows: Sequence[int]) -> Encoded:
        """Some of the texts."""
        return Encoded([self.ids[r] for r in rows], None if self.kinds is None else [self.kinds[r] for r in rows])


def joined(first: Encoded, second: Encoded) -> Encoded:
    """The texts of both, one after the other."""
    kinds = None if first.kinds is None or second.kinds is None else first.kinds + second.kinds
    return Encoded(first.ids + second.ids, kinds)


def collate(rows: Sequence[dict[str, Any]], pad: int) -> dict[str, Any]:
    """One batch of tensors: ``input_ids``, ``attention_mask`` (n, tokens); ``token_type_ids``, ``labels`` if given."""
    import torch  # noqa: PLC0415 - heavy

    width = -(-max(len(r["input_ids"]) for r in rows) // PAD_TO) * PAD_TO
    ids = np.full((len(rows), width), pad, np.int64)
    mask = np.zeros((len(rows), width), np.int64)
    for n, row in enumerate(rows):
        length = len(row["input_ids"])
        ids[n, :length], mask[n, :length] = row["input_ids"], 1
    batch = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
    if "token_type_ids" in rows[0]:
        kinds = np.zeros((len(rows), width), np.int64)
        for n, row in enumerate(rows):
            kinds[n, : len(row["token_type_ids"])] = row["token_type_ids"]
        batch["token_type_ids"] = torch.from_numpy(kinds)
    if "labels" in rows[0]:
        labels = np.array([row["labels"] for row in rows])
        batch["labels"] = torch.from_numpy(labels.astype(np.float32 if labels.ndim > 1 else np.int64))
    return batch


def examples_of(encoded: Encoded, rows: Sequence[int]) -> list[dict[str, Any]]:
    """Rows as ``collate`` takes them."""
    kinds = encoded.kinds
    return [{"input_ids": encoded.ids[r]} | ({"token_type_ids": kinds[r]} if kinds is not None else {}) for r in rows]


def open_tokens(path: Path, max_length: int) -> Tokens:
    """The tokenizer of a folder.

    Raises:
        ConfigError: the folder has none that can be read without running code of its own.
    """
    from transformers import AutoTokenizer  # noqa: PLC0415 - heavy

    try:
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    except Exception as error:
        words = " ".join(str(error).split())[:200]
        raise ConfigError(f"model {path}: its tokenizer cannot be read: {words}") from error
    tokenizer.padding_side = tokenizer.truncation_side = "right"
    return Tokens(tokenizer, max_length)


def save_tokens(tokens: Tokens, folder: Path) -> None:
    """Write the tokenizer without the padding and truncation of its last call, which would change the bytes."""
    backend = getattr(tokens.tokenizer, "backend_tokenizer", None)
    if backend is not None:
        backend.no_truncation()
        backend.no_padding()
    tokens.tokenizer.save_pretrained(folder)


def _joined(columns: Sequence[Sequence[str]]) -> Sequence[str] | None:
    if not columns:
        return None
    return columns[0] if len(columns) == 1 else ["\n".join(parts) for parts in zip(*columns, strict=True)]
