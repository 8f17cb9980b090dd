"""A finished run, opened: what serves the model and what evaluates it use this and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.errors import ConfigError, DataError
from assay.audit.parsing import parse_json
from assay.train.finetune import store
from assay.train.weights import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from assay.train.finetune.network import Network
    from assay.train.finetune.tokens import Tokens

MANIFEST = "manifest.json"
CURE = "Give a folder that `assay train` finished"
Texts = "Sequence[str] | Sequence[tuple[str, ...]]"


@dataclass(frozen=True, slots=True)
class Predicted:
    """What a model says of texts."""

    labels: tuple[str, ...]
    """The most probable label of each text; of several-label models the most probable one as well."""
    probabilities: NDArray[np.float32]
    """(n, classes), in the order of the run's labels; rows sum to 1 unless a text may have several labels."""
    sets: tuple[tuple[str, ...], ...] | None = None
    """Labels whose probability is at least one half, for models that give a text several labels."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A trained model with its manifest."""

    path: Path
    labels: tuple[str, ...]
    multilabel: bool
    fingerprint: str
    """SHA-256 over weights, label map and tokenizer, and those of the base model."""
    manifest: dict[str, Any]
    """``manifest.json``; empty for a checkpoint."""
    model_folder: Path
    base_folder: str | None = None
    memo: dict[str, tuple[Network, Tokens]] = field(default_factory=dict, repr=False)

    def predict(
        self, texts: Sequence[str] | Sequence[tuple[str, ...]], *, tick: Callable[[int], None] | None = None
    ) -> Predicted:
        """Labels and probabilities of texts.

        Args:
            texts: n texts, or n tuples of as many texts as the model was trained on (text pairs).
            tick: is told how many texts are done.

        Raises:
            ConfigError: the libraries or the base model are not here.
            DataError: text pairs for a model of single texts, or the reverse.
        """
        from assay.train.finetune import infer  # noqa: PLC0415 - heavy

        values = self.logits(texts, tick=tick)
        probabilities = infer.probabilities(values, multilabel=self.multilabel)
        best = tuple(self.labels[n] for n in probabilities.argmax(axis=1).tolist()) if len(values) else ()
        sets = None
        if self.multilabel:
            sets = tuple(tuple(self.labels[k] for k in np.flatnonzero(row)) for row in probabilities >= 0.5)  # noqa: PLR2004 - even odds
        return Predicted(best, probabilities, sets)

    def logits(
        self, texts: Sequence[str] | Sequence[tuple[str, ...]], *, tick: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Logits (n, classes) in float32; see ``predict``."""
        from assay.train.finetune import infer  # noqa: PLC0415 - heavy

        network, tokens = self._opened()
        width = store.read_card(self.model_folder).text_columns
        encoded = tokens.encode(_columns(texts, width, str(self.path)))
        return infer.logits(network, encoded, tokens.pad, tick=tick)

    def merge(self, folder: Path) -> Path:
        """Write the base model with the adapter merged into it, as a model that needs neither peft nor Assay.

        Raises:
            ConfigError: the run is no adapter.
            OutputError: it cannot be written.
        """
        from assay.train.finetune.merging import merge  # noqa: PLC0415 - heavy

        return merge(self.model_folder, folder, self.base_folder)

    def _opened(self) -> tuple[Network, Tokens]:
        if "opened" not in self.memo:
            place = _prepared()
            base = resolve(self.base_folder) if self.base_folder else None
            network, tokens, _ = store.open_model(self.model_folder, base)
            self.memo["opened"] = (network.to(place), tokens)
        return self.memo["opened"]


def load_run(path: str | Path, *, base: str | None = None) -> Run:
    """Open a run folder (or one of its checkpoints) and verify that its files are those of its manifest.

    The weights themselves are loaded by the first prediction.

    Args:
        path: the folder that ``assay train`` wrote.
        base: folder or hub id of the base model, if it lies elsewhere than the run says.

    Raises:
        DataError: no finished run is there, or a file was changed since.
    """
    folder = Path(path)
    if (folder / store.CARD).is_file() and not (folder / MANIFEST).is_file():
        return _checkpoint(folder, base)
    manifest = read_manifest(folder)
    home = folder / store.folder_name(str(manifest["method"]))
    files = store.hashes(home) if home.is_dir() else {}
    known = {n.removeprefix(f"{home.name}/"): h for n, h in manifest["files"].items() if n.startswith(f"{home.name}/")}
    changed = sorted(n for n in {*files, *known} if files.get(n) != known.get(n))
    if changed or not known:
        what = ", ".join(f"{home.name}/{n}" for n in changed[:3]) or home.name
        raise DataError(
            f"changed since the run was finished: {what}",
            path=str(folder),
            cure="Put the file back, or train again: a model that is not the manifest's is not opened",
        )
    kept = store.read_card(home)
    mark = store.fingerprint(files, kept)
    return Run(folder, kept.labels, kept.multilabel, mark, manifest, home, base)


def read_manifest(folder: Path) -> dict[str, Any]:
    """``manifest.json`` of a finished run.

    Raises:
        DataError: there is none, or it is not ours.
    """
    if not folder.is_dir():
        raise DataError("no such run folder", path=str(folder), cure=CURE)
    if not (folder / MANIFEST).is_file():
        left = (
            sorted(p.name for p in (folder / "checkpoints").glob("step-*")) if (folder / "checkpoints").is_dir() else []
        )
        hint = f"Finish it with `assay train --resume`, or open {folder / 'checkpoints' / left[-1]}" if left else CURE
        raise DataError("no manifest.json: the run is not finished", path=str(folder), cure=hint)
    try:
        manifest = parse_json((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"manifest.json cannot be read: {error}", path=str(folder), cure=CURE) from error
    if (
        not isinstance(manifest, dict)
        or manifest.get("schema_version") != 1
        or not {"method", "files"} <= set(manifest)
    ):
        raise DataError("manifest.json is none of this version of Assay", path=str(folder), cure=CURE)
    return manifest


def _checkpoint(folder: Path, base: str | None) -> Run:
    kept = store.read_card(folder)
    mark = store.fingerprint(store.hashes(folder), kept)
    return Run(folder, kept.labels, kept.multilabel, mark, {}, folder, base)


def _prepared() -> str:
    try:
        from assay.train.finetune import infer  # noqa: PLC0415 - heavy

        return infer.prepare()
    except ImportError as error:
        raise ConfigError(f"a model needs torch and transformers ({error.name}): pip install 'assay[train]'") from error


def _columns(texts: Sequence[str] | Sequence[tuple[str, ...]], width: int, path: str) -> list[list[str]]:
    """Rows as columns."""
    columns: list[list[str]] = [[] for _ in range(width)]
    for text in texts:
        parts = (text,) if isinstance(text, str) else tuple(text)
        if len(parts) != width:
            raise DataError(f"the model reads {width} text(s) a row, got {len(parts)}", path=path)
        for column, part in zip(columns, parts, strict=True):
            column.append(part)
    return columns
