"""An evaluation as GitHub's annotations: what fails and nobody declared, and the worst errors on their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.reports.render.evaluation_words import interval, labelled, share
from assay.reports.render.github import Annotation, commands
from assay.reports.render.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def render(document: Mapping[str, Any]) -> str:
    """Discovered slices as warnings, errors as notices; no error, as judging is the gate's."""
    accuracy = document["overall"].get("accuracy") or document["overall"].get("exact_match")
    told = (
        f"{share('', accuracy['value'])} ({interval('', accuracy)}), n = {accuracy['n']:,}" if accuracy else "no rows"
    )
    return commands(_annotations(document)) + f"assay evaluate: {visible(document['model']['name'], 200)}: {told}\n"


def _annotations(document: Mapping[str, Any]) -> Iterator[Annotation]:
    for each in document["discovered"]:
        rate = f"{share('', each['value'])} wrong ({interval('', each)}, n = {each['n']:,})"
        yield Annotation("warning", "failing slice", f"{each['name']}: {rate}")
    files = {split: told["path"] for split, told in document["data"].items()}
    for case in document["failures"]:
        words = f"{labelled(case['label'])} taken for {labelled(case['prediction'])}"
        critical = f" [{', '.join(case['critical'])}]" if case["critical"] else ""
        place = (files.get(case["split"]), case["line"]) if case["line"] else (None, None)
        message = f"{words}{critical}" if place[0] else f"{case['split']} row {case['row']}: {words}{critical}"
        yield Annotation("notice", "worst errors", message, *place)
