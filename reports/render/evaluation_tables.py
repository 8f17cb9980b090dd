"""The slices of an evaluation as lines: for JSON Lines and CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.audit.findings import as_json
from assay.reports.render import csv
from assay.reports.render.jsonl import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COLUMNS = ("set", "name", "kind", "critical", "metric", "n", "value", "low", "high")


def rows(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Overall, every class, every slice and every discovered slice of every evaluated set."""
    for name, told in ((document["split"], document), *document["sets"].items()):
        for metric, figure in told["overall"].items():
            yield _row(name, "overall", "overall", metric, figure)
        for label, figures in told["classes"].items():
            yield from (_row(name, label, "class", metric, figure) for metric, figure in figures.items())
        for entry in told["slices"]:
            yield _row(name, entry["name"], entry["kind"], entry["metric"], entry, critical=entry["critical"])
    for each in document["discovered"]:
        yield _row(document["split"], each["name"], "discovered", "error_rate", each)


def _row(  # noqa: PLR0913 - the columns
    split: str, name: str, kind: str, metric: str, figure: Mapping[str, Any], *, critical: bool = False
) -> dict[str, Any]:
    head = {"set": split, "name": name, "kind": kind, "critical": critical, "metric": metric}
    return head | {key: figure.get(key) for key in ("n", "value", "low", "high")}


def jsonl(document: Mapping[str, Any]) -> str:
    """One figure a line; a class is told once, as a class."""
    return "".join(escaped(as_json(row, indent=None)) for row in rows(document))


def as_csv(document: Mapping[str, Any]) -> str:
    """The same as a table."""
    return csv.table(COLUMNS, ([row[c] for c in COLUMNS] for row in rows(document)))
