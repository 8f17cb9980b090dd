"""What there is to review: findings that a decision about one row settles, the most valuable first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from assay.audit.dataset import TRAIN
from assay.audit.errors import DataError
from assay.audit.parsing import parse_json
from assay.audit.reading import read
from assay.audit.store import load

if TYPE_CHECKING:
    from pathlib import Path

    from assay.audit.dataset import Dataset

FAMILIES = ("LBL001", "LBL002", "LBL005", "LBL006", "LEK001", "LEK002", "LEK003", "DUP", "RLS")
"""Rules whose findings are about single rows, in the order of what a wrong row costs."""
_SEVERITY = {"error": 0, "warning": 1, "note": 2}
_BESIDE = 5
LONGEST = 20_000
"""Characters of a text that are sent to the page."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Findings to review, over the data that they were found in."""

    data: Dataset
    lines: pl.DataFrame
    """One line an item: the columns of findings.parquet, of the row to decide about."""
    findings: pl.DataFrame
    """All lines of findings.parquet."""
    labels: tuple[str, ...]
    """Labels that a row may be given."""

    def __len__(self) -> int:
        """Number of items."""
        return self.lines.height

    def key(self, place: int) -> tuple[str, str, int]:
        """Finding, split and row of an item."""
        fingerprint, split, row = self.lines.select("fingerprint", "split", "row").row(place)
        return fingerprint, split, row

    def content_hash(self, place: int) -> str:
        """`Row.key` of an item's row."""
        _, split, row = self.key(place)
        return self.data.keys([self._index(split, row)])[0]

    def item(self, place: int) -> dict[str, Any]:
        """An item as the page shows it."""
        line = self.lines.row(place, named=True)
        rest = self.findings.filter(
            (pl.col("fingerprint") == line["fingerprint"])
            & ~((pl.col("split") == line["split"]) & (pl.col("row") == line["row"]))
        ).head(_BESIDE)
        beside = [self._shown(r["split"], r["row"]) for r in rest.iter_rows(named=True)]
        related = (line["related_split"], line["related_row"])
        if None not in related and not any((b["split"], b["row"]) == related for b in beside):
            beside.insert(0, self._shown(*related))
        evidence = _evidence(line["evidence"])
        return {
            "place": place,
            "fingerprint": line["fingerprint"],
            "content_hash": self.content_hash(place),
            "code": line["code"],
            "name": line["name"],
            "severity": line["severity"],
            "message": line["message"],
            **self._shown(line["split"], line["row"]),
            "suggested_label": line["suggested_label"],
            "suggestion": _suggestion(line),
            "score": line["score"],
            "beside": beside,
            "words": [str(w) for w in _list(evidence.get("words"))][:8],
            "neighbours": [
                {"label": str(n.get("label")), "where": str(n.get("row")), "similarity": n.get("similarity")}
                for n in _list(evidence.get("contradicting"))
                if isinstance(n, dict)
            ],
        }

    def _shown(self, split: str, row: int) -> dict[str, Any]:
        index = self._index(split, row)
        text = str(self.data.text[index] or "")
        label = self.data.column("label")[index] if self.data.roles.label else None
        told = {"split": split, "row": row, "text": text[:LONGEST], "label": label}
        place = self.data.row(index).place
        return told | {"where": place, "cut": max(0, len(text) - LONGEST)}

    def _index(self, split: str, row: int) -> int:
        found = self.data.split(split)
        if found is None or not 0 <= row < found.rows:
            raise DataError(f"the data has no row {row} in {split!r}", cure="Run `assay audit` again")
        return found.start + row


def open_queue(folder: Path) -> Queue:
    """The queue of an audit folder, over the data as they are now.

    Raises:
        DataError: no audit folder, or the data are not those that were audited.
    """
    stored = load(folder)
    told, roles = stored.document["data"], stored.document["roles"]
    named = {r: roles[r] for r in ("label", "id", "group", "time", "split") if roles.get(r)}
    sources = _sources(folder, told, roles)
    data = read(sources, text=roles["text"], **named)
    for split in data.splits:
        if split.name in told and told[split.name]["fingerprint"] != split.fingerprint:
            raise DataError(
                f"{split.name} has changed since the audit", path=", ".join(split.files), cure="Run `assay audit` again"
            )
    names = data.label_codes[1] if data.roles.label else ()
    return Queue(data, _ordered(stored.findings), stored.findings, names)


def _sources(folder: Path, told: dict[str, Any], roles: dict[str, Any]) -> dict[str, list[str]]:
    lost = [name for name, split in told.items() if not split.get("files")]
    if lost:
        raise DataError(
            f"{', '.join(lost)} was audited in memory: there is no file to review",
            path=str(folder),
            cure="Audit the file itself",
        )
    if roles.get("split"):  # one source that holds all splits: read once, it gives them all
        return {"train": list(dict.fromkeys(f for split in told.values() for f in split["files"]))}
    return {name: split["files"] for name, split in told.items()}


def _ordered(findings: pl.DataFrame) -> pl.DataFrame:
    """One line an item, the worst and surest first.

    Rows with a fix; of a conflict every row; of a leak the copy in train, for a test row is not what must go; else a
    finding's first row.
    """
    rank = pl.coalesce(
        *[pl.when(pl.col("code").str.starts_with(p)).then(pl.lit(n)) for n, p in enumerate(FAMILIES)], pl.lit(-1)
    )
    known = findings.with_columns(rank=rank, at=pl.int_range(pl.len())).filter(pl.col("rank") >= 0)
    fixed = pl.col("fix").is_not_null()
    first = pl.col("at") == pl.col("at").min().over("fingerprint")
    conflict, leak = pl.col("code") == "LBL001", pl.col("code").str.starts_with("LEK")
    items = known.filter(fixed | conflict | (first & ~fixed.any().over("fingerprint")))
    swap = leak & (pl.col("related_split") == TRAIN) & (pl.col("split") != TRAIN)
    items = items.with_columns(
        [
            pl.when(swap).then(pl.col(a)).otherwise(pl.col(b)).alias(b)
            for one, other in (("split", "related_split"), ("row", "related_row"))
            for a, b in ((other, one), (one, other))
        ]
    )
    severity = pl.col("severity").replace_strict(_SEVERITY, default=3)
    order = [severity, pl.col("rank"), pl.col("score").fill_null(0).neg(), pl.col("at")]
    return items.sort(order).drop("rank", "at")


def _evidence(told: str | None) -> dict[str, Any]:
    """Evidence of a finding; nothing of it where the file is damaged, for the page can do without."""
    try:
        found = parse_json(told or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _suggestion(line: dict[str, Any]) -> str:
    """The action that is selected when the page opens."""
    if line["suggested_label"] and line["code"].startswith("LBL"):
        return "relabel"
    return "drop" if line["fix"] == "drop" or line["code"].startswith("LEK") else "keep"
