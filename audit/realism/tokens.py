"""How many tokens texts have: counted by a model's tokenizer, or estimated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.errors import ConfigError

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

ESTIMATE = "an estimate"
SPECIAL = 2
"""Tokens that models add around a text."""
_IDEOGRAPHS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}"
_PIECES = (
    r"[A-Za-z]{1,7}",
    r"[0-9]{1,2}",
    r"[^\w\s]|_",
    rf"[{_IDEOGRAPHS}]",
    rf"[\p{{L}}\p{{M}}&&[^A-Za-z{_IDEOGRAPHS}]]{{1,2}}",
)
"""What makes about one token of BERT's English WordPiece each: within 10 % of its counts on English sets and on code.

A multilingual tokenizer makes fewer of other scripts, an English one more.
"""
_BATCH = 1_000


def estimate(text: pl.Series) -> NDArray[np.int64]:
    """Tokens of each text (rows,), estimated from runs of letters, digits and signs."""
    total = np.full(len(text), SPECIAL, np.int64)
    for piece in _PIECES:
        total += text.str.count_matches(piece).to_numpy().astype(np.int64)
    return total


def count(text: pl.Series, tokenizer: Path) -> NDArray[np.int64]:
    """Tokens of each text (rows,), special ones included, by a tokenizer file.

    Raises:
        ConfigError: the file cannot be read, or the library is not installed.
    """
    try:
        from tokenizers import Tokenizer  # noqa: PLC0415 - of the extra `models`
    except ImportError as error:
        raise ConfigError("tokenizer needs the library tokenizers; pip install 'assay[models]'") from error
    try:
        known = Tokenizer.from_file(str(tokenizer))
    except Exception as error:  # the library raises bare exceptions
        raise ConfigError(f"{tokenizer}: cannot be read as a tokenizer: {error}") from error
    known.no_truncation()
    known.no_padding()
    total = np.zeros(len(text), np.int64)
    for low in range(0, len(text), _BATCH):
        encoded = known.encode_batch(text[low : low + _BATCH].to_list())
        total[low : low + len(encoded)] = [len(each.ids) for each in encoded]
    return total


def find_tokenizer(name: str) -> Path:
    """The tokenizer file that a folder, a file or the name of the embedded encoder means.

    Raises:
        ConfigError: there is none.
    """
    if name == "minilm":
        from assay.audit.encoders.folder import find_minilm  # noqa: PLC0415 - only where it is asked for

        name = str(find_minilm() or name)
    path = Path(name)
    found = path / "tokenizer.json" if path.is_dir() else path
    if not found.is_file():
        raise ConfigError(f"tokenizer {name!r}: no such tokenizer.json; give a model's folder or file, or leave it out")
    return found
