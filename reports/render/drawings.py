"""Coordinates and shades of drawings: numbers in, numbers out; the templates only write them down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEFT, TOP, WIDE, HIGH = 40, 10, 210, 200
"""Of the reliability diagram's square, in units of its view box."""
CURVE_WIDE, CURVE_HIGH = 250, 150
RIGHT_SHADES = ((0.95, "r4"), (0.8, "r3"), (0.5, "r2"), (0.0, "r1"))
WRONG_SHADES = ((0.5, "w4"), (0.2, "w3"), (0.05, "w2"), (0.0, "w1"))
"""Least share of a line's rows, and the class of the shade."""


@dataclass(frozen=True, slots=True)
class HeatLine:
    """One true class."""

    name: str
    cells: list[tuple[int, str]]
    """Rows and shade, a column each."""
    rows: int
    right: float | None


@dataclass(frozen=True, slots=True)
class Heat:
    """A confusion matrix as it is drawn."""

    columns: list[str]
    lines: list[HeatLine]
    others: int


def heat(matrix: Mapping[str, Any] | None) -> Heat | None:
    """Shade a confusion matrix (``confusion_matrix`` of ``evaluation.json``); None without one.

    Shades go by shares of the line, so that a rare class's errors are seen. The last line of several other classes has
    no shade on its diagonal: what is taken there for another of them is no right row.
    """
    if not matrix or not matrix["rows"]:
        return None
    others = int(matrix["others"])
    names = [*matrix["classes"], *(["(other classes)"] if others else [])]
    lines = []
    for n, (name, counts) in enumerate(zip(names, matrix["rows"], strict=True)):
        total, mixed = sum(counts), others > 0 and n == len(names) - 1
        cells = [(k, _shade(k, total, right=j == n and not mixed, mixed=mixed)) for j, k in enumerate(counts)]
        lines.append(HeatLine(name, cells, total, None if not total or mixed else counts[n] / total))
    return Heat(names, lines, others)


def _shade(count: int, total: int, *, right: bool, mixed: bool) -> str:
    if not count or mixed:
        return ""
    return next(name for least, name in (RIGHT_SHADES if right else WRONG_SHADES) if count / total >= least)


def reliability(bins: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Place the points of a reliability diagram (``reliability`` of ``evaluation.json``); None without any."""
    held = [b for b in bins if b["value"] is not None]
    if not held:
        return None
    most = max(b["n"] for b in held)
    out = []
    for b in held:
        height = round(24 * b["n"] / most, 1)
        out.append(
            {
                **b,
                "range": f"{100 * b['from']:.0f} to {100 * b['to']:.0f} %",
                "x": _across(b["confidence"]),
                "y": _up(b["value"]),
                "low_y": _up(b["low"]),
                "high_y": _up(b["high"]),
                "left": round(LEFT + WIDE * b["from"] + 1, 1),
                "top": round(TOP + HIGH - height, 1),
                "height": height,
            }
        )
    return {"bins": out}


def _across(share: float) -> float:
    return round(LEFT + WIDE * share, 1)


def _up(share: float) -> float:
    return round(TOP + HIGH * (1 - share), 1)


def learning(curve: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Draw a learning curve over the logarithm of training rows, its forecast last; None under two points."""
    if not curve:
        return None
    told = [(p["rows"], p["accuracy"], False) for p in curve["points"] if p["accuracy"].get("value") is not None]
    told = [t for t in told if t[0] > 0]
    if len(told) > 1 and curve.get("forecast") and curve["forecast"]["rows"] > told[-1][0]:
        told.append((curve["forecast"]["rows"], curve["forecast"]["accuracy"], True))
    return _curve(told, logarithm=True)


def course(steps: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Draw validation accuracy by step; None under two measurements."""
    nothing = {"low": None, "high": None}
    told = [(s["step"], {"value": s["accuracy"], **nothing}, False) for s in steps]
    return _curve(told, logarithm=False)


def _curve(told: Sequence[tuple[int, Mapping[str, Any], bool]], *, logarithm: bool) -> dict[str, Any] | None:
    if len(told) < 2 or told[0][0] >= told[-1][0]:  # noqa: PLR2004 - a line
        return None
    scale = math.log if logarithm else float
    first, last = scale(told[0][0]), scale(told[-1][0])
    values = [v for _, f, _ in told for v in (f["value"], f["low"]) if v is not None]
    least = max(0.0, math.floor(10 * min(values)) / 10)
    span = max(1.0 - least, 0.1)
    bottom = TOP + CURVE_HIGH

    def up(value: float | None) -> float | None:
        return None if value is None else round(bottom - CURVE_HIGH * min(1.0, max(0.0, (value - 1 + span) / span)), 1)

    points = []
    for at, figure, ahead in told:
        x = round(LEFT + CURVE_WIDE * (scale(at) - first) / (last - first), 1)
        low, value, high = (figure[key] for key in ("low", "value", "high"))
        drawn = {"x": x, "y": up(value), "low_y": up(low), "high_y": up(high)}
        points.append({"at": at, "value": value, "low": low, "high": high, "ahead": ahead, **drawn})
    known = [p for p in points if not p["ahead"]]
    rest = points[len(known) - 1 :] if len(known) < len(points) else []
    ticks = [(round(bottom - CURVE_HIGH * k / 2, 1), f"{100 * (1 - span + span * k / 2):.0f}%") for k in range(3)]
    return {
        "points": points,
        "ticks": ticks,
        "path": _path(known),
        "ahead_path": _path(rest),
        "first": told[0][0],
        "last": told[-1][0],
        "dots": len(points) <= 20,  # noqa: PLR2004 - more are a line
    }


def _path(points: Sequence[Mapping[str, Any]]) -> str:
    return " ".join(f"{'L' if n else 'M'}{p['x']} {p['y']}" for n, p in enumerate(points))


def training(told: Mapping[str, Any]) -> dict[str, Any]:
    """The drawings of a training: its learning curve and its course."""
    return {"curve": learning(told["learning_curve"]), "steps": course(told["steps"])}


def span(parts: Sequence[Mapping[str, Any]]) -> float:
    """The largest difference of some, bounds included, within 0.05 to 1: what the ends of their axis mean."""
    bounds: list[float] = [
        abs(p[key]) for p in parts for key in ("low", "high", "difference") if p.get(key) is not None
    ]
    return min(1.0, max([0.05, *bounds]))
