"""What an encoder is, and how it is named in ``audit.json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Kind = Literal["sentence", "static", "lsa"]
STEP = 2.0**-11
"""Grid of the components of unit vectors (see ``unit``)."""
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Identity:
    """Which encoder made some vectors; the backend ``exact`` makes equal vectors on every machine."""

    name: str
    """``minilm``, ``static``, ``lsa``, or the folder or hub id of a model."""
    kind: Kind
    sha256: str
    """Hash of the weights; of the settings where there are none (LSA)."""
    dims: int
    backend: str
    """What computes it: ``exact`` (the same on every machine), ``openvino-bf16``, ``torch-fp32`` ..."""
    blind: str
    """What it cannot see, one sentence for the report."""

    def facts(self) -> dict[str, Any]:
        """As the key ``encoder`` of ``audit.json``."""
        return asdict(self)


class Encoder(Protocol):
    """Turns texts into vectors. The one seam: anything with this method can stand in."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (texts, dims), of unit length or zero; the order of the texts changes none of them."""
        ...


def unit(vectors: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Vectors of unit length whose components are multiples of ``STEP``; zero vectors stay zero.

    This is the one place where vectors are quantized. A dot product of two of them is a sum of multiples of
    ``STEP ** 2`` that stays below 4 in magnitude, so float32 represents every partial sum exactly: cosines are equal
    on every processor, for every BLAS kernel and number of threads, and may be compared and sorted as they are.
    Quantization moves a cosine by about 2e-4, less than int8 or bfloat16 arithmetic does.

    Args:
        vectors: (rows, dims) of any length; dims at most 2 ** 14.

    Returns:
        (rows, dims) float32; each length is within 1e-3 of 1.
    """
    out = np.empty(vectors.shape, np.float32)
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK].astype(np.float64)
        length = np.sqrt(np.einsum("ij,ij->i", block, block))
        block /= np.where(length > 0, length * STEP, 1)[:, None]
        out[start : start + _BLOCK] = np.rint(block) * STEP + 0.0  # no negative zeros: equal vectors are equal bytes
    return out


def lsa_identity(dims: int) -> Identity:
    """The name of vectors made from the set itself."""
    blind = "words that never stand together in this set: synonyms and paraphrases in other words go unseen"
    return Identity("lsa", "lsa", "", dims, "exact", blind)
