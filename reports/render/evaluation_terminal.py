"""An evaluation on a terminal: overall, critical slices, worst slices, errors; no verdict, which is the gate's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.text import Text

from assay.reports.render.evaluation_words import about, cluster_words, interval, labelled, named, share
from assay.reports.render.terminal import NARROW, Screen, drawn
from assay.reports.render.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WORST, PAIRS, CASES, FOUND = 10, 5, 5, 5
"""Slices, confused pairs, errors and discovered slices shown."""
NAME, TEXT = 40, 200
OVERALL = ("accuracy", "macro_f1", "weighted_f1", "macro_precision", "macro_recall", "cost")
FILES = ("report.html", "evaluation.json", "predictions.parquet", "slice_rows.parquet")


def render(document: Mapping[str, Any], screen: Screen | None = None, folder: str | None = None) -> str:
    """Draw an evaluation.

    Args:
        document: content of ``evaluation.json``.
        screen: what it is shown on.
        folder: where the files went, if they were written.
    """
    screen = screen or Screen()
    return drawn(_lines(document, screen, folder), screen)


def _lines(document: Mapping[str, Any], screen: Screen, folder: str | None) -> Iterator[Text]:
    yield from _head(document)
    yield Text()
    yield from _overall(document, document["overall"], screen)
    yield from _slices(document, screen)
    yield from _discovered(document)
    yield from _suspects(document)
    yield from _confusions(document)
    yield from _cases(document, screen)
    yield from _sets(document, screen)
    yield from _perturbed(document)
    yield Text()
    if folder:
        yield Text(f"Written to {visible(folder)}: {', '.join(FILES)}")
        yield Text(f"Next: `assay gate {visible(folder)}` judges by the policy in assay.toml", "dim")


def _head(document: Mapping[str, Any]) -> Iterator[Text]:
    model = document["model"]
    yield Text.assemble(("Evaluation", "bold"), f"  {visible(model['name'], 200)} ({model['kind']})")
    for split, told in document["data"].items():
        words = about(told)
        yield Text.assemble((f"  {visible(split, 20).ljust(10)}", "bold"), f" {words}")
    yield Text(f"  attempt    {document['attempt']} on this test set")
    yield Text(f"  copies     {cluster_words(document)}", "dim")


def _overall(document: Mapping[str, Any], figures: Mapping[str, Any], screen: Screen) -> Iterator[Text]:
    rows = [
        (
            named(metric),
            share(metric, figures[metric]["value"]),
            interval(metric, figures[metric]),
            f"{figures[metric]['n']:,}",
        )
        for metric in OVERALL
        if metric in figures
    ]
    level = f"{100 * document['confidence']:g} % interval"
    yield from _table(("overall", "value", level, "n"), rows, screen)


def _slices(document: Mapping[str, Any], screen: Screen) -> Iterator[Text]:
    """Critical slices, all of them; then the worst of the others."""
    entries = [e for e in document["slices"] if e["metric"] == "accuracy"]
    head = ("", "accuracy", f"{100 * document['confidence']:g} % interval", "n")
    for title, chosen, most in (
        ("critical slices", [e for e in entries if e["critical"]], len(entries)),
        ("worst slices", [e for e in entries if not e["critical"] and e["n"]], WORST),
    ):
        if not chosen:
            continue
        yield Text()
        rows = [
            (visible(e["name"], NAME), share("accuracy", e["value"]), interval("accuracy", e), f"{e['n']:,}")
            for e in chosen[:most]
        ]
        yield from _table((title, *head[1:]), rows, screen)
        if len(chosen) > most:
            yield Text(f"  {plural(len(chosen) - most, 'more slice')} in evaluation.json", "dim")
    empty = [visible(e["name"], NAME) for e in entries if not e["n"]]
    if empty:
        yield Text(f"  without a row: {', '.join(empty)}", "yellow")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], screen: Screen) -> Iterator[Text]:
    """First column to the left, the others to the right; stacked on a narrow screen."""
    if screen.width is not None and screen.width < NARROW:
        yield Text(head[0], "bold")
        for row in rows:
            yield Text(f"  {row[0]}: {row[1]} ({row[2]}), n = {row[3]}")
        return
    widths = [max(map(cell_len, column)) for column in zip(head, *rows, strict=True)]
    for n, row in enumerate((head, *rows)):
        first = row[0] + " " * (widths[0] - cell_len(row[0]))
        others = [" " * (w - cell_len(c)) + c for c, w in zip(row[1:], widths[1:], strict=True)]
        yield Text("  " + "  ".join([first, *others]), "bold" if not n else "")


def _discovered(document: Mapping[str, Any]) -> Iterator[Text]:
    found = document["discovered"]
    if not document["discovery"]["asked"]:
        return
    yield Text()
    if not found:
        yield Text("No failing slice was discovered beyond the declared ones: none is proven.")
        return
    yield Text("discovered failing slices (they need fresh data before they gate)", "bold")
    for each in found[:FOUND]:
        rate, by_mix = share("", each["value"]), share("", each["expected"])
        bounds = interval("", each)
        words = f"{rate} wrong ({bounds}, n = {each['n']:,}) where its classes predict {by_mix}"
        yield Text(f"  {visible(each['name'], TEXT)}: {words}")
        yield Text(f"      where = {visible(each['where'], TEXT)}", "dim")
    if len(found) > FOUND:
        yield Text(f"  {len(found) - FOUND} more in evaluation.json", "dim")


def _suspects(document: Mapping[str, Any]) -> Iterator[Text]:
    told = document["without_suspects"]
    if not told or not told["rows"]:
        return
    yield Text()
    pair = told["overall"]["accuracy"]
    yield Text(
        f"The audit found {plural(told['leaked'], 'leaked row')} and {plural(told['mislabelled'], 'row')} "
        f"with a wrong label in test: accuracy {share('accuracy', pair['with']['value'])} with them, "
        f"{share('accuracy', pair['without']['value'])} without"
    )


def _confusions(document: Mapping[str, Any]) -> Iterator[Text]:
    pairs = document["confusions"][:PAIRS]
    if pairs:
        yield Text()
        yield Text("most confused", "bold")
    for pair in pairs:
        yield Text(
            f"  {labelled(pair['label'], NAME)} taken for {labelled(pair['predicted'], NAME)}: "
            f"{pair['rows']:,} of {plural(pair['of'], 'row')} ({100 * pair['share']:.0f} %)"
        )


def _cases(document: Mapping[str, Any], screen: Screen) -> Iterator[Text]:
    cases = document["failures"][:CASES]
    if cases:
        yield Text()
        yield Text("worst errors", "bold")
    files = {split: told["path"] for split, told in document["data"].items()}
    arrow = "→" if screen.unicode else "->"
    for case in cases:
        file = files.get(case["split"]) or case["split"]
        where = f"{file}:{case['line']}" if case["line"] else f"{file}[{case['row']}]"
        sure = "" if case["confidence"] is None else f", {100 * case['confidence']:.0f} % sure"
        critical = f"  [{', '.join(visible(c, NAME) for c in case['critical'])}]" if case["critical"] else ""
        yield Text.assemble(
            (f"  {visible(where, 80)}", "dim"),
            f"  {labelled(case['label'], NAME)} {arrow} {labelled(case['prediction'], NAME)}{sure}",
            (critical, "bold red"),
        )
        yield Text(f"      {visible(case['text'], TEXT)}")
        for like in (case["nearest_training_rows"] or ())[:1]:
            mark = ", label suspect" if like["suspect"] else ""
            label = f"({visible(str(like['label']), NAME)}{mark})"
            yield Text(f"      like train row {like['row']} {label}: {visible(like['text'], TEXT)}", "dim")


def _sets(document: Mapping[str, Any], screen: Screen) -> Iterator[Text]:
    for name, told in document["sets"].items():
        yield Text()
        rows = [
            (
                named(m),
                share(m, told["overall"][m]["value"]),
                interval(m, told["overall"][m]),
                f"{told['overall'][m]['n']:,}",
            )
            for m in OVERALL
            if m in told["overall"]
        ]
        yield from _table((visible(name, NAME), "value", "interval", "n"), rows, screen)
        worst = [e for e in told["slices"] if e["metric"] == "accuracy" and e["n"]][:3]
        if worst:
            words = ", ".join(
                f"{visible(e['name'], NAME)} {share('accuracy', e['value'])} (n = {e['n']})" for e in worst
            )
            yield Text(f"  worst: {words}")


def _perturbed(document: Mapping[str, Any]) -> Iterator[Text]:
    told = document.get("perturbations")
    if not told:
        return
    yield Text()
    yield Text("changes that should not matter, and did", "bold")
    for each in told.get("kinds", ()):
        yield Text(f"  {visible(str(each['kind']), NAME)}: {each['failures']} of {each['n']} predictions changed")
