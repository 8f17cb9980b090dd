"""Whether the evaluation is of the test file and the slices that the configuration names, as they are today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit import slices
from assay.audit.errors import AssayError
from assay.audit.slicing.request import Declared
from assay.reports.evaluation.labelsets import canonical, mark_of
from assay.reports.gating.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.audit.config import Config
    from assay.audit.config_tables import Data
    from assay.audit.dataset import Dataset, Split
    from assay.reports.gating.evidence import Evidence

DATA, SLICES = "data", "slices"
_COUNTED = ("min_train", "min_test", "critical")
"""Keys of a slice that do not say who is a member."""
DEAR = frozenset({"like", "function"})
"""Kinds whose members are not looked for again: texts would be encoded, or the user's own code run."""


def check(evidence: Evidence, config: Config, declared: Declared) -> tuple[Reason, ...]:
    """Compare the evaluation with the test file as it is and the slices as they are declared; empty if all agree."""
    told = evidence.data.get(evidence.split)
    path = told.get("path") if isinstance(told, dict) else None
    named = config.data.test or ((str(path),) if path else ())
    if not evidence.fingerprint:
        return (_reason(DATA, "the evaluation does not say on which data it was made"),)
    redefined = [_reason(SLICES, words) for words in _redefined(evidence, declared)]
    if not named:
        return tuple(redefined)
    try:
        found = [read(name, _roles(evidence, config.data)) for name in named]
    except (AssayError, OSError) as error:
        words = f"the test file cannot be read, so that nothing can be verified: {error}"
        return (_reason(DATA, words.rstrip(".")), *redefined)
    same = next(((one, s) for one in found for s in one.splits if s.fingerprint == evidence.fingerprint), None)
    if same is None:
        return (_reason(DATA, _other(path, named, config)), *redefined)
    same[0].memo[Declared] = declared
    known = {reason.message for reason in redefined}
    return (*redefined, *(_reason(SLICES, words) for words in _disputed(evidence, *same, known)))


def _roles(evidence: Evidence, data: Data) -> Data:
    """Columns as the configuration names them, else as the evaluation did, which may have been told on its own."""
    told = evidence.document.get("roles")
    before = told if isinstance(told, dict) else {}
    given = {role: before.get(role) for role in ("label", "id", "group", "time") if not getattr(data, role)}
    if not data.text and isinstance(before.get("text"), list):
        given["text"] = tuple(before["text"])
    return data.model_copy(update={role: value for role, value in given.items() if value})


def read(name: str, data: Data) -> Dataset:
    """A test file as `assay evaluate` reads it."""
    from assay.audit.reading import read as read_sources  # noqa: PLC0415 - heavy

    roles: dict[str, Any] = {role: getattr(data, role) for role in ("label", "id", "group", "time", "split")}
    return read_sources({"test": (name,)}, text=data.text, **roles)


def _other(path: object, named: tuple[str, ...], config: Config) -> str:
    if config.data.test and path not in config.data.test:
        return f"{path} was evaluated, and the configuration names {', '.join(named)}, which is other data"
    return f"{', '.join(named)} was changed after the evaluation; evaluate again"


def _redefined(evidence: Evidence, declared: Declared) -> Iterator[str]:
    """Slices whose definition is another than the one that was evaluated."""
    config = evidence.document.get("config")
    told = config.get("slices") if isinstance(config, dict) else None
    before = {s.get("name"): _members(s) for s in told if isinstance(s, dict)} if isinstance(told, list) else {}
    for each in declared.slices:
        now = _members(each.model_dump(mode="json", exclude_defaults=True))
        if each.name in before and before[each.name] != now:
            yield f"slice {each.name!r} was defined otherwise when it was evaluated; evaluate again"


def _members(definition: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in definition.items() if key not in _COUNTED}


def _disputed(evidence: Evidence, data: Dataset, split: Split, known: set[str]) -> Iterator[str]:
    """Labels and slices that the test file does not bear out."""
    rows = data.places.row
    if data.roles.label and not _same_labels(evidence, data, split):
        yield "the labels in predictions.parquet are not those of the test file"
    try:
        found = slices.members(data) if not DEAR & {k for s in _asked(data) for k in DEAR if getattr(s, k)} else None
    except AssayError as error:
        yield f"the declared slices cannot be counted in the test file: {error}".rstrip(".")
        return
    for n, each in found or ():
        if not each.declared or any(repr(each.name) in words for words in known):
            continue
        mine = np.sort(rows[found.rows(n, split)]) if found else rows
        theirs = evidence.members.filter(evidence.members["slice"] == each.name)["row"].sort().to_numpy()
        if not np.array_equal(mine, theirs):
            yield f"slice {each.name!r} has {mine.size} rows in the test file and {theirs.size} in the evaluation"


def _asked(data: Dataset) -> tuple[Any, ...]:
    declared: Declared = data.memo[Declared]
    return declared.slices


def _same_labels(evidence: Evidence, data: Dataset, split: Split) -> bool:
    codes, names = data.label_codes
    mark = mark_of(names) if evidence.multilabel else None
    names = tuple(canonical(name, mark) for name in names) if mark else names
    places = zip(data.places.row[split.start : split.stop], codes[split.start : split.stop], strict=True)
    told = {int(row): names[code] if code >= 0 else None for row, code in places}
    return all(told.get(row) == label for row, label in zip(evidence.rows["row"], evidence.rows["label"], strict=True))


def _reason(rule: str, words: str) -> Reason:
    return Reason(rule, "UNKNOWN", f"{rule}: {words}.", pardonable=False)
