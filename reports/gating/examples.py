"""Real rows behind the reasons that stop a model: what a person looks at first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assay.reports.gating.verdict import Reason

MOST, EACH = 20, 5
"""Rows of all reasons together, and of one."""
TEXT = 600
"""Characters kept of a text."""


def examples(document: Mapping[str, Any], reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Errors of the evaluation that lie in slices (or true classes) which stop the promotion; critical slices first.

    Args:
        document: ``evaluation.json`` as it was read, trusted in nothing.
        reasons: of the verdict.

    Returns:
        ``slice`` (the reason's), ``split``, ``row``, ``line``, ``id``, ``text``, ``label``, ``prediction``,
        ``confidence`` and ``critical`` (critical slices it lies in) of each; every row once.
    """
    told = document.get("failures")
    cases = [_case(each) for each in told] if isinstance(told, list) else []
    known = [c for c in cases if c is not None]
    critical = {name for c in known for name in c["critical"]}
    stopping = dict.fromkeys(r.slice for r in reasons if r.stops and r.slice)
    out: list[dict[str, Any]] = []
    seen: set[tuple[Any, Any]] = set()
    for name in sorted(stopping, key=lambda s: s not in critical):
        inside = [c for c in known if name in c["slices"] or name == c["label"]]
        fresh = [c for c in inside if (c["split"], c["row"]) not in seen][:EACH]
        seen |= {(c["split"], c["row"]) for c in fresh}
        out += [{"slice": name, **{k: v for k, v in c.items() if k != "slices"}} for c in fresh]
    return out[:MOST]


def _case(told: Any) -> dict[str, Any] | None:
    """One error with only what is well-formed in it; None for what is no error at all."""
    if not isinstance(told, dict) or not all(isinstance(told.get(k), str) for k in ("text", "label", "prediction")):
        return None
    said = told.get("confidence")
    sure = isinstance(said, (int, float)) and not isinstance(said, bool) and math.isfinite(said)
    ident = told.get("id")
    return {
        "split": str(told.get("split", "")),
        "row": _whole(told.get("row")),
        "line": _whole(told.get("line")),
        "id": None if ident is None else str(ident),
        "text": told["text"][:TEXT],
        "label": told["label"],
        "prediction": told["prediction"],
        "confidence": float(said) if sure else None,  # type: ignore[arg-type] # a number, as tested
        "critical": _names(told.get("critical")),
        "slices": _names(told.get("slices")),
    }


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _names(values: Any) -> list[str]:
    return [v for v in values if isinstance(v, str)] if isinstance(values, list) else []
