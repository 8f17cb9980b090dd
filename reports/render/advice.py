"""Advice on a terminal: the recommendation first, then what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from assay.reports.render.screen import table
from assay.reports.render.text import percent, plural, visible
from assay.train.sentences import duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WORST = 6
"""Rules that are named."""
CAP = 600
"""Characters of a sentence."""
STYLES = {"do not train: clean or collect first": "bold red"}


def lines(told: Mapping[str, Any], path: str) -> Iterator[Text]:
    """Everything, line by line.

    Args:
        told: content of ``advice.json``.
        path: where it was written.
    """
    advice = told["recommendation"]
    yield Text.assemble("Recommended: ", (visible(advice["choice"]), STYLES.get(advice["choice"], "bold green")))
    yield from _list("because", advice["reasons"])
    yield from _list("what would change it", advice["what_would_change_it"])
    yield Text(f"  next: {visible(advice['next_step'], CAP)}")
    yield Text()
    yield from _data(told)
    yield from _audit(told["audit"])
    yield Text()
    yield from _table(told)
    yield Text()
    yield from _curve(told["learning_curve"])
    yield from _ceiling(told["ceiling"])
    yield Text()
    yield from _costs(told["costs"])
    yield Text(f"written to {visible(path, 300)}", "dim")


def _list(head: str, items: list[str]) -> Iterator[Text]:
    if items:
        yield Text(f"  {head}:")
        yield from (Text(f"    - {visible(item, CAP)}") for item in items)


def _data(told: Mapping[str, Any]) -> Iterator[Text]:
    data, per = told["data"], told["data"]["rows_per_class"]
    yield Text("Data", "bold")
    several = ", several a row" if data["several_labels_a_row"] else ""
    rows = plural(data["labelled_training_rows"], "training row")
    spread = f"{per['smallest']:,} to {per['largest']:,}, half have {per['middle']:,} or fewer"
    yield Text(f"  {rows}, {data['classes']:,} classes{several}; rows per class: {spread}")
    rarest = ", ".join(f"{visible(r['label'], 40)} {r['rows']:,}" for r in data["rarest"][:5])
    yield Text(f"  rarest: {rarest}")
    if data["unlabelled_training_rows"]:
        yield Text(f"  {plural(data['unlabelled_training_rows'], 'training row')} without a label left out")
    if data["looked_at"] < data["labelled_training_rows"]:
        yield Text(f"  figures below are of {data['looked_at']:,} of them, drawn at random")


def _audit(told: Mapping[str, Any]) -> Iterator[Text]:
    yield Text("Audit", "bold")
    yield Text(f"  {visible(told['source'], CAP)}")
    order = {"error": 0, "warning": 1, "note": 2}
    found = sorted(told["counts"].items(), key=lambda c: (order.get(c[1]["severity"], 3), -c[1]["rows"]))
    for code, n in found[:WORST]:
        yield Text(f"  {code}  {n['severity']:<7}  {plural(n['findings'], 'finding')}, {plural(n['rows'], 'row')}")
    if len(found) > WORST:
        yield Text(f"  and {len(found) - WORST} more rules with findings")
    if not found:
        yield Text("  no findings")
    for split, leaks in told["leaks"].items():
        if leaks["any"]:
            share = percent(leaks["any"] / leaks["rows"])
            many = f"{leaks['any']:,} of {leaks['rows']:,} rows leak ({share}), {leaks['exact']:,} exactly"
            yield Text(f"  {visible(split)}: {many}")


def _table(told: Mapping[str, Any]) -> Iterator[Text]:
    on = told["measured_on"]
    yield Text("Cheap models", "bold")
    left = f"; {plural(on['copies_left_out'], 'row')} with a copy left out" if on["copies_left_out"] else ""
    yield Text(f"  {visible(on['how'])}: {plural(on['rows'], 'row')} measured{left}; no test row is looked at")
    rows = []
    for one in told["table"]["rows"]:
        a, f1 = one["accuracy"], one["macro_f1"]["value"]
        figures = ("-", "-") if a["value"] is None else (f"{a['value']:.4f}", f"{a['low']:.3f} to {a['high']:.3f}")
        rows.append((f"  {one['name']}", *figures, "-" if f1 is None else f"{f1:.4f}", f"{one['seconds']:.1f}"))
    yield from table(("  model", "accuracy", "95 % interval", "macro-F1", "seconds"), rows)
    encoder = told["encoder"]
    note = f"; {visible(encoder['note'], CAP)}" if encoder["note"] else ""
    yield Text(f"  embeddings: {visible(encoder['name'], 100)}, {visible(encoder['backend'])}{note}", "dim")
    if told["table"]["zero_shot_skipped"]:
        yield Text(f"  no zero-shot: {visible(told['table']['zero_shot_skipped'], CAP)}", "dim")


def _curve(told: Mapping[str, Any]) -> Iterator[Text]:
    yield Text("Learning curve of the linear head", "bold")
    rows = [
        (
            f"  {p['rows']:,}",
            f"{p['accuracy']['value']:.4f}",
            f"{p['accuracy']['low']:.3f} to {p['accuracy']['high']:.3f}",
        )
        for p in told["points"]
        if p["accuracy"]["value"] is not None
    ]
    ahead = told["forecast"]
    if ahead:
        a = ahead["accuracy"]
        rows.append((f"  {ahead['rows']:,} (forecast)", f"{a['value']:.4f}", f"{a['low']:.3f} to {a['high']:.3f}"))
    yield from table(("  training rows", "accuracy", "95 % interval"), rows)
    if ahead:
        g = ahead["gain"]
        yield Text(
            f"  twice the rows: {g['value'] * 100:+.1f} points ({g['low'] * 100:+.1f} to {g['high'] * 100:+.1f})"
        )
    else:
        yield Text(f"  twice the rows: not enough evidence: {visible(told['not_enough_evidence'] or '', CAP)}")


def _ceiling(told: Mapping[str, Any] | None) -> Iterator[Text]:
    yield Text("Ceiling by wrong labels", "bold")
    if told is None:
        yield Text("  unknown: no rule looked for wrong labels (LBL002)")
        return
    a = told["accuracy"]
    yield Text(f"  a perfect model would score {a['low']:.3f} to {a['high']:.3f} on labels like these")
    yield Text(f"  {visible(told['how'], CAP)}", "dim")


def _costs(told: Mapping[str, Any]) -> Iterator[Text]:
    yield Text("Cost of fine-tuning on this machine", "bold")
    rows = [
        (
            f"  {one['method']}",
            "-" if one["seconds"] is None else duration(one["seconds"]),
            "-" if one["peak_memory_bytes"] is None else f"{one['peak_memory_bytes'] / 2**30:.1f} GB",
            "-" if one["saved_bytes"] is None else f"{one['saved_bytes'] / 1e6:,.1f} MB",
            "measured" if one["measured"] else "reckoned",
        )
        for one in told["methods"]
    ]
    if rows:
        yield from table(("  method", "time", "memory", "to keep", "how"), rows)
    if told["not_measured"]:
        yield Text(f"  {'not measured' if rows else 'unknown'}: {visible(told['not_measured'], CAP)}", "dim")
