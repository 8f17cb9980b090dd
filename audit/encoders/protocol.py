"""What an encoder is, and how it is named in ``audit.json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Kind = Literal["sentence", "static", "lsa"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Which encoder made some vectors; equal identities make equal vectors up to the backend's rounding."""

    name: str
    """``minilm``, ``static``, ``lsa``, or the folder or hub id of a model."""
    kind: Kind
    sha256: str
    """Hash of the weights; of the settings where there are none (LSA)."""
    dims: int
    backend: str
    """What computes it, with the precision: ``openvino-bf16``, ``torch-fp32``, ``numpy`` ..."""
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


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows divided by their length, in place; zero rows stay zero."""
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    vectors /= np.where(length > 0, length, 1)[:, None]
    return vectors


def lsa_identity(dims: int) -> Identity:
    """The name of vectors made from the set itself."""
    blind = "words that never stand together in this set: synonyms and paraphrases in other words go unseen"
    return Identity("lsa", "lsa", "", dims, "numpy", blind)
