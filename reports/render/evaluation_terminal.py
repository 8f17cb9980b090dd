"""An evaluation on a terminal: overall, critical slices, worst slices, errors; no verdict, which is the gate's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.text import Text

from assay.reports.render.evaluation_words import about, cluster_words, interval, labelled, named, share
from assay.reports.render.screenful import Section, fitted
from assay.reports.render.terminal import NARROW, Screen, drawn
from assay.reports.render.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WORST, PAIRS, CASES, FOUND = 10, 5, 5, 5
"""Slices, confused pairs, errors and discovered slices shown, at most."""
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
    head, end = list(_head(document)), list(_end(folder))
    yield from head
    yield from fitted(list(_sections(document, screen)), screen.width, [*head, *end])
    yield from end


def _sections(document: Mapping[str, Any], screen: Screen) -> Iterator[Section]:
    yield _overall(document, document["overall"], screen)
    yield from _slices(document, screen)
    yield from _discovered(document)
    yield from _cases(document, screen)
    yield from _confusions(document)
    yield from _suspects(document)
    yield from _sets(document, screen)
    yield from _perturbed(document)


def _end(folder: str | None) -> Iterator[Text]:
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


def _overall(document: Mapping[str, Any], figures: Mapping[str, Any], screen: Screen) -> Section:
    level = f"{100 * document['confidence']:g} % interval"
    return _table(("overall", "value", level, "n"), _figures(figures), screen, 3)


def _figures(figures: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [
        (named(m), share(m, figures[m]["value"]), interval(m, figures[m]), f"{figures[m]['n']:,}")
        for m in OVERALL
        if m in figures
    ]


def _slices(document: Mapping[str, Any], screen: Screen) -> Iterator[Section]:
    """Critical slices first, then the worst of the others."""
    entries = [e for e in document["slices"] if e["metric"] == "accuracy"]
    head = ("accuracy", f"{100 * document['confidence']:g} % interval", "n")
    for title, chosen, least in (
        ("critical slices", [e for e in entries if e["critical"]], 6),
        ("worst slices", [e for e in entries if not e["critical"] and e["n"]], 3),
    ):
        rows = [
            (visible(e["name"], NAME), share("accuracy", e["value"]), interval("accuracy", e), f"{e['n']:,}")
            for e in chosen
        ]
        if rows:
            yield _table((title, *head), rows, screen, least, WORST)
    empty = [visible(e["name"], NAME) for e in entries if not e["n"]]
    if empty:
        told = f"  without a row: {', '.join(empty[:WORST])}{' …' if len(empty) > WORST else ''}"
        yield Section([], [[Text(told, "yellow")]], 1, spaced=False)


def _table(
    head: Sequence[str], rows: Sequence[Sequence[str]], screen: Screen, least: int, most: int = 1_000
) -> Section:
    """First column to the left, the others to the right; stacked on a narrow screen."""

    def more(left: int) -> str:
        return f"{plural(left, 'more slice')} in evaluation.json" if "slices" in head[0] else f"{left:,} more"

    if screen.width is not None and screen.width < NARROW:
        stacked = [[Text(f"  {row[0]}: {row[1]} ({row[2]}), n = {row[3]}")] for row in rows]
        return Section([Text(head[0], "bold")], stacked, least, most, more)
    widths = [max(map(cell_len, column)) for column in zip(head, *rows, strict=True)]
    lines = []
    for n, row in enumerate((head, *rows)):
        first = row[0] + " " * (widths[0] - cell_len(row[0]))
        others = [" " * (w - cell_len(c)) + c for c, w in zip(row[1:], widths[1:], strict=True)]
        lines.append(Text("  " + "  ".join([first, *others]), "bold" if not n else ""))
    return Section(lines[:1], [[line] for line in lines[1:]], least, most, more)


def _discovered(document: Mapping[str, Any]) -> Iterator[Section]:
    found = document["discovered"]
    if not document["discovery"]["asked"]:
        return
    if not found:
        none = Text("No failing slice was discovered beyond the declared ones: none is proven.")
        yield Section([], [[none]], 1)
        return
    items = []
    for each in found:
        rate, by_mix = share("", each["value"]), share("", each["expected"])
        words = f"{rate} wrong ({interval('', each)}, n = {each['n']:,}) where its classes predict {by_mix}"
        where = Text(f"      where = {visible(each['where'], TEXT)}", "dim")
        items.append([Text(f"  {visible(each['name'], TEXT)}: {words}"), where])
    title = Text("discovered failing slices (they need fresh data before they gate)", "bold")
    yield Section([title], items, 1, FOUND, lambda n: f"{n:,} more in evaluation.json")


def _suspects(document: Mapping[str, Any]) -> Iterator[Section]:
    told = document["without_suspects"]
    if not told or not told["rows"]:
        return
    pair = told["overall"]["accuracy"]
    words = Text(
        f"The audit found {plural(told['leaked'], 'leaked row')} and {plural(told['mislabelled'], 'row')} "
        f"with a wrong label in test: accuracy {share('accuracy', pair['with']['value'])} with them, "
        f"{share('accuracy', pair['without']['value'])} without"
    )
    yield Section([], [[words]], 1)


def _confusions(document: Mapping[str, Any]) -> Iterator[Section]:
    items = [
        [
            Text(
                f"  {labelled(pair['label'], NAME)} taken for {labelled(pair['predicted'], NAME)}: "
                f"{pair['rows']:,} of {plural(pair['of'], 'row')} ({100 * pair['share']:.0f} %)"
            )
        ]
        for pair in document["confusions"]
    ]
    yield Section([Text("most confused", "bold")], items, 1, PAIRS)


def _cases(document: Mapping[str, Any], screen: Screen) -> Iterator[Section]:
    files = {split: told["path"] for split, told in document["data"].items()}
    cap = TEXT if screen.width is None else max(40, screen.width - 30)
    items = [list(_case(case, files, screen, cap)) for case in document["failures"][:CASES]]
    yield Section([Text("worst errors", "bold")], items, 1)


def _case(case: Mapping[str, Any], files: Mapping[str, str | None], screen: Screen, cap: int) -> Iterator[Text]:
    file = files.get(case["split"]) or case["split"]
    where = f"{file}:{case['line']}" if case["line"] else f"{file}[{case['row']}]"
    sure = "" if case["confidence"] is None else f", {100 * case['confidence']:.0f} % sure"
    critical = f"  [{', '.join(visible(c, NAME) for c in case['critical'])}]" if case["critical"] else ""
    arrow = "→" if screen.unicode else "->"
    yield Text.assemble(
        (f"  {visible(where, 80)}", "dim"),
        f"  {labelled(case['label'], NAME)} {arrow} {labelled(case['prediction'], NAME)}{sure}",
        (critical, "bold red"),
    )
    yield Text(f"      {visible(case['text'], cap)}")
    for like in (case["nearest_training_rows"] or ())[:1]:
        mark = ", label suspect" if like["suspect"] else ""
        label = f"({visible(str(like['label']), NAME)}{mark})"
        yield Text(f"      like train row {like['row']} {label}: {visible(like['text'], cap - 20)}", "dim")


def _sets(document: Mapping[str, Any], screen: Screen) -> Iterator[Section]:
    for name, told in document["sets"].items():
        yield _table((visible(name, NAME), "value", "interval", "n"), _figures(told["overall"]), screen, 1)
        worst = [e for e in told["slices"] if e["metric"] == "accuracy" and e["n"]][:3]
        if worst:
            words = ", ".join(
                f"{visible(e['name'], NAME)} {share('accuracy', e['value'])} (n = {e['n']})" for e in worst
            )
            yield Section([], [[Text(f"  worst: {words}")]], 0, spaced=False)


def _perturbed(document: Mapping[str, Any]) -> Iterator[Section]:
    told = document.get("perturbations")
    if not told:
        return
    items = [
        [Text(f"  {visible(str(each['kind']), NAME)}: {each['failures']} of {each['n']} predictions changed")]
        for each in told.get("kinds", ())
    ]
    yield Section([Text("changes that should not matter, and did", "bold")], items, 1)
