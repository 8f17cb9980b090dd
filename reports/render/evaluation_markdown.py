"""An evaluation as Markdown, for GitHub's job summaries and pull requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.reports.render import evaluation_words as words
from assay.reports.render.markdown import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OVERALL = ("accuracy", "macro_f1", "weighted_f1", "exact_match", "cost")
SLICES, PAIRS, CASES, FOUND = 30, 10, 10, 10
NAME, TEXT = 60, 300


def render(document: Mapping[str, Any]) -> str:
    """Overall figures, slices worst first with critical ones on top, confused classes and the worst errors."""
    return "".join(_blocks(document))


def _blocks(document: Mapping[str, Any]) -> Iterator[str]:
    yield f"### Evaluation of {escaped(document['model']['name'], 200)}\n\n"
    for split, told in document["data"].items():
        yield f"- {escaped(split, 20)}: {escaped(words.about(told), 300)}\n"
    yield f"- attempt {document['attempt']} on this test set; {words.cluster_words(document)}\n"
    yield from _set(document)
    for name, told in document["sets"].items():
        yield f"\n#### {escaped(name, NAME)}\n"
        yield from _set(told)
    yield from _found(document)
    yield from _cases(document)


def _set(told: Mapping[str, Any]) -> Iterator[str]:
    yield "\n| | metric | value | interval | n |\n| --- | --- | --: | --: | --: |\n"
    for metric in OVERALL:
        if metric in told["overall"]:
            yield _row("overall", metric, told["overall"][metric])
    entries = [e for e in told["slices"] if e["metric"] == "accuracy"]
    for entry in sorted(entries, key=lambda e: not e["critical"])[:SLICES]:
        yield _row(entry["name"] + (" (critical)" if entry["critical"] else ""), "accuracy", entry)
    pairs = told["confusions"][:PAIRS]
    if pairs:
        yield "\n| true class | taken for | rows | of |\n| --- | --- | --: | --: |\n"
    for pair in pairs:
        names = f"{_label(pair['label'])} | {_label(pair['predicted'])}"
        yield f"| {names} | {pair['rows']:,} | {pair['of']:,} |\n"


def _label(text: str) -> str:
    return escaped(text, NAME) or "(no label)"


def _row(name: str, metric: str, figure: Mapping[str, Any]) -> str:
    value, between = words.share(metric, figure["value"]), words.interval(metric, figure)
    return f"| {escaped(name, NAME)} | {words.named(metric)} | {value} | {between} | {figure['n']:,} |\n"


def _found(document: Mapping[str, Any]) -> Iterator[str]:
    if document["discovered"]:
        yield "\n**Discovered failing slices** (they need fresh data before they gate)\n\n"
    for each in document["discovered"][:FOUND]:
        rate = f"{words.share('', each['value'])} wrong, n = {each['n']:,}"
        yield f"- {escaped(each['name'], TEXT)}: {rate}\n"


def _cases(document: Mapping[str, Any]) -> Iterator[str]:
    cases = document["failures"][:CASES]
    if cases:
        yield "\n<details><summary>Worst errors</summary>\n\n"
    for case in cases:
        labels = f"{_label(case['label'])} taken for {_label(case['prediction'])}"
        yield f"- {escaped(words.place(case), 120)}: {labels}: {escaped(case['text'], TEXT)}\n"
    if cases:
        yield "\n</details>\n"
