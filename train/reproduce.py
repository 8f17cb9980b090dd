"""A run made again from its manifest, and compared with the first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.config_tables import Train
from assay.audit.errors import DataError
from assay.train.finetune import store
from assay.train.fitting import Told, prepare, start
from assay.train.plan import Plan
from assay.train.run import load_run
from assay.train.weights import find_again

if TYPE_CHECKING:
    from assay.audit.dataset import Dataset
    from assay.train.run import Run

CURE = "A run can be made again where its data and its base model are"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side."""

    first: Run
    second: Run
    same_weights: bool
    metrics: tuple[tuple[str, Any, Any], ...]
    """Metrics that differ: name, before, now."""
    surroundings: tuple[tuple[str, Any, Any], ...]
    """Libraries and hardware that differ: name, before, now."""

    @property
    def equal(self) -> bool:
        """Whether weights, label map, tokenizer and metrics are the same."""
        return self.same_weights and not self.metrics

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "schema_version": 1,
            "equal": self.equal,
            "same_weights": self.same_weights,
            "run": str(self.first.path),
            "reproduced": str(self.second.path),
            "fingerprint": self.first.fingerprint,
            "reproduced_fingerprint": self.second.fingerprint,
            "metrics": [{"name": n, "before": b, "now": a} for n, b, a in self.metrics],
            "surroundings": [{"name": n, "before": b, "now": a} for n, b, a in self.surroundings],
        }


def reproduce(folder: Path, output: Path | None = None, told: Told | None = None) -> Comparison:
    """Train once more with the data, the base model and every setting of a manifest.

    Args:
        folder: a finished run.
        output: folder of the new run; ``<folder>-reproduced`` if not given.
        told: whom to tell how far it is.

    Raises:
        DataError: the data are not there any more, or changed.
        ConfigError: the base model is not there any more, or changed.
    """
    first = load_run(folder)
    manifest = first.manifest
    plan = Plan.of(manifest["hyperparameters"])
    base = find_again(store.read_card(first.model_folder).base, first.model_folder)
    data = read_again(manifest, folder)
    config = {k: v for k, v in manifest["config"].items() if k in Train.model_fields}
    table = Train.model_validate({**config, "model": base.id, "output": None}, strict=False)
    job = prepare(
        data,
        table,
        base,
        folder=output or folder.with_name(folder.resolve().name + "-reproduced"),
        asked=None,
        ladder=bool(manifest["ladder"]),
        small=False,
        resume=False,
        told=told or Told(),
        given=plan,
    )
    return compare(first, start(job))


def read_again(manifest: dict[str, Any], folder: Path) -> Dataset:
    """The data of a manifest, from where they were: as they were named, else relative to the run.

    Raises:
        DataError: a file is gone, or its rows changed.
    """
    from assay.audit.reading import read  # noqa: PLC0415 - polars

    sources = {}
    for split, told in manifest["data"].items():
        if not told["files"]:
            raise DataError(f"the {split} data were in memory, not in a file", path=str(folder), cure=CURE)
        sources[split] = tuple(_find(each, folder) for each in told["files"])
    roles = manifest["roles"]
    if roles.get("split"):  # one file held them all
        files = {f for those in sources.values() for f in those}
        sources = {"train": tuple(sorted(files))}
    data = read(
        sources, text=tuple(roles["text"]), **{r: roles.get(r) for r in ("label", "id", "group", "time", "split")}
    )
    for split, told in manifest["data"].items():
        now = data.split(split)
        if now is None or now.fingerprint != told["fingerprint"]:
            raise DataError(f"the {split} data changed since the run", path=told["path"] or split, cure=CURE)
    return data


def _find(told: dict[str, Any], folder: Path) -> str:
    from assay.audit.encoders.folder import file_hash  # noqa: PLC0415 - as light as hashlib

    places = [Path(told["path"]), *([folder / told["from_run"]] if told["from_run"] else [])]
    there = [p for p in places if p.exists()]
    if not there:
        if told["sha256"] is None:  # a hub id
            return str(told["path"])
        raise DataError("the data file is gone", path=told["path"], cure=CURE)
    same = [p for p in there if told["sha256"] is None or file_hash(p) == told["sha256"]]
    return str((same or there)[0])


def compare(first: Run, second: Run) -> Comparison:
    """Weights by fingerprint, metrics by value, surroundings for the explanation."""
    before, now = first.manifest, second.manifest
    metrics = _differences({"metrics": before["metrics"]}, {"metrics": now["metrics"]})
    keys = ("versions", "hardware", "threads")
    around = _differences({k: before[k] for k in keys}, {k: now[k] for k in keys})
    return Comparison(first, second, first.fingerprint == second.fingerprint, metrics, around)


def _differences(before: dict[str, Any], now: dict[str, Any]) -> tuple[tuple[str, Any, Any], ...]:
    a, b = flat(before), flat(now)
    return tuple((k, a.get(k), b.get(k)) for k in sorted({*a, *b}) if a.get(k) != b.get(k))


def flat(document: Any, name: str = "") -> dict[str, Any]:
    """``{"a": {"b": 1}}`` as ``{"a.b": 1}``."""
    if not isinstance(document, dict):
        return {name: document}
    return {
        k: v for key, value in document.items() for k, v in flat(value, f"{name}.{key}" if name else str(key)).items()
    }
