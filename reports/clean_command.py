"""``assay clean``: plan, write, and say what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.audit.clean import Cleaned, clean
from assay.audit.findings import as_json
from assay.reports.progress import Progress
from assay.reports.render.screen import drawn, table
from assay.reports.render.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rich.text import Text

SHOWN = 20
"""Changes shown of a dry run."""
TEXT = 100
"""Characters of a text that are shown."""
SIGN = {"drop": "-", "relabel": "~", "keep": "="}
STYLE = {"drop": "red", "relabel": "yellow", "keep": "green"}


def run(given: Mapping[str, Any], emit: Callable[[str], None], say: Callable[[str], None]) -> int:
    """Clean and return the exit code.

    Args:
        given: options of the command line.
        emit: writes a result to standard output.
        say: writes a message to standard error.
    """
    quiet = bool(given["quiet"])
    with Progress(active=not quiet) as progress:
        done = clean(
            given["audit_dir"],
            given["output"],
            decisions=given["decisions"],
            unsafe=given["unsafe"],
            dry_run=given["dry_run"],
            splits=given["splits"],
            remove_leaks_from=given["remove_leaks_from"],
            progress=progress.step,
        )
    if given["form"] == "json":
        emit(as_json(document(done)))
    elif not quiet:
        emit(drawn(lines(done)))
    if quiet and given["form"] != "json":
        for note in done.notes:
            say(f"note: {visible(note, 300)}")
    return 0


def document(done: Cleaned) -> dict[str, Any]:
    """What was done, for machines; every change is in it if nothing was written."""
    return {
        "schema_version": 1,
        "written": done.written,
        "outputs": list(done.outputs),
        "log": done.log,
        "rows": {
            "before": done.rows_in,
            "after": done.rows_out,
            "dropped": done.dropped,
            "relabelled": done.relabelled,
        },
        "counts": done.counts,
        "unsafe": done.unsafe,
        "left": done.left,
        "notes": list(done.notes),
        **({} if done.written else {"changes": list(done.changes)}),
    }


def lines(done: Cleaned) -> Iterator[Text]:
    """What was done, for people: how much, by which rule, what is left, and where it stands."""
    from rich.text import Text  # noqa: PLC0415 - only where something is drawn

    verb = "cleaned" if done.written else "would be cleaned (dry run, nothing is written)"
    told = f"{plural(done.rows_in, 'row')} {verb}: {done.rows_out:,} kept, {done.dropped:,} dropped"
    yield Text(f"{told}, {plural(done.relabelled, 'label')} changed", "bold")
    rows = [
        (code, f"{by.get('drop', 0):,}", f"{by.get('relabel', 0):,}", f"{by.get('keep', 0):,}",
         f"{done.unsafe.get(code, 0):,}")
        for code, by in done.counts.items()
    ]  # fmt: skip
    if rows:
        yield Text()
        yield from table(("by", "dropped", "relabelled", "kept", "unsafe"), rows, left=1)
    yield from _left(done)
    yield from (Text(f"note: {visible(note, 300)}", "dim") for note in done.notes)
    if not done.written:
        yield from _difference(done)
    yield Text()
    said = "Written" if done.written else "It would be written"
    yield Text(f"{said} to {visible(', '.join(done.outputs), 300)}; every change and its reason: {visible(done.log)}")


def _left(done: Cleaned) -> Iterator[Text]:
    from rich.text import Text  # noqa: PLC0415 - as above

    looks = {code: why["look"] for code, why in done.left.items() if "look" in why}
    moves = {code: why["move"] for code, why in done.left.items() if "move" in why}
    if looks:
        told = ", ".join(f"{code} {count:,}" for code, count in looks.items())
        yield Text()
        yield Text(f"Left for a person (`assay review`), or --unsafe: {told} findings")
    if moves:
        told = ", ".join(f"{code} {count:,}" for code, count in moves.items())
        yield Text(f"Rows would have to change sides, which `assay split` does: {told} findings")


def _difference(done: Cleaned) -> Iterator[Text]:
    """The first changes as a difference."""
    from rich.text import Text  # noqa: PLC0415 - as above

    yield Text()
    for change in done.changes[:SHOWN]:
        place = f"{change['path']}:{change['line']}" if change["line"] else f"{change['path']}[{change['row']}]"
        text = visible(done.texts.get((change["split"], change["row"]), ""), TEXT)
        head = f"{SIGN[change['action']]} {visible(place, 60)}  {text}"
        yield Text(head, STYLE[change["action"]])
        by = f" (by {visible(change['reviewer'], 40)})" if change["by"] == "reviewer" else ""
        if change["action"] == "relabel":
            yield Text(f"      label: {visible(str(change['from']), 60)} -> {visible(change['to'], 60)}")
        kept = change.get("kept")
        stays = f"; kept: {visible(_where(kept), 60)}, {visible(kept['why'] or '', 120)}" if kept else ""
        code = f"{change['code']}: " if change["code"] else ""
        yield Text(f"      {code}{visible(change['reason'], 160)}{by}{stays}", "dim")
    if len(done.changes) > SHOWN:
        yield Text(f"{len(done.changes) - SHOWN:,} more; --format json prints all", "dim")


def _where(kept: Mapping[str, Any]) -> str:
    return f"{kept['path']}:{kept['line']}" if kept["line"] else f"{kept['path'] or kept['split']}[{kept['row']}]"
