"""Texts as tokens, in batches of nearly equal length: padding costs more than any engine gains."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Encode = Callable[["Sequence[NDArray[np.int32]]"], "NDArray[np.floating[Any]]"]
"""Token ids of each text -> vectors (texts, dims)."""
Forward = Callable[["NDArray[np.int32]", "NDArray[np.float32]"], "NDArray[np.float32]"]
"""Token ids and mask (texts, tokens) -> vectors (texts, dims)."""
TOKENS_A_BATCH = 512
"""Small ones stay in the processor's cache: 2,048 take a fifth longer."""
_LONGEST = 20_000
"""Characters of a text that are looked at: far more than any model here reads, and a bound on a hostile row."""
_CHUNK = 8192
_SPECIAL = 2
"""Tokens that frame a text and count among the most it may have."""


def tokenize(texts: Sequence[str], tokenizer: Path, most: int) -> list[NDArray[np.int32]]:
    """Token ids of each text, with the model's special tokens, cut after ``most`` tokens."""
    words = _tokenizer(str(tokenizer), most)
    out: list[NDArray[np.int32]] = []
    for start in range(0, len(texts), _CHUNK):
        some = [text[:_LONGEST] for text in texts[start : start + _CHUNK]]
        out += [np.array(e.ids, np.int32) for e in words.encode_batch_fast(some)]
    return out


def tokenize_words(texts: Sequence[str], tokenizer: Path, most: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The token ids of ``tokenize`` on end, without special tokens, and where each text's begin (texts + 1).

    For tokenizers that part words at spaces before anything else, as BERT's do: every word is looked up once, however
    often it stands in the texts, which takes a fifth of the time.
    """
    import polars as pl  # noqa: PLC0415 - 0.1 s

    cut = pl.Series([text[:_LONGEST] for text in texts], dtype=pl.String).str.split(" ")
    size = cut.list.len().to_numpy().astype(np.int64)
    flat = cut.explode()
    names = flat.unique(maintain_order=True)
    number = flat.cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64)
    found = _tokenizer(str(tokenizer), 1 << 20).encode_batch_fast(names.to_list(), add_special_tokens=False)
    ids = [np.array(e.ids, np.int32) for e in found]
    many = np.array([i.size for i in ids], np.int64)
    first = np.cumsum(many) - many
    word = np.concatenate([np.empty(0, np.int32), *ids])
    sizes = many[number]
    ends = np.cumsum(sizes)
    tokens = word[np.arange(int(ends[-1]) if ends.size else 0) + np.repeat(first[number] - ends + sizes, sizes)]
    bounds = np.concatenate([[0], ends])[np.concatenate([[0], np.cumsum(size)])]
    kept = np.minimum(np.diff(bounds), most - _SPECIAL)
    if (kept < np.diff(bounds)).any():
        place = np.arange(tokens.size) - np.repeat(bounds[:-1], np.diff(bounds))
        tokens = tokens[place < np.repeat(kept, np.diff(bounds))]
        bounds = np.concatenate([[0], np.cumsum(kept)])
    return tokens, bounds


@lru_cache(maxsize=4)
def _tokenizer(path: str, most: int) -> Any:
    """A tokenizer that cuts after so many tokens; a tenth of a second to load."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - of the extra

    words = Tokenizer.from_file(path)
    words.no_padding()
    words.enable_truncation(most)
    return words


def run(
    tokens: Sequence[NDArray[np.int32]], dims: int, forward: Forward, pad: int = 0, streams: int = 1
) -> NDArray[np.float32]:
    """Vectors (texts, dims): every batch through ``forward``, ``streams`` at a time; results in the texts' order."""
    out = np.zeros((len(tokens), dims), np.float32)

    def one(batch: tuple[list[int], NDArray[np.int32], NDArray[np.float32]]) -> None:
        rows, ids, mask = batch
        out[rows] = forward(ids, mask)

    if streams == 1:
        for batch in batches(tokens, pad):
            one(batch)
    else:
        with ThreadPoolExecutor(streams) as pool:
            list(pool.map(one, batches(tokens, pad)))
    return out


def batches(
    tokens: Sequence[NDArray[np.int32]], pad: int
) -> Iterator[tuple[list[int], NDArray[np.int32], NDArray[np.float32]]]:
    """Batches of texts of about one length: rows, padded ids, mask.

    A text's padded length depends on the text alone, so no other text changes its vector. Few lengths mean few shapes,
    which engines prepare for one by one.
    """
    order = sorted(range(len(tokens)), key=lambda i: tokens[i].size)
    for length, rows in groupby(order, key=lambda i: padded(tokens[i].size)):
        group = list(rows)
        size = max(1, TOKENS_A_BATCH // length)
        for start in range(0, len(group), size):
            some = group[start : start + size]
            ids = np.full((len(some), length), pad, np.int32)
            mask = np.zeros((len(some), length), np.float32)
            for at, row in enumerate(some):
                ids[at, : tokens[row].size] = tokens[row]
                mask[at, : tokens[row].size] = 1
            yield some, ids, mask


def padded(length: int) -> int:
    """The next length that batches come in: steps of 4 up to 32, of 8 up to 64, then of 16."""
    step = 4 if length <= 32 else 8 if length <= 64 else 16  # noqa: PLR2004 - see above
    return max(step, -(-length // step) * step)
