"""``assay gate --plan``: whether the policy can pass with these test rows, before any model is measured."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit import slices
from assay.audit.errors import ConfigError
from assay.audit.findings import as_json
from assay.audit.slicing.request import declared
from assay.reports.gating import ledger, planner
from assay.reports.gating.policy import OVERALL, policy
from assay.reports.render.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assay.audit.config import Config
    from assay.audit.dataset import Dataset, Split
    from assay.reports.gating.policy import Policy


def run(given_config: Config, path: str | None, given: Mapping[str, Any], emit: Callable[[str], None]) -> int:
    """Print the plan; returns 0 if the policy can pass, 2 if no model can meet it."""
    asked = policy(given_config, path)
    data, split = _read(given_config, path)
    attempt = _next_attempt(split)
    told = planner.plans(asked, counts(data, split, asked), attempt)
    hopeless = [p for p in told if not p.possible and p.blocking]
    if given["form"] == "json":
        facts = [asdict(p) for p in told]
        emit(as_json({"schema_version": 1, "possible": not hopeless, "attempt": attempt, "plan": facts}))
    else:
        emit(_drawn(told, attempt, markdown=given["form"] == "markdown"))
    return 2 if hopeless else 0


def warnings(config: Config, path: str | None, data: Dataset) -> list[str]:
    """Requirements that no model can meet with a data set's test rows; for `assay audit` and `assay init`.

    Raises:
        ConfigError: the policy itself is wrong.
    """
    if not config.gate.require:
        return []
    asked = policy(config, path)
    return [s for split in slices.measured(data)[:1] for s in planner.impossible(asked, counts(data, split, asked))]


def counts(data: Dataset, split: Split, asked: Policy) -> planner.Counts:
    """Distinct labelled rows of everything that the policy can name; near-duplicates count once."""
    from assay.audit.features import alike  # noqa: PLC0415 - kernels

    codes, names = data.label_codes
    group, here = alike(data).found.group, np.arange(split.start, split.stop)
    labelled = here[codes[here] >= 0]

    def distinct(rows: np.ndarray[Any, np.dtype[np.int64]]) -> int:
        return int(np.unique(group[rows]).size)

    known = slices.members(data)
    found: dict[str, int] = {}
    for n, each in known:
        if each.declared or each.kind != "class":
            rows = known.rows(n, split)
            found[each.name] = distinct(rows[codes[rows] >= 0])
    by_class = {name: distinct(labelled[codes[labelled] == code]) for code, name in enumerate(names)}
    critical = frozenset(each.name for _, each in known if each.critical) | asked.critical
    return planner.Counts(distinct(labelled), found, {k: v for k, v in by_class.items() if v}, critical)


def _read(config: Config, path: str | None) -> tuple[Dataset, Split]:
    if not config.data.test:
        raise ConfigError("no test data; name a file with --test F, or set [data] test in assay.toml")
    from assay.audit.reading import read  # noqa: PLC0415 - heavy

    told = config.data
    roles: dict[str, Any] = {role: getattr(told, role) for role in ("label", "id", "group", "time", "split")}
    data = read({"test": (told.test[0],)}, text=told.text, **roles)
    if not data.roles.label:
        raise ConfigError("no label column was found; name it with --label COLUMN")
    slices.declare(data, declared(config, path))
    return data, data.splits[0]


def _next_attempt(split: Split) -> int:
    """The number that the next model will have on this test set."""
    found = ledger.find(split.files[0], [Path()]) if split.files else None
    return 1 + sum(e["fingerprint"] == split.fingerprint for e in found.entries) if found else 1


def _drawn(told: list[planner.Plan], attempt: int, *, markdown: bool) -> str:
    hopeless = [p for p in told if not p.possible and p.blocking]
    head = f"This policy {'cannot' if hopeless else 'can'} pass with these test rows."
    lines = [head, f"The next model is attempt {attempt} on this test set.", ""]
    for plan in sorted(told, key=lambda p: (p.possible, p.slice != OVERALL)):
        mark = "can pass" if plan.possible else "CANNOT PASS" if plan.blocking else "cannot pass (does not block)"
        lines.append(f"{'- ' if markdown else '  '}{mark}: {visible(plan.message, 600)}")
    return "\n".join(lines) + "\n"
