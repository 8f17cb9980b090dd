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

MOST = {"cpu": 30_000, "bf16": 60_000, "gpu": 1_000_000}
"""Distinct short texts that ``auto`` gives to the sentence encoder: half a minute's work; static vectors take the rest.

A long text counts as several (``features.short_texts``).
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An encoder with its name."""

    identity: Identity
    encoder: Encoder
    settings: str
    """Everything that changes a vector, as the key of its shelf."""


def resolve(request: Request, texts: int) -> str:
    """The name that ``auto`` stands for with so many distinct texts; any other name is returned as it is."""
    if request.encoder != "auto":
        return request.encoder
    if not folder.can_read() or folder.find_minilm() is None:
        return "lsa"
    speed = "gpu" if machine.has_gpu() else "bf16" if machine.has_bf16() else "cpu"
    return "minilm" if texts <= MOST[speed] else "static"


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
        return _minilm()
    if name == "static":
        return _static(request)
    return _model(name)


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


def _minilm() -> Chosen:
    from assay.audit.encoders import minilm, torch_model  # noqa: PLC0415 - numpy

    where = folder.open_minilm()
    if machine.has_gpu():
        return _named("minilm", where, torch_model.Torch(where), torch_model.engine(), minilm.BLIND)
    quick = minilm.engine()
    if quick.startswith("numpy") and machine.has_torch():
        return _named("minilm", where, torch_model.Torch(where), torch_model.engine(), minilm.BLIND)
    return _named("minilm", where, minilm.Sentence(where), quick, minilm.BLIND)


def _model(name: str) -> Chosen:
    from assay.audit.encoders import minilm, torch_model  # noqa: PLC0415 - numpy

    where = torch_model.find(name)
    blind = minilm.BLIND.replace("languages other than English", "languages that it was not trained on")
    return _named(name, where, torch_model.Torch(where), torch_model.engine(), blind)


def _named(name: str, where: folder.ModelFolder, encoder: Sentence | Torch, backend: str, blind: str) -> Chosen:
    from assay.audit.encoders.protocol import Identity  # noqa: PLC0415 - numpy

    dims = int(where.config["hidden_size"])
    identity = Identity(name, "sentence", where.sha256, dims, backend, blind.format(where.max_tokens))
    return Chosen(identity, encoder, _settings(identity, where))


def _static(request: Request) -> Chosen:
    from assay.audit.encoders import minilm, static  # noqa: PLC0415 - numpy
    from assay.audit.encoders.protocol import Identity  # noqa: PLC0415 - numpy

    where = folder.open_minilm()
    backend = f"numpy, distilled by {minilm.engine()}"
    identity = Identity("static", "static", where.sha256, static.DIMS, backend, static.BLIND)
    settings = _settings(identity, where)
    encoder = static.Static(minilm.Sentence(where), f"tokens {settings}", kept=request.cache)
    return Chosen(identity, encoder, settings)


def _settings(identity: Identity, where: folder.ModelFolder) -> str:
    """Encoder, files and libraries: another version of an engine may round otherwise."""
    engine = identity.backend.split("-")[0].split()[-1]
    files = [folder.file_hash(where.path / name) for name in (folder.TOKENIZER, folder.CONFIG)]
    return repr((identity.facts(), where.max_tokens, files, _version(engine), _version("tokenizers")))


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""
