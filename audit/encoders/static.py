"""Static token vectors: a sentence encoder's view of every token, once; a text is the mean of its tokens.

The recipe of Model2Vec (van Dongen and Tulkens, Model2Vec: fast state-of-the-art static embeddings, 2024): each token
of the vocabulary alone through the encoder, principal components, and each token weighted by smooth inverse frequency
(Arora, Liang and Ma, A simple but tough-to-beat baseline for sentence embeddings, 2017), its frequency taken from its
rank by Zipf's law. Written out here because the library's distiller needs torch and moves other packages' versions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.audit.encoders import batches
from assay.audit.encoders.disk import Shelf
from assay.audit.encoders.protocol import unit
from assay.audit.lexical.parallel import map_threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.audit.encoders.minilm import Sentence

DIMS = 256
BLIND = "word order, context, and languages other than English: the same words in another order are the same text"
_SMOOTH = 1e-4
_STEP = 2.0**-15
"""Grid of the components of token vectors: float32 adds up 512 of them without rounding, in any order."""
_SIGN_DIGITS = 9
_UNUSED = "[unused"
_CHUNK = 1 << 14
_MOST = 512
"""Tokens of a text that are averaged."""


class Static:
    """Vectors of texts as weighted means of token vectors."""

    def __init__(self, sentence: Sentence, shelf: str, *, kept: bool = True) -> None:
        """Remember whose tokens they are, and under which settings the token vectors are kept on disk."""
        self._of, self._shelf, self._kept = sentence, shelf, kept
        self._table: NDArray[np.float32] | None = None

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (texts, dims) of unit length. Upper case is folded: capitals are no other meaning."""
        from scipy.sparse import csr_matrix  # noqa: PLC0415 - heavy

        table = self._tokens()
        out = np.zeros((len(texts), table.shape[1]), np.float32)

        def one(start: int) -> None:
            some = [text.lower() for text in texts[start : start + _CHUNK]]
            tokens, bounds = batches.tokenize_words(some, self._of.folder.tokenizer, _MOST)
            bag = csr_matrix((np.ones(tokens.size, np.float32), tokens, bounds), shape=(len(some), table.shape[0]))
            out[start : start + len(some)] = unit(bag @ table)

        map_threads(one, range(0, len(texts), _CHUNK))
        return out

    def _tokens(self) -> NDArray[np.float32]:
        """Token vectors (tokens, dims), from disk or distilled now."""
        if self._table is None:
            names = vocabulary(self._of)
            shelf = Shelf.of(self._shelf, DIMS, kept=self._kept)
            table, known = shelf.find(names)
            if not known.all():
                table = distil(self._of)
                shelf.keep(names, table)
            self._table = table
        return self._table


def vocabulary(sentence: Sentence) -> list[str]:
    """Tokens of a sentence encoder by number; places without a token are named by their number."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - of the extra

    known = Tokenizer.from_file(str(sentence.folder.tokenizer)).get_vocab()
    names = [f"[unused {number}]" for number in range(max(known.values()) + 1)]
    for token, number in known.items():
        names[number] = token
    return names


def distil(sentence: Sentence, dims: int = DIMS) -> NDArray[np.float32]:
    """Token vectors (tokens, dims) of a sentence encoder; special tokens and unused places of the vocabulary are zero.

    Half a minute of one core; kept on disk by ``Static``.
    """
    from tokenizers import Tokenizer  # noqa: PLC0415 - of the extra

    words, names = Tokenizer.from_file(str(sentence.folder.tokenizer)), vocabulary(sentence)
    special = {token.content for token in words.get_added_tokens_decoder().values()}
    real = [n for n, token in enumerate(names) if token not in special and not token.startswith(_UNUSED)]
    frame = words.encode("", add_special_tokens=True).ids
    seen = sentence.encode_tokens([np.array([frame[0], number, frame[-1]], np.int32) for number in real])
    table = np.zeros((len(names), dims), np.float32)
    weighted = principal(seen, dims) * smooth_inverse_frequency(len(real))[:, None]
    table[real] = np.rint(np.clip(weighted, -1, 1) / _STEP) * _STEP + 0.0
    return table


def principal(vectors: NDArray[np.float32], dims: int) -> NDArray[np.float64]:
    """Principal components (rows, dims), largest first; fewer dimensions than asked are filled with zeros.

    The products of ``unit`` vectors are exact in double precision, so only the last digits depend on the machine.
    """
    points = vectors.astype(np.float64)
    mean = points.mean(axis=0)
    values, turn = np.linalg.eigh(points.T @ points - len(points) * np.outer(mean, mean))
    largest = turn[:, np.argsort(-values, kind="stable")[:dims]]
    largest = largest * signs(largest)
    out = np.zeros((len(points), dims))
    out[:, : largest.shape[1]] = (points - mean) @ largest
    return out


def signs(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """What makes the largest component of each column positive: of two equal answers the same one everywhere."""
    largest = np.round(np.abs(columns), _SIGN_DIGITS).argmax(axis=0)
    return np.where(columns[largest, np.arange(columns.shape[1])] < 0, -1.0, 1.0)


def smooth_inverse_frequency(tokens: int) -> NDArray[np.float64]:
    """Weights a / (a + p) of tokens in order of their frequency, p by Zipf's law."""
    chance = 1 / np.arange(2, tokens + 2)
    chance /= chance.sum()
    weight: NDArray[np.float64] = _SMOOTH / (_SMOOTH + chance)
    return weight
