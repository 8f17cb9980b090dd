"""Weights as 8-bit integers, for processors that multiply those but no bfloat16: twice the speed of float32.

Activations are quantised by the engine, 64 channels at a time. What makes that exact enough is SmoothQuant (Xiao et
al., 2023): each input channel is divided, and its weights multiplied, by a^.6 / w^.4 of the largest activation and the
largest weight, so that no channel drowns the others. Cosine to float32 on seven real sets: .9997 on average, over .999
for 99 texts of 100 (plain int8: .993). Texts of a word or two have nothing to average over and are left in float32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.encoders.bert import Bert

GROUP = 64
"""Channels that share a scale."""
EXACT = 8
"""Tokens up to which a text is computed in float32."""
_SHARE, _LEAST = 0.6, 1e-3
CALIBRATION = (
    "The quick brown fox jumps over the lazy dog.",
    "I would like to know when my parcel will arrive, please.",
    "Kann ich mein Geld zurück bekommen?",
    "In 2019, the company reported $3.5 million in revenue (up 12%).",
    "def f(x): return x + 1  # code",
    "Why is my card not working??!",
    "The committee agreed that further research into climate effects on agriculture is needed.",
    "ok",
    "http://example.org/a/b?c=1 <br> &amp; :-)",
    "Return the number of elements in the list, or -1 if it is empty.",
    "¿Dónde está la biblioteca más cercana?",
    "This is the worst film I have ever seen; a complete waste of two hours and of everyone's talent.",
)
"""Sentences of several kinds: they only show which channels are large, which is much the same for any text."""


def largest_inputs(bert: Bert, tokens: list[NDArray[np.int32]]) -> dict[str, NDArray[np.float32]]:
    """Largest absolute input of every channel of every dense layer over some texts."""
    seen: dict[str, NDArray[np.float32]] = {}

    def look(name: str, x: NDArray[np.float32]) -> None:
        most = np.abs(x.reshape(-1, x.shape[-1])).max(axis=0)
        seen[name] = np.maximum(seen.get(name, most), most)

    for ids in tokens:
        bert.forward(ids[None, :], np.ones((1, ids.size), np.float32), look)
    return seen


def smoothing(largest: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """What to divide each input channel by, a power of two: nothing is rounded by it."""
    exponent = _SHARE * np.log2(largest + _LEAST) - (1 - _SHARE) * np.log2(np.abs(weight).max(axis=0) + _LEAST)
    scale: NDArray[np.float32] = np.exp2(np.rint(exponent)).astype(np.float32)
    return scale


def quantized(weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Integers (out, groups, GROUP) and their scales (out, groups, 1) of a weight matrix (out, in)."""
    parts = weight.reshape(weight.shape[0], -1, GROUP)
    scale = np.maximum(np.abs(parts).max(axis=2, keepdims=True) / 127, np.float32(1e-12)).astype(np.float32)
    return np.rint(parts / scale).astype(np.int8), scale
