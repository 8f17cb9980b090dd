"""BERT sentence encoders without torch; above all the embedded one, all-MiniLM-L6-v2 (Apache-2.0, 23 M weights)."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from assay.audit.encoders import batches
from assay.audit.encoders.machine import has_bf16, has_int8, threads
from assay.audit.encoders.protocol import unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from assay.audit.encoders.bert import Bert
    from assay.audit.encoders.folder import ModelFolder

BLIND = (
    "text after its first {} tokens, and languages other than English; "
    "numbers, names and negation change little of a vector"
)
EXACT = "exact"
"""Name of the engine that gives the same vectors on every machine."""


def fast_engine() -> str:
    """The fastest engine of this machine; its vectors differ from those of other processors in the last digits."""
    if find_spec("openvino"):
        return f"openvino-{'bf16' if has_bf16() else 'int8' if has_int8() else 'fp32'}"
    return EXACT


class Sentence:
    """Sentence vectors on the processor."""

    def __init__(self, folder: ModelFolder, engine: str = EXACT, *, first: bool = False) -> None:
        """Remember the folder; weights are read when the first text comes.

        Args:
            folder: the model.
            engine: ``exact``, or what ``fast_engine`` names.
            first: whether the model was trained to represent a text by its first token; the mean of all otherwise.
        """
        self.folder, self.engine, self._first = folder, engine, first
        self._forward: batches.Encode | None = None

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (texts, dims) of unit length."""
        return self.encode_tokens(batches.tokenize(texts, self.folder.tokenizer, self.folder.max_tokens))

    def encode_tokens(self, tokens: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        """The same from token ids."""
        if self._forward is None:
            self._forward = self._compiled()
        return unit(self._forward(tokens))

    def _compiled(self) -> batches.Encode:
        from assay.audit.encoders.bert import Bert  # noqa: PLC0415 - loads the weights' library

        bert = Bert.load(self.folder)
        if self.engine == EXACT:
            from assay.audit.encoders.exact import Exact  # noqa: PLC0415 - compiles or links its kernels

            return Exact(bert, first=self._first).run
        from assay.audit.encoders.openvino_graph import Compiled, precision  # noqa: PLC0415 - loads OpenVINO

        how = precision()
        forward = Compiled(bert, how, self._largest(bert) if how == "int8" else None)
        dims, pad = int(self.folder.config["hidden_size"]), int(self.folder.config.get("pad_token_id") or 0)
        return lambda tokens: batches.run(tokens, dims, forward, pad, threads())

    def _largest(self, bert: Bert) -> dict[str, NDArray[np.float32]]:
        from assay.audit.encoders.quantize import CALIBRATION, largest_inputs  # noqa: PLC0415 - as above

        return largest_inputs(bert, batches.tokenize(CALIBRATION, self.folder.tokenizer, self.folder.max_tokens))
