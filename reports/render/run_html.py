"""What a run came to as one page, with links to those of its steps: no request, no script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.reports.render import drawings, evaluation_html, page
from assay.reports.render.evaluation_html import slice_row

if TYPE_CHECKING:
    from collections.abc import Mapping

SLICES, REASONS, CASES = 40, 40, 10


def render(told: Mapping[str, Any], headline: str) -> str:
    """Draw the page.

    Args:
        told: facts of a run, as ``assay.reports.running.story.tell`` gathers them.
        headline: the outcome's reason in a line.
    """
    return page.fitted(lambda scale: _page(told, headline, scale))


def _page(told: Mapping[str, Any], headline: str, scale: float) -> str:
    evaluation, training = told["evaluation"], told["training"]
    slices = [s for s in evaluation["slices"] if s["metric"] in evaluation_html.RANKED] if evaluation else []
    most, reasons = page.limit(SLICES, scale), told["reasons"][: page.limit(REASONS, scale)]
    drawn = drawings.training(training) if training else None
    return page.draw(
        "run.html.jinja",
        told=told,
        headline=headline,
        reasons=reasons,
        reasons_more=len(told["reasons"]) - len(reasons),
        slices=[slice_row(s) for s in slices[:most]],
        slices_more=len(slices) - most,
        heat=drawings.heat(evaluation.get("confusion_matrix")) if evaluation else None,
        cases=evaluation["failures"][: page.limit(CASES, scale)] if evaluation else [],
        drawn=drawn,
        level=f"{100 * (evaluation or {}).get('confidence', 0.95):g} %",
        provenance=page.block({key: told[key] for key in ("files", "pages", "schema_version")}),
        contents=[],
    )
