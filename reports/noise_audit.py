"""``assay audit --noise-audit``: a list of labels to check by hand, and the share of wrong ones read off it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.errors import ConfigError, DataError
from assay.audit.wording import counted, percent

if TYPE_CHECKING:
    import polars as pl

    from assay.audit.labelling.noise_audit import Rate
    from assay.audit.rules import Audit

LIST, RATE = "noise-audit.csv", "noise-rate.json"
CODE = "LBL002"
_FEWEST = 20
_UNSURE = "?"
_NEEDED = ("label", "correct_label", "stratum", "stratum_rows")


@dataclass(frozen=True, slots=True)
class NoiseAudit:
    """What was asked for: rows to list, or a rate that was read from a filled list."""

    rows: int = 0
    rate: Rate | None = None
    source: str = ""

    def pages(self, audit: Audit) -> dict[str, str]:
        """Files to write into the audit folder: name -> content.

        Raises:
            ConfigError: the labels could not be judged.
        """
        if self.rate:
            from assay.audit.findings import as_json  # noqa: PLC0415 - heavy

            return {RATE: as_json({"schema_version": 1, "source": self.source, "level": 0.95, **asdict(self.rate)})}
        return {LIST: _listing(audit, self.rows)}

    def said(self, folder: str) -> str:
        """What people are told."""
        if self.rate is None:
            return (
                f"labels to check by hand: {Path(folder) / LIST}; fill in correct_label (the right label, the same one"
                f" if it is right, {_UNSURE} if nobody can tell) and run again with --noise-audit FILE"
            )
        r = self.rate
        return (
            f"wrong labels: {percent(r.value)} of {counted(r.rows, 'row')}, 95 % interval {percent(r.low)} to"
            f" {percent(r.high)}, from {counted(r.read, 'row')} read, {r.wrong:,} of them wrong"
        )


def ask(value: str | None, folder: Path) -> NoiseAudit | None:
    """Understand the option: a number of rows to list, or a filled list.

    Raises:
        ConfigError: too few rows, or a list with answers would be overwritten.
        DataError: the filled list cannot be read.
    """
    if value is None:
        return None
    if not value.isascii() or not value.strip().isdigit():
        return NoiseAudit(rate=read_rate(Path(value)), source=value)
    if int(value) < _FEWEST:
        raise ConfigError(f"--noise-audit needs at least {_FEWEST} rows to say anything, or the file filled in")
    if _answers(folder / LIST):
        raise ConfigError(
            f"{folder / LIST} holds answers; give it back with --noise-audit {folder / LIST}, or move it away"
        )
    return NoiseAudit(rows=int(value))


def _answers(path: Path) -> bool:
    """Whether there is a list with answers in it."""
    try:
        return path.exists() and bool((_read(path)["correct_label"].str.strip_chars() != "").any())
    except DataError:
        return path.exists()  # no list of ours: not ours to overwrite


def read_rate(path: Path) -> Rate:
    """The share of wrong labels from a filled list.

    Raises:
        DataError: it cannot be read, was changed beyond use, or holds no answer.
    """
    import polars as pl  # noqa: PLC0415 - loaded beside other work

    from assay.audit.labelling.noise_audit import Stratum, estimate  # noqa: PLC0415 - as above

    frame = _read(path)
    answer, label = (frame[c].str.strip_chars() for c in ("correct_label", "label"))
    read = (answer != "") & (answer != _UNSURE)
    if not read.any():
        raise DataError("no answer in column correct_label", path=str(path), cure="Fill in the right labels")
    numbers = [frame[c].str.strip_chars().cast(pl.Int64, strict=False) for c in ("stratum", "stratum_rows")]
    if any(n.null_count() or (n < 0).any() for n in numbers):
        raise DataError("stratum and stratum_rows must stay as they were written", path=str(path))
    table = pl.DataFrame({"stratum": numbers[0], "rows": numbers[1], "read": read, "wrong": read & (answer != label)})
    strata = table.group_by("stratum").agg(
        pl.col("rows").first(), pl.col("rows").n_unique().alias("sizes"), pl.col("read", "wrong").sum()
    )
    if (strata["sizes"] > 1).any() or (strata["read"] > strata["rows"]).any():
        raise DataError("stratum and stratum_rows must stay as they were written", path=str(path))
    rows = strata.sort("stratum").select("rows", "read", "wrong").iter_rows()
    return estimate([Stratum(*r) for r in rows])


def _read(path: Path) -> pl.DataFrame:
    import polars as pl  # noqa: PLC0415 - loaded beside other work

    try:
        frame = pl.read_csv(path, infer_schema=False, empty_string_is_null=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        words = " ".join(str(error).split())[:200]
        cure = "Give a number of rows, or the noise-audit.csv that `assay audit --noise-audit 200` wrote, filled in"
        raise DataError(f"no list of labels to check: {words}", path=str(path), cure=cure) from error
    missing = [c for c in _NEEDED if c not in frame.columns]
    if missing:
        raise DataError(f"no column {missing[0]}", path=str(path), cure="Keep the columns that the list came with")
    return frame.with_columns(pl.all().fill_null(""))


def _listing(audit: Audit, wanted: int) -> str:
    import numpy as np  # noqa: PLC0415 - loaded beside other work
    import polars as pl  # noqa: PLC0415 - as above

    from assay.audit.labelling.noise_audit import draw, strata  # noqa: PLC0415 - as above
    from assay.audit.suspicion import suspicion  # noqa: PLC0415 - as above

    if CODE not in audit.ran:
        why = audit.skipped.get(CODE, "it is not selected")
        raise ConfigError(f"--noise-audit needs rule {CODE}, which did not run: {why}")
    data = audit.data
    known = suspicion(data, audit.options[CODE].get("probabilities", ""))
    labelled = np.flatnonzero(~np.isnan(known.odds))
    chance = known.chance[labelled]
    stratum = strata(chance)
    size = np.bincount(stratum)
    picked = draw(chance, wanted)
    rows = labelled[picked]
    text, label = data.text, data.column("label")
    near = [known.alike(int(row)) for row in rows]
    places = [data.row(int(row)) for row in rows]
    columns: dict[str, Any] = {
        "text": text.gather(rows),
        "label": label.gather(rows),
        "correct_label": [""] * rows.size,
        "suggested_label": known.suggestion(rows),
        "similar_text": [text[n] if n >= 0 else "" for n in near],
        "similar_label": [label[n] if n >= 0 else "" for n in near],
        "split": [p.split for p in places],
        "row": [p.row for p in places],
        "line": [p.line for p in places],
        "id": [p.id for p in places],
        "key": [p.key for p in places],
        "stratum": stratum[picked],
        "stratum_rows": size[stratum[picked]],
    }
    return pl.DataFrame(columns).write_csv()
