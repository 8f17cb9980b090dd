"""An evaluation as one self-contained page: no request, no script, nothing in it that the data could start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.reports.render import drawings, not_checked, page, reproduce
from assay.reports.render import evaluation_words as words

if TYPE_CHECKING:
    from collections.abc import Mapping

CLASSES, SLICES, CASES, PAIRS, FOUND, CALIBRATED, SUSPECT = 100, 200, 50, 30, 30, 100, 100
"""Classes, slices, errors, confused pairs, discovered slices, calibrations and suspect lines on the page."""
OVERALL = (
    "accuracy",
    "macro_f1",
    "weighted_f1",
    "macro_precision",
    "macro_recall",
    "weighted_precision",
    "exact_match",
    "cost",
)
RANKED = {"accuracy", "cost", "f1", "macro_f1"}
"""Metrics of slices that are shown; recall equals accuracy there."""
WHY = ("assay_version", "audit", "config", "roles", "versions", "predictions_sha256", "slice_rows_sha256")
Row = tuple[str, str, str, "Mapping[str, Any]"]
"""Name, mark, metric, figure."""


def render(document: Mapping[str, Any]) -> str:
    """Draw the page, with as much on it as stays under a megabyte.

    Args:
        document: content of ``evaluation.json``.
    """
    return page.fitted(lambda scale: _page(document, scale))


def _page(document: Mapping[str, Any], scale: float) -> str:
    cases = document["failures"][: page.limit(CASES, scale, 3)]
    training = document.get("training")
    found = document["discovered"][: page.limit(FOUND, scale)]
    first = part(document, scale)
    context = {
        "critical": [c for c in cases if c["critical"]],
        "cases": [c for c in cases if not c["critical"]],
        "found": found,
        "told": first,
        "sets": {name: part(told, scale) for name, told in document["sets"].items()},
        "training": training,
        "drawn": drawings.training(training) if training else None,
        "unchecked": not_checked.of_evaluation(document),
    }
    return page.draw(
        "evaluation.html.jinja",
        d=document,
        level=f"{100 * document['confidence']:g} %",
        copies=words.cluster_words(document),
        lowest=lowest_critical(document),
        provenance=page.block({k: document[k] for k in WHY if k in document}),
        perturbed=page.block(document["perturbations"]) if document.get("perturbations") else None,
        command=reproduce.evaluation(document),
        contents=_contents(context),
        **context,
    )


def lowest_critical(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The critical slice with the lowest accuracy; one without rows before all others. None where none is critical."""
    held = [s for s in document["slices"] if s["critical"] and s["metric"] == "accuracy"]
    return min(held, key=lambda s: (s["value"] is not None, s["value"] or 0.0, s["name"]), default=None)


def part(told: Mapping[str, Any], scale: float) -> dict[str, Any]:
    """One evaluated set as the page shows it: rows of figures, drawings, and how much of each was left out."""
    slices = [s for s in told["slices"] if s["metric"] in RANKED]
    classes = class_rows(told["classes"])
    calibrated = told["calibration"]
    most = {"slices": page.limit(SLICES, scale), "classes": 3 * page.limit(CLASSES, scale)}
    suspects = _suspects(told["without_suspects"]) if told["without_suspects"] else []
    return {
        "overall": [("all rows", "", m, told["overall"][m]) for m in OVERALL if m in told["overall"]],
        "slices": [slice_row(s) for s in slices[: most["slices"]]],
        "slices_more": len(slices) - most["slices"],
        "classes": classes[: most["classes"]],
        "classes_more": len(classes) - most["classes"],
        "heat": drawings.heat(told.get("confusion_matrix")),
        "confusions": told["confusions"][: page.limit(PAIRS, scale)],
        "reliability": drawings.reliability(told.get("reliability") or []),
        "calibration": calibrated[: page.limit(CALIBRATED, scale)],
        "suspects": told["without_suspects"],
        "suspect_rows": suspects[: page.limit(SUSPECT, scale)],
    }


def slice_row(entry: Mapping[str, Any]) -> Row:
    """A slice's figure as a line of a table."""
    return entry["name"], "critical" if entry["critical"] else entry["kind"], entry["metric"], entry


def class_rows(classes: Mapping[str, Mapping[str, Any]]) -> list[Row]:
    """F1, recall and precision of every class, worst F1 first."""
    ordered = sorted(classes.items(), key=lambda c: (c[1]["f1"]["value"] is None, c[1]["f1"]["value"] or 0.0, c[0]))
    return [(name, "", m, each[m]) for name, each in ordered for m in ("f1", "recall", "precision")]


def _suspects(told: Mapping[str, Any]) -> list[Row]:
    every = [("all rows", metric, pair) for metric, pair in told["overall"].items()]
    every += [(s["name"], s["metric"], s) for s in told["slices"]]
    return [(name, kind, metric, pair[kind]) for name, metric, pair in every for kind in ("with", "without")]


def _contents(context: Mapping[str, Any]) -> list[tuple[str, str]]:
    told = context["told"]
    known = [
        ("critical", "critical cases that failed", context["critical"]),
        ("slices", "slices", True),
        ("classes", "classes", True),
        ("confusions", "confusions", told["confusions"] or told["heat"]),
        ("calibration", "calibration", told["calibration"]),
        ("errors", "worst errors", context["cases"]),
        ("discovered", "discovered slices", True),
        ("training", "training", context["training"]),
        ("unchecked", "not checked", True),
        ("provenance", "provenance", True),
    ]
    return [(at, name) for at, name, there in known if there]
