"""``assay promote``: check the verdict against everything it rests on, then move the alias."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from assay.audit.errors import AssayError, ConfigError, DataError
from assay.audit.findings import as_json
from assay.audit.parsing import parse_json
from assay.reports import registry as registries
from assay.reports.render.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Say = Callable[[str], None]

FREE = ("versions", "assay_version")
"""Parts of a verdict that a later version of a library changes without changing what it says."""


class Aliases(Protocol):
    """A place where aliases are kept."""

    def current(self, alias: str) -> dict[str, Any] | None:
        """What an alias means now."""

    def move(self, alias: str, record: dict[str, Any], expected: int) -> dict[str, Any]:
        """Let it mean another model, if it still means what the caller saw."""

    def earlier(self, alias: str) -> dict[str, Any]:
        """What it meant before."""


@dataclass(frozen=True, slots=True)
class Told:
    """A verdict file."""

    document: dict[str, Any]
    sha256: str


def run(given: Mapping[str, Any], emit: Say, say: Say) -> int:
    """Promote and return the exit code: 0 moved, 1 blocked."""
    place = _registry(given)
    alias = given["alias"]
    now = place.current(alias)
    if given["rollback"]:
        return _move(place, given, _rolled_back(place, given, now, say), now, emit)
    if not given["run"]:
        raise ConfigError("name the model, as in `assay promote assay-out/train --as production`")
    if given["force"] and not (given["reason"] or "").strip():
        raise ConfigError("--force needs a reason: --reason TEXT. It is recorded for ever")
    mark = registries.fingerprint(given["run"])
    record = _forced(given, mark, say) if given["force"] else _earned(given, mark, say)
    if record is None:
        say(f"not promoted: {alias!r} is left as it is")
        return 1
    return _move(place, given, record, now, emit)


def _move(
    place: Aliases, given: Mapping[str, Any], record: dict[str, Any], now: dict[str, Any] | None, emit: Say
) -> int:
    """Move the alias from what it meant when the command began."""
    seen = now["revision"] if now else 0
    whole = {"parent": seen or None, **record, "replaces": seen or None, "forced_revisions": _forced_before(now)}
    _printed(place.move(given["alias"], whole, seen), given, emit)
    return 0


def _registry(given: Mapping[str, Any]) -> Aliases:
    told = given["registry"]
    if told == "mlflow" or told.startswith("mlflow:"):
        from assay.reports.registry_mlflow import MlflowRegistry  # noqa: PLC0415 - an extra

        return MlflowRegistry.open(told.partition(":")[2] or None, given["name"], given["run"])
    if not told:
        raise ConfigError("--registry needs the name of a folder, or mlflow")
    return registries.Registry(Path(told))


def _earned(given: Mapping[str, Any], fingerprint: str, say: Say) -> dict[str, Any] | None:
    """The record of a promotion that its verdict allows; None, with the reasons said, if it does not."""
    told = read_verdict(given["verdict"])
    blocks = obstacles(told, given, fingerprint)
    for one in blocks:
        say(f"blocked: {visible(one, 1000)}")
    return None if blocks else _record(given, fingerprint, told)


def read_verdict(path: str) -> Told:
    """A verdict file.

    Raises:
        DataError: there is none, or it is none of ours.
    """
    cure = "Run `assay gate`, or name its verdict.json with --verdict"
    try:
        content = Path(path).read_bytes()
        document = parse_json(content)
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DataError(f"no verdict: {words}", path=path, cure=cure) from error
    if not isinstance(document, dict) or document.get("schema_version") != 1 or "outcome" not in document:
        raise DataError("not a verdict", path=path, cure=cure)
    return Told(document, sha256(content).hexdigest())


def obstacles(told: Told, given: Mapping[str, Any], fingerprint: str) -> list[str]:
    """Why this verdict does not allow to promote this model; empty if it does."""
    document = told.document
    if document.get("outcome") != "PASS":
        reasons = document.get("reasons")
        reasons = reasons if isinstance(reasons, list) else []
        stops = [r for r in reasons if isinstance(r, dict) and r.get("outcome") != "PASS"]
        return [f"the verdict is {document.get('outcome')}", *(str(r.get("message")) for r in stops[:3])]
    model = document.get("model")
    if not isinstance(model, dict) or model.get("fingerprint") != fingerprint:
        name = model.get("name") if isinstance(model, dict) else None
        return [f"the verdict is of another model ({name}) than {given['run']}, or the model was changed since"]
    try:
        return _not_reproduced(document, given)
    except AssayError as error:
        return [f"the verdict cannot be verified: {error}"]


def _not_reproduced(document: dict[str, Any], given: Mapping[str, Any]) -> list[str]:
    """Judge again from the verdict's record: policy, data, predictions and ledger must give the same verdict.

    Raises:
        AssayError: it cannot be judged again.
    """
    from assay.reports import gate_command, sources  # noqa: PLC0415 - heavy
    from assay.reports.gating.policy import policy  # noqa: PLC0415

    config, path = sources.configure(given["config"], lambda _: None)
    asked = policy(config, path)
    if _table(document.get("policy")).get("fingerprint") != asked.fingerprint():
        return ["the policy has changed since the verdict; run `assay gate` again"]
    record = _table(document.get("record"))
    folders = [_table(record.get(name)).get("folder") for name in ("evaluation", "baseline", "audit")]
    evaluation, baseline, audit = (one if isinstance(one, str) else None for one in folders)
    if evaluation is None:
        return ["the verdict does not say which evaluation it judged"]
    try:
        day = date.fromisoformat(record["today"]) if record.get("today") else None
    except (TypeError, ValueError):
        return ["the verdict does not say on which day it was reached"]
    judged = partial(gate_command.judged, config, path, evaluation=evaluation, baseline=baseline, audit=audit)
    again = judged(today=day)
    facts = json.loads(as_json(again.facts()))
    changed = sorted(k for k in facts.keys() | document.keys() if k not in FREE and facts.get(k) != document.get(k))
    if changed:
        return [f"judged again, the evaluation gives another verdict (differs in {', '.join(changed)})"]
    if day and day != datetime.now(UTC).astimezone().date() and judged().outcome != "PASS":
        return ["a waiver that the verdict rests on has expired since"]
    return []


def _table(value: object) -> dict[str, Any]:
    """A table of a verdict that may have been changed; an empty one in the place of anything else."""
    return value if isinstance(value, dict) else {}


def _record(given: Mapping[str, Any], fingerprint: str, told: Told | None) -> dict[str, Any]:
    document = told.document if told else {}
    model = {"path": given["run"], "fingerprint": fingerprint}
    verdict = {
        "sha256": told.sha256 if told else None,
        "path": given["verdict"] if told else None,
        "outcome": document.get("outcome"),
        "policy": (document.get("policy") or {}).get("fingerprint"),
        "attempt": document.get("attempt"),
        "waivers": [w for w in document.get("waivers") or () if isinstance(w, dict) and w.get("state") == "applied"],
    }
    return {
        "action": "promote",
        "model": model,
        "verdict": verdict,
        "data": document.get("data"),
        "forced": False,
        "reason": given["reason"],
    }


def _forced(given: Mapping[str, Any], fingerprint: str, say: Say) -> dict[str, Any]:
    """The record of a promotion against or without a verdict."""
    try:
        told: Told | None = read_verdict(given["verdict"])
    except DataError:
        told = None
    found = told.document if told else {}
    if (found.get("model") or {}).get("fingerprint") != fingerprint:
        told = None  # of another model: it says nothing of this one
    outcome = told.document.get("outcome") if told else "no verdict"
    say(f"warning: promoted by force ({outcome}); this is recorded for ever")
    return _record(given, fingerprint, told) | {"action": "force", "forced": True}


def _rolled_back(place: Aliases, given: Mapping[str, Any], now: dict[str, Any] | None, say: Say) -> dict[str, Any]:
    """The record of the model before, which becomes the present one again; another rollback goes further back.

    Raises:
        DataError: that model's files are not what they were.
    """
    before = place.earlier(given["alias"])
    model = before.get("model") or {}
    path = str(model.get("path"))
    if not Path(path).exists():
        say(f"warning: {path} is not there any more; the alias is moved, the files are yours to restore")
    elif registries.fingerprint(path) != model.get("fingerprint"):
        raise DataError("was changed since it was promoted; it is not rolled back to", path=path)
    kept = {k: before.get(k) for k in ("model", "verdict", "data", "forced", "parent")}
    came = {"rolled_back_from": now["revision"] if now else None, "restores": before["revision"]}
    return {"action": "rollback", **kept, **came, "reason": given["reason"]}


def _forced_before(now: dict[str, Any] | None) -> list[int]:
    """Revisions of this alias that were forced, up to now."""
    if not now:
        return []
    forced = list(now.get("forced_revisions") or [])
    return [*forced, now["revision"]] if now.get("action") == "force" else forced


def _printed(moved: dict[str, Any], given: Mapping[str, Any], emit: Say) -> None:
    if given["form"] == "json":
        emit(as_json(moved))
    elif not given["quiet"]:
        how = {"promote": "PASS verdict", "force": f"FORCED: {moved['reason']}", "rollback": "rolled back"}
        model = moved["model"]
        emit(
            f"{moved['alias']} is now {visible(str(model['path']), 200)} ({model['fingerprint'][:12]}), "
            f"{visible(how[moved['action']], 300)}; revision {moved['revision']} by {moved['promoted_by']}\n"
        )
