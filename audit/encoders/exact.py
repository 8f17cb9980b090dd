"""BERT sentence encoders that give the same bytes on every machine.

Matrix products take almost all of the time, and their floating-point sums depend on the BLAS kernel, the vector width
and the number of threads. Here both factors of every product are integers stored in float32, scaled so that the
product of their Euclidean lengths stays below 2 ** 24. By the Cauchy-Schwarz inequality no partial sum, in any order,
exceeds that bound, and float32 represents every integer up to it: the product is exact, whatever computes it. Rows of
weights and of activations keep about 12 bits that way (int8 keeps 7); the mean cosine to float32 arithmetic is .99999,
that of bfloat16. The rest of a layer runs in ``kernels`` in a fixed order of operations.

Price, side by side in ``benchmarks/encoders.py``: OpenVINO in bfloat16 encodes two to three times as many texts a
second, and is there as ``fast:minilm``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from assay.audit.encoders import kernels
from assay.audit.errors import ConfigError
from assay.audit.lexical.parallel import blas_on_one_thread, inline, map_threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.audit.encoders.bert import Bert

    Floats = NDArray[np.float32]

VERSION = "exact 1"
"""Part of the key of cached vectors: raised with any change of a value."""
TOKENS_A_BATCH = 512
_LENGTH = 4096
"""Square root of 2 ** 24."""
_LANES = 8
"""What the kernels' accumulators divide: channels of a chunk, and of a head."""
_WIDEST = 512
"""Channels of a chunk: fewer keep more bits of each."""


def fits(bert: Bert) -> bool:
    """Whether the kernels can compute a model: channels come in eights."""
    return bert.dims % bert.heads == 0 and bert.dims // bert.heads % _LANES == 0


@dataclass(frozen=True, slots=True, eq=False)
class _Dense:
    """A dense layer in integers."""

    weights: tuple[Floats, ...]
    """A (channels, out) matrix of integers for each chunk of input channels."""
    steps: Floats
    """(chunks, out) what its integers are multiplied by."""
    bias: Floats

    @classmethod
    def of(cls, bert: Bert, *names: str) -> _Dense:
        """One or several layers over one input, side by side."""
        weight = np.concatenate([bert.weights[f"{name}.weight"] for name in names]).astype(np.float64)
        bias = np.concatenate([bert.weights[f"{name}.bias"] for name in names])
        parts = weight.reshape(len(weight), _chunks(weight.shape[1]), -1)
        length = np.sqrt((parts * parts).sum(axis=2, keepdims=True))
        steps = np.where(length > 0, length / _bound(parts.shape[2]), 1)
        whole = np.rint(parts / steps).astype(np.float32)
        chunks = tuple(np.ascontiguousarray(whole[:, c].T) for c in range(whole.shape[1]))
        return cls(chunks, np.ascontiguousarray(steps[:, :, 0].T, np.float32), bias.astype(np.float32))

    def __call__(self, x: Floats) -> Floats:
        """(tokens, out) from (tokens, channels)."""
        tokens, chunks = len(x), len(self.weights)
        whole, scale = np.empty_like(x), np.empty((tokens, chunks), np.float32)
        rows, flat = x.reshape(tokens * chunks, -1), whole.reshape(tokens * chunks, -1)
        bound = _bound(rows.shape[1])
        kernels.quantize_rows(rows, 0, len(rows), bound, flat, scale.reshape(-1))
        products = np.empty((chunks, tokens, self.bias.size), np.float32)
        for c, weight in enumerate(self.weights):
            np.matmul(whole.reshape(tokens, chunks, -1)[:, c], weight, out=products[c])
        out = np.empty((tokens, self.bias.size), np.float32)
        kernels.restore(products, scale, self.steps, self.bias, 0, tokens, out)
        return out


def _batches(tokens: Sequence[NDArray[np.int32]]) -> list[list[int]]:
    """Numbers of the texts that have tokens, short ones first, in batches of about ``TOKENS_A_BATCH`` tokens."""
    order = sorted((i for i, ids in enumerate(tokens) if ids.size), key=lambda i: tokens[i].size)
    ends = np.cumsum([tokens[i].size for i in order]) // TOKENS_A_BATCH
    return [[i for _, i in some] for _, some in groupby(zip(ends.tolist(), order, strict=True), itemgetter(0))]


def _chunks(channels: int) -> int:
    """Into how many equal chunks, of a multiple of 8 channels, the channels of an input are divided."""
    options = (c for c in range(1, channels + 1) if channels % (c * _LANES) == 0 and channels // c <= _WIDEST)
    return next(options)


def _bound(channels: int) -> float:
    """Length to scale rows to: rounding adds at most half the square root of the channels, float32 less than 1."""
    return _LENGTH - math.sqrt(channels) / 2 - 1


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """One transformer layer."""

    qkv: _Dense
    attended: _Dense
    widen: _Dense
    narrow: _Dense


class Exact:
    """The forward pass of a BERT encoder."""

    def __init__(self, bert: Bert, *, first: bool = False) -> None:
        """Quantize the weights.

        Args:
            bert: the model.
            first: whether a text's vector is that of its first token; the sum over its tokens otherwise.

        Raises:
            ConfigError: its heads do not have a multiple of eight channels.
        """
        if not fits(bert):
            raise ConfigError(f"encoder: heads of {bert.dims / bert.heads:g} channels cannot be computed exactly")
        self._bert, self._first = bert, first
        self._layers = [self._layer(f"encoder.layer.{n}.") for n in range(bert.layers)]

    def _layer(self, at: str) -> _Layer:
        attention = [f"{at}attention.self.{n}" for n in ("query", "key", "value")]
        one = [f"{at}{n}" for n in ("attention.output.dense", "intermediate.dense", "output.dense")]
        return _Layer(_Dense.of(self._bert, *attention), *(_Dense.of(self._bert, name) for name in one))

    def run(self, tokens: Sequence[NDArray[np.int32]]) -> NDArray[np.float64]:
        """Vectors (texts, dims), not of unit length, from the token ids of each text; none depends on other texts."""
        out = np.zeros((len(tokens), self._bert.dims))

        def encode(rows: list[int]) -> None:
            with inline():
                out[rows] = self._forward([tokens[r] for r in rows])

        # A batch a core, each product on one thread: threads of a BLAS that wait for the next product spin.
        with blas_on_one_thread():
            map_threads(encode, _batches(tokens))
        return out

    def _forward(self, texts: Sequence[NDArray[np.int32]]) -> NDArray[np.float64]:
        bounds = np.concatenate([[0], np.cumsum([ids.size for ids in texts])]).astype(np.int64)
        place = np.concatenate([np.arange(ids.size) for ids in texts])
        words = self._bert.weights["embeddings.word_embeddings.weight"][np.concatenate(texts)]
        x = np.zeros_like(words)
        self._norm(x, words + self._bert.positions()[place], "embeddings.LayerNorm")
        for number, layer in enumerate(self._layers):
            at = f"encoder.layer.{number}."
            self._norm(x, layer.attended(self._attend(layer.qkv(x), bounds)), f"{at}attention.output.LayerNorm")
            thought = layer.widen(x)
            kernels.gelu(thought, 0, len(thought))
            self._norm(x, layer.narrow(thought), f"{at}output.LayerNorm")
        if self._first:
            return x[bounds[:-1]].astype(np.float64)
        summed: NDArray[np.float64] = np.add.reduceat(x.astype(np.float64), bounds[:-1], axis=0)
        return summed

    def _norm(self, x: Floats, more: Floats, name: str) -> None:
        gamma, beta = (self._bert.weights[f"{name}.{part}"] for part in ("weight", "bias"))
        kernels.add_norm(x, more, gamma, beta, self._bert.epsilon, 0, len(x))

    def _attend(self, qkv: Floats, bounds: NDArray[np.int64]) -> Floats:
        tokens, heads, size = len(qkv), self._bert.heads, self._bert.dims // self._bert.heads
        room = tokens + _LANES * bounds.size
        keys, scores = np.empty(room * size, np.float32), np.empty(room, np.float32)
        out = np.empty((tokens, self._bert.dims), np.float32)
        kernels.attend(qkv, bounds, 0, bounds.size - 1, heads, keys, scores, out)
        return out
