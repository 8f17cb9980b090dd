"""What a run folder tells of its training: cheaper models beside it, metrics by step, a learning curve."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from assay.audit.parsing import parse_json, read_object

MOST_STEPS = 200
"""Measurements by step that are kept: beyond these, every second, third ... of them."""
ADVICE = "advice/advice.json"
"""Beside the run, where ``assay advise`` writes by default."""


def trained(run: str | Path | None) -> dict[str, Any] | None:
    """The training of a run, from the files in its folder.

    Args:
        run: the run folder; None for predictions of somebody else's model.

    Returns:
        ``method``, ``base``, ``forced``, ``rungs`` (of ``baselines.json``), ``measured_on``, ``nothing_to_gain``,
        ``skipped`` (why there are no rungs), ``steps`` (validation accuracy by step) and ``learning_curve`` (of
        ``advice.json``, with ``same_data``: whether it was measured on this run's training rows). None without a
        manifest.
    """
    folder = Path(run) if run else None
    manifest = read_object(folder / "manifest.json") if folder else None
    if folder is None or manifest is None:
        return None
    ladder = read_object(folder / "baselines.json") or {}
    base = manifest.get("base_model")
    return {
        "method": str(manifest.get("method", "")),
        "base": str(base.get("id") or "") if isinstance(base, dict) else "",
        "forced": manifest.get("forced"),
        "rungs": _dicts(ladder.get("rungs")),
        "measured_on": ladder.get("measured_on"),
        "nothing_to_gain": ladder.get("nothing_to_gain"),
        "skipped": ladder.get("skipped"),
        "steps": steps(folder / "metrics.jsonl"),
        "learning_curve": curve(folder.parent / ADVICE, manifest),
    }


def steps(path: Path) -> list[dict[str, Any]]:
    """Validation accuracy by step, out of ``metrics.jsonl``; fewer than two measurements are no course of training."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return []
    out = []
    for line in lines:
        try:
            told = parse_json(line)
        except ValueError:
            continue
        if isinstance(told, dict) and _number(told.get("eval_accuracy")) and _number(told.get("step")):
            out.append({"step": int(told["step"]), "accuracy": float(told["eval_accuracy"])})
    every = math.ceil(len(out) / MOST_STEPS)
    return out[::-1][:: every or 1][::-1] if len(out) > 1 else []


def curve(path: Path, manifest: dict[str, Any]) -> dict[str, Any] | None:
    """The learning curve of an advice: its points, its forecast, and whether its training rows are the run's."""
    told = read_object(path)
    found = told.get("learning_curve") if told else None
    if not told or not isinstance(found, dict):
        return None
    points = [p for p in _dicts(found.get("points")) if _number(p.get("rows")) and _figure(p.get("accuracy"))]
    ahead = found.get("forecast")
    known = isinstance(ahead, dict) and _number(ahead.get("rows")) and _figure(ahead.get("accuracy"))
    mine, theirs = _print(manifest.get("data")), _print((told.get("data") or {}).get("splits"))
    return {
        "points": [{"rows": p["rows"], "accuracy": p["accuracy"]} for p in points],
        "forecast": ahead if known else None,
        "not_enough_evidence": found.get("not_enough_evidence"),
        "same_data": bool(mine) and mine == theirs,
    }


def _print(splits: Any) -> str:
    train = splits.get("train") if isinstance(splits, dict) else None
    return str(train.get("fingerprint") or "") if isinstance(train, dict) else ""


def _dicts(values: Any) -> list[dict[str, Any]]:
    return [v for v in values if isinstance(v, dict)] if isinstance(values, list) else []


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _figure(value: Any) -> bool:
    return isinstance(value, dict) and all(_number(value.get(k)) for k in ("value", "low", "high"))
