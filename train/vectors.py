"""Vectors of texts for the cheap rungs, by the audit's encoders and from their shelf."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.encoders.request import Request
from assay.audit.errors import AssayError
from assay.train import weights
from assay.train.rungs.names import readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset

MANY = 30_000
"""Texts up to which the sentence encoder is used whatever the machine: minutes of work."""


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """Unit vectors of training rows, measured rows, and class names."""

    train: NDArray[np.float32]
    asked: NDArray[np.float32]
    names: NDArray[np.float32] | None
    """(classes, dims); None where no encoder reads words that the texts do not hold."""
    encoder: dict[str, Any]
    """As in ``audit.json``."""
    seconds: float
    """That the rows' vectors took; next to nothing where the shelf knew them."""
    note: str = ""
    """Why it is another encoder than the model asked for."""


def request_for(model: str | None, *, explicit: bool) -> tuple[Request, str]:
    """Which encoder stands for a model, and why it is another one, if it is.

    Args:
        model: a folder or hub id; None for the default.
        explicit: whether it was asked for just now: then another one will not do.

    Raises:
        ConfigError: the model asked for is not here.
    """
    try:
        base = weights.resolve(model or weights.DEFAULT)
    except AssayError as error:
        if explicit:
            raise
        return Request("auto"), str(error)
    if base.source == "package":
        return Request("minilm"), ""
    return Request(str(base.path) if base.source in {"folder", "hub"} else base.id), ""


def embed(
    data: Dataset, frames: tuple[NDArray[np.int64], NDArray[np.int64]], labels: Sequence[str], asked: Request
) -> Vectors:
    """Vectors of some rows of a data set and of the names of the classes.

    Args:
        data: the data set.
        frames: index in its frame of the training rows and of the rows that measure.
        labels: names of the classes.
        asked: the encoder.

    Raises:
        ConfigError: the encoder is not there.
    """
    from assay.audit.encoders.choice import choose, encode  # noqa: PLC0415 - heavy
    from assay.audit.encoders.protocol import lsa_identity  # noqa: PLC0415 - heavy
    from assay.audit.features import lsa, short_texts  # noqa: PLC0415 - heavy

    started = time.perf_counter()
    rows = np.unique(np.concatenate(frames))
    texts = data.text.gather(rows)
    distinct = texts.unique().sort()
    distinct = distinct.filter(distinct.str.strip_chars() != "")
    chosen = choose(asked, short_texts(distinct))
    if chosen is None:
        vectors = lsa(data)
        return Vectors(
            vectors[frames[0]],
            vectors[frames[1]],
            None,
            lsa_identity(vectors.shape[1]).facts(),
            time.perf_counter() - started,
        )
    known = encode(chosen, distinct.to_list(), cache=asked.cache)
    out = np.zeros((len(rows), known.shape[1]), np.float32)
    blank = (texts.str.strip_chars() == "").to_numpy()
    out[~blank] = known[distinct.search_sorted(texts).to_numpy()[~blank]]
    took = time.perf_counter() - started
    words = [readable(label) or "?" for label in labels]
    once = sorted(set(words))
    read = encode(chosen, once, cache=False)
    names = read[[once.index(w) for w in words]] if chosen.identity.kind == "sentence" else None
    at = [np.searchsorted(rows, frame) for frame in frames]
    return Vectors(out[at[0]], out[at[1]], names, chosen.identity.facts(), took)
