"""A BERT encoder as an OpenVINO graph, built from the weights: no torch, no conversion, nothing fetched."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from assay.audit.encoders.bert import MASKED, Bert
from assay.audit.encoders.machine import has_bf16, has_int8, threads
from assay.audit.encoders.quantize import EXACT, GROUP, quantized, smoothing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from numpy.typing import NDArray

Largest = dict[str, "NDArray[np.float32]"]
_CONVERTER = "openvino.tools.ovc"


def load() -> ModuleType:
    """Import OpenVINO without its model converter, which reports every import to its maker.

    We convert nothing, and an audit tells nobody that it runs.
    """
    with _hidden(_CONVERTER):
        import openvino  # noqa: PLC0415 - of the extra

    module: ModuleType = openvino
    return module


@contextmanager
def _hidden(name: str) -> Iterator[None]:
    """Let a module be missing for a while; openvino goes on without this one."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


Precision = Literal["bf16", "int8", "fp32"]


def precision() -> Precision:
    """The fastest one of this processor that keeps the cosine to float32 over .999."""
    return "bf16" if has_bf16() else "int8" if has_int8() else "fp32"


class Compiled:
    """The graph, compiled for this processor when the first text comes: a third of a second."""

    def __init__(self, bert: Bert, how: Precision, largest: Largest | None = None) -> None:
        """Remember what to compile.

        Args:
            bert: the model.
            how: precision of the products.
            largest: largest inputs of the dense layers, needed for int8.
        """
        self._bert, self._how, self._largest = bert, how, largest
        self._ready: dict[Precision, Any] = {}
        self._own, self._lock = threading.local(), threading.Lock()

    def __call__(self, ids: NDArray[np.int32], mask: NDArray[np.float32]) -> NDArray[np.float32]:
        """Vectors (texts, dims) of unit length."""
        how: Precision = "fp32" if self._how == "int8" and ids.shape[1] <= EXACT else self._how
        with self._lock:
            if how not in self._ready:
                self._ready[how] = self._compile(how)
        # A request of its own for each thread: a model takes one text at a time, a request runs beside others.
        requests: dict[str, Any] = self._own.__dict__
        if how not in requests:
            requests[how] = self._ready[how].create_infer_request()
        requests[how].infer([ids, mask])
        return np.array(requests[how].get_output_tensor(0).data)

    def _compile(self, how: Precision) -> Any:
        hints = {
            "INFERENCE_PRECISION_HINT": "bf16" if how == "bf16" else "f32",
            "INFERENCE_NUM_THREADS": threads(),
            "NUM_STREAMS": threads(),  # a stream a core: batches beside each other gain more than shared ones
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": GROUP if how == "int8" else 0,
        }
        return load().Core().compile_model(graph(self._bert, self._largest if how == "int8" else None), "CPU", hints)


def graph(bert: Bert, largest: Largest | None = None) -> Any:
    """The model as a graph of ids int32 and mask float32 (texts, tokens) -> unit vectors float32 (texts, dims)."""
    ov = load()
    op = ov.opset13
    part = _Parts(op, bert, largest)
    ids, mask = op.parameter([-1, -1], np.int32), op.parameter([-1, -1], np.float32)
    length = op.gather(op.shape_of(ids, "i64"), part.whole(1), part.scalar(0))
    where = op.slice(op.constant(bert.positions()), part.whole(0), length, part.whole(1), part.whole(0))
    words = op.constant(bert.weights["embeddings.word_embeddings.weight"])
    x = part.norm(op.add(op.gather(words, ids, part.scalar(0)), where), "embeddings.LayerNorm")
    away = op.multiply(op.subtract(op.constant(np.float32(1)), mask), op.constant(MASKED))
    away = op.unsqueeze(away, part.whole(1, 2))
    for layer in range(bert.layers):
        x = part.layer(x, away, f"encoder.layer.{layer}.")
    total = op.reduce_sum(op.multiply(x, op.unsqueeze(mask, part.whole(2))), part.whole(1), False)  # noqa: FBT003
    return ov.Model([op.normalize_l2(total, part.whole(1), 1e-12, "max")], [ids, mask], "bert")


class _Parts:
    """Pieces of the graph."""

    def __init__(self, op: Any, bert: Bert, largest: Largest | None) -> None:
        self.op, self.bert, self.largest = op, bert, largest

    def whole(self, *values: int) -> Any:
        return self.op.constant(np.array(values, np.int64))

    def scalar(self, value: int) -> Any:
        return self.op.constant(np.int64(value))

    def dense(self, x: Any, *names: str) -> Any:
        """One or several dense layers over one input, side by side."""
        op = self.op
        weight = np.concatenate([self.bert.weights[f"{name}.weight"] for name in names])
        bias = op.constant(np.concatenate([self.bert.weights[f"{name}.bias"] for name in names]))
        if self.largest is None:
            return op.add(op.matmul(x, op.constant(weight), False, True), bias)  # noqa: FBT003 - x W^T
        scale = smoothing(self.largest[names[0]], weight)
        numbers, steps = quantized(weight * scale)
        # This chain is what the engine knows as compressed weights: it multiplies the integers as they are.
        table = op.multiply(op.convert(op.constant(numbers), "f32"), op.constant(steps))
        table = op.reshape(table, self.whole(*weight.shape), False)  # noqa: FBT003
        x = op.multiply(x, op.constant(1 / scale))
        return op.add(op.matmul(x, table, False, True), bias)  # noqa: FBT003

    def norm(self, x: Any, name: str) -> Any:
        op, weights = self.op, self.bert.weights
        even = op.mvn(x, self.whole(-1), True, self.bert.epsilon, "inside_sqrt")  # noqa: FBT003 - variance too
        return op.add(op.multiply(even, op.constant(weights[f"{name}.weight"])), op.constant(weights[f"{name}.bias"]))

    def attention(self, x: Any, away: Any, at: str) -> Any:
        op, heads = self.op, self.bert.heads
        all_three = self.dense(x, *(f"{at}self.{n}" for n in ("query", "key", "value")))
        shape = self.whole(0, 0, 3, heads, self.bert.dims // heads)
        parts = op.transpose(op.reshape(all_three, shape, True), self.whole(2, 0, 3, 1, 4))  # noqa: FBT003 - 0 keeps
        query, key, value = (op.gather(parts, self.scalar(n), self.scalar(0)) for n in range(3))
        seen = op.transpose(op.scaled_dot_product_attention(query, key, value, away), self.whole(0, 2, 1, 3))
        return self.dense(op.reshape(seen, self.whole(0, 0, self.bert.dims), True), f"{at}output.dense")  # noqa: FBT003

    def layer(self, x: Any, away: Any, at: str) -> Any:
        op = self.op
        x = self.norm(op.add(self.attention(x, away, f"{at}attention."), x), f"{at}attention.output.LayerNorm")
        thought = op.gelu(self.dense(x, f"{at}intermediate.dense"), "erf")
        return self.norm(op.add(self.dense(thought, f"{at}output.dense"), x), f"{at}output.LayerNorm")
