"""Which encoder a data set gets: the one asked for, else the best that is installed and quick enough for its size."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from assay.audit.encoders import folder, machine
from assay.audit.encoders.request import verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from assay.audit.encoders.minilm import Sentence
    from assay.audit.encoders.protocol import Encoder, Identity
    from assay.audit.encoders.request import Request
    from assay.audit.encoders.torch_model import Torch

MOST = 30_000
"""Distinct short texts that ``auto`` gives to the sentence encoder: a minute on two cores; static vectors take more.

One number for every machine, so that a data set is judged by the same encoder everywhere. A long text counts as
several (``features.short_texts``).
"""
MOST_FAST = {"cpu": 30_000, "bf16": 60_000, "gpu": 1_000_000}
"""The same for ``fast:auto``, by what the machine has."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An encoder with its name."""

    identity: Identity
    encoder: Encoder
    settings: str
    """Everything that changes a vector, as the key of its shelf."""


def resolve(request: Request, texts: int) -> str:
    """The name that ``auto`` stands for with so many distinct texts; any other name is returned as it is."""
    if request.name != "auto":
        return request.name
    if not folder.can_read() or folder.find_minilm() is None:
        return "lsa"
    return "minilm" if texts <= _most(request) else "static"


def _most(request: Request) -> int:
    if not request.fast:
        return MOST
    return MOST_FAST["gpu" if machine.has_gpu() else "bf16" if machine.has_bf16() else "cpu"]


def choose(request: Request, texts: int) -> Chosen | None:
    """The encoder for a number of distinct texts; None where the set itself is the model (LSA).

    Raises:
        ConfigError: the encoder asked for is not there, or is not what it should be.
    """
    verify(request)
    name = resolve(request, texts)
    if name == "lsa":
        return None
    if name == "minilm":
        return _minilm(fast=request.fast)
    if name == "static":
        return _static(request)
    return _model(name, fast=request.fast)


def encode(chosen: Chosen, texts: Sequence[str], *, cache: bool) -> NDArray[np.float32]:
    """Vectors (texts, dims) of distinct texts; those that the shelf knows are taken from it."""
    from assay.audit.encoders.disk import Shelf  # noqa: PLC0415 - numpy

    shelf = Shelf.of(chosen.settings, chosen.identity.dims, kept=cache)
    vectors, known = shelf.find(texts)
    if not known.all():
        new = [text for text, has in zip(texts, known.tolist(), strict=True) if not has]
        vectors[~known] = chosen.encoder.encode(new)
        shelf.keep(texts, vectors)
    return vectors


def _minilm(*, fast: bool) -> Chosen:
    from assay.audit.encoders import minilm, torch_model  # noqa: PLC0415 - numpy

    where = folder.open_minilm()
    if fast and machine.has_gpu():
        return _named("minilm", where, torch_model.Torch(where, fast=True), torch_model.engine(fast=True), minilm.BLIND)
    engine = minilm.fast_engine() if fast else minilm.EXACT
    return _named("minilm", where, minilm.Sentence(where, engine), engine, minilm.BLIND)


def _model(name: str, *, fast: bool) -> Chosen:
    from assay.audit.encoders import minilm, torch_model  # noqa: PLC0415 - numpy

    where = torch_model.find(name)
    blind = minilm.BLIND.replace("languages other than English", "languages that it was not trained on")
    if not fast and _plain(where):
        first = torch_model.pools_first(where)
        return _named(name, where, minilm.Sentence(where, first=first), minilm.EXACT, blind)
    return _named(name, where, torch_model.Torch(where, fast=fast), torch_model.engine(fast=fast), blind)


def _plain(where: folder.ModelFolder) -> bool:
    """Whether the exact engine computes a model: a plain BERT whose heads have a multiple of eight channels."""
    from assay.audit.encoders import bert  # noqa: PLC0415 - numpy

    if not bert.is_plain(where.config):
        return False
    dims, heads = int(where.config["hidden_size"]), int(where.config["num_attention_heads"])
    return heads > 0 and dims % (8 * heads) == 0


def _named(name: str, where: folder.ModelFolder, encoder: Sentence | Torch, backend: str, blind: str) -> Chosen:
    from assay.audit.encoders.protocol import Identity  # noqa: PLC0415 - numpy

    dims = int(where.config["hidden_size"])
    identity = Identity(name, "sentence", where.sha256, dims, backend, blind.format(where.max_tokens))
    return Chosen(identity, encoder, _settings(identity, where))


def _static(request: Request) -> Chosen:
    from assay.audit.encoders import minilm, static  # noqa: PLC0415 - numpy
    from assay.audit.encoders.protocol import Identity  # noqa: PLC0415 - numpy

    where = folder.open_minilm()
    identity = Identity("static", "static", where.sha256, static.DIMS, minilm.EXACT, static.BLIND)
    settings = _settings(identity, where)
    encoder = static.Static(minilm.Sentence(where), f"tokens {settings}", kept=request.cache)
    return Chosen(identity, encoder, settings)


def _settings(identity: Identity, where: folder.ModelFolder) -> str:
    """Encoder, files and libraries: another version of an engine may round otherwise."""
    from assay.audit.encoders import exact, minilm  # noqa: PLC0415 - numpy

    engine = identity.backend.split("-")[0]
    engine = exact.VERSION if engine == minilm.EXACT else _version(engine)
    files = [folder.file_hash(where.path / name) for name in (folder.TOKENIZER, folder.CONFIG)]
    return repr((identity.facts(), where.max_tokens, files, engine, _version("tokenizers")))


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""
