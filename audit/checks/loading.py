"""RLS007: values that other libraries read otherwise than they are written."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from assay.audit.dataset import Dataset, Split
from assay.audit.errors import MissingInputError
from assay.audit.reading.pandas_view import Changed, changed
from assay.audit.reading.sources import kind_of
from assay.audit.rules import Hit, Severity, rule
from assay.audit.wording import counted, quoted

_SHOWN = 5


@rule("RLS007", "changed-on-load", Severity.WARNING)
def changed_on_load(data: Dataset, *, columns: tuple[str, ...] = ()) -> Iterator[Hit]:
    """Find values of CSV files that pandas and Hugging Face ``datasets`` would change on loading.

    Why: the text "None" becomes no value, "007" becomes 7 and "true" becomes True, without a word; a model is then
    trained on other data than were looked at, and ids stop matching.
    Fix: load with ``pandas.read_csv(..., dtype=str, keep_default_na=False)`` or ``load_dataset("csv", ...,
    keep_default_na=False)`` and Features of strings; or keep the data as JSON Lines or Parquet, which hold types.
    Options: columns are those that are looked at; all if none is named. Values of text, label, id and group columns
    are warnings, others notes. Assay itself reads every value as it is written.
    """
    splits = [s for s in data.splits if s.files and all(kind_of(f) in {"csv", "tsv"} for f in s.files)]
    if not splits:
        raise MissingInputError("no split comes from CSV or TSV files, whose values have no types")
    roles = data.roles
    named = {*roles.text, roles.label, roles.id, roles.group}
    for name in [c for c in data.frame.columns if not columns or c in columns]:
        column = data.frame[name]
        if column.dtype != pl.String:
            continue
        for split in splits:
            for one in changed(column.slice(split.start, split.rows)):
                yield _hit(split, column, one, None if name in named else Severity.NOTE)


def _hit(split: Split, column: pl.Series, one: Changed, severity: Severity | None) -> Hit:
    rows = [row + split.start for row in one.rows.to_list()]
    pairs = list(dict.fromkeys(zip(column.gather(rows[:1000]).to_list(), one.become.to_list()[:1000], strict=True)))
    told = ", ".join(f"{quoted(was, 40)} as {_become(now)}" for was, now in pairs[:_SHOWN])
    more = " …" if len(pairs) > _SHOWN else ""
    message = f"column {column.name}: pandas and datasets read {told}{more} ({counted(len(rows), 'row')})"
    evidence = {"column": column.name, "kind": one.kind, "values": [was for was, _ in pairs[:20]]}
    subject = f"{column.name} {one.kind} in {split.name}"
    return Hit(tuple(rows), message, evidence, subject=subject, severity=severity)


def _become(value: str | None) -> str:
    return "no value" if value is None else value
