"""``assay split``: divide, write, and say how far each goal was met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.audit.errors import ConfigError
from assay.audit.findings import as_json
from assay.audit.split import split
from assay.reports import sources
from assay.reports.progress import Progress
from assay.reports.render.screen import drawn, table
from assay.reports.render.text import percent, plural, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rich.text import Text

NAMED = 8
"""Classes named in a line."""
FINDS = {
    "LEK001": "copies",
    "LEK002": "near-copies",
    "LEK003": "paraphrases",
    "LEK004": "groups on two sides",
    "LEK005": "rows at a wrong time",
}
WHY = {
    "exact": "copies",
    "near": "near-copies",
    "contained": "contained texts",
    "meaning": "paraphrases",
    "group": "rows of one group",
    "verified": "found by the check of the result",
}


def run(given: Mapping[str, Any], emit: Callable[[str], None], say: Callable[[str], None]) -> int:
    """Split and return the exit code.

    Args:
        given: options of the command line.
        emit: writes a result to standard output.
        say: writes a message to standard error.
    """
    quiet = bool(given["quiet"])
    config, path = sources.configure(given["config"], (lambda _: None) if quiet else say)
    roles = sources.merge(config.data, {**given, "test": (), "validation": None, "split": None})
    if not roles.train:
        raise ConfigError("no data; name a file, as in `assay split data.csv --output parts`")
    if given["split"]:
        raise ConfigError("--split names a column of a split that is there; all rows are split anew, so leave it out")
    if given["encoder"]:
        config = config.model_copy(update={"audit": config.audit.model_copy(update={"encoder": given["encoder"]})})
    validation = given["validation"] if given["validation"] is not None else 0.0 if given["folds"] else 0.1
    with Progress(active=not quiet) as progress:
        done = split(
            roles.train,
            given["output"],
            test=given["test"],
            validation=validation,
            seed=given["seed"],
            folds=given["folds"],
            min_test_per_slice=given["min_test_per_slice"],
            text=roles.text,
            label=roles.label,
            id=roles.id,
            group=roles.group,
            time=roles.time,
            meaning=not given["no_semantic"],
            in_time=not given["no_time"],
            config=config,
            config_path=path,
            progress=progress.step,
        )
    if given["form"] == "json":
        emit(as_json(done.document))
    elif not quiet:
        emit(drawn(lines(done.document, given["output"])))
    return 0


def lines(told: Mapping[str, Any], folder: str) -> Iterator[Text]:
    """How far each goal was met, for people."""
    from rich.text import Text  # noqa: PLC0415 - only where something is drawn

    together = told["together"]
    kept = ", ".join(f"{n:,} {WHY[why]}" for why, n in together["links"].items() if n)
    yield Text(
        f"{plural(told['data']['rows'], 'row')} in {plural(together['units'], 'unit')} that are not parted", "bold"
    )
    if kept:
        yield Text(f"  kept together: {kept}; the largest unit has {plural(together['largest_unit'], 'row')}"
                   f" ({percent(together['largest_unit_share'])})")  # fmt: skip
    for number, fold in enumerate(told["folds"], 1):
        yield Text()
        if len(told["folds"]) > 1:
            yield Text(f"fold {number}", "bold")
        yield from _fold(fold)
    yield from _slices(told["slices"], told["options"]["folds"])
    yield from (Text(f"note: {visible(note, 300)}", "dim") for note in told["notes"])
    yield Text()
    yield Text(f"Written to {visible(folder, 200)}: {visible(', '.join(told['files']), 400)}, split.json")


def _fold(fold: Mapping[str, Any]) -> Iterator[Text]:
    from rich.text import Text  # noqa: PLC0415 - as above

    rows = [(name, f"{p['rows']:,}", percent(p["share"]), percent(p["wanted"])) for name, p in fold["parts"].items()]
    yield from table(("part", "rows", "share", "wanted"), rows)
    found = ", ".join(f"{code} {count:,} {FINDS[code]}" for code, count in fold["leaks"].items())
    yield Text(f"  leaks: {found}", "bold red" if sum(fold["leaks"].values()) else "green")
    for code in ("LEK004", "LEK005"):
        if code in fold["not_checked"]:
            yield Text(f"  {code} was not checked: {fold['not_checked'][code].split(';')[0]}", "dim")
    if "classes" in fold:
        yield from _classes(
            fold["classes"], "its times are elsewhere" if "time" in fold else "too few that may be parted"
        )
    if "time" in fold:
        one, left = fold["time"], plural(fold["time"]["rows_left_out"], "row")
        straddling = plural(one["straddling_units"], "unit")
        yield Text(
            f"  time: {straddling} lay across a border: {left} left out; {one['rows_without_time']:,} without time"
        )


def _classes(classes: Mapping[str, Any], why: str) -> Iterator[Text]:
    from rich.text import Text  # noqa: PLC0415 - as above

    worst = classes["largest_difference"]
    said = f"  classes: {classes['count']:,}"
    if worst:
        points = 100 * abs(worst["share"] - worst["share_of_all"])
        said += (
            f"; the farthest from its share is {visible(worst['label'], 40)} in {worst['part']}, by {points:.1f} points"
        )
    yield Text(said)
    for part, names in classes["absent"].items():
        if names:
            more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
            listed = ", ".join(visible(name, 40) for name in names[:NAMED])
            yield Text(f"  {part} has no row of {listed}{more}: {why}", "yellow")


def _slices(slices: list[Mapping[str, Any]], folds: int) -> Iterator[Text]:
    """Slices with a minimum; with folds the worst fold of each."""
    from rich.text import Text  # noqa: PLC0415 - as above

    if not slices:
        return
    worst: dict[tuple[str, str], Mapping[str, Any]] = {}
    for one in slices:
        key = (one["name"], one["part"])
        if key not in worst or one["rows"] < worst[key]["rows"]:
            worst[key] = one
    yield Text()
    rows = [
        (visible(one["name"], 40) + (" (critical)" if one["critical"] else ""), one["part"],
         "yes" if one["met"] else "NO", f"{one['rows']:,}", f"{one['wanted']:,}")
        for one in worst.values()
    ]  # fmt: skip
    head = ("slice", "part", "met", "rows (worst fold)" if folds else "rows", "wanted")
    yield from table(head, rows, left=3)
